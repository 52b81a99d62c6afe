import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:net";
import { connect, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeEmbeddedFixture, query, type EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { systemClock } from "../service/database-clock.ts";
import type { EmbeddedPostgres } from "../embedded/index.ts";
import { hostsOf } from "./hosts.ts";
import { listen } from "./listen.ts";
import { readConfig } from "../config/config.ts";
import { rekeyAll } from "../commands/rekey.ts";
import { startService } from "../service/compose.ts";
import { migrate } from "./migrate.ts";
import { createPool, isUnavailable } from "./pool.ts";

let fixture: EmbeddedFixture;
let one: EmbeddedPostgres;
let two: EmbeddedPostgres;
/** A host that accepts connections but never responds. */
let silent: Server;

beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
  one = await fixture.start({ dataDir: `${fixture.folder}/one` });
  two = await fixture.start({ dataDir: `${fixture.folder}/two` });
  for (const server of [one, two]) {
    await query(server, "alter role posthorn password 'same'");
  }
  silent = createServer().listen(0, "127.0.0.1");
});

afterAll(async () => {
  silent.close();
  await fixture.close();
});

const portOf = (server: EmbeddedPostgres): string => new URL(server.connectionString).port;
const listeningPort = (server: Server): number => (server.address() as { port: number }).port;
const urlOf = (...ports: readonly (string | number)[]): string =>
  `postgres://posthorn:same@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/posthorn`;

async function setReadOnly(server: EmbeddedPostgres, is: boolean): Promise<void> {
  const url = urlOf(portOf(server));
  await query({ connectionString: url }, "set default_transaction_read_only = off");
  const value = is ? "on" : "off";
  await query(
    { connectionString: url },
    `alter system set default_transaction_read_only = ${value}`,
  );
  await query({ connectionString: url }, "select pg_reload_conf()");
}

test("hosts that are silent or accept no writes are skipped without a wait", async () => {
  await setReadOnly(one, true);
  const startedAtMs = performance.now();
  const url = urlOf(listeningPort(silent), portOf(one), portOf(two));
  const hosts = hostsOf(`${url}?connect_timeout=30`);
  expect(String((await hosts.find()).route.address.port)).toBe(portOf(two));
  // If the hosts were tried one by one, the silent host would take 30 s.
  expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  await setReadOnly(one, false);
});

test("a silent host times out once, and not again without TLS", async () => {
  let connections = 0;
  silent.on("connection", () => (connections += 1));
  const url = `postgres://u:p@127.0.0.1:${listeningPort(silent)}/db?connect_timeout=1`;
  const failed: unknown = await hostsOf(url)
    .find()
    .catch((error: unknown) => error);
  expect(isUnavailable(failed)).toBe(true);
  expect(connections).toBe(1);
});

test("a server without TLS reports itself why it rejects the login", async () => {
  const find = (url: string) => hostsOf(url).find();
  const server = `127.0.0.1:${portOf(two)}`;
  await expect(find(`postgres://posthorn:wrong@${server}/posthorn`)).rejects.toMatchObject({
    code: "28P01",
  });
  await expect(find(`postgres://posthorn:same@${server}/nowhere`)).rejects.toMatchObject({
    code: "3D000",
  });
  const required = find(`postgres://posthorn:same@${server}/posthorn?sslmode=require`);
  await expect(required).rejects.toThrow(/does not support SSL/);
});

test("a server that resets a request for TLS is reached without it, if sslmode allows that", async () => {
  const resetting = createServer((from) => {
    from.on("error", () => undefined);
    from.once("data", (first) => {
      // The first 8 bytes of such a connection are an SSLRequest.
      if (first.length === 8) return from.resetAndDestroy();
      const to = connect(Number(portOf(two)), "127.0.0.1");
      to.on("error", () => from.destroy());
      to.write(first);
      from.pipe(to).pipe(from);
    });
  }).listen(0, "127.0.0.1");
  await once(resetting, "listening");
  const url = urlOf(listeningPort(resetting));
  expect((await hostsOf(url).find()).route.tls).toBe(false);
  await expect(hostsOf(`${url}?sslmode=require`).find()).rejects.toThrow(/ECONNRESET/);
  resetting.close();
});

test.each(["dead host", "standby"])("a %s that is listed first stops no command", async (kind) => {
  const dead = createServer().listen(0, "127.0.0.1");
  await once(dead, "listening");
  const deadPort = listeningPort(dead);
  dead.close();
  if (kind === "standby") await setReadOnly(one, true);
  const url = urlOf(kind === "standby" ? portOf(one) : deadPort, portOf(two));
  expect((await migrate(url)).length).toBeGreaterThan(0);
  const keys = { encryptionKey: randomBytes(32).toString("base64"), decryptionKeys: [] };
  expect(await rekeyAll(url, keys)).toEqual({ changed: 0, left: 0 });
  const environment = {
    DATABASE_URL: url,
    POSTHORN_PORT: "0",
    POSTHORN_ENCRYPTION_KEY: keys.encryptionKey,
    POSTHORN_ADMIN_KEY: "an-admin-key-of-a-test",
  };
  const config = readConfig({ allowCidrs: [], logLevel: "silent" }, environment);
  const service = await startService(config);
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  await service.close();
  await query({ connectionString: urlOf(portOf(two)) }, "drop schema posthorn cascade");
  await setReadOnly(one, false);
});

test("a pool and a listener follow the writable host by themselves", async () => {
  await setReadOnly(two, true);
  const hosts = hostsOf(urlOf(portOf(one), portOf(two)));
  const pool = createPool({
    hosts,
    connectionsMax: 2,
    name: "posthorn",
    onError: () => undefined,
  });
  const heard: string[] = [];
  let connections = 0;
  const listener = listen({
    hosts,
    channels: ["news"],
    nodeId: "01890000-0000-7000-8000-000000000001",
    onLocked: () => undefined,
    clock: systemClock,
    onNotification: (_channel, payload) => heard.push(payload),
    onConnected: () => (connections += 1),
    onPoll: () => undefined,
    onLost: () => undefined,
    onError: () => undefined,
  });
  const port = async (): Promise<string> =>
    (await pool.query<{ port: string }>("select current_setting('port') as port")).rows[0]?.port ??
    "";
  expect(await port()).toBe(portOf(one));
  await expect.poll(() => connections).toBe(1);

  process.kill(one.pid, "SIGKILL");
  // If the server that is writable next were restarted, writes would go to it again.
  await one.stop();
  await setReadOnly(two, false);
  const failures: unknown[] = [];
  await expect
    .poll(() => port().catch((error: unknown) => void failures.push(error)), { timeout: 20_000 })
    .toBe(portOf(two));
  // During this time callers get errors that tell them to wait, and no host is blamed.
  expect(failures.filter((failure) => !isUnavailable(failure))).toEqual([]);
  await expect.poll(() => connections, { timeout: 20_000 }).toBe(2);
  // Notifications arrive asynchronously, so the test sends them until one is received.
  const hears = async (): Promise<boolean> => {
    await pool.query("select pg_notify('news', 'moved')");
    return heard.includes("moved");
  };
  await expect.poll(hears, { timeout: 20_000 }).toBe(true);
  await listener.close();
  await pool.end();
});
