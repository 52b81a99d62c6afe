/** `posthorn serve --processes N`, as an operator runs it. */
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "./support/command.ts";
import { startReceiver, until, type Receiver } from "./support/receiver.ts";
import { adminKey, apiOf, type Api } from "./support/service.ts";
import { subscribe } from "./support/flow.ts";

const processes = 2;

let folder: string;
let service: Run;
let api: Api;
let receiver: Receiver;
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-processes-");
  receiver = await startReceiver();
  service = start();
  api = apiOf(await readyUrl(service), adminKey);
}, 60_000);
afterAll(async () => {
  await service.stop();
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

function start(args: readonly string[] = ["--processes", String(processes)]): Run {
  return runCommand("serve", {
    folder,
    args,
    environment: {
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      POSTHORN_DRAIN: "2s",
    },
  });
}

async function readyUrl(run: Run): Promise<string> {
  await until(() => run.output().includes("posthorn is ready"), "readiness", 40_000);
  const line = run
    .output()
    .split("\n")
    .find((each) => each.includes("posthorn is ready"));
  return (JSON.parse(line ?? "{}") as { url: string }).url;
}

/** The workers: children of the command that run it, too. The database is a child as well. */
function workersOf(run: Run): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter(
      (pid) => pid > 0 && parentOf(pid) === run.pid && commandOf(pid).includes("posthorn.js"),
    );
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

async function publishMany(orgId: string, count: number): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: String(n) } };
      return api.post("/rest/v1/webhook_events", event).catch(() => null);
    }),
  );
  return answers.filter((answered) => answered?.status === 201).length;
}

const subscribed = () => subscribe({ api, newOrg: () => crypto.randomUUID() }, receiver.url);

// Where processes can be looked at; elsewhere the command itself is what can be tested.
const hasProc = process.platform === "linux";

test("all serve one port and one database, and each event arrives once", async () => {
  if (hasProc) expect(workersOf(service)).toHaveLength(processes);
  const { orgId } = await subscribed();
  expect(await publishMany(orgId, 200)).toBe(200);
  await receiver.waitFor(200, 10_000);
  const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
  expect(new Set(ids).size).toBe(200);
  expect(ids).toHaveLength(200);
}, 30_000);

test("one that is killed is replaced, and publishing goes on", async () => {
  if (!hasProc) return;
  const before = workersOf(service);
  process.kill(before[0]!, "SIGKILL");
  await until(() => service.output().includes("another one takes its place"), "the notice", 5_000);
  await until(
    () => {
      const now = workersOf(service);
      return now.length === processes && !now.includes(before[0]!);
    },
    "another process",
    10_000,
  );
  const { orgId } = await subscribed();
  await until(async () => (await publishMany(orgId, 20)) === 20, "all answered", 10_000);
}, 30_000);

test("SIGINT ends all of them, and the database", async () => {
  const workers = hasProc ? workersOf(service) : [];
  const { url } = { url: await readyUrl(service) };
  expect(await service.stop()).toBe(0);
  for (const pid of workers) expect(commandOf(pid)).toBe("");
  await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
}, 30_000);

test("when the first process is killed, none stays behind", async () => {
  if (!hasProc) return;
  service = start();
  await readyUrl(service);
  const workers = workersOf(service);
  expect(workers).toHaveLength(processes);
  process.kill(service.pid, "SIGKILL");
  await until(() => workers.every((pid) => commandOf(pid) === ""), "their end", 10_000);
  // The embedded server it left running is found and stopped by the next start.
  service = start();
  await readyUrl(service);
  expect(await service.stop()).toBe(0);
}, 60_000);

test.each(["0", "65", "two", "1.5"])("--processes %s is refused", async (count) => {
  const refused = start(["--processes", count]);
  expect(await refused.exited).toBe(2);
  expect(refused.output()).toContain("whole number from 1 to 64");
});
