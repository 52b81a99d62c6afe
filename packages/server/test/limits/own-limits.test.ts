/**
 * A service that may open few files: its failures to open sockets do not count as failures of
 * receivers.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import { makeReachableFolder, runCommand, type Run } from "../support/command.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api } from "../support/service.ts";

/** Numbers of endpoints for which 256 open files, or 30 additional files, are too few. */
const moreThan256Files = 220;
const moreThan30Files = 80;
const slowMs = 500;
const patienceMs = 60_000;

let folder: string;
let receivers: readonly Receiver[];
const cleanups: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-own-limits-");
  const slow = (): Promise<Receiver> =>
    startReceiver((response) => {
      setTimeout(() => response.end(), slowMs);
    });
  receivers = [await slow(), await slow()];
});

afterAll(async () => {
  for (const cleanup of cleanups.toReversed()) await cleanup();
  for (const receiver of receivers) await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(openFilesMax: number | undefined): Promise<{ run: Run; api: Api }> {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  const database = await createTestDatabase(adminUrl, { template });
  const run = runCommand("serve", {
    folder,
    ...(openFilesMax === undefined ? {} : { openFilesMax }),
    environment: {
      DATABASE_URL: database.url,
      POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_RETRY_SCHEDULE: "0s",
    },
  });
  cleanups.push(async () => {
    await run.stop();
    await database.drop();
  });
  await until(() => run.output().includes("posthorn is ready"), "readiness", patienceMs);
  const url = /"url":"([^"]+)","msg":"posthorn is ready"/.exec(run.output())?.[1] ?? "";
  return { run, api: apiOf(url, adminKey) };
}

async function addEndpoints(api: Api, endpointCount: number): Promise<readonly string[]> {
  const orgIds: string[] = [];
  for (let n = 0; n < endpointCount; n += 1) {
    const url = `${receivers[n % receivers.length]?.url}/${n}`;
    const { orgId } = await subscribe({ api, newOrg: randomUUID }, url);
    orgIds.push(orgId);
  }
  return orgIds;
}

async function count(api: Api, status: string): Promise<number> {
  const { rows } = await api.get(`/rest/v1/webhook_deliveries?status=eq.${status}&select=id`);
  return rows.length;
}

async function expectAllDelivered(api: Api, orgIds: readonly string[]): Promise<void> {
  for (let n = 0; n < orgIds.length; n += 20) {
    await Promise.all(orgIds.slice(n, n + 20).map((orgId) => publish(api, orgId)));
  }
  const isOver = async (): Promise<boolean> => (await count(api, "pending")) === 0;
  await until(isOver, "all are attempted", patienceMs);
  const failures = await api.get("/rest/v1/webhook_attempts?error=not.is.null");
  expect(failures.rows).toEqual([]);
  expect([await count(api, "delivered"), await count(api, "failed")]).toEqual([orgIds.length, 0]);
  expect((await api.get("/readyz")).status).toBe(200);
}

async function heldIn(api: Api): Promise<number> {
  const { text } = await api.get("/metrics");
  return Number(/^posthorn_attempts_held_total{reason="resources"} (\d+)/m.exec(text)?.[1] ?? 0);
}

describe.runIf(process.platform === "linux")("a service that may open few files", () => {
  test("makes as many concurrent attempts as it can open sockets, says so, and fails none", async () => {
    const { run, api } = await start(256);
    expect(run.output()).toMatch(/"openFilesMax":256,.*limit of open files reduces/);
    await expectAllDelivered(api, await addEndpoints(api, moreThan256Files));
    expect(await heldIn(api)).toBe(0);
  }, 120_000);

  test("learns the limit only from errors, and blames no receiver for them", async (context) => {
    const { run, api } = await start(undefined);
    const orgIds = await addEndpoints(api, moreThan30Files);
    // Opens the client's connections first, because a missing file descriptor would reset new ones.
    // Publishing needs no new database connection: it uses the ones that exist.
    await Promise.all(Array.from({ length: 40 }, () => api.get("/rest/v1/webhook_orgs?limit=1")));
    const limit = readdirSync(`/proc/${run.pid}/fd`).length + 30;
    const nofile = `--nofile=${limit}:`;
    const lowered = spawnSync("prlimit", ["--pid", String(run.pid), nofile]);
    if (lowered.status !== 0) context.skip();
    await expectAllDelivered(api, orgIds);
    expect(await heldIn(api)).toBeGreaterThan(0);
    expect(run.output()).toContain("Posthorn itself is short of a resource");
  }, 120_000);
});
