/**
 * Expire: drops weeks that are older than their retention period. Payloads have a shorter period
 * than the ledger of deliveries and attempts: the ledger shows for months what was sent, after its
 * payload is gone.
 */
import type { ExpireOutcome, Store } from "../../store/store.ts";
import type { Clock } from "../ports.ts";

export interface Retention {
  /** How long an event's data is kept and can be sent again. */
  readonly payloadDays: number;
  /** How long deliveries and attempts are kept; at least `payloadDays`. */
  readonly ledgerDays: number;
  /** How long audit entries are kept. */
  readonly auditDays: number;
}

export interface ExpireOptions {
  readonly store: Pick<Store, "expire">;
  readonly clock: Clock;
  readonly retention: Retention;
}

const dayMs = 86_400_000;

/** One round; also creates the partitions of the next weeks. */
export function expire({ store, clock, retention }: ExpireOptions): Promise<ExpireOutcome> {
  const atMs = clock.now();
  return store.expire({
    atMs,
    payloadsBeforeMs: atMs - retention.payloadDays * dayMs,
    ledgerBeforeMs: atMs - retention.ledgerDays * dayMs,
    auditBeforeMs: atMs - retention.auditDays * dayMs,
  });
}
