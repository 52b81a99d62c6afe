/**
 * Expire: drops weekly partitions that are older than their retention period. The data of events
 * has a shorter period than deliveries and attempts, which show for months what was sent.
 */
import { limits } from "../../limits.ts";
import type { ExpireOutcome, Store } from "../../store/store.ts";
import type { Clock } from "../ports.ts";

export interface Retention {
  /** How long an event's data is kept and can be sent again. Retries in progress keep it longer. */
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

/** Runs one round, which also creates the partitions of the coming weeks. */
export function expire({ store, clock, retention }: ExpireOptions): Promise<ExpireOutcome> {
  const atMs = clock.now();
  const payloadsBeforeMs = atMs - retention.payloadDays * dayMs;
  return store.expire({
    atMs,
    payloadsBeforeMs,
    retriedSinceMs: payloadsBeforeMs - limits.payloadHeldDaysMax * dayMs,
    ledgerBeforeMs: atMs - retention.ledgerDays * dayMs,
    auditBeforeMs: atMs - retention.auditDays * dayMs,
  });
}
