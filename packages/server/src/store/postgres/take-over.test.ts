/** When a real server allows the deliveries of dead nodes to be taken over, and when not. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, inject, test } from "vitest";
import { leaseId, uuidV7 } from "../../model/id.ts";
import { createSecretBox } from "../../model/secret-box.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Client, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { NewEvent, Store } from "../store.ts";
import { atOnce } from "../testing/store-tester.ts";
import { createPostgresStore } from "./index.ts";
import { makePartitions } from "./partitions.ts";
import { freeAllLeases } from "./take-over.ts";

const minuteMs = 60_000;
const lateAfterMs = 1_000;

let database: TestDatabase;
let pool: Pool;
let store: Store;
const sessions: Client[] = [];
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 6,
    name: "posthorn",
    onError: () => {},
  });
  store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  await makePartitions(pool, Date.now());
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.release(true);
  await pool.query("delete from posthorn.nodes");
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

interface DeadNode {
  readonly id: string;
  /** The ids of two deliveries: one was leased by its publish, and one was claimed. */
  readonly deliveryIds: readonly string[];
}

/** Creates a node with deliveries. Its session is gone, and its last heartbeat is 5 s old. */
async function deadNode(): Promise<DeadNode> {
  const id = uuidV7(Date.now(), randomBytes(10));
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
  await publishTo(orgId, null);
  const { deliveries } = await claimBy(id);
  const claimed = deliveries.filter((each) => each.endpointId === endpointId);
  expect(claimed).toHaveLength(1);
  const published = await publishTo(orgId, id);
  await beat(id, true);
  await pool.query(
    "update posthorn.nodes set beat_at = beat_at - interval '5 seconds' where id = $1",
    [id],
  );
  return { id, deliveryIds: [claimed[0]!.id, ...published] };
}

async function publishTo(orgId: string, nodeId: string | null): Promise<readonly string[]> {
  const nowMs = Date.now();
  const event: NewEvent = {
    id: uuidV7(nowMs, randomBytes(10)),
    orgId,
    type: "scan.completed",
    timestampMs: nowMs,
    dataJson: "{}",
    idempotencyKey: null,
    requestHash: null,
    schemaWarning: null,
    onlyEndpointId: null,
  };
  const [outcome] = await store.publish({
    events: [event],
    atMs: nowMs,
    lease:
      nodeId === null ? null : { id: leaseId(nodeId, randomBytes(8)), untilMs: nowMs + minuteMs },
    spilledIds: [],
    ...atOnce,
    allOrNothing: false,
  });
  return outcome?.kind === "stored" ? outcome.deliveries.map((each) => each.deliveryId) : [];
}

function claimBy(nodeId: string) {
  const atMs = Date.now();
  return store.claim({
    atMs,
    lease: { id: leaseId(nodeId, randomBytes(8)), untilMs: atMs + minuteMs },
    deliveriesMax: 1_000,
    perEndpointMax: 100,
    freePlaces: new Map(),
    fullOrgIds: [],
    sessionIds: [],
  });
}

function beat(nodeId: string, holdsLock: boolean): Promise<number> {
  const atMs = Date.now();
  return store.heartbeat({ nodeId, atMs, sinceMs: atMs - minuteMs, holdsLock });
}

async function takenBySurvivor(): Promise<readonly { nodeId: string; deliveries: number }[]> {
  return store.takeOver(uuidV7(Date.now(), randomBytes(10)), lateAfterMs);
}

async function leasedOf({ deliveryIds }: DeadNode): Promise<number> {
  const { rows } = await pool.query<{ leased: number }>(
    `select count(*) filter (where leased_until is not null)::integer as leased
     from posthorn.deliveries where id = any ($1::uuid[])`,
    [deliveryIds],
  );
  return rows[0]!.leased;
}

test("makes a dead node's deliveries due immediately, and not another's", async () => {
  const dead = await deadNode();
  const alive = await deadNode();
  await beat(alive.id, true);
  expect(await takenBySurvivor()).toEqual([{ nodeId: dead.id, deliveries: 2 }]);
  expect(await leasedOf(dead)).toBe(0);
  expect(await leasedOf(alive)).toBe(2);
  const survivorId = uuidV7(Date.now(), randomBytes(10));
  const { deliveries } = await claimBy(survivorId);
  expect(deliveries.map((each) => each.id)).toEqual(expect.arrayContaining([...dead.deliveryIds]));
  expect(await takenBySurvivor()).toEqual([]);
});

test("a node that holds its lock is not dead: it is frozen, or its event loop is blocked", async () => {
  const frozen = await deadNode();
  const session = await pool.connect();
  sessions.push(session);
  await session.query("select pg_advisory_lock(posthorn.node_lock_key($1))", [frozen.id]);
  expect(await takenBySurvivor()).toEqual([]);
  expect(await leasedOf(frozen)).toBe(2);
});

test("a node that lost its session is not dead while its heartbeats continue", async () => {
  const node = await deadNode();
  await beat(node.id, true);
  expect(await takenBySurvivor()).toEqual([]);
});

test("a node that never had its lock keeps its leases", async () => {
  const node = await deadNode();
  await pool.query("update posthorn.nodes set has_lock = false where id = $1", [node.id]);
  expect(await takenBySurvivor()).toEqual([]);
});

test("locks that the server lost all at once prove nothing", async () => {
  const node = await deadNode();
  // Does to the unlogged table what a crash of the server or a failover does.
  await pool.query("truncate posthorn.server_life");
  expect(await takenBySurvivor()).toEqual([]);
  expect(await leasedOf(node)).toBe(2);
});

test("a node that is known to be dead needs no proof by lock and heartbeat", async () => {
  const dead = await deadNode();
  const alive = await deadNode();
  await beat(dead.id, true);
  const session = await pool.connect();
  sessions.push(session);
  await session.query("select pg_advisory_lock(posthorn.node_lock_key($1))", [dead.id]);
  expect(await store.takeOverFrom(dead.id)).toBe(2);
  expect(await leasedOf(dead)).toBe(0);
  expect(await leasedOf(alive)).toBe(2);
  expect(await store.takeOverFrom(dead.id)).toBe(0);
});

test("but a delivery that was taken over twice within a minute keeps its lease", async () => {
  const dead = await deadNode();
  await pool.query(
    `update posthorn.deliveries set takeovers = 2, taken_over_at = now()
     where id = any ($1::uuid[]) and due_at is not null`,
    [dead.deliveryIds],
  );
  await store.takeOverFrom(dead.id);
  expect(await leasedOf(dead)).toBe(1);
});

test("a delivery that was taken over twice within a minute keeps its lease", async () => {
  const victims: DeadNode[] = [await deadNode()];
  const [poisonId] = victims[0]!.deliveryIds;
  for (const expected of [0, 0, 1]) {
    await takenBySurvivor();
    const { rows } = await pool.query<{ leased: boolean }>(
      "select leased_until is not null as leased from posthorn.deliveries where id = $1",
      [poisonId],
    );
    expect(Number(rows[0]!.leased)).toBe(expected);
    const next = await deadNode();
    await pool.query(
      `update posthorn.deliveries set lease_id = $2, leased_until = now() + interval '1 minute',
              due_at = now() + interval '1 minute'
       where id = $1 and leased_until is null`,
      [poisonId, leaseId(next.id, randomBytes(8))],
    );
  }
  await pool.query(
    `update posthorn.deliveries set taken_over_at = taken_over_at - interval '61 seconds'
     where id = $1`,
    [poisonId],
  );
  await pool.query(
    "update posthorn.nodes set taken_over_at = null, beat_at = now() - interval '5 s'",
  );
  await takenBySurvivor();
  const { rows } = await pool.query(
    "select from posthorn.deliveries where id = $1 and leased_until is null",
    [poisonId],
  );
  expect(rows).toHaveLength(1);
});

test("takes over what a dead node's statement commits afterwards", async () => {
  const dead = await deadNode();
  await takenBySurvivor();
  const late = await deadNode();
  await pool.query("delete from posthorn.nodes where id = $1", [late.id]);
  await pool.query(`update posthorn.deliveries set lease_id = $2 where id = any ($1::uuid[])`, [
    late.deliveryIds,
    leaseId(dead.id, randomBytes(8)),
  ]);
  expect(await takenBySurvivor()).toEqual([]);
  await pool.query(
    "update posthorn.nodes set taken_over_at = taken_over_at - interval '6 seconds' where id = $1",
    [dead.id],
  );
  expect(await takenBySurvivor()).toEqual([{ nodeId: dead.id, deliveries: 2 }]);
  expect(await leasedOf(late)).toBe(0);
  // After 20 s no transaction of the dead node can still be open, so its row is removed.
  await pool.query(
    "update posthorn.nodes set beat_at = taken_over_at - interval '21 seconds' where id = $1",
    [dead.id],
  );
  await takenBySurvivor();
  const { rowCount } = await pool.query("select from posthorn.nodes where id = $1", [dead.id]);
  expect(rowCount).toBe(0);
});

test("a caller that knows that no node runs frees every lease", async () => {
  const nodes = [await deadNode(), await deadNode()];
  for (const node of nodes) await beat(node.id, true);
  expect(await freeAllLeases(pool)).toBeGreaterThanOrEqual(4);
  for (const node of nodes) expect(await leasedOf(node)).toBe(0);
});
