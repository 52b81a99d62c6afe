/**
 * The whole pipeline: events arrive over real HTTP, a real PostgreSQL stores them, real receivers
 * get them.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, clockToleranceMs, startReceiver, until } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService({
    environment: { POSTHORN_RETRY_SCHEDULE: "0s,50ms,100ms,3s" },
  });
});
afterAll(() => posthorn.close());

describe("the receiver's instructions", () => {
  test("Retry-After delays the next attempt, up to the schedule's longest step", async () => {
    const receiver = await startReceiver((response, number) => {
      const headers = { "retry-after": number === 1 ? "1" : "3600" };
      response.writeHead(429, headers).end();
    });
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    await publish(posthorn.api, orgId);
    const filter = `endpoint_id=eq.${endpointId}`;
    await receiver.waitFor(1);
    const afterFirst = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 1);
    const firstRetryAtMs = Date.parse(String(afterFirst["next_retry_at"]));
    // The schedule's delay is 50 ms, but the receiver requests 1 s.
    expect(firstRetryAtMs - receiver.received[0]!.atMs).toBeGreaterThan(1_000 - clockToleranceMs);
    expect(firstRetryAtMs - Date.now()).toBeLessThan(1_500);
    const afterSecond = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 2);
    const secondRetryAtMs = Date.parse(String(afterSecond["next_retry_at"]));
    // The receiver requests an hour, but the schedule's longest delay is 3 s.
    expect(secondRetryAtMs - receiver.received[1]!.atMs).toBeGreaterThan(2_500);
    expect(secondRetryAtMs - Date.now()).toBeLessThan(3_600);
    await receiver.close();
  });

  test("410 turns the endpoint off, says why, and keeps its deliveries pending", async () => {
    const receiver = await startReceiver(answerStatus(410));
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const eventId = await publish(posthorn.api, orgId);
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    await until(async () => (await posthorn.api.get(path)).row["is_active"] === false, "it is off");
    expect((await posthorn.api.get(path)).row["inactive_reason"]).toContain("410");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(receiver.received).toHaveLength(1);
    const explained = await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId });
    expect(explained.rows[0]).toMatchObject({ verdict: "held" });
    await receiver.close();
  });
});

describe("an endpoint that is turned off and on", () => {
  test("holds its pending deliveries, and sends them when it is on again", async () => {
    const receiver = await startReceiver(answerStatus(500));
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    await publish(posthorn.api, orgId);
    await receiver.waitFor(1);
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    await posthorn.api.request("PATCH", path, { is_active: false });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const heldAt = receiver.received.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(receiver.received.length).toBe(heldAt);
    receiver.answerWith(answerStatus(200));
    await posthorn.api.request("PATCH", path, { is_active: true });
    await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
    await receiver.close();
  });
});

test("pending deliveries of a deleted endpoint are cancelled", async () => {
  const receiver = await startReceiver(answerStatus(500));
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  await receiver.waitFor(1);
  const gone = await posthorn.api.request(
    "DELETE",
    `/rest/v1/webhook_endpoints?id=eq.${endpointId}`,
  );
  expect(gone.status).toBe(204);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("cancelled"), 10_000);
  const { rows } = await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
  expect(rows).toHaveLength(0);
  await receiver.close();
});

test("an endpoint never has more concurrent attempts than its limit", async () => {
  let open = 0;
  let openMax = 0;
  const receiver = await startReceiver((response) => {
    open += 1;
    openMax = Math.max(openMax, open);
    setTimeout(() => {
      open -= 1;
      response.writeHead(200).end();
    }, 20);
  });
  const { orgId } = await subscribe(posthorn, receiver.url, { in_flight_max: 3 });
  await Promise.all(Array.from({ length: 30 }, () => publish(posthorn.api, orgId)));
  await receiver.waitFor(30, 10_000);
  expect(openMax).toBe(3);
  await receiver.close();
});

test("an endpoint's rate limit holds, and delays no other endpoint", async () => {
  const limited = await startReceiver();
  const free = await startReceiver();
  const { orgId } = await subscribe(posthorn, limited.url, { rate_per_second: 20 });
  await subscribe(posthorn, free.url, { org_id: orgId });
  await Promise.all(Array.from({ length: 40 }, () => publish(posthorn.api, orgId)));
  await free.waitFor(40, 10_000);
  expect(limited.received.length).toBeLessThan(40);
  await limited.waitFor(40, 10_000);
  const tookMs = limited.received.at(-1)!.atMs - limited.received[0]!.atMs;
  // 40 attempts have 39 intervals of 50 ms. The rate limit allows a burst of one or two attempts.
  expect(tookMs).toBeGreaterThan(1_800);
  await Promise.all([limited.close(), free.close()]);
});

test("an endpoint that hangs does not delay its neighbours", async () => {
  const hanging = await startReceiver(() => {});
  const healthy = await startReceiver();
  const { orgId } = await subscribe(posthorn, hanging.url);
  await subscribe(posthorn, healthy.url, { org_id: orgId });
  await Promise.all(Array.from({ length: 60 }, () => publish(posthorn.api, orgId)));
  await healthy.waitFor(60, 20_000);
  // All 16 arrive before the first one times out after 10 s. After that a 17th would arrive.
  expect(hanging.received).toHaveLength(limits.endpointInFlightDefault);
  await Promise.all([hanging.close(), healthy.close()]);
});

test("hundreds of endpoints of an org each get an event once", async () => {
  const receiver = await startReceiver();
  const orgId = posthorn.newOrg();
  const endpoints = Array.from({ length: 300 }, (_, index) => ({
    org_id: orgId,
    url: `${receiver.url}/${index}`,
  }));
  // Creates 50 endpoints per request, because the duration of one request is limited.
  for (let from = 0; from < 300; from += 50) {
    const some = endpoints.slice(from, from + 50);
    const created = await posthorn.api.post("/rest/v1/webhook_endpoints", some);
    expect(created.rows).toHaveLength(50);
  }
  await publish(posthorn.api, orgId);
  await receiver.waitFor(300);
  expect(new Set(receiver.received.map((each) => each.path)).size).toBe(300);
  await receiver.close();
});

test("data arrives byte for byte as it was published", async () => {
  const receiver = await startReceiver();
  const { orgId } = await subscribe(posthorn, receiver.url, { contract: "svix" });
  const data =
    '{"scan_id": "s",\n "big": 12345678901234567890, "b":1, "a":2, "exact":1.10, "s":"\\u00e9☃"}';
  const body = `{"event_type":"scan.completed","data":${data},"org_id":"${orgId}"}`;
  const published = await posthorn.api.post("/rest/v1/webhook_events", body);
  expect(published.status).toBe(201);
  const [first] = await receiver.waitFor(1);
  expect(first!.body).toBe(data);
  await receiver.close();
});

test("the listed payload is the sent body, for every contract", async () => {
  const receiver = await startReceiver();
  for (const contract of ["cda", "cadana", "svix", "standard"]) {
    const { orgId } = await subscribe(posthorn, `${receiver.url}/${contract}`, { contract });
    await publish(posthorn.api, orgId, {
      data: { scan_id: 'quotes " and \\ and\nlines \u0007 ☃', n: 1.5 },
      timestamp: "2026-03-22T12:00:00.250Z",
    });
    await until(() => receiver.received.some((each) => each.path === `/${contract}`), contract);
    const sent = receiver.received.find((each) => each.path === `/${contract}`)!.body;
    const { text } = await posthorn.api.get(
      `/rest/v1/webhook_deliveries?org_id=eq.${orgId}&select=payload`,
      { accept: "application/vnd.pgrst.object+json" },
    );
    expect(text).toBe(`{"payload":${sent}}`);
  }
  await receiver.close();
});
