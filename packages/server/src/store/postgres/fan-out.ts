/** The SQL of `pipeline/publish/fan-out.ts`; most of it is in `posthorn.fan_out_batch`. */
import pg from "pg";
import { limits } from "../../limits.ts";
import { nilId } from "../../model/id.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { FanOutStep } from "../../model/fan-out-step.ts";
import { toTimestamp } from "./rows.ts";

/** Finds the next org by reading a few index entries. */
const nextSql = `
select org_id from (
  (select org_id, 0 as lap from posthorn.fan_outs
   where org_id > $1 and retry_at is null order by org_id limit 1)
  union all
  (select org_id, 0 as lap from posthorn.fan_outs
   where org_id > $1 and retry_at <= posthorn.bounded_clock($2) order by org_id limit 1)
  union all
  (select org_id, 1 as lap from posthorn.fan_outs
   where retry_at is null order by org_id limit 1)
  union all
  (select org_id, 1 as lap from posthorn.fan_outs
   where retry_at <= posthorn.bounded_clock($2) order by org_id limit 1)
) as next
order by lap, org_id limit 1
`;

export async function nextFanOut(
  database: Queryable,
  afterOrgId: string | null,
  atMs: number,
): Promise<string | null> {
  const { rows } = await database.query<{ org_id: string }>({
    name: "next_fan_out",
    text: nextSql,
    values: [afterOrgId ?? nilId, toTimestamp(atMs)],
  });
  return rows[0]?.org_id ?? null;
}

const stepSql = `
select created, event_id, endpoints_failed, failures, reason
from posthorn.fan_out_batch($1, $2, $3, $4, make_interval(secs => $5::double precision / 1000),
                            make_interval(secs => $6::double precision / 1000))
`;

/** The last row of a step has `created`; the others are events whose round has failed. */
interface StepRow {
  created: number | null;
  event_id: string | null;
  endpoints_failed: number | null;
  failures: number | null;
  reason: string | null;
}

/**
 * Postpones the event that the failed step began with. Without that, an event whose step always
 * times out would hold back all later events of its org.
 */
const postponeSql = `
update posthorn.fan_outs as fan_out
set failures = failures + 1, error_code = $3,
    retry_at = posthorn.bounded_clock($2)
      + make_interval(secs => least($4 * 2 ^ least(failures, 20), $5)::double precision / 1000)
where event_id = (
  select event_id from posthorn.fan_outs
  where org_id = $1 and (retry_at is null or retry_at <= posthorn.bounded_clock($2))
  order by retry_at nulls last, event_id limit 1
  for update skip locked)
`;

/**
 * If a step fails, repeats it one delivery at a time.
 *
 * @throws the error of that step, after the event has been postponed.
 */
export async function fanOut(
  database: Queryable,
  orgId: string,
  deliveriesMax: number,
  atMs: number,
): Promise<FanOutStep | null> {
  try {
    return await step(database, orgId, deliveriesMax, atMs, false);
  } catch {
    // The step is repeated, and fails again if the cause is not a row.
  }
  try {
    return await step(database, orgId, deliveriesMax, atMs, true);
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== undefined) {
      const { fanOutRestMs, fanOutRestMsMax } = limits;
      const values = [orgId, toTimestamp(atMs), code, fanOutRestMs, fanOutRestMsMax];
      await database.query(postponeSql, values);
    }
    throw error;
  }
}

async function step(
  database: Queryable,
  orgId: string,
  deliveriesMax: number,
  atMs: number,
  isOneByOne: boolean,
): Promise<FanOutStep | null> {
  const { fanOutRestMs, fanOutRestMsMax } = limits;
  const { rows } = await database.query<StepRow>({
    name: "fan_out",
    text: stepSql,
    values: [orgId, deliveriesMax, toTimestamp(atMs), isOneByOne, fanOutRestMs, fanOutRestMsMax],
  });
  const created = rows.at(-1)?.created ?? null;
  if (created === null) return null;
  const failed = rows.slice(0, -1).map((row) => ({
    orgId,
    eventId: row.event_id ?? "",
    endpoints: row.endpoints_failed ?? 0,
    failures: row.failures ?? 0,
    reason: row.reason ?? "",
  }));
  return { created, failed };
}
