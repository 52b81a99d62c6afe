/**
 * The history of endpoints. Every change that raises an endpoint's version also records the version
 * here, in the same transaction. rpc/explain and rpc/sent_request read earlier versions.
 */
import { announceEndpoints } from "./notify.ts";
import type { Queryable } from "./pool.ts";

/** Records versions. A version that is already recorded does not change. */
const recordSql = `
insert into posthorn.endpoint_history
  (org_id, endpoint_id, version, valid_from, event_types, event_prefixes, event_groups,
   channels, filter, filter_path, transformation, is_active, url, contract, headers)
select org_id, id, version, updated_at, event_types, event_prefixes, event_groups, channels,
       filter, filter_path, transformation, is_active, url, contract, headers
from posthorn.endpoints
where id = any ($1::uuid[])
on conflict (endpoint_id, version) do nothing
`;

/**
 * Records the current version of each endpoint, and notifies the nodes. Inserts wakeups for active
 * and for deleted endpoints.
 */
export async function recordEndpointVersions(
  transaction: Queryable,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await transaction.query(recordSql, [ids]);
  await transaction.query("select posthorn.wake_endpoints($1::uuid[])", [ids]);
  await announceEndpoints(transaction, ids);
}

/**
 * Assignments for an `update posthorn.endpoints` that changes `is_active`. They record since when
 * the endpoint has been inactive, and end a failure streak if the state changes.
 * @param isActive the SQL of the new value.
 * @param at the SQL of the current time.
 * @param endpoint the table's name or alias in the statement.
 */
export function activityAssignments(
  isActive: string,
  at: string,
  endpoint = "endpoints",
): readonly string[] {
  const kept = (column: string): string =>
    `${column} = case when ${endpoint}.is_active = ${isActive} then ${endpoint}.${column} end`;
  const since = `coalesce(${endpoint}.inactive_since, ${at})`;
  return [
    `inactive_since = case when not ${isActive} then ${since} end`,
    kept("failing_since"),
    kept("failing_warned_at"),
  ];
}
