/**
 * Replays on a real server: orgs take turns, and a replay that is too large to count still starts.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { limits } from "../../limits.ts";
import { system } from "../../model/audit.ts";
import { uuidV7 } from "../../model/id.ts";
import { ReplayTurns, type ReplayStore } from "../../pipeline/upkeep/replay.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import { makePartitions } from "./partitions.ts";
import { createPostgresReplayStore } from "./replay.ts";

const stepMax = 10;

let database: TestDatabase;
let pool: Pool;
let store: ReplayStore;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 4,
    name: "posthorn",
    onError: () => {},
  });
  store = createPostgresReplayStore(pool, pool);
  await makePartitions(pool, Date.now());
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
});
afterEach(() => pool.query("delete from posthorn.replays"));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

interface Started {
  readonly id: string;
  readonly orgId: string;
  readonly total: number | null;
}

/** Starts a replay for a new org, whose only endpoint has this many cancelled deliveries. */
async function startReplay(deliveries: number, eventType?: string): Promise<Started> {
  const orgId = randomUUID();
  const endpointId = uuidV7(Date.now(), randomBytes(10));
  await pool.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [orgId]);
  await pool.query(
    `insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     values ($1, $2, 'https://example.com/', true, 'standard', '', '{}', 16, 1, now(), now())`,
    [endpointId, orgId],
  );
  await pool.query(
    `with event as (
       insert into posthorn.events
         (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
       select posthorn.uuid_v7(clock_timestamp()), $1, 'scan.completed', now(), '{}', 1, now()
       from generate_series(1, $3)
       returning id
     )
     insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        created_at)
     select posthorn.delivery_id(event.id, $2), event.id, $2, $1, 'scan.completed', 'cancelled',
            0, 0, now()
     from event`,
    [orgId, endpointId, deliveries],
  );
  const atMs = Date.now();
  const id = uuidV7(atMs, randomBytes(10));
  const total = await store.start({
    id,
    orgId,
    endpointId,
    status: "cancelled",
    eventType: eventType ?? null,
    sinceMs: null,
    untilMs: atMs + 60_000,
    atMs,
    by: system,
  });
  return { id, orgId, total };
}

async function stateOf({ id }: Started): Promise<unknown> {
  const { rows } = await pool.query(
    "select state, replayed, total from posthorn.replays where id = $1",
    [id],
  );
  return rows[0];
}

test("a short replay waits for one batch of a long one that was started before it", async () => {
  const long = await startReplay(stepMax * 20);
  const longToo = await startReplay(stepMax * 20);
  const short = await startReplay(5);
  const turns = new ReplayTurns(store);
  for (let turn = 0; turn < 3; turn += 1) await turns.step(Date.now(), stepMax);
  expect(await stateOf(short)).toEqual({ state: "done", replayed: 5, total: 5 });
  for (const each of [long, longToo]) {
    expect(await stateOf(each)).toMatchObject({ state: "running", replayed: stepMax });
  }
  // The long replays continue in turns.
  for (let turn = 0; turn < 4; turn += 1) await turns.step(Date.now(), stepMax);
  for (const each of [long, longToo]) {
    expect(await stateOf(each)).toMatchObject({ state: "running", replayed: 3 * stepMax });
  }
});

test("an org runs a limited number of replays at once, and each selection only once", async () => {
  const { orgId, id } = await startReplay(1);
  const { rows } = await pool.query<{ endpoint_id: string }>(
    "select endpoint_id from posthorn.replays where id = $1",
    [id],
  );
  const again = (eventType: string | null): Promise<unknown> =>
    store.start({
      id: uuidV7(Date.now(), randomBytes(10)),
      orgId,
      endpointId: rows[0]!.endpoint_id,
      status: "cancelled",
      eventType,
      sinceMs: null,
      untilMs: Date.now() + 60_000,
      atMs: Date.now(),
      by: system,
    });
  await expect(again(null)).rejects.toMatchObject({ code: "PH_REPLAY_RUNNING" });
  for (let n = 1; n < limits.replaysRunningPerOrgMax; n += 1) await again(`type.${n}`);
  await expect(again("one.more")).rejects.toMatchObject({ code: "PH_TOO_MANY_REPLAYS" });
  await store.cancel(id, Date.now(), system);
  await again(null);
  await pool.query("update posthorn.replays set state = 'done' where org_id = $1", [orgId]);
});

test("an org whose batch fails does not block other orgs", async () => {
  const broken = await startReplay(5);
  const whole = await startReplay(5);
  const failing: ReplayStore = {
    ...store,
    step: async (orgId, atMs, most) => {
      if (orgId === broken.orgId) throw new Error("This org's batch takes too long.");
      return store.step(orgId, atMs, most);
    },
  };
  const turns = new ReplayTurns(failing);
  const outcomes: boolean[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    outcomes.push(
      await turns.step(Date.now(), stepMax).then(
        () => true,
        () => false,
      ),
    );
  }
  expect(outcomes).toContain(false);
  expect(await stateOf(whole)).toMatchObject({ state: "done", replayed: 5 });
  expect(await stateOf(broken)).toMatchObject({ state: "running", replayed: 0 });
});

test("a replay whose batches fail does not hold back a later one of its org", async () => {
  const broken = await startReplay(5);
  const later = await startReplay(5);
  await pool.query("update posthorn.replays set org_id = $1 where id = $2", [
    broken.orgId,
    later.id,
  ]);
  await pool.query(
    `create function posthorn.fail() returns trigger language plpgsql as
       $$ begin raise 'This batch fails.'; end $$;
     create trigger fail before update on posthorn.deliveries for each row
       when (old.org_id = '${broken.orgId}') execute function posthorn.fail()`,
  );
  const turns = new ReplayTurns(store);
  const isDone = async (): Promise<boolean> =>
    ((await stateOf(later)) as { state: string }).state === "done";
  // Each turn takes the later replay with a probability of one half.
  for (let turn = 0; turn < 60 && !(await isDone()); turn += 1) {
    await turns.step(Date.now(), stepMax).catch(() => undefined);
  }
  expect(await stateOf(later)).toMatchObject({ state: "done", replayed: 5 });
  expect(await stateOf(broken)).toMatchObject({ state: "running", replayed: 0 });
  await pool.query("drop trigger fail on posthorn.deliveries; drop function posthorn.fail()");
});

test("replays a range that cannot be counted in time, and knows its total at the end", async () => {
  // The count waits for this lock until its statement times out.
  const holder = await pool.connect();
  await holder.query("begin; lock table posthorn.deliveries in access exclusive mode");
  const counted = store.count({
    orgId: randomUUID(),
    endpointId: randomUUID(),
    status: "delivered",
    eventType: null,
    sinceMs: null,
    untilMs: Date.now(),
  });
  expect(await counted).toBeNull();
  await holder.query("rollback");
  holder.release();
  const started = await startReplay(stepMax + 3);
  await pool.query("update posthorn.replays set total = null where id = $1", [started.id]);
  const turns = new ReplayTurns(store);
  await turns.step(Date.now(), stepMax);
  expect(await stateOf(started)).toEqual({ state: "running", replayed: stepMax, total: null });
  await turns.step(Date.now(), stepMax);
  const all = stepMax + 3;
  expect(await stateOf(started)).toEqual({ state: "done", replayed: all, total: all });
});

test("a step reads a limited number of rows, and the next one continues after them", async () => {
  const started = await startReplay(limits.replayRowsPerStepMax + 1, "never.published");
  const turns = new ReplayTurns(store);
  await turns.step(Date.now(), stepMax);
  expect(await stateOf(started)).toMatchObject({ state: "running", replayed: 0 });
  await turns.step(Date.now(), stepMax);
  expect(await stateOf(started)).toMatchObject({ state: "done", replayed: 0 });
});
