/** Tests the reaper, with publishes that commit late. */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { limits } from "../../limits.ts";
import { deliveryId, uuidV7 } from "../../model/id.ts";
import { createSecretBox } from "../../model/secret-box.ts";
import { migrate } from "../../postgres/migrate.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { NewEvent, Store } from "../store.ts";
import { atOnce } from "../testing/store-tester.ts";
import { createPostgresStore } from "./index.ts";
import { makePartitions } from "./partitions.ts";

let database: TestDatabase;
let pool: Pool;
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
  await makePartitions(pool, Date.now());
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const minuteMs = 60_000;

/** Delays commits that insert an event, until the returned function is called. */
async function holdCommits(): Promise<() => Promise<void>> {
  await pool.query(`
    create function posthorn.test_gate() returns trigger language plpgsql as
      'begin perform pg_advisory_xact_lock_shared(1); return null; end';
    create constraint trigger test_gate after insert on posthorn.events
      deferrable initially deferred for each row execute function posthorn.test_gate()`);
  const keeper = await pool.connect();
  await keeper.query("select pg_advisory_lock(1)");
  return async () => {
    await keeper.query("select pg_advisory_unlock(1)");
    keeper.release();
  };
}

async function addEndpoint(orgId: string): Promise<string> {
  const id = uuidV7(Date.now(), randomBytes(10));
  await pool.query(
    `insert into posthorn.contracts (name) values ('standard')
     on conflict do nothing`,
  );
  await pool.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [orgId]);
  await pool.query(
    `insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     values ($1, $2, 'https://example.com/', true, 'standard', '', '{}', 16, 1, now(), now())`,
    [id, orgId],
  );
  return id;
}

const waitingForLock =
  "select from pg_locks where locktype = 'advisory' and not granted and objid = 1";

/**
 * Publishes one delivery, which is leased unless the store makes it due.
 * @param idMs when the id was created.
 */
async function publishLeased(
  store: Store,
  { atMs, idMs, leaseMs }: { atMs: number; idMs: number; leaseMs: number },
): Promise<{ readonly id: string; readonly leased: boolean | undefined }> {
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  const event: NewEvent = {
    id: uuidV7(idMs, randomBytes(10)),
    orgId,
    type: "scan.completed",
    timestampMs: idMs,
    dataJson: "{}",
    idempotencyKey: null,
    requestHash: null,
    schemaWarning: null,
    onlyEndpointId: null,
  };
  const [outcome] = await store.publish({
    events: [event],
    atMs,
    lease: { id: randomUUID(), untilMs: atMs + leaseMs },
    spilledIds: [],
    ...atOnce,
    allOrNothing: false,
  });
  const [delivery] = outcome?.kind === "stored" ? outcome.deliveries : [];
  return { id: deliveryId(event.id, endpointId), leased: delivery?.leased };
}

interface Row {
  readonly lease_id: string | null;
  readonly is_due: boolean;
  readonly leased_for_s: number | null;
}

async function rowOf(id: string): Promise<Row> {
  const { rows } = await pool.query<Row>(
    `select lease_id, coalesce(due_at <= clock_timestamp(), false) as is_due,
            extract(epoch from leased_until - clock_timestamp())::double precision as leased_for_s
     from posthorn.deliveries where id = $1`,
    [id],
  );
  return rows[0]!;
}

const newStore = (): Store =>
  createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));

const reapNow = (store: Store): Promise<number> =>
  store.reap({ atMs: Date.now(), leasesGrantedBeforeMs: Date.now() });

test("a lease is found although it committed after younger ids were read", async () => {
  const store = newStore();
  const release = await holdCommits();
  const nowMs = Date.now();
  const publishing = publishLeased(store, { atMs: nowMs, idMs: nowMs, leaseMs: 50 });
  while ((await pool.query(waitingForLock)).rowCount === 0) await sleep(10);
  await sleep(60);
  expect(await reapNow(store)).toBe(0);
  await release();
  const { id } = await publishing;
  expect(await reapNow(store)).toBe(1);
  expect(await rowOf(id)).toMatchObject({ lease_id: null, is_due: true });
});

describe("a commit long after its id was created", () => {
  test.each([0, 1, 10, 60])("is stored as due when its id is %d min too old", async (minutes) => {
    const nowMs = Date.now();
    const idMs = nowMs - limits.clockToleranceMs - 50 - minutes * minuteMs;
    const stored = await publishLeased(newStore(), { atMs: nowMs, idMs, leaseMs: minuteMs });
    expect(stored.leased).toBe(false);
    expect(await rowOf(stored.id)).toMatchObject({ lease_id: null, is_due: true });
  });

  test("is leased when its id is recent, and found after the lease ended", async () => {
    const store = newStore();
    const nowMs = Date.now();
    const idMs = nowMs - limits.clockToleranceMs + 5_000;
    const stored = await publishLeased(store, { atMs: nowMs, idMs, leaseMs: 50 });
    expect(stored.leased).toBe(true);
    await sleep(60);
    await reapNow(store);
    expect(await rowOf(stored.id)).toMatchObject({ lease_id: null, is_due: true });
  });

  test("is stored as due when the watermark has passed its id", async () => {
    const store = newStore();
    const nowMs = Date.now();
    await pool.query("update posthorn.reap_state set watermark = posthorn.uuid_floor($1)", [
      new Date(nowMs).toISOString(),
    ]);
    const old = await publishLeased(store, { atMs: nowMs, idMs: nowMs - 1, leaseMs: minuteMs });
    const young = await publishLeased(store, { atMs: nowMs, idMs: nowMs, leaseMs: minuteMs });
    expect([old.leased, young.leased]).toEqual([false, true]);
    expect(await rowOf(old.id)).toMatchObject({ lease_id: null, is_due: true });
  });
});

test("the watermark moves back when the database's clock was set back", async () => {
  const store = newStore();
  await pool.query(
    "update posthorn.reap_state set watermark = posthorn.uuid_floor(now() + interval '1 hour')",
  );
  const nowMs = Date.now();
  const before = await publishLeased(store, { atMs: nowMs, idMs: nowMs, leaseMs: minuteMs });
  await reapNow(store);
  const after = await publishLeased(store, { atMs: nowMs, idMs: nowMs, leaseMs: minuteMs });
  expect([before.leased, after.leased]).toEqual([false, true]);
});

describe("a node whose clock is wrong", () => {
  const hourMs = 60 * minuteMs;
  test.each([-hourMs, -10 * minuteMs, 10 * minuteMs, hourMs])(
    "by %d ms publishes, its leases are no longer than allowed, and nothing is lost",
    async (stepMs) => {
      const store = newStore();
      const wrongMs = Date.now() + stepMs;
      const { id } = await publishLeased(store, { atMs: wrongMs, idMs: wrongMs, leaseMs: 300 });
      const { leased_for_s: leasedForS } = await rowOf(id);
      if (leasedForS !== null) expect(leasedForS).toBeLessThanOrEqual(0.3);
      // Meanwhile this node and others continue to publish and reap.
      await store.reap({ atMs: wrongMs, leasesGrantedBeforeMs: wrongMs });
      const nowMs = Date.now();
      const other = await publishLeased(store, { atMs: nowMs, idMs: nowMs, leaseMs: minuteMs });
      expect(other.leased).toBe(true);
      await sleep(310);
      await reapNow(store);
      expect(await rowOf(id)).toMatchObject({ lease_id: null, is_due: true });
      expect((await rowOf(other.id)).lease_id).not.toBeNull();
    },
  );

  test("an hour ahead claims only what is due, and delays no retry", async () => {
    const store = newStore();
    const nowMs = Date.now();
    const { id } = await publishLeased(store, {
      atMs: nowMs,
      idMs: nowMs - 2 * limits.clockToleranceMs,
      leaseMs: minuteMs,
    });
    await pool.query(
      "update posthorn.deliveries set due_at = now() + interval '30 minutes' where id = $1",
      [id],
    );
    const wrongMs = nowMs + hourMs;
    const claimAt = (atMs: number) =>
      store.claim({
        atMs,
        lease: { id: randomUUID(), untilMs: atMs + minuteMs },
        deliveriesMax: 1_000,
        perEndpointMax: 1_000,
        freePlaces: new Map(),
        fullOrgIds: [],
        sessionIds: [],
      });
    const early = await claimAt(wrongMs);
    expect(early.deliveries.map((each) => each.id)).not.toContain(id);
    await pool.query("update posthorn.deliveries set due_at = now() where id = $1", [id]);
    await pool.query("select posthorn.wake_endpoints(array(select id from posthorn.endpoints))");
    const claimed = await claimAt(wrongMs);
    const mine = claimed.deliveries.find((each) => each.id === id)!;
    expect((await rowOf(id)).leased_for_s).toBeLessThanOrEqual(60);
    await store.settle(
      [
        {
          deliveryId: id,
          leaseId: mine.lease.id,
          number: 1,
          status: "pending",
          dueAtMs: wrongMs + 5_000,
          attempt: {
            atMs: wrongMs,
            durationMs: 1,
            responseStatus: 500,
            error: null,
            trigger: "schedule",
            exchangeJson: null,
          },
          turnEndpointOff: null,
        },
      ],
      wrongMs,
    );
    const { rows } = await pool.query<{ seconds: number }>(
      `select extract(epoch from due_at - clock_timestamp())::double precision as seconds
       from posthorn.deliveries where id = $1`,
      [id],
    );
    expect(rows[0]!.seconds).toBeGreaterThan(3);
    expect(rows[0]!.seconds).toBeLessThanOrEqual(5);
  });
});
