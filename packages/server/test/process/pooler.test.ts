/**
 * A whole service behind PgBouncer with default settings, and a service with few database
 * connections.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterEach, describe, expect, inject, test } from "vitest";
import { hasPgBouncer, startPgBouncer } from "../../src/testing/pgbouncer.ts";
import { createTestDatabase } from "../../src/testing/test-database.ts";
import { startService } from "../../src/service/compose.ts";
import { readConfig } from "../../src/config/config.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function asAdmin(url: string, ...statements: readonly string[]): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}

type Environment = Readonly<Record<string, string>>;

async function start(environment: Environment): Promise<TestService> {
  // Long enough that no delivery uses up its retries before the last event of a burst had its first
  // attempt.
  const schedule = { POSTHORN_RETRY_SCHEDULE: "0s,50ms,100ms,1s,1s,2s,4s,8s" };
  const posthorn = await startTestService({ environment: { ...schedule, ...environment } });
  cleanups.push(() => posthorn.close());
  return posthorn;
}

/**
 * Publishes many events at once to an endpoint that fails at first. The retries must deliver all of
 * them.
 */
async function deliverBurst(posthorn: TestService, count: number): Promise<void> {
  const receiver = await startReceiver(answerStatus(500));
  cleanups.push(() => receiver.close());
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const events = await Promise.all(
    Array.from({ length: count }, () => publish(posthorn.api, orgId)),
  );
  await receiver.waitFor(count, 20_000);
  receiver.answerWith(answerStatus(200));
  const left = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=neq.delivered`;
  await until(
    async () => (await posthorn.api.get(left)).rows.length === 0,
    "all delivered",
    30_000,
  );
  expect(new Set(events).size).toBe(count);
}

/** Creates an endpoint and publishes events, with more concurrent requests than connections. */
async function acceptsEverything(posthorn: TestService): Promise<boolean> {
  try {
    const { orgId } = await subscribe(posthorn, "http://127.0.0.1:9/unused", { is_active: false });
    await Promise.all(Array.from({ length: 10 }, () => publish(posthorn.api, orgId)));
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasPgBouncer)("behind PgBouncer (skipped where it is not installed)", () => {
  test.each(["session", "transaction"] as const)(
    "in %s mode a burst is accepted, retried and delivered, and /readyz names the mode",
    async (mode) => {
      const pooler = await startPgBouncer({ serverUrl: inject("postgresUrl"), mode });
      const database = await createTestDatabase(inject("postgresUrl"));
      // The database is empty, because migrations must also work through the pooler.
      const posthorn = await start({ DATABASE_URL: pooler.through(database.url) });
      cleanups.push(pooler.stop, () => database.drop());
      cleanups.push(cleanups.shift() as () => Promise<unknown>);
      await deliverBurst(posthorn, 60);
      expect((await posthorn.api.get("/readyz")).json).toMatchObject({
        status: "ready",
        pooler: mode,
        notifications: mode === "session" ? "listen" : "poll",
      });
    },
  );

  test("POSTHORN_DIRECT_URL restores notifications, and must lead to the same database", async () => {
    const adminUrl = inject("postgresUrl");
    const pooler = await startPgBouncer({ serverUrl: adminUrl, mode: "transaction" });
    cleanups.push(pooler.stop);
    const database = await createTestDatabase(adminUrl);
    cleanups.push(() => database.drop());
    const DATABASE_URL = pooler.through(database.url);
    const posthorn = await start({ DATABASE_URL, POSTHORN_DIRECT_URL: database.url });
    await deliverBurst(posthorn, 5);
    const ready = await posthorn.api.get("/readyz");
    expect(ready.json).toMatchObject({ pooler: "transaction", notifications: "listen" });
    for (const [url, code] of [
      [adminUrl, "PH_DIRECT_URL_OTHER"],
      [DATABASE_URL, "PH_DIRECT_URL_POOLED"],
    ] as const) {
      const config = readConfig(
        { allowCidrs: [], logLevel: "silent" },
        {
          DATABASE_URL,
          POSTHORN_DIRECT_URL: url,
          POSTHORN_ENCRYPTION_KEY: randomBytes(32).toString("base64"),
        },
      );
      await expect(startService(config)).rejects.toThrow(expect.objectContaining({ code }));
    }
  });

  test("in transaction mode a node learns of another's changes by polling", async () => {
    const pooler = await startPgBouncer({ serverUrl: inject("postgresUrl"), mode: "transaction" });
    cleanups.push(pooler.stop);
    const database = await createTestDatabase(inject("postgresUrl"));
    cleanups.push(() => database.drop());
    const posthorn = await start({ DATABASE_URL: pooler.through(database.url) });
    const receiver = await startReceiver(answerStatus(500));
    cleanups.push(() => receiver.close());
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    await publish(posthorn.api, orgId);
    await receiver.waitFor(1);
    await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
    const filter = `endpoint_id=eq.${endpointId}`;
    await deliveryWith(posthorn.api, filter, hasStatus("cancelled"), 10_000);
  });
});

/** A database whose owner may open 6 connections. */
async function limitedDatabase(): Promise<{ role: string; url: string; adminUrl: string }> {
  const role = `limited_${randomBytes(4).toString("hex")}`;
  const database = await createTestDatabase(inject("postgresUrl"));
  cleanups.push(() => asAdmin(inject("postgresUrl"), `drop role ${role}`));
  cleanups.push(() => database.drop());
  const name = new URL(database.url).pathname.slice(1);
  await asAdmin(
    database.url,
    `create role ${role} login password 'p' createrole connection limit 6`,
    `alter database ${name} owner to ${role}`,
  );
  const url = new URL(database.url);
  [url.username, url.password] = [role, "p"];
  return { role, url: url.href, adminUrl: database.url };
}

test("if a role allows fewer connections than the node may open, its queries still get one", async () => {
  const { url } = await limitedDatabase();
  const limited = await start({ DATABASE_URL: url });
  const reads: number[] = [];
  const burst = deliverBurst(limited, 60);
  for (let read = 0; read < 20; read += 1) {
    reads.push((await limited.api.get("/rest/v1/webhook_endpoints?limit=1")).status);
  }
  await burst;
  expect(reads).toEqual(reads.map(() => 200));
});

test("a role with connection limit 6: 6 connections are enough, and fewer make requests wait", async () => {
  const { role, url, adminUrl } = await limitedDatabase();
  const limited = await start({ DATABASE_URL: url, POSTHORN_DATABASE_CONNECTIONS: "6" });
  await deliverBurst(limited, 60);
  const used = `select count(*)::int as used from pg_stat_activity where usename = '${role}'`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  expect((await admin.query<{ used: number }>(used)).rows[0]?.used).toBeLessThanOrEqual(6);
  expect((await limited.api.get("/readyz")).status).toBe(200);
  // From now on, the role allows fewer connections than the node would open.
  await admin.query(`alter role ${role} connection limit 3`);
  await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", [
    role,
  ]);
  await admin.end();
  // A request that uses a terminated connection gets 503. That can happen until the node has
  // replaced all of them.
  await until(() => acceptsEverything(limited), "all accepted", 20_000);
  await until(async () => (await limited.api.get("/readyz")).status === 200, "ready", 20_000);
  // The connections for changes may be replaced later than those of the readiness check.
  const org = { id: limited.newOrg() };
  const change = () => limited.api.post("/rest/v1/webhook_orgs", org);
  await until(async () => (await change()).status !== 503, "a change", 20_000);
  await deliverBurst(limited, 60);
});
