/** The SQL of `pipeline/upkeep/reap.ts`. */
import type { ReapRequest } from "../store.ts";
import { inTransaction, type Pool } from "../../postgres/pool.ts";
import { cancelOrphans } from "./orphans.ts";
import { singleRow, toTimestamp } from "./rows.ts";
import { wakeupsOf } from "./wakeups.ts";

/** Locks the watermark, so that only one node reaps at a time. */
const stateSql = `
select watermark::text,
       least(posthorn.reap_bound(), posthorn.uuid_floor($1::timestamptz))::text as bound,
       posthorn.uuid_floor($1::timestamptz)::text as expired_below,
       posthorn.uuid_floor(clock_timestamp() + interval '1 second')::text as future_from
from posthorn.reap_state
for update of reap_state
`;

const reapSql = `
with abandoned as (
  update posthorn.deliveries
  set due_at = posthorn.bounded_clock($3::timestamptz), lease_id = null, leased_until = null
  where id >= $1 and id < $2 and status = 'pending' and due_at is null
    and leased_until < posthorn.bounded_clock($3::timestamptz)
  returning org_id, endpoint_id, due_at
), woken as (${wakeupsOf("abandoned")}
)
select from abandoned
`;

/** The highest possible id. */
const greatestId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * Moves the watermark to the given limit, or to the first leased delivery below the limit. If the
 * limit moves back, which happens after the database's clock was set back, the watermark does too.
 * To read a range twice only costs time, but to skip a range would lose deliveries.
 */
const moveSql = `
with held as (
  select id from posthorn.deliveries
  where id >= $1 and id < $2 and status = 'pending' and due_at is null
  order by id limit 1
)
update posthorn.reap_state set watermark = coalesce((select id from held), $2)
`;

export async function reap(pool: Pool, request: ReapRequest): Promise<number> {
  const reaped = await reapLeases(pool, request);
  await cancelOrphans(pool, request.atMs);
  return reaped;
}

async function reapLeases(pool: Pool, request: ReapRequest): Promise<number> {
  return inTransaction(pool, async (transaction) => {
    const states = await transaction.query<{
      watermark: string;
      bound: string;
      expired_below: string;
      future_from: string;
    }>(stateSql, [toTimestamp(request.leasesGrantedBeforeMs)]);
    const state = singleRow(states.rows, "the reap state");
    const at = toTimestamp(request.atMs);
    let reaped = 0;
    // The second range covers ids in the future, which a node publishes if its clock is ahead. It
    // is usually empty.
    for (const range of [
      [state.watermark, state.expired_below],
      [state.future_from, greatestId],
    ]) {
      const { rowCount } = await transaction.query(reapSql, [...range, at]);
      reaped += rowCount ?? 0;
    }
    await transaction.query(moveSql, [state.watermark, state.bound]);
    return reaped;
  });
}
