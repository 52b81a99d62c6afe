/** A secret of an endpoint. While a rotation overlaps, an endpoint has several. */
export interface EndpointSecret {
  readonly secret: string;
  /** Null for the current secret; an old one signs too until then. */
  readonly expiresAtMs: number | null;
  /** From when it signs headers that have room for one signature; null: always. */
  readonly switchAtMs: number | null;
}

/** What a node must know of an endpoint to send to it. */
export interface Endpoint {
  readonly id: string;
  readonly orgId: string;
  readonly url: string;
  readonly isActive: boolean;
  readonly contract: string;
  /** The customer's own headers; the contract's headers win over them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Attempts at once, over all nodes. */
  readonly inFlightMax: number;
  /** Attempts in a second, over all nodes; null for no bound. */
  readonly ratePerSecond: number | null;
  /** Grows with every change: (id, version) names one state of the endpoint for ever. */
  readonly version: number;
  /** The current secret first. Empty: they cannot be read, and nothing can be signed. */
  readonly secrets: readonly EndpointSecret[];
  /**
   * One sentence, if something in its row cannot be read. Its attempts then fail as `internal`, on
   * the contract's schedule, so that they succeed once the row is corrected.
   */
  readonly problem?: string;
}
