import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { devNull } from "node:os";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { hostsOf } from "./hosts.ts";
import { createPool, inTransaction, isUnavailable, toCatalogueError, type Pool } from "./pool.ts";

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
  // The pool replaces the broken connection.
  await expect(inTransaction(pool, (each) => each.query("select 1"))).resolves.toBeDefined();
});

describe.runIf(process.platform === "linux")("a process that cannot open more files", () => {
  /**
   * How many files the test closes at the end: for the pipes of a command, and some that other code
   * opens at once.
   */
  const filesToRaiseTheLimit = 32;

  /** Sets this process's own limit. The hard limit stays, so that it can be raised again. */
  function limitOpenFiles(count: string): boolean {
    return spawnSync("prlimit", [`--pid=${process.pid}`, `--nofile=${count}:`]).status === 0;
  }

  async function whileNoneCanBeOpened<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    // Reading the folder opens a file descriptor, which is closed again here.
    const highest = Math.max(...readdirSync("/proc/self/fd").map(Number));
    const limit = highest + 1 + filesToRaiseTheLimit;
    if (before === undefined || !limitOpenFiles(String(limit))) return work();
    const fillers: number[] = [];
    const fill = (): void => {
      try {
        for (;;) fillers.push(openSync(devNull, "r"));
      } catch {
        // The loop ends with this error, when no file descriptor is left.
      }
    };
    fill();
    // Also uses up the descriptors that other code closes in the meantime.
    const refill = setInterval(fill, 5);
    try {
      return await work();
    } finally {
      clearInterval(refill);
      for (const filler of fillers) closeSync(filler);
      limitOpenFiles(before);
    }
  }

  test("works with the existing connections", async () => {
    const shortages: number[] = [];
    const wide = createPool({
      hosts: hostsOf(database.url),
      connectionsMax: 10,
      name: "pool test",
      onError: () => undefined,
      onShortage: (connections) => shortages.push(connections),
    });
    await wide.query("select 1");
    const answers = await whileNoneCanBeOpened(() =>
      Promise.all(Array.from({ length: 20 }, (_, n) => wide.query("select $1::int as n", [n]))),
    );
    expect(answers.map(({ rows }) => (rows as { n: number }[])[0]?.n)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
    // The shortage is reported once, although nine connections failed.
    expect(shortages).toHaveLength(1);
    await wide.end();
  });

  test("without any connection reports that the database cannot be reached", async () => {
    const empty = createPool({
      hosts: hostsOf(database.url),
      connectionsMax: 10,
      name: "pool test",
      onError: () => undefined,
    });
    const failed = await whileNoneCanBeOpened(() =>
      empty.query("select 1").catch((error: unknown) => error),
    );
    expect(toCatalogueError(failed)).toMatchObject({ code: "PH_DATABASE_UNAVAILABLE" });
    await expect(empty.query("select 1")).resolves.toBeDefined();
    await empty.end();
  }, 20_000);
});

test.each(["EMFILE", "ENOBUFS", "EADDRNOTAVAIL", "EHOSTUNREACH", "ENETUNREACH", "EAI_FAIL"])(
  "%s on the way to the database says nothing about the request",
  (code) => {
    const failed = Object.assign(new Error(code), { code, syscall: "connect" });
    expect(toCatalogueError(failed)).toMatchObject({ code: "PH_DATABASE_UNAVAILABLE" });
  },
);
