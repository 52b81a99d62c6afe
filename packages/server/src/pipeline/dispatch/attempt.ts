/** An attempt in progress, and what observers learn about its outcome. */
import type { CompiledContract, Verdict } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { Settlement } from "../../store/store.ts";
import type { Exchange, ObservedAttempt } from "../ports.ts";
import type { QueuedDelivery } from "./queue.ts";
import type { AttemptMessage } from "./send.ts";
import { decide, retryPolicyOf } from "./settle.ts";

/** An attempt before anything is sent. */
export interface BegunAttempt {
  readonly queued: QueuedDelivery;
  readonly endpoint: Endpoint;
  readonly contract: CompiledContract;
  readonly startedAtMs: number;
}

export interface Attempt extends BegunAttempt {
  readonly message: Pick<AttemptMessage, "signedAtMs">;
}

/** The message of an attempt that ended before anything was signed. */
export const unsigned: Attempt["message"] = { signedAtMs: null };

export interface Outcome {
  readonly verdict: Verdict;
  /** The operator's schedule; null to use the contract's. */
  readonly retryScheduleMs: readonly number[] | null;
  readonly finishedAtMs: number;
  readonly randomFraction: number;
}

export function settlementOf(made: Attempt, exchange: Exchange, outcome: Outcome): Settlement {
  return decide({
    delivery: made.queued.delivery,
    exchange,
    verdict: outcome.verdict,
    endpointVersion: made.endpoint.version,
    contractVersion: made.contract.version,
    retry: retryPolicyOf(made.endpoint, made.contract, outcome.retryScheduleMs),
    startedAtMs: made.startedAtMs,
    signedAtMs: made.message.signedAtMs ?? made.startedAtMs,
    finishedAtMs: outcome.finishedAtMs,
    randomFraction: outcome.randomFraction,
  });
}

export function reportOf(made: Attempt, settlement: Settlement): ObservedAttempt {
  const { delivery } = made.queued;
  const { attempt, status, number, dueAtMs } = settlement;
  return {
    deliveryId: delivery.id,
    eventId: delivery.event.id,
    eventType: delivery.event.type,
    orgId: delivery.event.orgId,
    endpointId: delivery.endpointId,
    contract: made.contract.name,
    number,
    status,
    responseStatus: attempt.responseStatus,
    error: attempt.error,
    startedAtMs: made.startedAtMs,
    durationMs: attempt.durationMs,
    nextAttemptAtMs: dueAtMs,
  };
}
