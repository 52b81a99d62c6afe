/** Cancels pending deliveries of deleted endpoints. It finds the endpoints by their wakeups. */
import { limits } from "../../limits.ts";
import { inTransaction, type Client, type Pool } from "../../postgres/pool.ts";
import { cancelLocked } from "./change.ts";
import { toTimestamp } from "./rows.ts";

const lockWakeupsSql = `
select ctid::text as row_id, endpoint_id from posthorn.endpoint_wakeups
where is_deleted and wake_at <= $1
order by wake_at limit $2
for update skip locked
`;

const lockOrphansSql = `
select due.id
from unnest($1::uuid[]) as looked (endpoint_id)
cross join lateral (
  select id from posthorn.deliveries
  where endpoint_id = looked.endpoint_id and due_at is not null
    and (leased_until is null or leased_until < $2)
  limit $3
  for update skip locked
) as due
limit $3
`;

/**
 * The remaining deliveries have an attempt in progress or are locked. They are checked again until
 * their leases end.
 */
const lookAgainSql = `
with again as materialized (
  select endpoint.org_id, endpoint.id,
         case when endpoint.deleted_at > $2::timestamptz - make_interval(secs => $3)
              then least($4::timestamptz, first.due_at) else first.due_at end as wake_at
  from unnest($1::uuid[]) as looked (endpoint_id)
  join posthorn.endpoints as endpoint on endpoint.id = looked.endpoint_id
  left join lateral (
    select due_at from posthorn.deliveries
    where endpoint_id = endpoint.id and due_at is not null
    order by due_at limit 1
  ) as first on true
)
insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at, is_deleted)
select org_id, id, wake_at, true from again where wake_at is not null
`;

/** Cancels as many deliveries as one statement should. The next call continues. */
export async function cancelOrphans(pool: Pool, atMs: number): Promise<void> {
  await inTransaction(pool, (transaction) => cancelSome(transaction, atMs));
}

async function cancelSome(transaction: Client, atMs: number): Promise<void> {
  const at = toTimestamp(atMs);
  const { rows } = await transaction.query<{ row_id: string; endpoint_id: string }>(
    lockWakeupsSql,
    [at, limits.orphanedEndpointsMax],
  );
  if (rows.length === 0) return;
  const endpointIds = [...new Set(rows.map((row) => row.endpoint_id))];
  await transaction.query("delete from posthorn.endpoint_wakeups where ctid = any ($1::tid[])", [
    rows.map((row) => row.row_id),
  ]);
  const most = limits.cancelBatchMax;
  await cancelLocked(transaction, lockOrphansSql, [endpointIds, at, most]);
  await transaction.query(lookAgainSql, [
    endpointIds,
    at,
    (2 * limits.leaseMs) / 1000,
    toTimestamp(atMs + limits.reapPollMs),
  ]);
}
