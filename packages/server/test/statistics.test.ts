/** Statistics: what the charts and the operator's first page are made of. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "./support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "./support/receiver.ts";
import { startTestService, type TestService } from "./support/service.ts";

let posthorn: TestService;
let good: Receiver;
let bad: Receiver;
let orgId: string;
let goodId: string;
let badId: string;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,20ms" } });
  good = await startReceiver();
  bad = await startReceiver(answerStatus(500));
  ({ orgId, endpointId: goodId } = await subscribe(posthorn, `${good.url}/good`));
  ({ endpointId: badId } = await subscribe(posthorn, `${bad.url}/bad`, { org_id: orgId }));
  for (let sent = 0; sent < 3; sent += 1) await publish(posthorn.api, orgId);
  await until(async () => {
    const { rows } = await posthorn.api.get(
      `/rest/v1/webhook_deliveries?endpoint_id=eq.${badId}&status=eq.failed`,
    );
    return rows.length === 3;
  }, "three dead letters");
  await until(async () => (await sums({ org_id: orgId })).attempts === 9, "them counted", 15_000);
});

afterAll(async () => {
  await posthorn.close();
  await good.close();
  await bad.close();
});

async function sums(given: Readonly<Record<string, unknown>>) {
  const { rows, text, status } = await posthorn.api.post("/rest/v1/rpc/delivery_statistics", given);
  expect(status, text).toBe(200);
  const sum = (name: string): number => rows.reduce((all, row) => all + Number(row[name]), 0);
  return {
    points: rows.length,
    attempts: sum("attempts"),
    delivered: sum("delivered"),
    failed: sum("failed_attempts"),
    dead: sum("dead_letters"),
    rows,
  };
}

test("attempts are counted by org and by endpoint, by the minute and by the hour", async () => {
  expect(await sums({ org_id: orgId })).toMatchObject({
    attempts: 9,
    delivered: 3,
    failed: 6,
    dead: 3,
  });
  expect(await sums({ endpoint_id: goodId })).toMatchObject({ attempts: 3, delivered: 3 });
  const hours = await sums({ endpoint_id: badId, resolution_seconds: 3_600 });
  expect(hours).toMatchObject({ attempts: 6, delivered: 0 });
  expect(hours.points).toBeLessThanOrEqual(7);
  const day = await sums({ since: new Date(Date.now() - 86_400_000).toISOString() });
  expect(day.points).toBeLessThanOrEqual(25);
  expect(day.attempts).toBe(9);
  const point = day.rows.find((row) => Number(row["attempts"]) > 0);
  expect(Number(point?.["p50_ms"])).toBeGreaterThan(0);
  expect(Number(point?.["p99_ms"])).toBeGreaterThanOrEqual(Number(point?.["p50_ms"]));
});

test("a range has at most a thousand points, and only the two resolutions", async () => {
  const untilAt = Date.parse("2026-01-02T00:00:00Z");
  const ask = (points: number) =>
    posthorn.api.post("/rest/v1/rpc/delivery_statistics", {
      resolution_seconds: 60,
      since: new Date(untilAt - points * 60_000).toISOString(),
      until: new Date(untilAt).toISOString(),
    });
  expect((await ask(1_000)).rows).toHaveLength(1_000);
  expect(await ask(1_001)).toMatchObject({ status: 400, json: { code: "PH_FIELD_INVALID" } });
  const other = await posthorn.api.post("/rest/v1/rpc/delivery_statistics", {
    resolution_seconds: 61,
  });
  expect(other).toMatchObject({ status: 400, json: { code: "PH_FIELD_INVALID" } });
});

test("the endpoint that fails comes first", async () => {
  const { rows } = await posthorn.api.post("/rest/v1/rpc/endpoint_health", {});
  expect(rows.map((row) => row["endpoint_id"])).toEqual([badId, goodId]);
  expect(rows[0]).toMatchObject({
    url: `${bad.url}/bad`,
    attempts: 6,
    failed_attempts: 6,
    dead_letters: 3,
    last_delivered_at: null,
  });
  expect(rows[1]?.["last_delivered_at"]).toBeTypeOf("string");
});

test("the overview counts what waits and what is dead, up to its bound", async () => {
  const { row } = await posthorn.api.post("/rest/v1/rpc/overview", {});
  expect(row).toMatchObject({
    oldest_due_at: null,
    deliveries_due: 0,
    dead_letters: 3,
    dead_letters_is_bounded: false,
    endpoints_active: 2,
    endpoints_inactive: 0,
    nodes: 1,
  });
  await posthorn.service.pool.query(
    `update posthorn.deliveries set status = 'pending', failed_at = null,
       due_at = now() - interval '1 hour', leased_until = now() + interval '1 hour'
     where endpoint_id = $1`,
    [badId],
  );
  const after = await posthorn.api.post("/rest/v1/rpc/overview", { org_id: orgId });
  expect(after.row).toMatchObject({ dead_letters: 0, deliveries_due: 3 });
  const dueMs = Date.now() - Date.parse(String(after.row["oldest_due_at"]));
  expect(dueMs).toBeGreaterThan(3_500_000);
});

test("an org's key sees its own numbers, and of another's only that there is nothing", async () => {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "read" });
  const api = posthorn.apiWith(String(row["key"]));
  const { rows } = await api.post("/rest/v1/rpc/endpoint_health", {});
  expect(rows).toHaveLength(2);
  const stranger = await posthorn.api.post("/rest/v1/api_keys", {
    org_id: posthorn.newOrg(),
    role: "read",
  });
  const strange = posthorn.apiWith(String(stranger.row["key"]));
  const health = await strange.post("/rest/v1/rpc/endpoint_health", {});
  expect(health.rows).toEqual([]);
  const statistics = await strange.post("/rest/v1/rpc/delivery_statistics", {
    endpoint_id: goodId,
  });
  expect(statistics.rows.every((each) => each["attempts"] === 0)).toBe(true);
  const other = await strange.post("/rest/v1/rpc/overview", { org_id: orgId });
  expect(other).toMatchObject({ status: 404, json: { code: "PH_NOT_FOUND" } });
});

test("what is written twice adds up, and erasing the org removes its numbers", async () => {
  const { pool } = posthorn.service;
  const own = await subscribe(posthorn, `${good.url}/erased`);
  const filter = `endpoint_id=eq.${own.endpointId}`;
  for (const attempts of [1, 2]) {
    await publish(posthorn.api, own.orgId);
    await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
    const counted = async () => (await sums({ org_id: own.orgId })).attempts;
    await until(async () => (await counted()) === attempts, `${attempts} attempts`, 15_000);
  }
  await posthorn.api.post("/rest/v1/rpc/erase_org", { org_id: own.orgId });
  await until(async () => {
    const { rows } = await pool.query(
      "select from posthorn.delivery_statistics where org_id = $1",
      [own.orgId],
    );
    return rows.length === 0;
  }, "its numbers erased");
});
