/**
 * Expire: what is older than its period is dropped, a whole week at a time. Payloads and the
 * ledger of deliveries and attempts have periods of their own: the ledger says for months what
 * was sent, after what was in it is gone.
 */
import type { ExpireOutcome, Store } from "../../store/store.ts";
import type { Clock } from "../ports.ts";

export interface Retention {
  /** How long an event's data is kept, and can be sent again. */
  readonly payloadDays: number;
  /** How long deliveries and attempts are kept; not less than `payloadDays`. */
  readonly ledgerDays: number;
  /** How long entries of the audit are kept. */
  readonly auditDays: number;
}

export interface ExpireOptions {
  readonly store: Pick<Store, "expire">;
  readonly clock: Clock;
  readonly retention: Retention;
}

const dayMs = 86_400_000;

/** One round; also makes the weeks to come ready. */
export function expire({ store, clock, retention }: ExpireOptions): Promise<ExpireOutcome> {
  const atMs = clock.now();
  return store.expire({
    atMs,
    payloadsBeforeMs: atMs - retention.payloadDays * dayMs,
    ledgerBeforeMs: atMs - retention.ledgerDays * dayMs,
    auditBeforeMs: atMs - retention.auditDays * dayMs,
  });
}
