/**
 * Live updates over HTTP: an org's viewers see the attempts of every node, and nobody else sees
 * them.
 */
import { get } from "node:http";
import { connect } from "node:net";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import type { LiveBatch } from "../../src/observe/live-feed.ts";
import type { Service } from "../../src/service/compose.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, startTestService, type TestService } from "../support/service.ts";

const path = "/rest/v1/stream";

let posthorn: TestService;
let second: Service;
let receiver: Receiver;
/** A database session that listens to the notifications between nodes. */
let database: pg.Client;
const heard: { readonly channel: string; readonly payload: string }[] = [];

beforeAll(async () => {
  posthorn = await startTestService();
  second = await posthorn.startSecondNode();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  database.on("notification", ({ channel, payload = "" }) => heard.push({ channel, payload }));
  await database.connect();
  await database.query("listen posthorn_live; listen posthorn_watched");
});

afterAll(async () => {
  await database.end();
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
  const response = await fetch(`${url}${path}${query}`, {
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

test("while nobody watches, nodes send each other no notifications", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/unwatched`);
  for (const api of [posthorn.api, apiOf(second.url, adminKey)]) await publish(api, orgId);
  const delivered = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.delivered`;
  await until(async () => (await posthorn.api.get(delivered)).rows.length === 2, "both delivered");
  await new Promise((resolve) => setTimeout(resolve, limits.liveFlushMs * 2));
  // Ignores the payload "?": a node sends it when it starts to listen, to ask whether anybody is
  // watching.
  expect(heard.filter(({ payload }) => payload !== "?")).toEqual([]);
});

test("a viewer sees every node's attempts for their org, and none of another's", async () => {
  const mine = await subscribe(posthorn, `${receiver.url}/mine`);
  const other = await subscribe(posthorn, `${receiver.url}/other`);
  const viewer = await watch(posthorn.service.url, await keyFor(mine.orgId, "read"));
  const stranger = await watch(posthorn.service.url, await keyFor(posthorn.newOrg(), "manage"));
  const operator = await watch(second.url, adminKey);
  expect(heard.map(({ channel }) => channel)).toContain("posthorn_watched");
  // The second node learns through a notification that there are viewers. That takes a moment.
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

test("a failed attempt is reported with its error and the next attempt's time", async () => {
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

test("an attempt that ends while its node stops is reported, too", async () => {
  let answer = (): void => {};
  const slow = await startReceiver((response) => {
    answer = () => void response.writeHead(200).end();
  });
  const third = await posthorn.startSecondNode();
  const { orgId, endpointId } = await subscribe(posthorn, slow.url, {
    events: ["scan.completed"],
  });
  const viewer = await watch(posthorn.service.url, adminKey, `?org_id=${orgId}`);
  // Waits until the third node, which has just started to listen, knows about the viewer.
  const probe = await startReceiver();
  const probed = await subscribe(posthorn, probe.url, {
    org_id: orgId,
    events: ["mission.assigned"],
  });
  await until(async () => {
    await publish(apiOf(third.url, adminKey), orgId, {
      event_type: "mission.assigned",
      data: { mission_id: "m-1" },
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return viewer.batches.length > 0;
  }, "the third node to tell");
  await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${probed.endpointId}`);
  await publish(apiOf(third.url, adminKey), orgId);
  await slow.waitFor(1);
  const closed = third.close();
  await until(
    () =>
      fetch(third.url)
        .then(() => false)
        .catch(() => true),
    "its end of taking requests",
  );
  answer();
  await closed;
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  await until(
    () =>
      viewer.batches.some(({ deliveries }) =>
        deliveries.some((each) => each.endpoint_id === endpointId),
      ),
    "the attempt",
  );
  viewer.stop();
  await slow.close();
  await probe.close();
});

describe("the stream rejects", () => {
  test("a key that may only publish, a missing key, another org's key, and an unknown org", async () => {
    const publisher = posthorn.apiWith(await keyFor(posthorn.newOrg(), "publish"));
    expect(await publisher.get(path)).toMatchObject({ status: 403, json: { code: "42501" } });
    expect((await posthorn.apiWith("").get(path)).status).toBe(401);
    const reader = posthorn.apiWith(await keyFor(posthorn.newOrg(), "read"));
    expect(await reader.get(`${path}?org_id=${posthorn.newOrg()}`)).toMatchObject({
      status: 404,
      json: { code: "PH_NOT_FOUND" },
    });
    expect(await posthorn.api.get(`${path}?org_id=%07`)).toMatchObject({
      status: 400,
      json: { code: "PH_ID_INVALID" },
    });
    expect((await posthorn.api.request("HEAD", path)).status).toBe(404);
  });

  test("an org has a maximum of streams, and other orgs can still open theirs", async () => {
    const key = await keyFor(posthorn.newOrg(), "read");
    const { url } = posthorn.service;
    const streams = await Promise.all(
      Array.from({ length: limits.streamsPerOrgMax }, () => watch(url, key)),
    );
    const refused = await posthorn.apiWith(key).get(path);
    expect(refused).toMatchObject({ status: 503, json: { code: "PH_TOO_MANY_STREAMS" } });
    expect(refused.headers.get("retry-after")).toBe("10");
    const other = await watch(url, await keyFor(posthorn.newOrg(), "read"));
    streams[0]?.stop();
    await until(async () => {
      const controller = new AbortController();
      const init = { headers: { apikey: key }, signal: controller.signal };
      const { status } = await fetch(url + path, init);
      controller.abort();
      return status === 200;
    }, "room again");
    for (const each of [...streams, other]) each.stop();
  });
});

test("a client that does not read is dropped, and the others still get updates", async () => {
  const floodedOrg = posthorn.newOrg();
  const quietOrg = posthorn.newOrg();
  const { hostname, port } = new URL(posthorn.service.url);
  const quiet = await watch(posthorn.service.url, adminKey, `?org_id=${quietOrg}`);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(
    `GET ${path}?org_id=${floodedOrg} HTTP/1.1\r\nhost: x\r\napikey: ${adminKey}\r\n\r\n`,
  );
  let bytes = 0;
  socket.on("data", (chunk) => (bytes += chunk.length));
  socket.on("error", () => {});
  const ended = new Promise((resolve) => socket.once("close", resolve));
  await until(() => bytes > 0, "the stream's hello");
  socket.pause();
  // Sends more data than the socket buffers of both sides can hold, as notifications that look like
  // a node's.
  const notifications = 4_000;
  const chars = 7_500;
  const notify = `select pg_notify('posthorn_live', json_build_object(
      'deliveries', json_build_array(
        json_build_object('org_id', $1::text, 'event_id', n, 'error', repeat('x', $3))),
      'more', json_build_array())::text)
    from generate_series(1, $2) as n`;
  await database.query("unlisten posthorn_live");
  await database.query(notify, [floodedOrg, notifications, chars]);
  await database.query(notify, [quietOrg, 1, 1]);
  await until(() => quiet.batches.length === 1, "the last of them", 15_000);
  socket.resume();
  await ended;
  expect(bytes).toBeLessThan(notifications * chars);
  expect(quiet.isOver).toBe(false);
  quiet.stop();
});

test("a service that stops ends its streams immediately, even if a client does not read", async () => {
  const own = await startTestService({ environment: { POSTHORN_DRAIN: "40s" } });
  const viewer = await watch(own.service.url, adminKey);
  const { hostname, port } = new URL(own.service.url);
  const sleeping = await new Promise<{ closed: Promise<unknown> }>((resolve, reject) => {
    const options = { host: hostname, port, path, headers: { apikey: adminKey } };
    get(options, (response) => {
      response.on("error", () => {});
      resolve({ closed: new Promise((close) => response.socket.once("close", close)) });
    }).once("error", reject);
  });
  const startedMs = performance.now();
  await own.close();
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  await until(() => viewer.isOver, "the stream's end");
  await sleeping.closed;
});
