/**
 * Limits on input that does not come from API callers, but from the operator, a token issuer or a
 * receiver.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import pg from "pg";
import { expect, inject, onTestFinished, test } from "vitest";
import { readConfig } from "../../src/config/config.ts";
import { loadTheme } from "../../src/http/console/theme.ts";
import { limits } from "../../src/limits.ts";
import { createLogger } from "../../src/observe/log.ts";
import { systemClock } from "../../src/service/database-clock.ts";
import { Authenticator } from "../../src/registry/api-keys.ts";
import { EventTypeCatalogue } from "../../src/registry/event-types.ts";
import { VirtualClock } from "../../src/simulation/clock.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTokens } from "../../src/service/token-checker.ts";
import { createTransport } from "../../src/transport/index.ts";
import { adminKey, startTestService } from "../support/service.ts";
import { claims, tokenOf } from "../support/tokens.ts";
import { readyRequest } from "../../src/transport/testing/ready-request.ts";

const defaults = { allowCidrs: [], logLevel: "silent" } as const;

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("a logo has at most logoBytesMax", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-logo-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const load = async (bytes: number) => {
    const logoFile = path.join(folder, `${bytes}.png`);
    await writeFile(logoFile, Buffer.alloc(bytes));
    return loadTheme({ name: "n", accent: null, logoFile });
  };
  expect((await load(limits.logoBytesMax)).logo?.body).toHaveLength(limits.logoBytesMax);
  await expect(load(limits.logoBytesMax + 1)).rejects.toMatchObject({ code: "PH_CONFIG_INVALID" });
});

test("the secret of tokens has at least tokenSecretBytesLeast, in bytes", () => {
  const read = (secret: string) => readConfig(defaults, { POSTHORN_JWT_SECRET: secret });
  const least = limits.tokenSecretBytesLeast;
  expect(() => read("x".repeat(least))).not.toThrow();
  expect(() => read("ü".repeat(least / 2))).not.toThrow();
  expect(() => read("x".repeat(least - 1))).toThrow(/POSTHORN_JWT_SECRET/);
});

test("the issuer's keys come in a document of at most tokenKeysBytesMax", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const document = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "k" }] });
  const token = await tokenOf(claims({ role: "service_role" }), privateKey, {
    alg: "ES256",
    kid: "k",
  });
  const ask = async (bytes: number) => {
    const url = await serve((_request, response) => response.end(document.padEnd(bytes)));
    const { jwt } = readConfig(defaults, { POSTHORN_JWT_JWKS_URL: url });
    const tokens = createTokens(jwt, systemClock, createLogger("silent"));
    return tokens?.principalOf(token);
  };
  expect(await ask(limits.tokenKeysBytesMax)).toMatchObject({ kind: "admin" });
  await expect(ask(limits.tokenKeysBytesMax + 1)).rejects.toMatchObject({ status: 503 });
});

test("an answer's headers have at most responseHeadersBytesMax", async () => {
  const transport = createTransport({ allowCidrs: ["127.0.0.0/8"] });
  onTestFinished(() => transport.close());
  const send = async (valueBytes: number) => {
    const url = await serve((_request, response) => {
      response.sendDate = false;
      response.writeHead(200, { "x-a": "b".repeat(valueBytes), connection: "close" }).end();
    });
    return transport.send(readyRequest({ url, headers: [], body: "{}", timeoutMs: 5_000 }));
  };
  // The status line and the other headers need less than 200 bytes.
  expect((await send(limits.responseHeadersBytesMax - 200)).responseStatus).toBe(200);
  const past = await send(limits.responseHeadersBytesMax);
  expect([past.responseStatus, past.error?.class]).toEqual([null, "protocol"]);
});

test("a node has at most streamsMax streams; when one ends, another can start", async () => {
  const posthorn = await startTestService();
  const port = Number(new URL(posthorn.service.url).port);
  const open = () =>
    new Promise<{ readonly status: string; close(): void }>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("error", reject);
      socket.once("data", (chunk) => {
        const status = chunk.toString("latin1").split(" ")[1] ?? "";
        resolve({ status, close: () => socket.destroy() });
      });
      socket.write(`GET /rest/v1/stream HTTP/1.1\r\nhost: a\r\napikey: ${adminKey}\r\n\r\n`);
    });
  const opened = await Promise.all(Array.from({ length: limits.streamsMax }, () => open()));
  try {
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set(["200"]));
    const past = await posthorn.api.get("/rest/v1/stream");
    expect([past.status, past.row["code"]]).toEqual([503, "PH_TOO_MANY_STREAMS"]);
    opened.pop()?.close();
    await expect.poll(async () => (await open()).status, { timeout: 5_000 }).toBe("200");
  } finally {
    for (const each of opened) each.close();
    await posthorn.close();
  }
});

/** A database that the test can change behind the node's back, as another node could. */
async function databaseOfItsOwn(): Promise<pg.Client> {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  const { url, drop } = await createTestDatabase(adminUrl, { template });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await drop();
  });
  return client;
}

test("a key that another node deleted works for apiKeyCacheMs, and no longer", async () => {
  const database = await databaseOfItsOwn();
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const [key, id] = ["a-key-of-a-test", "11111111-2222-4333-8444-555555555555"];
  await database.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [id]);
  await database.query(
    `insert into posthorn.api_keys (id, org_id, name, role, key_hash, key_hint, created_at)
     values ($1, $1, 'n', 'read', sha256($2), 'a', now())`,
    [id, Buffer.from(key)],
  );
  const authenticator = new Authenticator({ database, clock, adminKey: "another" });
  expect(await authenticator.principalOf(key)).toMatchObject({ kind: "key", orgId: id });
  await database.query("delete from posthorn.api_keys");
  await clock.run(clock.now() + limits.apiKeyCacheMs - 1);
  expect(await authenticator.principalOf(key)).toMatchObject({ kind: "key" });
  await clock.run(clock.now() + 1);
  expect(await authenticator.principalOf(key)).toBeNull();
});

test("event types changed without a notification are known after eventTypesCacheMs", async () => {
  const database = await databaseOfItsOwn();
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const catalogue = new EventTypeCatalogue(database, clock);
  const isKnownAnew = async (): Promise<boolean> => {
    const loading = catalogue.load("a.type");
    await loading;
    return loading !== null;
  };
  await database.query(
    `insert into posthorn.event_types
       (name, description, schema_check, created_at, updated_at)
     values ('a.type', '', 'refuse', now(), now())`,
  );
  expect(await isKnownAnew()).toBe(true);
  await clock.run(clock.now() + limits.eventTypesCacheMs);
  expect(await isKnownAnew()).toBe(false);
  await clock.run(clock.now() + 1);
  expect(await isKnownAnew()).toBe(true);
});
