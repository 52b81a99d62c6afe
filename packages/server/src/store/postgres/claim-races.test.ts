/**
 * No delivery is lost, whichever transaction commits first: every statement that sets a due time
 * runs in parallel with claims.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { system } from "../../model/audit.ts";
import { createSecretBox } from "../../model/secret-box.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { LeasedDelivery, Settlement, Store } from "../store.ts";
import { atOnce, newEvent, newId, newLease, settlementOf } from "../testing/store-tester.ts";
import { createPostgresStore } from "./index.ts";
import { makePartitions } from "./partitions.ts";
import { withoutWakeupSql } from "./testing/wakeups.ts";

const forMs = 2_000;
const forMsMax = 30_000;
const orgIds = Array.from({ length: 3 }, () => randomUUID());
const endpointsPerOrg = 4;

let database: TestDatabase;
let pool: Pool;
let store: Store;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 12,
    name: "posthorn",
    onError: () => {},
  });
  store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  await makePartitions(pool, Date.now());
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
  await pool.query(
    `insert into posthorn.event_types (name, description, schema_check, created_at, updated_at)
     values ('scan.completed', '', 'warn', now(), now())`,
  );
  await pool.query(
    `with org as (
       insert into posthorn.orgs (id, created_at) select id, now() from unnest($1::uuid[]) as id
       returning id
     )
     insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     select gen_random_uuid(), org.id, 'https://example.com/', true, 'standard', '', '{}', 16, 1,
            now(), now()
     from org cross join generate_series(1, $2)`,
    [orgIds, endpointsPerOrg],
  );
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const pick = <Item>(items: readonly Item[]): Item =>
  items[Math.floor(Math.random() * items.length)] as Item;
const chance = (of: number): boolean => Math.random() < of;

/** Runs the service's own claim with a low maximum, so that later claims still find deliveries. */
async function claimSome(): Promise<readonly LeasedDelivery[]> {
  const atMs = Date.now();
  const { deliveries } = await store.claim({
    atMs,
    lease: newLease(atMs + pick([50, 1_500])),
    deliveriesMax: pick([3, 20, 200]),
    perEndpointMax: pick([1, 5, 50]),
    freePlaces: new Map(),
    fullOrgIds: chance(0.2) ? [pick(orgIds)] : [],
    sessionIds: [],
  });
  return deliveries;
}

async function claimAndSettle(): Promise<void> {
  const claimed = await claimSome();
  await sleep(Math.random() * 20);
  const settlements: Settlement[] = [];
  const unused: LeasedDelivery[] = [];
  for (const each of claimed) {
    const fields = chance(0.5)
      ? {}
      : { status: "pending" as const, dueAtMs: Date.now() + Math.random() * 300 };
    // One delivery in ten is neither settled nor given back, as if its node had died.
    if (chance(0.1)) continue;
    if (chance(0.2)) unused.push(each);
    else settlements.push(settlementOf(each.id, each.lease, each.attempts + 1, fields));
  }
  if (settlements.length > 0) await store.settle(settlements, Date.now());
  const handles = unused.map((each) => ({ deliveryId: each.id, leaseId: each.lease.id }));
  await store.release(handles, Date.now());
}

async function publishFromSql(): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select posthorn.publish($1, 'scan.completed', '{}')", [pick(orgIds)]);
    await sleep(Math.random() * 100);
    await client.query(chance(0.2) ? "rollback" : "commit");
  } finally {
    client.release();
  }
}

async function publishSpilled(): Promise<void> {
  const atMs = Date.now();
  const orgId = pick(orgIds);
  await store.publish({
    events: [newEvent(orgId, { id: newId(atMs) })],
    atMs,
    lease: newLease(atMs + 60_000),
    spilledIds: [orgId],
    ...atOnce,
    allOrNothing: false,
  });
  await sleep(Math.random() * 30);
}

/** Turns the endpoint off and on, in transactions that stay open for a short time. */
async function switchEndpoint(): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ id: string }>("select id from posthorn.endpoints");
    const { id } = pick(rows);
    for (const isActive of [false, true]) {
      await client.query("begin");
      await client.query("update posthorn.endpoints set is_active = $2 where id = $1", [
        id,
        isActive,
      ]);
      await client.query("select posthorn.wake_endpoints(array[$1::uuid])", [id]);
      await sleep(Math.random() * 30);
      await client.query("commit");
      await sleep(Math.random() * 30);
    }
  } finally {
    client.release();
  }
}

async function requeueSome(): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(
    "select id from posthorn.deliveries where status = 'delivered' order by random() limit 3",
  );
  for (const { id } of rows) await store.requeue(id, Date.now(), system);
  await sleep(20);
}

const withoutWakeup = async (): Promise<readonly unknown[]> =>
  (await pool.query(withoutWakeupSql)).rows;

async function pending(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.deliveries where status = 'pending'",
  );
  return rows[0]!.count;
}

const names = ["claim", "publish", "switch", "requeue", "look"] as const;

test("at every moment each pending delivery has its wakeup, and in the end all are sent", async () => {
  const startMs = Date.now();
  const rounds = new Map<string, number>();
  // Runs longer on a busy machine, until each loop has had enough rounds.
  const isOver = (): boolean =>
    Date.now() >= startMs + forMs &&
    (Date.now() >= startMs + forMsMax || names.every((name) => (rounds.get(name) ?? 0) > 10));
  const repeat = async (name: string, round: () => Promise<void>): Promise<void> => {
    while (!isOver()) {
      await round();
      rounds.set(name, (rounds.get(name) ?? 0) + 1);
    }
  };
  const missing: unknown[] = [];
  await Promise.all([
    repeat("claim", claimAndSettle),
    repeat("claim", claimAndSettle),
    repeat("claim", claimAndSettle),
    repeat("publish", publishFromSql),
    repeat("publish", publishFromSql),
    repeat("publish", publishSpilled),
    repeat("switch", switchEndpoint),
    repeat("requeue", requeueSome),
    repeat("look", async () => {
      missing.push(...(await withoutWakeup()));
      await sleep(20);
    }),
  ]);
  expect(missing).toEqual([]);
  for (const name of names) expect(rounds.get(name) ?? 0).toBeGreaterThan(10);

  // The last leases end during this loop.
  for (let round = 0; round < 400 && (await pending()) > 0; round += 1) {
    const atMs = Date.now();
    const { deliveries } = await store.claim({
      atMs,
      lease: newLease(atMs + 60_000),
      deliveriesMax: 500,
      perEndpointMax: 100,
      freePlaces: new Map(),
      fullOrgIds: [],
      sessionIds: [],
    });
    const ends = deliveries.map(({ id, lease, attempts }) => settlementOf(id, lease, attempts + 1));
    if (ends.length > 0) expect(await store.settle(ends, atMs)).toEqual(new Set());
    await sleep(20);
  }
  expect(await pending()).toBe(0);
  expect(await withoutWakeup()).toEqual([]);
}, 60_000);
