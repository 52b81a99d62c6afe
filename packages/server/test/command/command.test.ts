/** Runs the built command `posthorn` as a user does, in a separate process. */
import { randomUUID } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import {
  makeReachableFolder,
  runCommand,
  runOneAfterAnother,
  type Run,
  type Said,
} from "../support/command.ts";
import { pasted } from "../support/pasted.ts";
import { answerStatus, startReceiver, until } from "../support/receiver.ts";
import { adminKey } from "../support/service.ts";

/** A start takes 2 s on an idle machine. */
const patienceMs = 60_000;
const encryptionKey = Buffer.alloc(32, 1).toString("base64");

const runs: Run[] = [];
let folder: string;
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-command-");
});
afterAll(async () => {
  await Promise.all(runs.map((each) => each.stop()));
  await rm(folder, { recursive: true, force: true });
});

function run(name: string, environment: Readonly<Record<string, string>>): Run {
  const one = runCommand(name, { folder, environment });
  runs.push(one);
  return one;
}

describe("posthorn dev", () => {
  test("delivers a sample, prints commands to paste, and keeps its data", async () => {
    const environment = { POSTHORN_DATA_DIR: path.join(folder, "data") };
    const first = run("dev", environment);
    await until(() => first.output().includes("Ctrl-C stops"), "the first steps", patienceMs);
    expect(first.output()).toContain("signature verified");
    expect(first.output()).toContain("Presets with their event types: cda, cadana.");
    expect(first.output()).toContain('{"event":"scan.completed","timestamp":"');
    const curls = first.output().match(/^ {2}curl .*$/gm) ?? [];
    expect(curls).toHaveLength(3);
    for (const curl of curls) {
      const answered = await pasted(curl);
      expect(answered.status, curl).toBeLessThan(300);
    }
    const key = /Admin key {2}(\S+)/.exec(first.output())?.[1];
    const url = /API {8}(\S+)/.exec(first.output())?.[1];
    const inbox = /Inbox {6}(\S+)\//.exec(first.output())?.[1];
    expect(await first.stop()).toBe(0);
    await expect(fetch(`${url}webhook_orgs`)).rejects.toThrow("fetch failed");

    const second = run("dev", environment);
    await until(() => second.output().includes("Ctrl-C stops"), "the second start", patienceMs);
    expect(/Admin key {2}(\S+)/.exec(second.output())?.[1]).toBe(key);
    expect(/Inbox {6}(\S+)\//.exec(second.output())?.[1]).toBe(inbox);
    const api = /API {8}(\S+)/.exec(second.output())?.[1];
    const events = await fetch(`${api}webhook_events?event_type=eq.mission.completed`, {
      headers: { apikey: String(key) },
    });
    expect(await events.json()).toHaveLength(1);
    expect(await second.stop()).toBe(0);
    // At a stop, the embedded server may close connections before their pool has.
    for (const { output } of [first, second]) expect(output()).not.toContain("was lost");
  }, 180_000);
});

describe("posthorn serve", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
  });
  afterAll(() => database.drop());

  test("uses the server of DATABASE_URL, responds, and stops at SIGTERM", async () => {
    const service = run("serve", {
      DATABASE_URL: database.url,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
    });
    await until(() => service.output().includes("posthorn is ready"), "readiness", patienceMs);
    const line = service
      .output()
      .split("\n")
      .find((each) => each.includes("posthorn is ready"));
    const { url } = JSON.parse(line ?? "{}") as { url: string };
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const openapi = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(openapi.paths)).toContain("/rest/v1/webhook_endpoints");
    expect(service.output()).toContain(
      `This is the first start. The admin key is in ${path.join(folder, ".posthorn", "admin-key")}. ` +
        `Sign in with it at ${url}/`,
    );
    expect(service.output()).toContain("Presets with their event types: cda, cadana.");
    const key = await readFile(path.join(folder, ".posthorn", "admin-key"), "utf8");
    expect(service.output()).not.toContain(key.trim());
    expect(await service.stop()).toBe(0);
  }, 90_000);

  test("logs one line for each attempt, and never a payload or a secret", async () => {
    const receiver = await startReceiver(answerStatus(500));
    const service = run("serve", {
      DATABASE_URL: database.url,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_RETRY_SCHEDULE: "0s,50ms",
    });
    await until(() => service.output().includes("posthorn is ready"), "readiness", patienceMs);
    const url = /"url":"([^"]+)"/.exec(service.output())?.[1] ?? "";
    const post = async (table: string, body: object) => {
      const headers = { apikey: adminKey, "content-type": "application/json" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return fetch(`${url}/rest/v1/${table}`, init);
    };
    const orgId = randomUUID();
    const secret = `whsec_${Buffer.alloc(32, "canary").toString("base64")}`;
    await post("webhook_endpoints", { org_id: orgId, url: receiver.url, secret });
    const data = { scan_id: "canary in the payload" };
    await post("webhook_events", { org_id: orgId, event_type: "scan.completed", data });
    await receiver.waitFor(2, 10_000);
    await service.stop();
    await receiver.close();
    const attempts = service
      .output()
      .split("\n")
      .filter((line) => line.includes('"msg":"attempt"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(attempts).toHaveLength(2);
    expect(attempts[0]).toMatchObject({ org_id: orgId, number: 1, response_status: 500 });
    expect(attempts[1]).toMatchObject({ number: 2, status: "failed", next_attempt_at: null });
    expect(service.output()).not.toContain("This is the first start");
    expect(service.output()).not.toContain("canary");
    expect(service.output()).not.toContain(secret.slice(6));
    expect(service.output()).not.toContain(adminKey);
  }, 90_000);

  test("refuses to start with an encryption key that differs from the database's", async () => {
    const service = run("serve", {
      DATABASE_URL: database.url,
      POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 2).toString("base64"),
    });
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain("PH_ENCRYPTION_KEY_WRONG");
  });

  test("refuses to start on a database of a newer version", async () => {
    const newer = await createTestDatabase(inject("postgresUrl"));
    await migrate(newer.url);
    const client = new pg.Client({ connectionString: newer.url });
    await client.connect();
    await client.query(
      "insert into posthorn.migrations (number, name, hash) values (9999, '9999-later.sql', '')",
    );
    await client.end();
    const service = run("serve", {
      DATABASE_URL: newer.url,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
    });
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain("9999-later.sql");
    expect(service.output()).toContain("PH_DATABASE_NEWER");
    await newer.drop();
  });

  test("says that its port is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const service = run("serve", {
      DATABASE_URL: database.url,
      POSTHORN_ENCRYPTION_KEY: encryptionKey,
      POSTHORN_PORT: String(port),
    });
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain(`Port ${port}`);
    other.close();
  });

  test("says that its data folder is unusable", async () => {
    const file = path.join(folder, "a-file");
    await writeFile(file, "");
    for (const dataDir of [path.join(file, "data"), "/proc/posthorn"]) {
      const service = run("serve", { POSTHORN_DATA_DIR: dataDir });
      expect(await service.exited).toBe(2);
      expect(service.output()).toContain("PH_DATA_DIR");
    }
  });

  test("refuses to start without an encryption key if nodes must share one", async () => {
    const service = run("serve", { DATABASE_URL: database.url });
    expect(await service.exited).toBe(2);
    expect(service.output()).toContain("POSTHORN_ENCRYPTION_KEY");
  });

  describe("an invalid value", () => {
    const values = [
      ["POSTHORN_PORT", "70000", "0 to 65535"],
      ["POSTHORN_RETRY_SCHEDULE", "0s,soon", "0s,1s,2s"],
      ["POSTHORN_ALLOW_CIDRS", "10.0.0.0/99", "CIDR"],
      ["POSTHORN_CONTRACT", "acme", "cadana"],
      ["POSTHORN_PRESETS", "acme", "cda, cadana"],
      ["DATABASE_URL", "mysql://localhost", "postgres://"],
      ["POSTHORN_ENCRYPTION_KEY", "short", "32 bytes"],
      ["POSTHORN_LOG_LEVEL", "loud", "debug"],
    ] as const;
    let said: readonly Said[];
    beforeAll(async () => {
      const tries = values.map(([name, value]) => ({
        environment: { POSTHORN_DATA_DIR: path.join(folder, "unused"), [name]: value },
      }));
      said = await runOneAfterAnother("serve", tries, folder);
    }, 150_000);

    test.each(values)(
      "%s=%s ends the start with exit code 2, and names the allowed values",
      (name, value, allowed) => {
        const one = said[values.findIndex(([each]) => each === name)];
        expect(one?.exitCode).toBe(2);
        expect(one?.output).toContain(name === "POSTHORN_CONTRACT" ? value : name);
        expect(one?.output).toContain(allowed);
      },
    );
  });
});

test("the command's package contains the files that it reads at run time", async () => {
  const text = await readFile(path.resolve(import.meta.dirname, "../../package.json"), "utf8");
  const { files } = JSON.parse(text) as { files: readonly string[] };
  for (const needed of ["bin", "dist", "migrations", "sql", "contracts", "catalogue"]) {
    expect(files).toContain(needed);
  }
});
