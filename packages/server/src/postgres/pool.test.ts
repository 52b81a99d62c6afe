import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { hostsOf } from "./hosts.ts";
import { createPool, inTransaction, isUnavailable, type Pool } from "./pool.ts";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 2,
    name: "pool test",
    onError: () => undefined,
  });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test("a connection that breaks within a transaction fails it, and not the process", async () => {
  const failed = await inTransaction(pool, async (transaction) => {
    const { rows } = await transaction.query<{ pid: number }>("select pg_backend_pid() as pid");
    const ended = new Promise((resolve) => transaction.once("end", resolve));
    await pool.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
    await ended;
    await transaction.query("select 1");
  }).catch((error: unknown) => error);
  expect(isUnavailable(failed)).toBe(true);
  // Another connection takes its place.
  await expect(inTransaction(pool, (each) => each.query("select 1"))).resolves.toBeDefined();
});
