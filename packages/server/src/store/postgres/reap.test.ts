/** The reaper, and a publish whose commit comes late. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
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
import type { NewEvent } from "../store.ts";
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

/** Commits that insert an event wait until the returned function is called. */
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
  await pool.query("insert into posthorn.contracts (name, document) values ('standard', '{}')");
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

test("a lease is found although its commit came after ids that are younger were looked at", async () => {
  const store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  const orgId = randomUUID();
  const endpointId = await addEndpoint(orgId);
  const release = await holdCommits();
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
  const publishing = store.publish({
    events: [event],
    atMs: nowMs,
    lease: { id: randomUUID(), untilMs: nowMs + minuteMs },
    unleasedIds: [],
    allOrNothing: false,
  });
  while ((await pool.query(waitingForLock)).rowCount === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const later = { atMs: nowMs + 10 * minuteMs, leasesGrantedBeforeMs: nowMs + 9 * minuteMs };
  expect(await store.reap(later)).toBe(0);
  await release();
  await publishing;
  expect(await store.reap(later)).toBe(1);
  const { rows } = await pool.query("select lease_id from posthorn.deliveries where id = $1", [
    deliveryId(event.id, endpointId),
  ]);
  expect(rows).toEqual([{ lease_id: null }]);
});
