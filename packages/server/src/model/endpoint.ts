/**
 * The kind of place that an endpoint is: `http`, a URL; `cli`, a developer's terminal that runs
 * `posthorn listen`. It never changes.
 */
export const destinationKinds = ["http", "cli"] as const;
export type DestinationKind = (typeof destinationKinds)[number];

/** A secret of an endpoint. While a rotation overlaps, an endpoint has several. */
export interface EndpointSecret {
  /** The name that the contract gives it; null for the contract's first secret. */
  readonly name: string | null;
  readonly secret: string;
  /** Null for the current secret; an old secret signs, too, until this time. */
  readonly expiresAtMs: number | null;
  /** From this time it signs headers that can contain only one signature; null: always. */
  readonly switchAtMs: number | null;
}

/** The settings that a node needs to send to an endpoint. */
export interface Endpoint {
  readonly id: string;
  readonly orgId: string;
  readonly destination: DestinationKind;
  /** Null unless the destination is `http`. */
  readonly url: string | null;
  readonly isActive: boolean;
  readonly contract: string;
  /** The customer's own headers; the contract's headers take precedence. */
  readonly headers: Readonly<Record<string, string>>;
  /** Concurrency limit over all nodes. */
  readonly inFlightMax: number;
  /** Rate limit over all nodes; null for none. */
  readonly ratePerSecond: number | null;
  /** Grows with every change: (id, version) identifies one state of the endpoint forever. */
  readonly version: number;
  /** The current secret first. Empty if they cannot be decrypted; then nothing can be signed. */
  readonly secrets: readonly EndpointSecret[];
  /**
   * Describes what is unreadable in its row, in one sentence. Attempts then fail as `internal`, on
   * the contract's schedule, so that they succeed once the row is corrected.
   */
  readonly problem?: string;
}
