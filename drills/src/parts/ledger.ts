/** What happened, as seen from outside of Posthorn: by those who publish and those who receive. */

/** An event that somebody tried to publish, under an idempotency key of its own. */
export interface Publication {
  readonly key: string;
  readonly orgId: string;
  /** The event's data, as text; it names the key. */
  readonly dataJson: string;
  /** When it was tried first. */
  readonly begunAtMs: number;
  /** When it was answered 2xx first, and with which event id; null as long as it was not. */
  acknowledged: { readonly eventId: string; readonly atMs: number } | null;
}

/** One request that a receiver saw. */
export interface Arrival {
  readonly endpointId: string;
  /** The `webhook-id`. */
  readonly eventId: string;
  /** The publication's key, out of the body. */
  readonly key: string;
  readonly atMs: number;
  /** The signed `webhook-timestamp`. */
  readonly signedAtSeconds: number;
  /** What the receiver answered; null if it never came to that. */
  status: number | null;
  /** Why the signature or the body is not what it should be; null if all is well. */
  readonly fault: string | null;
}

/** What was done to the service: the moment, and until when it was felt. */
export interface Fault {
  readonly what: string;
  readonly atMs: number;
}

export class Ledger {
  readonly publications = new Map<string, Publication>();
  readonly arrivals: Arrival[] = [];
  readonly faults: Fault[] = [];
  /** Answers that no publisher should ever get. */
  readonly refusals: string[] = [];
  /** How often all of an endpoint's deliveries were asked for again. */
  readonly replays = new Map<string, number>();
  /** Endpoints of each org. */
  readonly endpoints = new Map<string, string[]>();

  get acknowledgedCount(): number {
    let count = 0;
    for (const { acknowledged } of this.publications.values())
      if (acknowledged !== null) count += 1;
    return count;
  }
}
