import type { StatusRange } from "./status-range.ts";

/**
 * The kind of place to which an endpoint's events go: `http` is a URL, `cli` is a developer's
 * terminal that runs `posthorn listen`. An endpoint's kind never changes.
 */
export const destinationKinds = ["http", "cli"] as const;
export type DestinationKind = (typeof destinationKinds)[number];

/** A secret of an endpoint. While a rotation overlaps, an endpoint has several. */
export interface EndpointSecret {
  /** The name that the contract gives it; null for the contract's first secret. */
  readonly name: string | null;
  readonly secret: string;
  /** Null for the current secret. An earlier secret also signs until this time. */
  readonly expiresAtMs: number | null;
  /**
   * The time from which the secret signs headers that can contain only one signature. Null: always.
   */
  readonly switchAtMs: number | null;
}

/** What an endpoint has instead of its contract's rules for retries. */
export interface EndpointRetry {
  /** The delay before each attempt, starting with attempt 1; null for the contract's. */
  readonly scheduleMs: readonly number[] | null;
  /** The timeout of an attempt; null for the contract's. */
  readonly timeoutMs: number | null;
  /** Statuses after which there is no retry, besides the contract's. */
  readonly finalStatuses: readonly StatusRange[];
}

/** The settings that a node needs to send to an endpoint. */
export interface Endpoint {
  readonly id: string;
  readonly orgId: string;
  /** The platform's text for the org; null or undefined if it is `orgId`. */
  readonly orgExternalId?: string | null;
  readonly destination: DestinationKind;
  /** The URL; null if the destination is not `http`. */
  readonly url: string | null;
  readonly isActive: boolean;
  readonly contract: string;
  /** The customer's own headers. The contract's headers take precedence. */
  readonly headers: Readonly<Record<string, string>>;
  /** The source of the function that shapes what the endpoint gets; null or undefined for none. */
  readonly transformation?: string | null;
  /** Until then the endpoint's deliveries wait; null or undefined if it is not paused. */
  readonly pausedUntilMs?: number | null;
  /** The endpoint's own rules for retries; null or undefined for those of the contract. */
  readonly retry?: EndpointRetry | null;
  /** The concurrency limit for all nodes together. */
  readonly inFlightMax: number;
  /** The rate limit for all nodes together; null if there is none. */
  readonly ratePerSecond: number | null;
  /** Grows with every change, so (id, version) identifies one state of the endpoint forever. */
  readonly version: number;
  /**
   * The secrets, the current one first. Empty if they cannot be decrypted; nothing can be signed in
   * that case.
   */
  readonly secrets: readonly EndpointSecret[];
  /**
   * One sentence that says what is unreadable in the endpoint's row. Attempts then fail as
   * `internal`, on the contract's schedule, so that they succeed once the row is corrected.
   */
  readonly problem?: string;
}

/** Whether Posthorn may send to the endpoint at this time. */
export function isSendable(
  { isActive, pausedUntilMs }: Pick<Endpoint, "isActive" | "pausedUntilMs">,
  atMs: number,
): boolean {
  return isActive && (pausedUntilMs ?? Number.NEGATIVE_INFINITY) <= atMs;
}
