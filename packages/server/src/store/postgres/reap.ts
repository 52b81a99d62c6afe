/** The SQL of `pipeline/reap.ts`. */
import type { ReapRequest } from "../store.ts";
import { inTransaction, type Pool } from "../../postgres/pool.ts";
import { cancelLocked } from "./change.ts";
import { only, toTimestamp } from "./rows.ts";
import { limits } from "../../limits.ts";

/**
 * A publish that is still being committed may bring rows with ids older than its commit, so the
 * watermark must stay below the start of the oldest open transaction of any node. `slack` allows
 * for nodes whose clock, which makes the ids, is not exactly the database's.
 */
const boundSql = `
select watermark::text,
       posthorn.uuid_floor(least(
         $1::timestamptz,
         (
           select min(xact_start) - interval '60 seconds'
           from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid()
             and application_name like 'posthorn%'
         )
       ))::text as bound
from posthorn.reap_state
for update of reap_state
`;

/**
 * Reads the range of ids between the watermark and the bound once; the watermark then moves to
 * the bound, or to the first delivery in it whose lease still runs.
 */
const reapSql = `
with abandoned as (
  update posthorn.deliveries
  set due_at = $3, lease_id = null, leased_until = null
  where id >= $1 and id < $2 and status = 'pending' and due_at is null and leased_until < $3
  returning id
), held as (
  select id from posthorn.deliveries
  where id >= $1 and id < $2 and status = 'pending' and due_at is null and leased_until >= $3
  order by id limit 1
), moved as (
  update posthorn.reap_state set watermark = coalesce((select id from held), $2)
)
select count(*)::integer as reaped from abandoned
`;

const lockOrphansSql = `
select due.id
from posthorn.waiting
join posthorn.endpoints as endpoint
  on endpoint.id = waiting.endpoint_id and endpoint.deleted_at is not null
cross join lateral (
  select id from posthorn.deliveries
  where endpoint_id = endpoint.id and due_at is not null
    and (leased_until is null or leased_until < $1)
  limit $2
  for update skip locked
) as due
limit $2
`;

export async function reap(pool: Pool, request: ReapRequest): Promise<number> {
  const reaped = await reapLeases(pool, request);
  const values = [toTimestamp(request.atMs), limits.cancelBatchMax];
  await inTransaction(pool, (transaction) => cancelLocked(transaction, lockOrphansSql, values));
  return reaped;
}

async function reapLeases(pool: Pool, request: ReapRequest): Promise<number> {
  return inTransaction(pool, async (transaction) => {
    const bounds = await transaction.query<{ watermark: string; bound: string }>(boundSql, [
      toTimestamp(request.leasesGrantedBeforeMs),
    ]);
    const { watermark, bound } = only(bounds.rows, "the reap state");
    if (bound <= watermark) return 0;
    const { rows } = await transaction.query<{ reaped: number }>(reapSql, [
      watermark,
      bound,
      toTimestamp(request.atMs),
    ]);
    return only(rows, "reap").reaped;
  });
}
