/**
 * The cost of a claim depends on the number of due deliveries, not on the number of pending ones.
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { limits } from "../../limits.ts";
import { createSecretBox } from "../../model/secret-box.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Client, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { Claimed, ClaimRequest } from "../store.ts";
import { atOnce, newEvent, newId, newLease, settlementOf } from "../testing/store-tester.ts";
import { claim } from "./claim.ts";
import { createPostgresStore } from "./index.ts";
import { makePartitions } from "./partitions.ts";
import { withoutWakeupSql } from "./testing/wakeups.ts";

const orgs = 40;
const endpointsPerOrg = 500;
const due = 1_000;
const hourMs = 3_600_000;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 2,
    name: "posthorn",
    onError: () => {},
  });
  await makePartitions(pool, Date.now());
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
}, 30_000);
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Creates endpoints that each have one delivery, which has failed and is due in an hour. */
async function addWaitingEndpoints(orgCount: number, perOrg: number): Promise<void> {
  await pool.query(
    `with org as (
       insert into posthorn.orgs (id, created_at)
       select gen_random_uuid(), now() from generate_series(1, $1) returning id
     ), endpoint as (
       insert into posthorn.endpoints
         (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
          created_at, updated_at)
       select gen_random_uuid(), org.id, 'https://example.com/', true, 'standard', '', '{}', 16, 1,
              now(), now()
       from org cross join generate_series(1, $2)
       returning id, org_id
     ), event as (
       insert into posthorn.events
         (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
       select posthorn.uuid_v7(now()), org.id, 'scan.completed', now(), '{}', $2, now() from org
       returning id, org_id
     ), delivery as (
       insert into posthorn.deliveries
         (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
          due_at, created_at)
       select posthorn.delivery_id(event.id, endpoint.id), event.id, endpoint.id, org_id,
              'scan.completed', 'pending', 1, 0, now() + interval '1 hour', now()
       from endpoint join event using (org_id)
       returning org_id, endpoint_id, due_at
     )
     insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
     select org_id, endpoint_id, due_at from delivery`,
    [orgCount, perOrg],
  );
}

/** Makes one of the pending deliveries due now. */
async function addDue(client: Client): Promise<void> {
  await client.query(
    `with chosen as (select max(id::text)::uuid as id from posthorn.deliveries
                     where status = 'pending' and due_at > now()),
     changed as (
       update posthorn.deliveries as delivery set due_at = now() from chosen
       where delivery.id = chosen.id
       returning org_id, endpoint_id, due_at
     )
     insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
     select org_id, endpoint_id, due_at from changed`,
  );
}

const request = (fields: Partial<ClaimRequest> = {}): ClaimRequest => ({
  atMs: Date.now(),
  lease: newLease(Date.now() + 60_000),
  deliveriesMax: limits.claimDeliveriesMax,
  perEndpointMax: limits.claimPerEndpointMax,
  freePlaces: new Map(),
  fullOrgIds: [],
  sessionIds: [],
  ...fields,
});

interface Cost {
  readonly claimed: Claimed;
  readonly ms: number;
  /** The number of rows that were read from the tables of deliveries and wakeups. */
  readonly rows: number;
}

/**
 * How many rows were read in total. A session reports its counts with a delay, so only differences
 * are meaningful.
 */
const rowsReadSql = `
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::integer as rows
from pg_stat_xact_user_tables
where schemaname = 'posthorn' and (relname like 'deliveries%' or relname = 'endpoint_wakeups')
`;

/** Measures a claim, then rolls it back, so that the next run finds the same rows. */
async function costOfClaim(client: Client): Promise<Cost> {
  const rowsRead = async (): Promise<number> =>
    (await client.query<{ rows: number }>(rowsReadSql)).rows[0]!.rows;
  await client.query("begin");
  const before = await rowsRead();
  const startedMs = performance.now();
  const claimed = await claim(client, request());
  const ms = performance.now() - startedMs;
  const rows = (await rowsRead()) - before;
  await client.query("rollback");
  return { claimed, ms, rows };
}

/**
 * Returns the lowest time, because other programs slow some runs down. The counts come from the
 * first run, because its changes remain as dead rows after the rollback and later runs read them.
 */
async function costs(times: number): Promise<{ cost: Cost; bestMs: number }> {
  const client = await pool.connect();
  try {
    const measured: Cost[] = [];
    for (let time = 0; time < times; time += 1) measured.push(await costOfClaim(client));
    return { cost: measured[0]!, bestMs: Math.min(...measured.map(({ ms }) => ms)) };
  } finally {
    client.release();
  }
}

describe("with 20,000 waiting endpoints", () => {
  /**
   * Times depend on the machine, so they are compared with the time of a claim without endpoints.
   */
  let emptyMs: number;
  beforeAll(async () => {
    emptyMs = (await costs(20)).bestMs;
    for (let made = 0; made < orgs; made += 10) await addWaitingEndpoints(10, endpointsPerOrg);
  }, 120_000);

  test("and nothing due, a claim reads no row and takes as long as without endpoints", async () => {
    const { cost, bestMs } = await costs(20);
    expect(cost.claimed).toEqual({ deliveries: [], unreadable: [], isCut: false });
    expect(cost.rows).toBe(0);
    expect(bestMs).toBeLessThan(3 * emptyMs);
  });

  test("and 1,000 of them due, a claim reads a few rows of each, and takes less time than as many empty ones", async () => {
    await pool.query(
      `with chosen as materialized (
         select id from posthorn.deliveries order by endpoint_id limit $1
       ), changed as (
         update posthorn.deliveries as delivery set due_at = now() - interval '1 second'
         from chosen where delivery.id = chosen.id
         returning org_id, endpoint_id, due_at
       )
       insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
       select org_id, endpoint_id, due_at from changed`,
      [due],
    );
    const { cost, bestMs } = await costs(10);
    expect(cost.claimed.isCut).toBe(true);
    expect(cost.claimed.deliveries).toHaveLength(limits.claimDeliveriesMax);
    expect(cost.rows).toBeLessThan(5 * due);
    expect(bestMs).toBeLessThan(limits.claimDeliveriesMax * emptyMs);
    // Two claims take all of them.
    const { deliveries } = await claim(pool, request());
    const rest = await claim(pool, request());
    expect(deliveries.length + rest.deliveries.length).toBe(due);
    expect((await claim(pool, request())).deliveries).toEqual([]);
    expect((await pool.query(withoutWakeupSql)).rows).toEqual([]);
  });
});

test("full endpoints, however often they are woken, hide no other for long", async () => {
  await addWaitingEndpoints(1, 2);
  const { rows } = await pool.query<{ id: string; org_id: string }>(
    `select endpoint_id as id, org_id from posthorn.endpoint_wakeups
     where org_id = (select org_id from posthorn.endpoints order by created_at desc limit 1)`,
  );
  const [full, other] = rows as [(typeof rows)[number], (typeof rows)[number]];
  const add = (endpoint: { id: string; org_id: string }, count: number, atMs: number) =>
    pool.query(
      `insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
       select $1, $2, $3 from generate_series(1, $4)`,
      [endpoint.org_id, endpoint.id, new Date(atMs).toISOString(), count],
    );
  const nowMs = Date.now();
  await pool.query("update posthorn.deliveries set due_at = $2 where endpoint_id = any ($1)", [
    [full.id, other.id],
    new Date(nowMs - 1_000).toISOString(),
  ]);
  await add(full, limits.wakeupsPerClaimMax, nowMs - hourMs);
  await add(other, 1, nowMs - 1_000);
  const freePlaces = new Map([[full.id, 0]]);
  expect(await claim(pool, request({ freePlaces }))).toEqual({
    deliveries: [],
    unreadable: [],
    isCut: true,
  });
  const { deliveries } = await claim(pool, request({ freePlaces }));
  expect(deliveries.map((each) => each.endpointId)).toEqual([other.id]);
  const { rows: left } = await pool.query(
    "select from posthorn.endpoint_wakeups where endpoint_id = $1 and wake_at <= now()",
    [full.id],
  );
  expect(left).toHaveLength(1);
  const freed = await claim(pool, request());
  expect(freed.deliveries.map((each) => each.endpointId)).toEqual([full.id]);
}, 30_000);

test("claims soon stop reading removed wakeups that an old snapshot keeps", async () => {
  const old = await pool.connect();
  const client = await pool.connect();
  try {
    await client.query("delete from posthorn.claim_horizon");
    await old.query("begin isolation level repeatable read");
    await old.query("select from posthorn.endpoint_wakeups limit 1");
    await client.query(
      `insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
       select gen_random_uuid(), gen_random_uuid(), now() - random() * interval '10 minutes'
       from generate_series(1, 100000)`,
    );
    await client.query("delete from posthorn.endpoint_wakeups where wake_at <= now()");
    const read = async (): Promise<number> => {
      const sql = "select posthorn.wakeup_blocks_read()::integer as blocks";
      return (await client.query<{ blocks: number }>(sql)).rows[0]!.blocks;
    };
    const blocks = async (): Promise<number> => {
      await client.query("begin");
      const before = await read();
      expect(await claim(client, request())).toEqual({
        deliveries: [],
        unreadable: [],
        isCut: false,
      });
      const after = await read();
      await client.query("commit");
      return after - before;
    };
    expect(await blocks()).toBeGreaterThan(1_000);
    expect(await blocks()).toBeLessThan(100);
    // Deliveries that become due later are still found.
    await addDue(client);
    expect((await claim(client, request())).deliveries).toHaveLength(1);
    await client.query("delete from posthorn.claim_horizon");
  } finally {
    await old.query("rollback");
    old.release();
    client.release();
  }
}, 30_000);

interface Updates {
  readonly updated: number;
  readonly hot: number;
  readonly wakeups: number;
}

/** The totals of the whole database, including what both connections have just done. */
async function updates(client: Client): Promise<Updates> {
  // A session reports its counts after a delay, or when this function is called.
  for (const each of [client, pool]) await each.query("select pg_stat_force_next_flush()");
  await client.query("select pg_stat_clear_snapshot()");
  const { rows } = await client.query<Updates>(
    `select sum(n_tup_upd) filter (where relname like 'deliveries%')::integer as updated,
            sum(n_tup_hot_upd) filter (where relname like 'deliveries%')::integer as hot,
            sum(n_tup_ins) filter (where relname = 'endpoint_wakeups')::integer as wakeups
     from pg_stat_user_tables where schemaname = 'posthorn'`,
  );
  return rows[0]!;
}

test("a delivery that succeeds immediately touches no index and no wakeup", async () => {
  const store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  await addWaitingEndpoints(1, 1);
  const { rows } = await pool.query<{ org_id: string }>(
    "select org_id from posthorn.endpoints order by created_at desc, id limit 1",
  );
  const orgId = rows[0]!.org_id;
  const client = await pool.connect();
  try {
    const before = await updates(client);
    const lease = newLease(Date.now() + 60_000);
    const events = Array.from({ length: 50 }, () => newEvent(orgId, { id: newId(Date.now()) }));
    const outcomes = await store.publish({
      events,
      atMs: Date.now(),
      lease,
      spilledIds: [],
      ...atOnce,
      allOrNothing: false,
    });
    const settlements = outcomes.flatMap((outcome) =>
      outcome.kind === "stored"
        ? outcome.deliveries.map((each) => settlementOf(each.deliveryId, lease, 1))
        : [],
    );
    expect(settlements.length).toBeGreaterThanOrEqual(50);
    expect(await store.settle(settlements, Date.now())).toEqual(new Set());
    const after = await updates(client);
    expect(after.updated - before.updated).toBe(settlements.length);
    expect(after.hot - before.hot).toBe(settlements.length);
    expect(after.wakeups).toBe(before.wakeups);
  } finally {
    client.release();
  }
}, 20_000);
