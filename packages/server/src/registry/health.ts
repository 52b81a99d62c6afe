/** How endpoints do, and how much waits: for the operator's first page. */
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";

const healthSql = `
select endpoint.id as endpoint_id, endpoint.org_id, endpoint.url, endpoint.description,
       endpoint.is_active, endpoint.inactive_reason,
       coalesce(sums.attempts, 0)::integer as attempts,
       coalesce(sums.failed_attempts, 0)::integer as failed_attempts,
       coalesce(sums.dead_letters, 0)::integer as dead_letters,
       sums.last_delivered_at, sums.last_failed_at,
       (select min(due_at) from posthorn.deliveries
        where deliveries.endpoint_id = endpoint.id and due_at is not null) as oldest_due_at
from (
  select endpoint_id, sum(attempts) as attempts, sum(failed_attempts) as failed_attempts,
         sum(dead_letters) as dead_letters, max(last_delivered_at) as last_delivered_at,
         max(last_failed_at) as last_failed_at
  from posthorn.delivery_statistics
  where resolution_seconds = 3600 and bucket_at >= date_trunc('hour', $1::timestamptz)
    and ($2::uuid is null or org_id = $2)
  group by endpoint_id
) as sums
join posthorn.endpoints as endpoint on endpoint.id = sums.endpoint_id
where endpoint.deleted_at is null
order by sums.failed_attempts desc, sums.attempts desc, endpoint.id
limit $3
`;

/** The endpoints that were attempted since then, those with the most failures first. */
export async function endpointHealth(
  database: Queryable,
  question: { readonly orgId: string | null; readonly sinceMs: number },
): Promise<readonly unknown[]> {
  const since = new Date(question.sinceMs).toISOString();
  const { rows } = await database.query(healthSql, [
    since,
    question.orgId,
    limits.healthEndpointsMax,
  ]);
  return rows;
}

/** Counts stop at the bound: nobody needs to know how many millions it is, every ten seconds. */
const overviewSql = `
select
  (select min(waiting.due_at) from posthorn.waiting
   join posthorn.endpoints as endpoint on endpoint.id = waiting.endpoint_id
   where endpoint.is_active and waiting.due_at <= $1
     and ($2::uuid is null or endpoint.org_id = $2)) as oldest_due_at,
  (select count(*)::integer from (
     select from posthorn.waiting
     join posthorn.endpoints as endpoint on endpoint.id = waiting.endpoint_id
     cross join lateral (
       select from posthorn.deliveries
       where deliveries.endpoint_id = waiting.endpoint_id and deliveries.due_at <= $1
       limit $3 + 1
     ) as due
     where endpoint.is_active and waiting.due_at <= $1
       and ($2::uuid is null or endpoint.org_id = $2)
     limit $3 + 1) as due) as deliveries_due,
  (select count(*)::integer from (
     select from posthorn.deliveries
     where failed_at is not null and ($2::uuid is null or org_id = $2) limit $3 + 1
   ) as dead) as dead_letters,
  (select count(*)::integer from posthorn.endpoints
   where deleted_at is null and is_active and ($2::uuid is null or org_id = $2))
    as endpoints_active,
  (select count(*)::integer from posthorn.endpoints
   where deleted_at is null and not is_active and ($2::uuid is null or org_id = $2))
    as endpoints_inactive
`;

export interface Overview {
  readonly oldest_due_at: Date | null;
  readonly deliveries_due: number;
  readonly deliveries_due_is_bounded: boolean;
  readonly dead_letters: number;
  readonly dead_letters_is_bounded: boolean;
  readonly endpoints_active: number;
  readonly endpoints_inactive: number;
}

export async function overview(
  database: Queryable,
  question: { readonly orgId: string | null; readonly nowMs: number },
): Promise<Overview> {
  const most = limits.overviewCountMax;
  const { rows } = await database.query<Overview>(overviewSql, [
    new Date(question.nowMs).toISOString(),
    question.orgId,
    most,
  ]);
  const row = rows[0];
  if (row === undefined) throw new Error("The overview has no row.");
  return {
    ...row,
    deliveries_due: Math.min(row.deliveries_due, most),
    deliveries_due_is_bounded: row.deliveries_due > most,
    dead_letters: Math.min(row.dead_letters, most),
    dead_letters_is_bounded: row.dead_letters > most,
  };
}
