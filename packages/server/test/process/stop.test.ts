/**
 * With default settings, a service stops in less than the 10 s that Docker waits, whatever hangs.
 */
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand, type Run } from "../support/command.ts";
import { publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, type Api } from "../support/service.ts";

const dockerWaitsMs = 10_000;
const patienceMs = 60_000;

let folder: string;
let receiver: Receiver;
const runs: Run[] = [];
const sockets: Socket[] = [];
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-stop-");
  receiver = await startReceiver(() => undefined);
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(runs.map((run) => run.stop()));
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(args: readonly string[]): Promise<{ run: Run; url: string; api: Api }> {
  const environment = {
    POSTHORN_DATA_DIR: path.join(folder, "data"),
    POSTHORN_ADMIN_KEY: adminKey,
    POSTHORN_ALLOW_CIDRS: "127.0.0.0/8",
  };
  const run = runCommand("serve", { folder, args, environment });
  runs.push(run);
  await until(() => run.output().includes("posthorn is ready"), "readiness", patienceMs);
  const url = /"url":"([^"]+)"/.exec(run.output())?.[1] ?? "";
  return { run, url, api: apiOf(url, adminKey) };
}

/** Opens a connection, sends this text, and then neither sends nor reads anything. */
async function send(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => undefined);
  sockets.push(socket);
  await new Promise<void>((resolve) => socket.write(text, () => resolve()));
}

test.each([[[]], [["--processes", "2"]]])(
  "SIGTERM to serve %j while everything hangs ends it in less than 10 s, and loses nothing",
  async (args) => {
    receiver.answerWith(() => undefined);
    const { run, url, api } = await start(args);
    const { orgId } = await subscribe({ api, newOrg: () => randomUUID() }, receiver.url);
    const before = receiver.received.length;
    const eventId = await publish(api, orgId);
    await receiver.waitFor(before + 1, patienceMs);
    const head = `host: x\r\napikey: ${adminKey}\r\n`;
    await send(url, "");
    await send(url, "GET /healthz HTTP/1.1\r\nhost: x\r\n");
    await send(
      url,
      `POST /rest/v1/webhook_events HTTP/1.1\r\n${head}` +
        'content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"org_id":',
    );
    await send(url, `GET /rest/v1/stream HTTP/1.1\r\n${head}\r\n`);

    const sinceMs = performance.now();
    process.kill(run.pid, "SIGTERM");
    expect(await run.exited).toBe(0);
    expect(performance.now() - sinceMs).toBeLessThan(dockerWaitsMs);
    const log = await readFile(path.join(folder, "data", "postgres.log"), "utf8");
    expect(log.trimEnd().split("\n").at(-1)).toContain("database system is shut down");

    receiver.answerWith(answerStatus(200));
    const next = await start(args);
    const again = (): boolean =>
      receiver.received.slice(before + 1).some(({ headers }) => headers["webhook-id"] === eventId);
    await until(again, "the attempt that was cut off", 15_000);
    expect(await next.run.stop()).toBe(0);
  },
  240_000,
);
