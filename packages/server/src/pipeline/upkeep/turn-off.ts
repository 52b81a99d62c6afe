/**
 * Turn off: turns an endpoint off if every attempt failed for a whole period, with at least 10
 * failures in at least 2 deliveries. Subscribers get one operational event when half of the period
 * is over, and one when the endpoint is off. The period starts with the first failure after the
 * last success and ends with the latest failure. At least a quarter of the period must pass between
 * the warning and turning off. So 40 failures within a second turn nothing off, even long after an
 * earlier failure.
 */
import { limits } from "../../limits.ts";
import type { Clock } from "../ports.ts";

/** The times of the latest attempts at an endpoint; null if there was no attempt of that kind. */
export interface RecentAttempts {
  readonly lastDeliveredAtMs: number | null;
  readonly lastFailedAtMs: number | null;
}

/**
 * Returns the time of the first failure after the last success, given the recent attempts. A pure
 * function.
 */
export function failingSince(sinceMs: number | null, recent: RecentAttempts): number | null {
  const { lastDeliveredAtMs: deliveredAtMs, lastFailedAtMs: failedAtMs } = recent;
  const hasSuccess = deliveredAtMs !== null && (sinceMs === null || deliveredAtMs >= sinceMs);
  if (sinceMs !== null && !hasSuccess) return sinceMs;
  const failsAgain = failedAtMs !== null && failedAtMs > (deliveredAtMs ?? -Infinity);
  return failsAgain ? failedAtMs : null;
}

/** The state is in the database, so that all nodes share it and it survives a restart. */
export interface TurnOffStore {
  /**
   * Updates `failing_since` from the attempts since the last call. Only one concurrent caller does
   * the work.
   *
   * @returns the endpoints that failed again at least half a period after their first failure.
   */
  failingEndpoints(atMs: number, periodMs: number): Promise<readonly FailingEndpoint[]>;
  /**
   * Turns the endpoint off, with an audit entry and an operational event. Does nothing if there was
   * a success since the first failure, or if there were too few failures. Only the ledger of
   * deliveries knows both.
   * @returns whether this call turned it off.
   */
  turnOff(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
  /**
   * Publishes once, under the same conditions, that the endpoint will be turned off.
   * @returns whether this call published the event.
   */
  warn(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
}

export interface FailingEndpoint {
  readonly id: string;
  /** When the first attempt after the last success failed. */
  readonly sinceMs: number;
  readonly lastFailedAtMs: number;
  readonly warnedAtMs: number | null;
}

export interface TurnOffOptions {
  readonly store: TurnOffStore;
  readonly clock: Clock;
  readonly periodMs: number;
}

/**
 * One round.
 * @returns the endpoints that it turned off, and the errors that occurred.
 */
export async function turnOffFailing(
  options: TurnOffOptions,
): Promise<{ readonly turnedOff: readonly string[]; readonly failures: readonly unknown[] }> {
  const { store, clock, periodMs } = options;
  const turnedOff: string[] = [];
  const failures: unknown[] = [];
  for (const endpoint of await store.failingEndpoints(clock.now(), periodMs)) {
    try {
      if (endpoint.warnedAtMs === null) await store.warn(endpoint, clock.now(), periodMs);
      else if (endpoint.lastFailedAtMs >= endOf(endpoint, endpoint.warnedAtMs, periodMs)) {
        if (await store.turnOff(endpoint, clock.now(), periodMs)) turnedOff.push(endpoint.id);
      }
    } catch (error) {
      // The error for one endpoint must not keep other endpoints from being turned off.
      failures.push(error);
    }
  }
  return { turnedOff, failures };
}

/** Returns the earliest time at which a failure turns the endpoint off. A pure function. */
export function endOf(
  { sinceMs }: Pick<FailingEndpoint, "sinceMs">,
  warnedAtMs: number,
  periodMs: number,
): number {
  return Math.max(sinceMs + periodMs, warnedAtMs + periodMs * limits.failingWarnedShare);
}

/** How often to check: 20 times in a period, and at least once a minute. */
export function checkPauseMs(periodMs: number): number {
  const pauseMs = periodMs / limits.failingChecksPerPeriod;
  return Math.min(Math.max(pauseMs, limits.failingCheckMsLeast), limits.failingCheckMsMost);
}
