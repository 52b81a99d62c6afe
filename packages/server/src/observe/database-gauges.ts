/** Gauges whose values come from the database. One statement reads all of them at each scrape. */
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";

const gaugesSql = `
select
  (select coalesce(extract(epoch from now() - min(due_at)), 0)::double precision
   from posthorn.due_endpoints(now())) as oldest_due_seconds,
  (select count(*)::integer from (
     select from posthorn.deliveries where failed_at is not null limit $1) as dead) as dead_letters,
  coalesce((
    select extract(epoch from now() - created_at)::double precision from posthorn.fan_outs
    order by event_id limit 1), 0) as oldest_fan_out_seconds,
  (select count(*)::integer from (
     select from posthorn.fan_outs where retry_at is not null limit $1) as failing)
    as failing_fan_outs,
  count(*) filter (where is_active and failing_since is null)::integer as active,
  count(*) filter (where is_active and failing_since is not null)::integer as failing,
  count(*) filter (where not is_active)::integer as off
from posthorn.endpoints
where deleted_at is null
`;

export interface DatabaseGauges {
  readonly oldest_due_seconds: number;
  readonly dead_letters: number;
  readonly oldest_fan_out_seconds: number;
  readonly failing_fan_outs: number;
  readonly active: number;
  readonly failing: number;
  readonly off: number;
}

/** @returns null if the database does not respond. The scrape then returns the other metrics. */
export async function readDatabaseGauges(database: Queryable): Promise<DatabaseGauges | null> {
  try {
    // A lost network can swallow the result, and Prometheus drops a scrape that takes longer.
    const statement = {
      text: gaugesSql,
      values: [limits.overviewCountMax],
      query_timeout: limits.metricsGaugesMs,
    };
    const { rows } = await database.query<DatabaseGauges>(statement);
    return rows[0] ?? null;
  } catch {
    return null;
  }
}
