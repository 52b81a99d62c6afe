/** Inserts pending deliveries with SQL, because publishing a million would take an hour. */
import { payload } from "./payload.ts";
import type { PosthornProcess } from "./posthorn.ts";

const rowsPerInsert = 20_000;

/**
 * Inserts deliveries for the org's only endpoint. They have failed three times and are due. Their
 * ids are consecutive and start now, so that they belong to the current week.
 */
export async function waitFor(
  posthorn: PosthornProcess,
  orgId: string,
  count: number,
  progress: (text: string) => void,
): Promise<void> {
  for (let made = 0; made < count; made += rowsPerInsert) {
    const rows = Math.min(rowsPerInsert, count - made);
    progress(`${(made + rows).toLocaleString("en-US")} waiting`);
    await posthorn.query(`
      with generated as (
        select posthorn.uuid_v7(now() - interval '1 hour') as id
        from generate_series(1, ${rows})
      ), event as (
        insert into posthorn.events
          (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
        select id, '${orgId}', 'bench.happened', now(), '${payload(0)}', 1, now() from generated
        returning id
      )
      insert into posthorn.deliveries
        (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
         due_at, attempted_at, duration_ms, response_status, trigger, created_at)
      select posthorn.delivery_id(event.id, endpoint.id), event.id, endpoint.id, endpoint.org_id,
             'bench.happened', 'pending', 3, 0, now(), now(), 5, 503, 'schedule', now()
      from event
      join posthorn.endpoints as endpoint on endpoint.org_id = '${orgId}'`);
  }
  await posthorn.query(`
    select posthorn.wake_endpoints(array(
      select id from posthorn.endpoints where org_id = '${orgId}'))`);
  // Vacuums now. Otherwise autovacuum would run a minute later, during the measurement.
  for (const table of ["events", "deliveries"]) {
    progress(`vacuum of ${table}`);
    await posthorn.query(`vacuum (analyze) posthorn.${table}`);
  }
}
