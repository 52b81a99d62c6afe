/** A step of the background fan-out that fails as a whole, e.g. because it always times out. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { limits } from "../../limits.ts";
import { migrate } from "../../postgres/migrate.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import { fanOut, nextFanOut } from "./fan-out.ts";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 1,
    name: "posthorn",
    onError: () => {},
  });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function fanOutsOf(orgId: string): Promise<readonly (readonly unknown[])[]> {
  const { rows } = await pool.query<{ event_id: string; failures: number; error_code: string }>(
    "select event_id, failures, error_code from posthorn.fan_outs where org_id = $1",
    [orgId],
  );
  return rows.map((row) => [row.event_id, row.failures, row.error_code]);
}

/** Stores two unfinished fan-outs of an org without endpoints, and returns their events. */
async function addFanOuts(orgId: string): Promise<readonly [string, string]> {
  const { rows } = await pool.query<{ id: string }>(
    `with list as (
       insert into posthorn.fan_out_lists (id, org_id, event_type, endpoint_ids, created_at)
       values (gen_random_uuid(), $1, 'scan.completed', '{}', now()) returning id
     )
     insert into posthorn.fan_outs
       (event_id, org_id, event_type, list_id, endpoints_done, endpoints_total, created_at)
     select posthorn.uuid_v7(now() + position * interval '1 ms'), $1, 'scan.completed', list.id,
            0, 1, now()
     from list, generate_series(1, 2) as position
     returning event_id as id`,
    [orgId],
  );
  return [rows[0]!.id, rows[1]!.id];
}

test("a step that times out postpones its event, and the org's next event is fanned out", async () => {
  const orgId = randomUUID();
  const [slow, next] = await addFanOuts(orgId);
  // A function cannot catch this error, which a timeout raises as well.
  await pool.query(
    `create function posthorn.time_out() returns trigger language plpgsql as $$
     begin raise exception 'too slow' using errcode = 'query_canceled'; end $$;
     create trigger slow before delete on posthorn.fan_outs for each row
     when (old.event_id = '${slow}') execute function posthorn.time_out()`,
  );
  // The event has failed so often that it rests for as long as an event can.
  await pool.query("update posthorn.fan_outs set failures = 30 where event_id = $1", [slow]);
  const nowMs = Date.now();
  await expect(fanOut(pool, orgId, 10, nowMs)).rejects.toMatchObject({ code: "57014" });
  expect(await fanOutsOf(orgId)).toEqual(
    expect.arrayContaining([
      [slow, 31, "57014"],
      [next, 0, null],
    ]),
  );
  expect(await nextFanOut(pool, null, nowMs)).toBe(orgId);
  expect(await fanOut(pool, orgId, 10, nowMs)).toEqual({ created: 0, failed: [] });
  expect(await fanOutsOf(orgId)).toEqual([[slow, 31, "57014"]]);
  expect(await nextFanOut(pool, null, nowMs)).toBeNull();

  await pool.query(
    `drop trigger slow on posthorn.fan_outs;
     update posthorn.fan_outs set retry_at = retry_at - interval '${limits.fanOutRestMsMax} ms'`,
  );
  expect(await fanOut(pool, orgId, 10, Date.now())).toEqual({ created: 0, failed: [] });
  expect(await fanOutsOf(orgId)).toEqual([]);
});

test("a repeated step waits for the locks of the one that failed, and others skip them", async () => {
  const orgId = randomUUID();
  await addFanOuts(orgId);
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  try {
    // PostgreSQL reports an error before it releases the locks of the failed statement.
    await other.query("begin");
    await other.query("select from posthorn.fan_outs where org_id = $1 for update", [orgId]);
    const step = (isRepeated: boolean): Promise<readonly unknown[]> =>
      pool
        .query(
          `select created from posthorn.fan_out_batch($1, 10, clock_timestamp(), $2, '1 s', '1 h')`,
          [orgId, isRepeated],
        )
        .then(({ rows }) => rows);
    expect(await step(false)).toEqual([]);
    const repeated = step(true);
    const waiting = `select count(*)::integer as count from pg_locks where not granted`;
    await expect.poll(async () => (await other.query(waiting)).rows[0].count).toBeGreaterThan(0);
    await other.query("rollback");
    expect(await repeated).toEqual([{ created: 0 }]);
    expect(await fanOutsOf(orgId)).toEqual([]);
  } finally {
    await other.end();
  }
});
