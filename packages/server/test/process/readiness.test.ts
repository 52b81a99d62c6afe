/** The health checks, with a stopped database, an old schema, and a broken claim. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../src/embedded/index.ts";
import { until } from "../support/receiver.ts";
import {
  representation,
  startTestService,
  type Answered,
  type TestService,
} from "../support/service.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function start(): Promise<TestService> {
  const posthorn = await startTestService();
  cleanups.push(() => posthorn.close());
  return posthorn;
}

const readyz = (posthorn: TestService): Promise<Answered> => posthorn.api.get("/readyz");

/** Waits until the endpoint returns this status, and returns the checks that failed. */
async function wrongWhen(posthorn: TestService, status: number): Promise<readonly string[]> {
  let answer = await readyz(posthorn);
  await until(async () => (answer = await readyz(posthorn)).status === status, `${status}`, 20_000);
  const checks = Object.entries(answer.row["checks"] as Record<string, { ok: boolean }>);
  return checks.filter(([, { ok }]) => !ok).map(([name]) => name);
}

test("is ready with every check, and needs no key", async () => {
  const posthorn = await start();
  const answer = await fetch(`${posthorn.service.url}/readyz`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    status: "ready",
    checks: {
      database: { ok: true },
      migrations: { ok: true },
      claim: { ok: true },
      probe: { ok: true, age_seconds: null },
    },
    pooler: "none",
    notifications: "listen",
    row_security: "on",
  });
});

test("is not ready while claims fail, says so without the error's text, and recovers", async () => {
  const posthorn = await start();
  const { pool } = posthorn.service;
  await pool.query("alter table posthorn.endpoint_wakeups rename to secretly_broken");
  expect(await wrongWhen(posthorn, 503)).toEqual(["claim"]);
  const { text, headers } = await readyz(posthorn);
  expect(headers.get("retry-after")).toBe("1");
  expect(text).toContain("what_to_do");
  expect(text).not.toMatch(/wakeups|relation|postgres:/);
  expect((await posthorn.api.get("/healthz")).status).toBe(200);
  await pool.query("alter table posthorn.secretly_broken rename to endpoint_wakeups");
  expect(await wrongWhen(posthorn, 200)).toEqual([]);
});

test("is not ready with a schema older than the program, and is ready with a newer one", async () => {
  const posthorn = await start();
  const { pool } = posthorn.service;
  const { rows } = await pool.query<{ number: number; name: string }>(
    `delete from posthorn.migrations
     where number = (select max(number) from posthorn.migrations)
     returning number, name`,
  );
  expect(await wrongWhen(posthorn, 503)).toEqual(["migrations"]);
  const newer = rows[0]!.number + 1;
  await pool.query(
    "insert into posthorn.migrations (number, name, hash) values ($1, 'next.sql', '')",
    [newer],
  );
  expect(await wrongWhen(posthorn, 200)).toEqual([]);
});

test("is not ready while the database server is stopped, and is when it is back", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-readiness-"));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  let isRunning = true;
  cleanups.push(async () => {
    if (isRunning) await server.stop();
  });
  const posthorn = await startTestService({ adminUrl: server.connectionString });
  cleanups.push(() => posthorn.service.close().catch(() => undefined));
  expect((await readyz(posthorn)).status).toBe(200);
  const asked = { name: "Prometheus", role: "metrics" };
  const { row } = await posthorn.api.post("/rest/v1/api_keys", asked, representation);
  const prometheus = posthorn.apiWith(String(row["key"]));
  expect((await prometheus.get("/metrics")).text).toContain("posthorn_database_up 1\n");
  await server.stop();
  isRunning = false;
  expect(await wrongWhen(posthorn, 503)).toEqual(
    expect.arrayContaining(["database", "migrations"]),
  );
  expect((await posthorn.api.get("/healthz")).status).toBe(200);
  const { text } = await prometheus.get("/metrics");
  expect(text).toContain("posthorn_database_up 0\n");
  expect(text).not.toContain("posthorn_dead_letters 0");
  await expect(posthorn.service.close()).rejects.toMatchObject({
    code: "PH_STOPPED_WITHOUT_DATABASE",
  });
}, 60_000);
