/**
 * Inserts wakeups, which tell claims which endpoints to check: see `posthorn.endpoint_wakeups`.
 * Every statement that sets a delivery's `due_at` inserts them.
 */

/**
 * The SQL for the body of a CTE. It inserts one wakeup for each endpoint in `changed`, at the
 * endpoint's earliest `due_at`.
 * @param changed the name of a CTE with `org_id`, `endpoint_id` and `due_at`.
 */
export function wakeupsOf(changed: string): string {
  return `
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
  select org_id, endpoint_id, min(due_at) from ${changed} group by org_id, endpoint_id`;
}
