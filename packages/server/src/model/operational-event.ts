/** What Posthorn itself tells of an endpoint, as events of these types. */

export const operationalEventTypes = ["endpoint.disabled", "endpoint.failing"] as const;
export type OperationalEventType = (typeof operationalEventTypes)[number];

/** Why Posthorn turned an endpoint off: it answered 410, or every attempt failed for too long. */
export type TurnOffCause = "gone" | "failing";

export interface TurnOff {
  readonly endpointId: string;
  readonly cause: TurnOffCause;
  /** For its owner, in words. */
  readonly reason: string;
}
