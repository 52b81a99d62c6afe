/** The ledger records what publishers and receivers outside Posthorn have seen. */

/** An event that a publisher has published or tried to publish, under its own idempotency key. */
export interface Publication {
  readonly key: string;
  readonly orgId: string;
  /** The event's data as JSON text, which contains the key. */
  readonly dataJson: string;
  /** When the publisher tried for the first time. */
  readonly begunAtMs: number;
  /** The time and the event id of the first 2xx response. Null until then. */
  acknowledged: { readonly eventId: string; readonly atMs: number } | null;
}

/** One request that a receiver saw. */
export interface Arrival {
  readonly endpointId: string;
  /** The header `webhook-id`. */
  readonly eventId: string;
  /** The idempotency key of the publication, from the body. */
  readonly key: string;
  readonly atMs: number;
  /** The header `webhook-timestamp`, which is signed. */
  readonly signedAtSeconds: number;
  /** The status of the receiver's response, or null if it did not respond. */
  status: number | null;
  /** What was wrong with the signature or the body, or null. */
  readonly fault: string | null;
}

/** A fault that the drill caused: its start, and the end of its effects. */
export interface Fault {
  readonly what: string;
  readonly atMs: number;
}

export class Ledger {
  readonly publications = new Map<string, Publication>();
  readonly arrivals: Arrival[] = [];
  readonly faults: Fault[] = [];
  /** Responses that a publisher must never get. */
  readonly refusals: string[] = [];
  /** How often all deliveries of an endpoint were replayed. */
  readonly replays = new Map<string, number>();
  /** The endpoint ids of each org. */
  readonly endpoints = new Map<string, string[]>();

  get acknowledgedCount(): number {
    let count = 0;
    for (const { acknowledged } of this.publications.values())
      if (acknowledged !== null) count += 1;
    return count;
  }
}
