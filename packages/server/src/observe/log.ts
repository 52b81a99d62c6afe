/** Structured logs, with one line of JSON per attempt. They never contain secrets or payloads. */
import { pino, type DestinationStream, type Logger, type LoggerOptions } from "pino";
import type { ObservedAttempt, Observer } from "../pipeline/ports.ts";
import { describeError } from "./describe-error.ts";
import { isOutage, type Outage } from "./outage.ts";
import { printableJsonLine } from "./printable.ts";

export type { Logger } from "pino";

export interface LoggerSettings {
  /** Default: standard output. */
  readonly destination?: DestinationStream;
  /** Counts the errors of a database that does not work. Default: each is a line. */
  readonly outage?: Outage;
}

export function createLogger(level: string, settings: LoggerSettings = {}): Logger {
  const { destination, outage } = settings;
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // `error` of an attempt is one word. pino uses `err` for an error that is logged without other
    // members, and would print everything in it.
    serializers: {
      error: (error: unknown) =>
        error === null || typeof error === "string" ? error : describeError(error),
      err: describeError,
    },
    hooks: {
      streamWrite: printableJsonLine,
      ...(outage === undefined ? {} : { logMethod: countingOutage(outage) }),
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

type LogMethod = NonNullable<NonNullable<LoggerOptions["hooks"]>["logMethod"]>;

/** From this level on, pino's number for `warn`, errors of an outage are counted instead. */
const warnLevel = 40;

/** Each counted error is still a line at level debug, with its stack. */
function countingOutage(outage: Outage): LogMethod {
  return function write(args, method, level) {
    const [facts, message] = args as [unknown, unknown?];
    const error: unknown = Object(facts).error;
    if (level < warnLevel || !isOutage(error)) {
      method.apply(this, args);
      return;
    }
    outage.failed(this, error, String(message));
    this.debug(facts, String(message));
  };
}

/**
 * Minimum time between two log lines about held attempts, because a shortage can hold thousands per
 * second.
 */
const heldLineMs = 1_000;

export function logObserver(logger: Logger): Observer {
  let held = 0;
  let heldLineAtMs = Number.NEGATIVE_INFINITY;
  return {
    attempted(attempt) {
      const level = attempt.status === "delivered" ? "info" : "warn";
      if (logger.isLevelEnabled(level)) logger[level](attemptLine(attempt), "attempt");
    },
    leaseLost(deliveryId) {
      logger.error({ delivery_id: deliveryId }, "lease lost: another node took over the delivery");
    },
    attemptHeld(reason, message, inFlightMax) {
      held += 1;
      if (performance.now() - heldLineAtMs < heldLineMs) return;
      heldLineAtMs = performance.now();
      const facts = { reason, cause: message, attempts: held, in_flight_max: inFlightMax };
      logger.warn(facts, "Posthorn itself is short of a resource; attempts will be repeated");
      held = 0;
    },
    sendThrew(deliveryId, error) {
      logger.error(
        { delivery_id: deliveryId, error },
        "an attempt failed because of an error inside Posthorn",
      );
    },
    deliveryUnreadable(deliveryId, reason) {
      logger.error(
        { delivery_id: deliveryId, reason },
        "dead letter: the delivery's row cannot be read",
      );
    },
    fanOutFailed({ orgId, eventId, endpoints, failures, reason }) {
      logger.error(
        { org_id: orgId, event_id: eventId, endpoints, failures, reason },
        "deliveries of an event could not be created; they will be tried again",
      );
    },
    storeFailed(operation, error) {
      logger.error({ operation, error }, "store failed");
    },
  };
}

function attemptLine(attempt: ObservedAttempt): Record<string, unknown> {
  return {
    delivery_id: attempt.deliveryId,
    event_id: attempt.eventId,
    event_type: attempt.eventType,
    org_id: attempt.orgId,
    endpoint_id: attempt.endpointId,
    contract: attempt.contract,
    number: attempt.number,
    status: attempt.status,
    response_status: attempt.responseStatus,
    error: attempt.error,
    duration_ms: attempt.durationMs,
    next_attempt_at:
      attempt.nextAttemptAtMs === null ? null : new Date(attempt.nextAttemptAtMs).toISOString(),
  };
}
