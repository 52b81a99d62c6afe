/** The events that Posthorn itself publishes about an endpoint. */

export const operationalEventTypes = ["endpoint.disabled", "endpoint.failing"] as const;
export type OperationalEventType = (typeof operationalEventTypes)[number];

/**
 * Why Posthorn turned an endpoint off: the endpoint returned 410, or every attempt failed for too
 * long.
 */
export type TurnOffCause = "gone" | "failing";

export interface TurnOff {
  readonly endpointId: string;
  readonly cause: TurnOffCause;
  /** A sentence for the endpoint's owner. */
  readonly reason: string;
}
