/** Two nodes that lock the same rows, and a node whose transaction is the victim of a deadlock. */
import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { createSecretBox } from "../../model/secret-box.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { NewEvent, PublishOutcome, Store } from "../store.ts";
import {
  atOnce,
  claimAt,
  newEvent,
  newId,
  newLease,
  settlementOf,
  startMs,
} from "../testing/store-tester.ts";
import { createPostgresStore } from "./index.ts";

const rounds = 30;
const keysPerRound = 40;
const connectionsMax = 4;

let database: TestDatabase;
let pools: readonly Pool[];
let nodes: readonly Store[];
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  pools = ["posthorn a", "posthorn b"].map((name) =>
    createPool({ hosts: hostsOf(database.url), connectionsMax, name, onError: () => {} }),
  );
  const secretBox = createSecretBox(randomBytes(32).toString("base64"));
  nodes = pools.map((pool) => createPostgresStore(pool, secretBox));
  await pools[0]!.query("select posthorn.make_partitions('2026-03-01', '2026-04-01')");
  await pools[0]!.query("insert into posthorn.contracts (name) values ('standard')");
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await database.drop();
});

let orgId: string;
beforeEach(() => {
  orgId = randomUUID();
});

const keyed = (key: string, org = orgId): NewEvent =>
  newEvent(org, { idempotencyKey: key, requestHash: Buffer.of(1) });

function publish(store: Store, events: readonly NewEvent[]): Promise<readonly PublishOutcome[]> {
  return store.publish({
    events,
    atMs: startMs,
    lease: null,
    spilledIds: [],
    ...atOnce,
    allOrNothing: false,
  });
}

async function deadlocks(): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Without this, sessions report their counts only after they have been idle for a moment.
  const flush = "select pg_stat_force_next_flush()";
  for (const pool of pools) {
    await Promise.all(Array.from({ length: connectionsMax }, () => pool.query(flush)));
  }
  const { rows } = await client.query<{ deadlocks: string }>(
    "select deadlocks from pg_stat_database where datname = current_database()",
  );
  await client.end();
  return Number(rows[0]!.deadlocks);
}

test("the same keys in opposite order: each is stored once, without a deadlock", async () => {
  const before = await deadlocks();
  for (let round = 0; round < rounds; round += 1) {
    const names = Array.from({ length: keysPerRound }, (_, index) => `${round} ${index}`);
    // Both transactions also insert orgs, because an org is created with its first event.
    const orgs = names.map(() => randomUUID());
    const events = () => names.map((name, index) => keyed(name, orgs[index]));
    const [forth, back] = await Promise.all([
      publish(nodes[0]!, events()),
      publish(nodes[1]!, events().toReversed()),
    ]);
    const kinds = [...forth, ...back].map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "stored")).toHaveLength(keysPerRound);
    expect(kinds.filter((kind) => kind === "duplicate")).toHaveLength(keysPerRound);
  }
  expect(await deadlocks()).toBe(before);
}, 60_000);

test("the same settlements in opposite order: written once, without a deadlock", async () => {
  const endpointId = newId();
  await pools[0]!.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [orgId]);
  await pools[0]!.query(
    `insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     values ($1, $2, 'https://example.com/', true, 'standard', '', '{}', 16, 1, now(), now())`,
    [endpointId, orgId],
  );
  const before = await deadlocks();
  for (let round = 0; round < rounds; round += 1) {
    await publish(
      nodes[0]!,
      Array.from({ length: 50 }, () => newEvent(orgId)),
    );
    const lease = newLease();
    const { deliveries } = await nodes[0]!.claim(claimAt(startMs, { lease }));
    expect(deliveries).toHaveLength(50);
    const settlements = deliveries.map(({ id }) => settlementOf(id, lease, 1));
    const lost = await Promise.all([
      nodes[0]!.settle(settlements, startMs),
      nodes[1]!.settle(settlements.toReversed(), startMs),
    ]);
    expect(lost.map((ids) => ids.size)).toEqual([0, 0]);
  }
  expect(await deadlocks()).toBe(before);
}, 60_000);

test("a deadlock's victim is retried before anyone sees an error", async () => {
  const before = await deadlocks();
  const other = new pg.Client({ connectionString: database.url });
  await other.connect();
  try {
    // This session checks for deadlocks later than the node's session, so PostgreSQL ends the
    // node's transaction.
    await other.query("set deadlock_timeout = '20s'");
    await other.query("begin");
    const insertKey = (key: string): Promise<unknown> =>
      other.query(
        `insert into posthorn.idempotency_keys (org_id, key, event_id, request_hash, created_at)
         values ($1, $2, $3, '\\x01', now())`,
        [orgId, key, newId()],
      );
    await insertKey("b");
    const publishing = publish(nodes[0]!, [keyed("a"), keyed("b")]);
    await untilOneWaits(other);
    const holding = insertKey("a");
    await holding;
    await other.query("rollback");
    expect((await publishing).map(({ kind }) => kind)).toEqual(["stored", "stored"]);
  } finally {
    await other.end();
  }
  expect(await deadlocks()).toBe(before + 1);
}, 30_000);

async function untilOneWaits(client: pg.Client): Promise<void> {
  for (;;) {
    const { rowCount } = await client.query(
      `select from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    if (rowCount === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
