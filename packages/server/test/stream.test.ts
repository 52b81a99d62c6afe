/** Live updates over HTTP: of every node's attempts, to whom they belong, and to nobody else. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";
import type { LiveBatch } from "../src/observe/live-feed.ts";
import { startService, type Service } from "../src/wire.ts";
import { publish, subscribe } from "./support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "./support/receiver.ts";
import { adminKey, apiOf, startTestService, type TestService } from "./support/service.ts";

const encryptionKey = Buffer.alloc(32, 7).toString("base64");

let posthorn: TestService;
let second: Service;
let receiver: Receiver;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_ENCRYPTION_KEY: encryptionKey } });
  second = await startService(
    readConfig(
      { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" },
      {
        DATABASE_URL: posthorn.databaseUrl,
        POSTHORN_PORT: "0",
        POSTHORN_ADMIN_KEY: adminKey,
        POSTHORN_ENCRYPTION_KEY: encryptionKey,
        POSTHORN_DRAIN: "2s",
      },
    ),
  );
  receiver = await startReceiver();
});

afterAll(async () => {
  await second.close();
  await posthorn.close();
  await receiver.close();
});

interface Watching {
  readonly batches: readonly LiveBatch[];
  readonly isOver: boolean;
  stop(): void;
}

async function watch(url: string, key: string, query = ""): Promise<Watching> {
  const controller = new AbortController();
  const response = await fetch(`${url}/rest/v1/stream${query}`, {
    headers: { apikey: key },
    signal: controller.signal,
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
  const batches: LiveBatch[] = [];
  const watching = { batches, isOver: false, hello: false, stop: () => controller.abort() };
  void (async () => {
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString("utf8");
      const events = text.split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        if (event.startsWith("event: hello\n")) watching.hello = true;
        const data = /^event: deliveries\ndata: (.*)$/.exec(event)?.[1];
        if (data !== undefined) batches.push(JSON.parse(data) as LiveBatch);
      }
    }
  })()
    .catch(() => {})
    .finally(() => {
      watching.isOver = true;
    });
  await until(() => watching.hello, "the stream's hello");
  return watching;
}

function seen({ batches }: Watching): string[] {
  return batches.flatMap(({ deliveries }) => deliveries.map((each) => each.event_id));
}

async function keyFor(orgId: string, role: string): Promise<string> {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
  return String(row["key"]);
}

test("a viewer sees what any node attempts for his org, and nothing of another's", async () => {
  const mine = await subscribe(posthorn, `${receiver.url}/mine`);
  const other = await subscribe(posthorn, `${receiver.url}/other`);
  const viewer = await watch(posthorn.service.url, await keyFor(mine.orgId, "read"));
  const stranger = await watch(
    posthorn.service.url,
    await keyFor(posthorn.newOrg(), "manage"),
    `?org_id=${mine.orgId}`,
  );
  const operator = await watch(second.url, adminKey);
  // The second node hears of the viewers by a notification, which takes a moment.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const nodes = [posthorn.api, apiOf(second.url, adminKey)];
  const published: string[] = [];
  const others: string[] = [];
  for (const api of nodes) {
    published.push(await publish(api, mine.orgId));
    others.push(await publish(api, other.orgId));
  }
  await until(() => seen(viewer).length >= 2, "both of the org's");
  expect(new Set(seen(viewer))).toEqual(new Set(published));
  await until(() => seen(operator).length >= 4, "all of them");
  expect(new Set(seen(operator))).toEqual(new Set([...published, ...others]));
  expect(viewer.batches[0]?.deliveries[0]).toMatchObject({
    org_id: mine.orgId,
    endpoint_id: mine.endpointId,
    status: "delivered",
    attempts: 1,
    response_status: 200,
    event_type: "scan.completed",
  });
  expect(stranger.batches).toEqual([]);
  for (const each of [viewer, stranger, operator]) each.stop();
});

test("a failed attempt is told with its error and the next one's time", async () => {
  const failing = await startReceiver(answerStatus(503));
  const { orgId } = await subscribe(posthorn, `${failing.url}/failing`);
  const viewer = await watch(posthorn.service.url, adminKey, `?org_id=${orgId}`);
  await publish(posthorn.api, orgId);
  await until(() => seen(viewer).length === 1, "the attempt");
  const [delivery] = viewer.batches[0]?.deliveries ?? [];
  expect(delivery).toMatchObject({ status: "pending", response_status: 503, error: null });
  expect(Date.parse(String(delivery?.next_retry_at))).toBeGreaterThan(Date.now());
  viewer.stop();
  await failing.close();
});

describe("refused", () => {
  test("are a key that may only publish, no key, and an org that is no id", async () => {
    const path = "/rest/v1/stream";
    const publisher = posthorn.apiWith(await keyFor(posthorn.newOrg(), "publish"));
    expect(await publisher.get(path)).toMatchObject({ status: 403, json: { code: "42501" } });
    expect((await posthorn.apiWith("").get(path)).status).toBe(401);
    expect(await posthorn.api.get(`${path}?org_id=eq.1`)).toMatchObject({
      status: 400,
      json: { code: "22P02" },
    });
  });
});

test("a service that stops ends its streams at once", async () => {
  const own = await startTestService();
  const viewer = await watch(own.service.url, adminKey);
  const startedMs = performance.now();
  await own.close();
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  await until(() => viewer.isOver, "the stream's end");
});
