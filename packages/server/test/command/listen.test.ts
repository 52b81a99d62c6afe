/** `posthorn listen`, with a real service, a real receiver, and two processes of the service. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { verifyStandardWebhook } from "@posthorn/consumer";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { migrate } from "../../src/postgres/migrate.ts";
import { freePort } from "../../src/embedded/port.ts";
import { createTestDatabase, migratedTemplate } from "../../src/testing/test-database.ts";
import { createCommandLine, type CommandLine, type Ran } from "../support/command-line.ts";
import { makeReachableFolder, runCommand } from "../support/command.ts";
import { deliveryWith, hasStatus, publish } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import {
  adminKey,
  apiOf,
  startTestService,
  type Row,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let line: CommandLine;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,1h" } });
  receiver = await startReceiver();
  line = await createCommandLine({ POSTHORN_URL: posthorn.service.url, POSTHORN_KEY: adminKey });
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
  await rm(line.folder, { recursive: true, force: true });
});

interface Listening {
  out(): string;
  err(): string;
  /** Stops the command, as Ctrl-C does. */
  stop(): Promise<Ran>;
}

/** Starts `posthorn listen`, and waits until it is connected. */
async function listen(args: readonly string[], url = posthorn.service.url): Promise<Listening> {
  let [out, err] = ["", ""];
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const ran = line.run(["listen", "--url", url, "--key", adminKey, ...args], {
    stopped,
    onOut: (text) => (out += text),
    onErr: (text) => (err += text),
  });
  const ended = ran.then(({ err: why }) => expect.fail(why));
  const connected = until(() => err.includes("Waiting for deliveries."), "listen", 30_000);
  await Promise.race([connected, ended]);
  return {
    out: () => out,
    err: () => err,
    stop() {
      ended.catch(() => undefined);
      stop();
      return ran;
    },
  };
}

/** A timeout for steps that take less than a second on an idle machine. */
const patienceMs = 30_000;
// The test finds processes in /proc, which only Linux has.
const hasProc = process.platform === "linux";

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

/**
 * Repeats a request while it fails, because its connection may lead to a process that was killed.
 */
async function persistently<Result>(request: () => Promise<Result>): Promise<Result> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof TypeError) || Date.now() > deadlineMs) throw error;
      await sleep(50);
    }
  }
}

const factOf = (out: string, name: string): string =>
  new RegExp(`^${name} +(\\S+)$`, "m").exec(out)?.[1] ?? "";

test("forwards what it receives, prints a line, and removes its endpoint at Ctrl-C", async () => {
  const orgId = randomUUID();
  receiver.answerWith((response) => void response.writeHead(201, { "x-own": "a" }).end("thanks"));
  const args = ["--forward-to", `${receiver.url}/hook`, "--org", orgId, "--contract", "standard"];
  const listening = await listen([...args, "--events", "scan.completed"]);
  const before = receiver.received.length;
  const eventId = await publish(posthorn.api, orgId);
  const request = (await receiver.waitFor(before + 1))[before];
  expect(request?.path).toBe("/hook");
  const secret = factOf(listening.out(), "secret");
  const { body } = request!;
  const headers = new Headers(request!.headers as Record<string, string>);
  verifyStandardWebhook({ secret, headers, body, nowMs: Date.now() });
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    hasStatus("delivered"),
  );
  const path = `/rest/v1/webhook_attempts?delivery_id=eq.${delivery.id}`;
  expect((await posthorn.api.get(path)).row).toMatchObject({
    response_status: 201,
    response_headers: { "x-own": "a" },
    response_body: "thanks",
  });
  const found = new RegExp(`^\\S+ \\S+  scan.completed  ${delivery.id}  201  \\d+ ms$`, "m");
  await until(() => found.test(listening.out()), "the line");
  const endpointId = factOf(listening.out(), "endpoint");
  expect(delivery["endpoint_id"]).toBe(endpointId);
  expect(await listening.stop()).toMatchObject({ exitCode: 0 });
  const left = await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
  expect(left.rows).toEqual([]);
});

test("reports to Posthorn why its receiver did not respond; --json prints one object per line", async () => {
  const orgId = randomUUID();
  const closed = await startReceiver();
  await closed.close();
  const listening = await listen(["--forward-to", closed.url, "--org", orgId, "--json"]);
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    ({ attempts }) => attempts === 1,
  );
  expect(delivery).toMatchObject({ status: "pending", error: "connect", response_status: null });
  await until(() => listening.out().split("\n").length === 3, "two lines");
  const [endpoint, printed] = listening
    .out()
    .trimEnd()
    .split("\n")
    .map((each) => JSON.parse(each) as Row);
  expect(endpoint).toMatchObject({ destination: "cli", url: null });
  expect(printed).toMatchObject({
    delivery_id: delivery.id,
    event_id: eventId,
    event_type: "scan.completed",
    attempt: 1,
    response_status: null,
    error: "connect",
  });
  await listening.stop();
});

test("Ctrl-C ends the process while its receiver hangs, and the attempt says so", async () => {
  const orgId = randomUUID();
  let hasClosed = false;
  receiver.answerWith((response) => response.once("close", () => (hasClosed = true)));
  const folder = await makeReachableFolder("posthorn-listen-");
  const run = runCommand("listen", {
    folder,
    args: ["--forward-to", receiver.url, "--org", orgId],
    environment: { POSTHORN_URL: posthorn.service.url, POSTHORN_KEY: adminKey },
  });
  try {
    await until(() => run.output().includes("Waiting for deliveries."), "listen", patienceMs);
    const before = receiver.received.length;
    const eventId = await publish(posthorn.api, orgId);
    await receiver.waitFor(before + 1);
    expect(await run.stop()).toBe(0);
    const message = `posthorn listen was stopped before ${receiver.url} responded.`;
    expect(run.output()).toContain(`  closed  `);
    expect(run.output()).toContain(message);
    await until(() => hasClosed, "the end of the request");
    const [delivery] = (
      await posthorn.api.get(`/rest/v1/webhook_deliveries?event_id=eq.${eventId}`)
    ).rows;
    const path = `/rest/v1/webhook_attempts?delivery_id=eq.${delivery?.id}`;
    expect((await posthorn.api.get(path)).rows).toMatchObject([{ number: 1, error: "closed" }]);
  } finally {
    await run.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("a status above 599 is an attempt without a response", async () => {
  const orgId = randomUUID();
  receiver.answerWith(answerStatus(700));
  const listening = await listen(["--forward-to", receiver.url, "--org", orgId]);
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    ({ attempts }) => attempts === 1,
  );
  expect(delivery).toMatchObject({ status: "pending", error: "protocol", response_status: null });
  await until(() => listening.out().includes("responded with the invalid status 700."), "the line");
  await listening.stop();
});

test("rejects an address that is not http", async () => {
  const ran = await line.run(["listen", "--forward-to", "localhost:3000"]);
  expect(ran).toMatchObject({ exitCode: 2 });
  expect(ran.err).toContain("PH_ARGUMENT_INVALID");
});

test("with two processes, it gets every delivery, also after its process was killed", async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  const database = await createTestDatabase(adminUrl, { template });
  const folder = await makeReachableFolder("posthorn-listen-");
  // With port 0, each replacement process would listen on another port.
  const port = await freePort();
  const run = runCommand("serve", {
    folder,
    args: ["--processes", "2"],
    environment: {
      DATABASE_URL: database.url,
      POSTHORN_PORT: String(port),
      POSTHORN_ADMIN_KEY: adminKey,
      POSTHORN_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString("base64"),
      POSTHORN_DRAIN: "2s",
    },
  });
  try {
    const ready = /^.*"posthorn is ready".*$/m;
    await until(() => ready.test(run.output()), "readiness", 50_000);
    const { url } = JSON.parse(ready.exec(run.output())![0]) as { url: string };
    const api = apiOf(url, adminKey);
    const orgId = randomUUID();
    receiver.answerWith(answerStatus(200));
    const listening = await listen(["--forward-to", receiver.url, "--org", orgId], url);
    // The load is spread over both processes: each publish and each answer may reach either of
    // them.
    const publishMany = async (): Promise<void> => {
      for (let count = 0; count < 6; count += 1) {
        const id = await persistently(() => publish(api, orgId));
        const isDelivered = () =>
          deliveryWith(api, `event_id=eq.${id}`, hasStatus("delivered"), patienceMs);
        await persistently(isDelivered);
      }
    };
    await publishMany();
    for (const pid of hasProc ? childrenOf(run.pid) : []) {
      process.kill(pid, "SIGKILL");
      await publishMany();
    }
    if (hasProc) expect(listening.err()).toContain("Connected again.");
    await listening.stop();
  } finally {
    await run.stop();
    await rm(folder, { recursive: true, force: true });
    await database.drop();
  }
}, 120_000);

test("a NUL byte in a response is replaced, and Ctrl-C stops after garbage was collected", async () => {
  const orgId = randomUUID();
  const odd = await startReceiver((response) => response.writeHead(200).end("ok\0ok"));
  const listening = await listen(["--forward-to", odd.url, "--org", orgId]);
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    hasStatus("delivered"),
    patienceMs,
  );
  const path = `/rest/v1/webhook_attempts?delivery_id=eq.${delivery.id}`;
  expect((await posthorn.api.get(path)).row["response_body"]).toBe("ok\uFFFDok");
  // After a garbage collection, `fetch` no longer reacts to an abort signal that nothing else
  // references.
  setFlagsFromString("--expose_gc");
  (runInNewContext("gc") as () => void)();
  expect((await listening.stop()).exitCode).toBe(0);
  await odd.close();
});
