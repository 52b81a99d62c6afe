/**
 * Runs the command in a PID namespace, like in a container: the command is process 1, its children
 * end with it, and the next run gets the same process ids.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasNamespaces, unshare } from "../../src/testing/namespaces.ts";
import { makeReachableFolder, runCommand, type Run } from "../support/command.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api } from "../support/service.ts";

/** A start takes 2 s on an idle machine; this limit is for a busy one. */
const patienceMs = 60_000;

let folder: string;
let receiver: Receiver;
const runs: Run[] = [];
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-containers-");
  receiver = await startReceiver();
});
afterAll(async () => {
  for (const run of runs) kill(run, "SIGKILL");
  await Promise.all(runs.map(({ exited }) => exited));
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

function start(dataDir: string, environment: Readonly<Record<string, string>> = {}): Run {
  const run = runCommand("serve", {
    folder,
    within: unshare,
    environment: {
      POSTHORN_DATA_DIR: path.join(folder, dataDir),
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
      ...environment,
    },
  });
  runs.push(run);
  return run;
}

/**
 * Sends a signal to process 1 of the namespace by its process id outside. Its parent is `unshare`.
 */
function kill({ pid }: Run, name: NodeJS.Signals): void {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    for (const child of children.trim().split(" ").filter(Boolean)) {
      process.kill(Number(child), name);
    }
  } catch {
    // The process has already ended.
  }
}

async function readyApi(run: Run): Promise<Api> {
  let hasEnded = false;
  void run.exited.then(() => (hasEnded = true));
  const isReady = (): boolean => run.output().includes("posthorn is ready");
  await until(() => hasEnded || isReady(), "readiness", patienceMs);
  if (!isReady()) throw new Error(`It ended: ${run.output()}`);
  return apiOf(/"url":"([^"]+)"/.exec(run.output())?.[1] ?? "", adminKey);
}

describe.skipIf(!hasNamespaces)("in a container", () => {
  test("starts again each time after kill -9 of process 1, with its data", async () => {
    const orgId = randomUUID();
    const stored: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const run = start("killed");
      const api = await readyApi(run);
      if (round === 0) await subscribe({ api, newOrg: () => orgId }, receiver.url);
      stored.push(await publish(api, orgId));
      kill(run, "SIGKILL");
      await run.exited;
    }
    const run = start("killed");
    const { rows } = await (await readyApi(run)).get("/rest/v1/webhook_events?select=id");
    expect(rows.map(({ id }) => id).toSorted()).toEqual(stored.toSorted());
    kill(run, "SIGTERM");
    expect(await run.exited).toBe(0);
  }, 300_000);

  test("starts again each time after SIGTERM and SIGKILL during an attempt", async () => {
    receiver.answerWith(() => undefined);
    const orgId = randomUUID();
    for (let round = 0; round < 2; round += 1) {
      const run = start("killed", { POSTHORN_DRAIN: "60s" });
      const api = await readyApi(run);
      if (round === 0) await subscribe({ api, newOrg: () => orgId }, receiver.url);
      const before = receiver.received.length;
      await publish(api, orgId);
      await receiver.waitFor(before + 1, patienceMs);
      kill(run, "SIGTERM");
      await until(() => run.output().includes("posthorn is stopping"), "the stop", patienceMs);
      kill(run, "SIGKILL");
      await run.exited;
    }
    await readyApi(start("killed"));
  }, 180_000);

  test("cannot use the folder of another container, which keeps running", async () => {
    const first = start("shared");
    const api = await readyApi(first);
    for (let tries = 0; tries < 2; tries += 1) {
      const second = start("shared");
      expect(await second.exited).toBe(3);
      expect(second.output()).toMatch(
        /in use by another Posthorn: process 1 on .*PH_DATA_DIR_IN_USE/,
      );
    }
    expect((await api.get("/readyz")).status).toBe(200);
    await publish(api, randomUUID());
  }, 120_000);
});
