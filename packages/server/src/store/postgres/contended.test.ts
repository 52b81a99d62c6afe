/**
 * Rows change while a claim locks them. The test uses a separate server, which must not crash.
 */
import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../embedded/index.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createTestDatabase, migratedTemplate } from "../../testing/test-database.ts";
import { claim } from "./claim.ts";
import { makePartitions } from "./partitions.ts";

const endpoints = 20;
const events = 20;
const forMs = 1_000;
/** How long the rounds may take on a busy machine. */
const atMostMs = 20_000;

let folder: string;
let server: EmbeddedPostgres;
let pool: pg.Pool;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-contended-"));
  // If the test runs as root, the server runs as another user. That user must be able to access the
  // folder, otherwise the data would be placed elsewhere.
  await chmod(folder, 0o755);
  server = await startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  const template = await migratedTemplate(server.connectionString, migrate);
  const database = await createTestDatabase(server.connectionString, { template });
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  // Ignores this event, because the statement on a closed connection reports the error.
  pool.on("error", () => {});
  await makePartitions(pool, Date.now());
}, 60_000);
afterAll(async () => {
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

async function addDueDeliveries(): Promise<void> {
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
  const orgId = randomUUID();
  await pool.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [orgId]);
  await pool.query(
    `insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     select gen_random_uuid(), $1, 'https://example.com/', true, 'standard', '', '{}', 16, 1,
            now(), now()
     from generate_series(1, $2)`,
    [orgId, endpoints],
  );
  await pool.query(
    `with event as (
       insert into posthorn.events
         (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
       select posthorn.uuid_v7(now()), $1, 'scan.completed', now(), '{}', 1, now()
       from generate_series(1, $2)
       returning id
     )
     insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        due_at, created_at)
     select posthorn.delivery_id(event.id, endpoint.id), event.id, endpoint.id, $1,
            'scan.completed', 'pending', 0, 0, now(), now()
     from event cross join posthorn.endpoints as endpoint`,
    [orgId, events],
  );
  await pool.query("select posthorn.wake_endpoints(array(select id from posthorn.endpoints))");
  await pool.query("analyze posthorn.deliveries");
}

/** Locks due deliveries as a node does, and releases them. */
async function claimAndLetGo(): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const claimed = await claim(client, {
      atMs: Date.now(),
      lease: { id: randomUUID(), untilMs: Date.now() + 60_000 },
      deliveriesMax: 500,
      perEndpointMax: 100,
      freePlaces: new Map(),
      fullOrgIds: [],
      sessionIds: [],
    });
    await client.query("rollback");
    return claimed.deliveries.length;
  } finally {
    client.release();
  }
}

/**
 * Changes one of the deliveries, due or not, as other nodes do when they settle, claim or give
 * back.
 */
const changeOneSql = `
update posthorn.deliveries
set duration_ms = coalesce(duration_ms, 0) + 1,
    due_at = now() + case when random() < 0.3 then interval '1 hour' else interval '-1 minute' end
where id = (select id from posthorn.deliveries order by random() limit 1)
`;

test("claims beside changes of the same rows, hundreds of times", async () => {
  await addDueDeliveries();
  const startedMs = Date.now();
  const counts = { claims: 0, claimed: 0, changes: 0 };
  const isOver = (): boolean => {
    const isEnough = counts.claims > 20 && counts.changes > 50;
    return Date.now() > startedMs + (isEnough ? forMs : atMostMs);
  };
  const claiming = async (): Promise<void> => {
    while (!isOver()) {
      counts.claimed += await claimAndLetGo();
      counts.claims += 1;
    }
  };
  const changing = async (): Promise<void> => {
    while (!isOver()) counts.changes += (await pool.query(changeOneSql)).rowCount ?? 0;
  };
  const startedAt = async (): Promise<unknown> =>
    (await pool.query("select pg_postmaster_start_time() as at, pg_is_in_recovery() as recovering"))
      .rows;
  const before = await startedAt();
  await Promise.all([claiming(), changing(), changing()]);
  expect(await startedAt()).toEqual(before);
  expect(counts.claims).toBeGreaterThan(20);
  expect(counts.claimed).toBeGreaterThan(counts.claims * 10);
  expect(counts.changes).toBeGreaterThan(50);
}, 30_000);
