import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import { hasPgBouncer, startPgBouncer, type PgBouncer } from "../testing/pgbouncer.ts";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { connectClient } from "./clients.ts";
import { hostsOf } from "./hosts.ts";
import { createPool, inTransaction, type Pool } from "./pool.ts";

let database: TestDatabase;
const cleanups: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});
afterAll(() => database.drop());

type Settings = Readonly<Record<string, string>>;

async function pooled(
  mode: "session" | "transaction",
  settings: Settings = {},
): Promise<PgBouncer> {
  const pooler = await startPgBouncer({ serverUrl: database.url, mode, settings });
  cleanups.push(pooler.stop);
  return pooler;
}

function open(url: string, connectionsMax = 4): Pool {
  const onError = (): void => undefined;
  const pool = createPool({ hosts: hostsOf(url), connectionsMax, name: "posthorn", onError });
  cleanups.push(() => pool.end());
  return pool;
}

const poolingOf = async (url: string): Promise<string> => (await hostsOf(url).find()).pooling;

test("a connection without a pooler is direct", async () => {
  expect(await poolingOf(database.url)).toBe("none");
});

describe.skipIf(!hasPgBouncer)("PgBouncer (skipped where it is not installed)", () => {
  test.each(["session", "transaction"] as const)("%s mode is recognised", async (mode) => {
    const pooler = await pooled(mode);
    expect(await poolingOf(pooler.through(database.url))).toBe(mode);
  });

  test("so is a pooler that alternates two connections, or many while it is busy", async () => {
    const pooler = await pooled("transaction", { server_round_robin: "1" });
    const url = pooler.through(database.url);
    const clients = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        cleanups.push(() => client.end());
        return client;
      }),
    );
    for (const busy of [2, 6]) {
      const some = clients.slice(0, busy);
      await Promise.all(some.map((client) => client.query("begin")));
      await Promise.all(some.map((client) => client.query("commit")));
      for (let round = 0; round < 5; round += 1) expect(await poolingOf(url)).toBe("transaction");
    }
    const untilMs = Date.now() + 1_500;
    const busy = clients.map(async (client) => {
      while (Date.now() < untilMs) await client.query("select 1");
    });
    for (let round = 0; round < 10; round += 1) expect(await poolingOf(url)).toBe("transaction");
    await Promise.all(busy);
  });

  test.each(["session", "transaction"] as const)(
    "%s mode: other clients' settings, and statements with the same name",
    async (mode) => {
      const pooler = await pooled(mode, { default_pool_size: "2" });
      const url = pooler.through(database.url);
      const stranger = new pg.Client({ connectionString: url });
      await stranger.connect();
      await stranger.query("set DateStyle = 'German'; set extra_float_digits = -10");
      await stranger.query("set statement_timeout = 50; set search_path = elsewhere");
      if (mode === "session") await stranger.end();
      else cleanups.push(() => stranger.end());
      const pool = open(url);
      const ask = async (asked: Pick<Pool, "query">, number: number): Promise<void> => {
        const text =
          "select $1::int as n, pg_sleep(0.06)::text as slept, 0.1::float8 + 0.2 as sum, " +
          "timestamptz '2026-02-01T10:00:00Z' as at";
        const { rows } = await asked.query({ name: "same", text, values: [number] });
        const at = new Date("2026-02-01T10:00:00Z");
        expect(rows).toEqual([{ n: number, slept: "", sum: 0.1 + 0.2, at }]);
      };
      const answers = Array.from({ length: 24 }, (_, n) =>
        n % 2 === 0 ? ask(pool, n) : inTransaction(pool, (transaction) => ask(transaction, n)),
      );
      await Promise.all(answers);
    },
  );

  test("transaction mode: a failed statement is undone, and the connection still works", async () => {
    const pool = open((await pooled("transaction")).through(database.url), 1);
    await pool.query("create table public.t (n int primary key deferrable initially deferred)");
    await pool.query("insert into public.t values (1)");
    await expect(pool.query("insert into public.t values (2), (1/0)")).rejects.toThrow(/zero/);
    // PostgreSQL detects the violation at the commit.
    await expect(pool.query("insert into public.t values (1)")).rejects.toThrow(/duplicate/);
    await expect(
      inTransaction(pool, async (transaction) => {
        await transaction.query("insert into public.t values (3)");
        await transaction.query("select nothing");
      }),
    ).rejects.toThrow(/nothing/);
    const both = await inTransaction(pool, (transaction) =>
      Promise.all([transaction.query("select 1 as n"), transaction.query("select 2 as n")]),
    );
    expect(both.map(({ rows }) => rows)).toEqual([[{ n: 1 }], [{ n: 2 }]]);
    expect((await pool.query("select n from public.t")).rows).toEqual([{ n: 1 }]);
    await expect(
      inTransaction(pool, (each) => each.query("delete from public.t"), "begin read only"),
    ).rejects.toThrow(/read-only/);
    await pool.query("drop table public.t");
  });

  test("transaction mode: a transaction leaves nothing for the next client", async () => {
    const pooler = await pooled("transaction", { default_pool_size: "1" });
    const url = pooler.through(database.url);
    const pool = open(url);
    await pool.query("select 1");
    await inTransaction(
      pool,
      (each) => each.query("select 1"),
      "begin; set local work_mem = '9MB'",
    );
    const stranger = new pg.Client({ connectionString: url });
    await stranger.connect();
    cleanups.push(() => stranger.end());
    const { rows } = await stranger.query(
      `select current_setting('statement_timeout') as timeout, current_setting('work_mem') as memory,
         current_setting('search_path') as path, count(*)::int as prepared
       from pg_prepared_statements`,
    );
    expect(rows).toEqual([{ timeout: "0", memory: "4MB", path: '"$user", public', prepared: 0 }]);
  });

  test("a URL's options reach the session although PgBouncer rejects them at the start", async () => {
    for (const mode of ["session", "transaction"] as const) {
      const url = (await pooled(mode)).through(database.url);
      const options = encodeURIComponent("-c work_mem=9MB");
      const found = await hostsOf(`${url}&options=${options}`).find();
      const client = await connectClient(found, { name: "posthorn", statementMs: null });
      const { rows } = await client.query("select current_setting('work_mem') as memory");
      expect(rows).toEqual([{ memory: "9MB" }]);
      await client.end();
    }
  });
});
