/**
 * If the embedded database ends while the service runs, the service restarts it, and no event is
 * lost.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { appendFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "../support/command.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api, type Row } from "../support/service.ts";

/**
 * A restart takes 1 s on an idle machine. Another test checks that time; this limit is for a busy
 * machine.
 */
const patienceMs = 60_000;
const commands = [
  ["serve", []],
  ["serve", ["--processes", "2"]],
  ["dev", []],
] as const;

let folder: string;
let receiver: Receiver;
const runs: Run[] = [];
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-lost-");
  receiver = await startReceiver();
});
afterAll(async () => {
  await Promise.all(runs.map((run) => run.stop()));
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  readonly run: Run;
  readonly api: Api;
  readonly url: string;
  readonly dataDir: string;
  /** The process id of the postmaster. */
  postmaster(): number;
}

async function start(name: string, args: readonly string[], data: string): Promise<Started> {
  const dataDir = path.join(folder, data);
  const run = runCommand(name, {
    folder,
    args,
    environment: {
      POSTHORN_DATA_DIR: dataDir,
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_LOG_LEVEL: "info",
    },
  });
  runs.push(run);
  const ready = name === "dev" ? "Ctrl-C stops" : "posthorn is ready";
  await until(() => run.output().includes(ready), "readiness", patienceMs);
  const pattern = name === "dev" ? /API {8}(http:\/\/[^/]+)/ : /"url":"([^"]+)"/;
  const url = pattern.exec(run.output())?.[1] ?? "";
  const pidFile = path.join(dataDir, "postgres", "postmaster.pid");
  return {
    run,
    url,
    dataDir,
    api: apiOf(url, adminKey),
    postmaster: () => Number.parseInt(readFileSync(pidFile, "utf8"), 10),
  };
}

const readiness = async (url: string): Promise<number> => (await fetch(`${url}/readyz`)).status;

const dataOf = (name: string, args: readonly string[]): string => `${name}-${args.length}`;

describe.each(commands)("posthorn %s %j", (name, args) => {
  test("continues after kill -9 of its database, and reports it at /readyz meanwhile", async () => {
    const { run, api, url, postmaster } = await start(name, args, dataOf(name, args));
    const { orgId } = await subscribe({ api, newOrg: () => randomUUID() }, receiver.url);
    const stored: string[] = [];
    const over = new AbortController();
    const publisher = (async () => {
      while (!over.signal.aborted) {
        const id = await publish(api, orgId).catch(() => null);
        if (id !== null) stored.push(id);
        await sleep(5);
      }
    })();
    for (let round = 0; round < 2; round += 1) {
      await until(() => stored.length > 10 * (round + 1), "some events", patienceMs);
      process.kill(postmaster(), "SIGKILL");
      await until(async () => (await readiness(url)) === 503, "the truth", patienceMs);
      await until(async () => (await readiness(url)) === 200, "readiness", patienceMs);
    }
    over.abort();
    await publisher;
    const arrived = (): Set<string> =>
      new Set(receiver.received.map(({ headers }) => String(headers["webhook-id"])));
    // The other deliveries were in flight when the database ended. They wait for the end of their
    // lease or for their next attempt.
    const rows = await deliveriesOf(api, orgId);
    const known = new Set(rows.map((row) => String(row["event_id"])));
    expect(stored.filter((id) => !known.has(id))).toEqual([]);
    const statuses = new Set(rows.map((row) => row["status"]));
    expect([...statuses].filter((each) => each !== "delivered" && each !== "pending")).toEqual([]);
    const last = await publish(api, orgId);
    await until(() => [...arrived()].some((id) => id.includes(last)), "a later one", patienceMs);
    expect(await run.stop()).toBe(0);
  }, 180_000);
});

// These tests use the folders of the tests above. They can run concurrently, because nothing in
// them depends on timing.
describe.concurrent.each(commands)("posthorn %s %j", (name, args) => {
  test("exits with 3 and one sentence if its database cannot be restarted", async () => {
    const { run, dataDir, postmaster } = await start(name, args, dataOf(name, args));
    const children = childrenOf(run.pid);
    await appendFile(path.join(dataDir, "postgres", "postgresql.conf"), "\nwork_mem = plenty\n");
    process.kill(postmaster(), "SIGKILL");
    expect(await run.exited).toBe(3);
    const last = run
      .output()
      .trimEnd()
      .split("\n")
      .filter((line) => !line.startsWith("{"));
    expect(last.at(-1)).toMatch(
      /^posthorn: The embedded PostgreSQL stopped, and 3 attempts to restart it failed: .*\(PH_EMBEDDED_LOST\)$/,
    );
    await until(
      () => children.every((pid) => !isThere(pid)),
      "the end of its processes",
      patienceMs,
    );
  }, 180_000);
});

/**
 * Reads all rows, page by page. Repeats a request that reaches a process whose database connection
 * is not restored yet.
 */
async function deliveriesOf(api: Api, orgId: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const query = `org_id=eq.${orgId}&select=id,event_id,status&order=id`;
  for (;;) {
    const page = await api.get(`/rest/v1/webhook_deliveries?${query}&offset=${rows.length}`);
    if (page.status === 503) {
      await sleep(50);
      continue;
    }
    expect(page.status).toBe(200);
    if (page.rows.length === 0) return rows;
    rows.push(...page.rows);
  }
}

function childrenOf(pid: number): number[] {
  if (process.platform !== "linux") return [];
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

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
