/** Runs `posthorn serve --processes N` as an operator does. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import http from "node:http";
import { createServer, type AddressInfo } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import {
  makeReachableFolder,
  runCommand,
  runOneAfterAnother,
  type Run,
} from "../support/command.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api } from "../support/service.ts";

const processes = 2;
/** A timeout for steps that take less than a second on an idle machine. */
const patienceMs = 30_000;
const replaced = "another one replaces it";

// The tests find worker processes in /proc, which only Linux has. Elsewhere they test only the
// command itself.
const hasProc = process.platform === "linux";

let folder: string;
const runs: Run[] = [];
const cleanups: (() => Promise<void>)[] = [];
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-processes-");
});
afterAll(async () => {
  for (const { pid, exited } of runs) {
    for (const each of [pid, ...workersOf(pid)]) signal(each, "SIGKILL");
    await exited;
  }
  await Promise.all(cleanups.map((cleanup) => cleanup()));
  await rm(folder, { recursive: true, force: true });
});

function start(
  environment: Readonly<Record<string, string>>,
  args: readonly string[] = ["--processes", String(processes)],
): Run {
  const run = runCommand("serve", {
    folder,
    args,
    environment: {
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_DRAIN: "5s",
      ...environment,
    },
  });
  runs.push(run);
  return run;
}

/** Creates the database on the test run's own server, which is already running. */
async function withDatabase(): Promise<Record<string, string>> {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  const database = await createTestDatabase(adminUrl, { template });
  cleanups.push(() => database.drop());
  return {
    DATABASE_URL: database.url,
    POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
  };
}

async function newReceiver(): Promise<Receiver> {
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  return receiver;
}

async function readyUrl(run: Run): Promise<string> {
  await until(() => run.output().includes("posthorn is ready"), "readiness", 30_000);
  const lines = run.output().split("\n");
  const line = lines.find((each) => each.includes("posthorn is ready"));
  return (JSON.parse(line ?? "{}") as { url: string }).url;
}

/** The ids of the worker processes, without the embedded database, which is a child as well. */
function workersOf(pid: number): number[] {
  return childrenOf(pid).filter((each) => commandOf(each).includes("posthorn.js"));
}

function childrenOf(pid: number): number[] {
  if (!hasProc) return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((each) => each > 0 && parentOf(each) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

/** Returns an empty string if there is no such process, or if it is a zombie. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

const areGone = (pids: readonly number[]): boolean => pids.every((pid) => commandOf(pid) === "");

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has already ended.
  }
}

const subscribed = (api: Api, { url }: Receiver) =>
  subscribe({ api, newOrg: () => randomUUID() }, url).then(({ orgId }) => orgId);

interface UnderWay {
  /** Lets the receiver send its response. */
  release(): void;
  /** Resolves to true if the receiver could still send the whole response. */
  readonly whole: Promise<boolean>;
}

/** Publishes an event to a receiver that waits for `release` before it responds. */
async function attemptUnderWay(api: Api): Promise<UnderWay> {
  const receiver = await newReceiver();
  let response: http.ServerResponse | undefined;
  receiver.answerWith((held) => (response = held));
  await publish(api, await subscribed(api, receiver));
  await until(() => response !== undefined, "the attempt", patienceMs);
  const held = response!;
  const whole = new Promise<boolean>((resolve) => {
    held.once("close", () => resolve(held.writableFinished));
  });
  return { release: () => void held.end(), whole };
}

/**
 * Publishes the events.
 * @returns how many were stored.
 */
async function publishMany(api: Api, orgId: string, count: number): Promise<number> {
  const stored = await Promise.all(
    Array.from({ length: count }, () =>
      publish(api, orgId).then(
        () => 1,
        () => 0,
      ),
    ),
  );
  return stored.filter((one) => one === 1).length;
}

/** Connects to one of the processes, and returns how many events that process has stored. */
function storedByOne(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { agent: false, headers: { apikey: adminKey } };
    const request = http.get(`${url}/metrics?process=own`, options, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => {
        resolve(Number(/^posthorn_events_published_total (\d+)$/m.exec(text)?.[1]));
      });
    });
    request.once("error", reject);
  });
}

describe.sequential("with an embedded database", () => {
  let service: Run;
  let url: string;
  let api: Api;
  let receiver: Receiver;
  beforeAll(async () => {
    receiver = await newReceiver();
    service = start({});
    url = await readyUrl(service);
    api = apiOf(url, adminKey);
  }, 40_000);

  test("all serve one port, and each event arrives once", async () => {
    // An odd number, so that the two processes cannot have stored the same number of events.
    const count = 201;
    const orgId = await subscribed(api, receiver);
    expect(await publishMany(api, orgId, count)).toBe(count);
    await receiver.waitFor(count, 10_000);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
    const parts = new Set<number>();
    await until(async () => parts.add(await storedByOne(url)).size === processes, "both answers");
    expect([...parts].reduce((sum, part) => sum + part)).toBe(count);
    expect(Math.min(...parts)).toBeGreaterThan(0);
    const { text } = await api.get("/metrics");
    expect(text).toMatch(new RegExp(`^posthorn_events_published_total ${count}$`, "m"));
    expect(text).toMatch(/^posthorn_build_info\{.*\} 2$/m);
    expect(text).toMatch(/^posthorn_endpoints\{state="active"\} 1$/m);
    const attempts = text.matchAll(/^posthorn_attempts_total\{.*status="delivered"\} (\d+)$/gm);
    expect([...attempts].map(([, number]) => Number(number))).toEqual([count]);
  });

  test.runIf(hasProc)(
    "its workers have a larger young generation, and its database allows more connections",
    () => {
      const workers = workersOf(service.pid);
      expect(workers).toHaveLength(processes);
      for (const pid of workers) expect(commandOf(pid)).toContain("--max-semi-space-size=64");
      const server = childrenOf(service.pid).find((pid) => !workers.includes(pid)) ?? 0;
      expect(commandOf(server)).toContain("max_connections=120");
    },
  );

  test.runIf(hasProc)(
    "each killed worker is replaced by one, at the same port",
    async () => {
      const orgId = await subscribed(api, receiver);
      const replacements = (): number => service.output().split(replaced).length - 1;
      const killAndWait = async (victims: readonly number[]): Promise<void> => {
        const before = replacements();
        for (const pid of victims) process.kill(pid, "SIGKILL");
        await until(
          () => replacements() === before + victims.length,
          "the replacements",
          patienceMs,
        );
        await until(
          () => {
            const now = workersOf(service.pid);
            return now.length === processes && !now.some((pid) => victims.includes(pid));
          },
          "other processes",
          patienceMs,
        );
        await until(
          async () => (await publishMany(api, orgId, 10)) === 10,
          "all stored",
          patienceMs,
        );
      };
      await killAndWait(workersOf(service.pid));
      const [one = 0] = workersOf(service.pid);
      await killAndWait([one]);
      expect(replacements()).toBe(processes + 1);
    },
    patienceMs * 4,
  );

  test("Ctrl-C lets running attempts end, then all processes and the database", async () => {
    const { release, whole } = await attemptUnderWay(api);
    const children = childrenOf(service.pid);
    const workers = workersOf(service.pid);
    // A terminal sends the signal to the whole process group.
    for (const pid of [service.pid, ...workers]) process.kill(pid, "SIGINT");
    if (hasProc) {
      // The other worker has no attempt in progress, so it ends immediately.
      await until(() => workers.some((pid) => areGone([pid])), "the end of one", patienceMs);
      expect(areGone(workers)).toBe(false);
    }
    release();
    expect(await whole).toBe(true);
    expect(await service.exited).toBe(0);
    expect(areGone(children)).toBe(true);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
  });
});

/** Takes each node's lock as soon as it is free, so that no lock can show a node's death. */
async function takeFreeLocks(databaseUrl: string): Promise<() => Promise<unknown>> {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  const observer = await connect();
  const { rows } = await observer.query<{ id: string }>("select id from posthorn.nodes");
  const clients = [observer];
  for (const { id } of rows) {
    const client = await connect();
    clients.push(client);
    // The query may still wait at the end of the test, when its connection is closed.
    client
      .query("select pg_advisory_lock(posthorn.node_lock_key($1))", [id])
      .catch(() => undefined);
  }
  return () => Promise.all(clients.map((client) => client.end()));
}

// The tests run concurrently, because they mostly wait for starts, each of which uses one core.
describe.concurrent("with an external database", () => {
  test.runIf(hasProc)(
    "when the first process is killed, all drain and none is left",
    async () => {
      const service = start(await withDatabase());
      const { release, whole } = await attemptUnderWay(apiOf(await readyUrl(service), adminKey));
      const workers = workersOf(service.pid);
      expect(workers).toHaveLength(processes);
      process.kill(service.pid, "SIGKILL");
      await until(() => workers.some((pid) => areGone([pid])), "the end of one", patienceMs);
      expect(areGone(workers)).toBe(false);
      release();
      expect(await whole).toBe(true);
      await until(() => areGone(workers), "the end of all", patienceMs);
    },
    40_000,
  );

  test.runIf(hasProc)(
    "another worker takes over from a killed one, without proof by its lock",
    async () => {
      const { DATABASE_URL = "", ...environment } = await withDatabase();
      const service = start({ DATABASE_URL, ...environment });
      const api = apiOf(await readyUrl(service), adminKey);
      const receiver = await newReceiver();
      // The receiver never responds, so the deliveries stay with the process that stored them.
      receiver.answerWith(() => undefined);
      // Two nodes share the endpoint's limit of 16 concurrent attempts, so each may make 8.
      const count = 8;
      const orgId = await subscribed(api, receiver);
      expect(await publishMany(api, orgId, count)).toBe(count);
      await receiver.waitFor(count, patienceMs);
      const stop = await takeFreeLocks(DATABASE_URL);
      const [killed = 0] = workersOf(service.pid);
      process.kill(killed, "SIGKILL");
      const notice = /"deliveries":(\d+),"msg":"took over the deliveries of a dead node"/;
      // Shorter than the leases (60 s) and than the first attempts (15 s).
      await until(() => notice.test(service.output()), "the takeover", 10_000);
      const deliveries = Number(notice.exec(service.output())?.[1]);
      await receiver.waitFor(count + deliveries, patienceMs);
      await stop();
    },
    40_000,
  );

  test.runIf(hasProc)(
    "a second signal ends all processes immediately",
    async () => {
      const service = start({ ...(await withDatabase()), POSTHORN_DRAIN: "60s" });
      const { whole } = await attemptUnderWay(apiOf(await readyUrl(service), adminKey));
      const workers = workersOf(service.pid);
      process.kill(service.pid, "SIGTERM");
      await until(
        () => service.output().includes("posthorn is stopping"),
        "the replacement",
        patienceMs,
      );
      process.kill(service.pid, "SIGTERM");
      expect(await service.exited).toBe(143);
      await until(() => areGone(workers), "the end of all", patienceMs);
      expect(await whole).toBe(false);
    },
    40_000,
  );
});

test.runIf(hasProc)("a signal during their start ends them, and is not a failure", async () => {
  const service = start(await withDatabase());
  await until(() => workersOf(service.pid).length > 0, "the first worker", patienceMs);
  const workers = workersOf(service.pid);
  for (const pid of [service.pid, ...workers]) process.kill(pid, "SIGINT");
  expect(await service.exited).toBe(0);
  expect(areGone(workers)).toBe(true);
});

test("with its port in use it exits with 2, and says so once", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const service = start({ ...(await withDatabase()), POSTHORN_PORT: String(port) });
  expect(await service.exited).toBe(2);
  expect(service.output().split(`Port ${port}`)).toHaveLength(2);
  other.close();
});

test("an impossible number of processes is rejected", async () => {
  const tries = ["0", "65", "two", "1.5"].map((count) => ({
    args: ["--processes", count],
    environment: {},
  }));
  for (const { exitCode, output } of await runOneAfterAnother("serve", tries, folder)) {
    expect(exitCode).toBe(2);
    expect(output).toContain("whole number from 1 to 64");
  }
});
