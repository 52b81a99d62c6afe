/** An attempt in progress, and what observers learn about its outcome. */
import type { CompiledContract } from "../../contracts/render.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { Settlement } from "../../store/store.ts";
import type { ObservedAttempt } from "../ports.ts";
import type { QueuedDelivery } from "./queue.ts";

export interface Attempt {
  readonly queued: QueuedDelivery;
  readonly endpoint: Endpoint;
  readonly contract: CompiledContract;
  readonly startedAtMs: number;
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
