import type { Server } from "node:net";
import { createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeEmbeddedFixture, query, type EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { systemClock } from "../clock.ts";
import type { EmbeddedPostgres } from "./embedded.ts";
import { hostsOf, hostUrls } from "./hosts.ts";
import { listen } from "./listen.ts";
import { createPool, isUnavailable } from "./pool.ts";

test("each host gets a URL with everything else of the common one", () => {
  expect(hostUrls("postgres://u:p%40@one:1,two:2/db?sslmode=disable")).toEqual([
    "postgres://u:p%40@one:1/db?sslmode=disable",
    "postgres://u:p%40@two:2/db?sslmode=disable",
  ]);
  expect(hostUrls("postgresql://one,[::1]:2/db?target_session_attrs=primary")).toEqual([
    "postgresql://one/db",
    "postgresql://[::1]:2/db",
  ]);
});

test("a URL with one host is left as it is", () => {
  const plain = "postgres://u:p@one/db?application_name=a,b";
  expect(hostUrls(plain)).toEqual([plain]);
});

test.each(["postgres://one,/db", "postgres://one,two/db?target_session_attrs=standby"])(
  "%s is refused",
  (url) => {
    expect(() => hostUrls(url)).toThrow(/host without a name|takes no writes/);
  },
);

let fixture: EmbeddedFixture;
let one: EmbeddedPostgres;
let two: EmbeddedPostgres;
/** A host that takes connections and never answers. */
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

test("hosts that are silent or take no writes are passed over, and nobody waits for them", async () => {
  await setReadOnly(one, true);
  const startedAtMs = performance.now();
  const hosts = hostsOf(urlOf(listeningPort(silent), portOf(one), portOf(two)));
  expect(await hosts.find()).toBe(urlOf(portOf(two)));
  // A host that is asked alone would be waited for 5 s.
  expect(performance.now() - startedAtMs).toBeLessThan(4_000);
  await setReadOnly(one, false);
});

test("a pool and a listener go to the other host when writes go there, by themselves", async () => {
  await setReadOnly(two, true);
  const connectionString = urlOf(portOf(one), portOf(two));
  const pool = createPool({
    connectionString,
    connectionsMax: 2,
    name: "posthorn",
    onError: () => undefined,
  });
  const heard: string[] = [];
  let connections = 0;
  const listener = listen({
    connectionString,
    channels: ["news"],
    clock: systemClock,
    onNotification: (_channel, payload) => heard.push(payload),
    onConnected: () => (connections += 1),
    onError: () => undefined,
  });
  const port = async (): Promise<string> =>
    (await pool.query<{ port: string }>("select current_setting('port') as port")).rows[0]?.port ??
    "";
  expect(await port()).toBe(portOf(one));
  await expect.poll(() => connections).toBe(1);

  process.kill(one.pid, "SIGKILL");
  await setReadOnly(two, false);
  const failures: unknown[] = [];
  await expect
    .poll(() => port().catch((error: unknown) => void failures.push(error)), { timeout: 20_000 })
    .toBe(portOf(two));
  // What fails meanwhile is told to wait, and is nobody's fault.
  expect(failures.filter((failure) => !isUnavailable(failure))).toEqual([]);
  await expect.poll(() => connections, { timeout: 20_000 }).toBe(2);
  await pool.query("select pg_notify('news', 'moved')");
  await expect.poll(() => heard).toEqual(["moved"]);
  await listener.close();
  await pool.end();
});
