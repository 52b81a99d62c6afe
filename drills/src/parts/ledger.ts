/** The ledger: what publishers and receivers outside of Posthorn have seen. */

/** An event that was published, or tried, under its own idempotency key. */
export interface Publication {
  readonly key: string;
  readonly orgId: string;
  /** The event's data, as text; it contains the key. */
  readonly dataJson: string;
  /** The time of the first try. */
  readonly begunAtMs: number;
  /** The time and the event id of the first 2xx; null until then. */
  acknowledged: { readonly eventId: string; readonly atMs: number } | null;
}

/** One request that a receiver saw. */
export interface Arrival {
  readonly endpointId: string;
  /** The `webhook-id`. */
  readonly eventId: string;
  /** The publication's key, from the body. */
  readonly key: string;
  readonly atMs: number;
  /** The signed `webhook-timestamp`. */
  readonly signedAtSeconds: number;
  /** The receiver's response; null if there was none. */
  status: number | null;
  /** The error in the signature or the body; null if both are right. */
  readonly fault: string | null;
}

/** A fault that was caused: its start, and the end of its effects. */
export interface Fault {
  readonly what: string;
  readonly atMs: number;
}

export class Ledger {
  readonly publications = new Map<string, Publication>();
  readonly arrivals: Arrival[] = [];
  readonly faults: Fault[] = [];
  /** Responses that no publisher should ever get. */
  readonly refusals: string[] = [];
  /** How often all of an endpoint's deliveries were replayed. */
  readonly replays = new Map<string, number>();
  /** The endpoints of each org. */
  readonly endpoints = new Map<string, string[]>();

  get acknowledgedCount(): number {
    let count = 0;
    for (const { acknowledged } of this.publications.values())
      if (acknowledged !== null) count += 1;
    return count;
  }
}
