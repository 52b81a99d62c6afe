/** Creates an attempt in the form that observers receive. */
import type { ObservedAttempt } from "../../src/pipeline/ports.ts";

type Given = Pick<ObservedAttempt, "orgId" | "endpointId" | "startedAtMs" | "durationMs">;

export function deliveredAttempt(given: Given): ObservedAttempt {
  return {
    ...given,
    deliveryId: "",
    eventId: "",
    eventType: "scan.completed",
    contract: "standard",
    number: 1,
    status: "delivered",
    responseStatus: 200,
    error: null,
    nextAttemptAtMs: null,
  };
}
