/**
 * Wakeups tell claims which endpoints to look at: see `posthorn.endpoint_wakeups`. Whoever sets a
 * delivery's `due_at` inserts them in the same statement.
 */

/**
 * SQL of a CTE's body: one wakeup for each endpoint of the rows that `changed` has, at the earliest
 * `due_at` of the endpoint's.
 *
 * @param changed a CTE with `org_id`, `endpoint_id` and `due_at`.
 */
export function wakeupsOf(changed: string): string {
  return `
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
  select org_id, endpoint_id, min(due_at) from ${changed} group by org_id, endpoint_id`;
}
