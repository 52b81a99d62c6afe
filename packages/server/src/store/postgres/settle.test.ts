/**
 * How many rows settling reads. This is the main cost of each delivery, and depends on the query
 * planner.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "../../postgres/migrate.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { Settlement } from "../store.ts";
import { makePartitions } from "./partitions.ts";
import { settle } from "./settle.ts";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  // The pool has one connection, so that all statements use the same prepared plans and transaction
  // counters.
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 1,
    name: "posthorn",
    onError: () => {},
  });
  await makePartitions(pool, Date.now());
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const leaseId = randomUUID();

function settlementOf(deliveryId: string, number: number): Settlement {
  return {
    deliveryId,
    leaseId,
    number,
    status: "delivered",
    dueAtMs: null,
    turnEndpointOff: null,
    attempt: {
      atMs: Date.now(),
      durationMs: 5,
      responseStatus: 204,
      error: null,
      trigger: "schedule",
      exchangeJson: "{}",
    },
  };
}

/**
 * Adds leased deliveries that have had `attempts` attempts.
 * @returns their ids, in order.
 */
async function addDeliveries(count: number, attempts: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        lease_id, leased_until, attempted_at, duration_ms, succeeded, trigger, created_at)
     select posthorn.uuid_v7(now()), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
            'scan.completed', 'pending', $3, 0, $1, now() + interval '1 hour', now(), 5, false,
            'schedule', now()
     from generate_series(1, $2)
     returning id`,
    [leaseId, count, attempts],
  );
  return rows.map(({ id }) => id).toSorted();
}

/** How many delivery rows this connection's transaction has read so far, by any kind of scan. */
const readSql = `
select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::integer as "read"
from pg_stat_xact_user_tables where relname like 'deliveries\\_%'
`;

async function readBy(settlements: readonly Settlement[]): Promise<{ lost: number; read: number }> {
  await pool.query("begin");
  const lost = await settle(pool, null, settlements, Date.now());
  const { rows } = await pool.query<{ read: number }>(readSql);
  await pool.query("commit");
  return { lost: lost.size, read: rows[0]?.read ?? Number.NaN };
}

test.each([
  ["first attempts", 0, 1],
  ["second attempts", 1, 3],
])("%s are settled without reading the rows between them", async (_name, attempts, reads) => {
  // The plan is created here, while the tables are nearly empty.
  await readBy([settlementOf(randomUUID(), attempts + 1)]);
  const ids = await addDeliveries(3_000, attempts);
  const spread = ids.filter((_, index) => index % 50 === 0);
  const settlements = spread.map((id) => settlementOf(id, attempts + 1));
  // PostgreSQL reads each row once to change it and at most twice more to lock it. It reads no
  // other row.
  const { lost, read } = await readBy(settlements);
  expect(lost).toBe(0);
  expect(read).toBeGreaterThanOrEqual(spread.length);
  expect(read).toBeLessThanOrEqual(spread.length * reads);
});
