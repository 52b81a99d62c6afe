/**
 * Reads the health of endpoints, and the backlog, for the operator or for one org. Each query has
 * one statement for all orgs and one for a single org, because they use different indexes.
 */
import { limits } from "../limits.ts";
import { probeEndpointId, probeOrgId } from "../model/probe.ts";
import type { Queryable } from "../postgres/pool.ts";

const sums = `
  sum(attempts) as attempts, sum(failed_attempts) as failed_attempts,
  sum(dead_letters) as dead_letters, max(last_delivered_at) as last_delivered_at,
  max(last_failed_at) as last_failed_at`;

/**
 * Scans the statistics of all endpoints once. Scanning them for each endpoint takes twice as long.
 */
const sumsOfAll = `
left join (
  select endpoint_id, ${sums} from posthorn.delivery_statistics
  where resolution_seconds = $3 and bucket_at >= $1
  group by endpoint_id
) as sums on sums.endpoint_id = endpoint.id`;

const sumsOfOrg = `
cross join lateral (
  select ${sums} from posthorn.delivery_statistics
  where org_id = $4 and endpoint_id = endpoint.id
    and resolution_seconds = $3 and bucket_at >= $1
) as sums`;

const worstFirst = "dead_letters desc, failed_attempts desc, inactive_reason is null, endpoint_id";

const healthSql = (joinSums: string, ofOrg: string): string => `
select worst.endpoint_id, coalesce(org.external_id, worst.org_id::text) as org_id,
       worst.url, worst.description, worst.is_active, worst.inactive_reason,
       worst.failing_since, worst.deleted_at, worst.attempts, worst.failed_attempts,
       worst.dead_letters, worst.last_delivered_at, worst.last_failed_at, org.name as org_name,
       (select due_at from posthorn.deliveries
        where deliveries.endpoint_id = worst.endpoint_id and due_at is not null
        order by due_at limit 1) as oldest_due_at
from (
  select endpoint.id as endpoint_id, endpoint.org_id, endpoint.url, endpoint.description,
         endpoint.is_active, endpoint.inactive_reason, endpoint.failing_since, endpoint.deleted_at,
         coalesce(sums.attempts, 0)::integer as attempts,
         coalesce(sums.failed_attempts, 0)::integer as failed_attempts,
         coalesce(sums.dead_letters, 0)::integer as dead_letters,
         sums.last_delivered_at, sums.last_failed_at
  from posthorn.endpoints as endpoint
  ${joinSums}
  where (endpoint.deleted_at is null or sums.attempts > 0)
    and endpoint.id <> '${probeEndpointId}' ${ofOrg}
  order by ${worstFirst}
  limit $2
) as worst
left join posthorn.orgs as org on org.id = worst.org_id
order by ${worstFirst}
`;

const healthOfAllSql = healthSql(sumsOfAll, "");
const healthOfOrgSql = healthSql(sumsOfOrg, "and endpoint.org_id = $4");

const minuteMs = 60_000;
const hourMs = 3_600_000;

/**
 * Endpoints with the most dead letters come first, then those with the most failures, then those
 * that Posthorn turned off. Counts are for whole minutes if the range is short, otherwise for whole
 * hours. Deleted endpoints are included if they had attempts, so that the counts add up to those of
 * `delivery_statistics`.
 */
export async function endpointHealth(
  database: Queryable,
  question: { readonly orgId: string | null; readonly sinceMs: number; readonly nowMs: number },
): Promise<readonly unknown[]> {
  const { orgId, sinceMs, nowMs } = question;
  const spanMs = nowMs - sinceMs <= limits.healthByMinuteMsMax ? minuteMs : hourMs;
  const since = new Date(sinceMs - (sinceMs % spanMs)).toISOString();
  const values = [since, limits.healthEndpointsMax, spanMs / 1000];
  // This statement is not prepared, because a generic plan would read the statistics of all times.
  const { rows } = await (orgId === null
    ? database.query(healthOfAllSql, values)
    : database.query(healthOfOrgSql, [...values, orgId]));
  return rows;
}

/** Finds the first due delivery of each endpoint. */
const firstOfAll = `
  select endpoint_id, due_at from posthorn.due_endpoints($1::timestamptz)
  where endpoint_id <> '${probeEndpointId}'`;

const firstOfOrg = `
  select endpoint.id as endpoint_id, first.due_at
  from posthorn.endpoints as endpoint
  cross join lateral (
    select due_at from posthorn.deliveries
    where deliveries.endpoint_id = endpoint.id and due_at is not null
    order by due_at limit 1
  ) as first
  where endpoint.org_id = $3 and endpoint.deleted_at is null and endpoint.is_active
    and first.due_at <= $1`;

/**
 * Counts up to a maximum, because nobody needs an exact count of millions every ten seconds. Due
 * deliveries are at the start of their endpoint's part of the index, so the query does not read
 * those that are due later, which may be millions.
 */
const overviewSql = (first: string, ofOrg: string): string => `
with first as materialized (${first}
)
select
  (select min(due_at) from first) as oldest_due_at,
  (select count(*)::integer from (
     select from first
     cross join lateral (
       select from posthorn.deliveries
       where deliveries.endpoint_id = first.endpoint_id and deliveries.due_at <= $1
       limit $2
     ) as due
     limit $2) as due) as deliveries_due,
  (select count(*)::integer from (
     select from posthorn.deliveries
     where failed_at is not null ${ofOrg} limit $2) as dead) as dead_letters,
  endpoints.active as endpoints_active,
  endpoints.failing as endpoints_failing,
  endpoints.inactive as endpoints_inactive
from (
  select count(*) filter (where is_active)::integer as active,
         count(*) filter (where is_active and failing_since is not null)::integer as failing,
         count(*) filter (where not is_active)::integer as inactive
  from posthorn.endpoints where deleted_at is null ${ofOrg}
) as endpoints
`;

const overviewOfAll = {
  name: "overview_of_all",
  text: overviewSql(firstOfAll, `and org_id <> '${probeOrgId}'`),
};
const overviewOfOrg = {
  name: "overview_of_org",
  text: overviewSql(firstOfOrg, "and org_id = $3"),
};

export interface Overview {
  readonly oldest_due_at: Date | null;
  readonly deliveries_due: number;
  readonly deliveries_due_is_bounded: boolean;
  readonly dead_letters: number;
  readonly dead_letters_is_bounded: boolean;
  readonly endpoints_active: number;
  readonly endpoints_failing: number;
  readonly endpoints_inactive: number;
}

/**
 * Counts due deliveries and dead letters. If there are more than the maximum, it returns the
 * maximum and a flag.
 */
export async function overview(
  database: Queryable,
  question: { readonly orgId: string | null; readonly nowMs: number },
): Promise<Overview> {
  const { orgId, nowMs } = question;
  const most = limits.overviewCountMax;
  const values = [new Date(nowMs).toISOString(), most + 1];
  const { rows } = await database.query<Overview>(
    orgId === null
      ? { ...overviewOfAll, values }
      : { ...overviewOfOrg, values: [...values, orgId] },
  );
  const row = rows[0];
  if (row === undefined) throw new Error("The overview query returned no row.");
  return {
    ...row,
    deliveries_due: Math.min(row.deliveries_due, most),
    deliveries_due_is_bounded: row.deliveries_due > most,
    dead_letters: Math.min(row.dead_letters, most),
    dead_letters_is_bounded: row.dead_letters > most,
  };
}
