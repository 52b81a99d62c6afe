/** The statistics behind the charts and the operator's overview. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { expireStatistics, writeStatistics } from "../../src/observe/statistics-table.ts";
import { durationBoundsMs, Statistics, type Count } from "../../src/observe/statistics.ts";
import { overview } from "../../src/registry/health.ts";
import type { Service } from "../../src/service/compose.ts";
import { deliveredAttempt } from "../support/observed-attempt.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let second: Service;
let good: Receiver;
let bad: Receiver;
let orgId: string;
let goodId: string;
let badId: string;

/** One node handles two events, the other node one. Each event that fails is retried once. */
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,20ms" } });
  second = await posthorn.startSecondNode();
  good = await startReceiver();
  bad = await startReceiver(answerStatus(500));
  ({ orgId, endpointId: goodId } = await subscribe(posthorn, `${good.url}/good`));
  ({ endpointId: badId } = await subscribe(posthorn, `${bad.url}/bad`, { org_id: orgId }));
  await publish(posthorn.api, orgId);
  await publish(posthorn.api, orgId);
  await publish(apiOf(second.url, adminKey), orgId);
  const failed = `/rest/v1/webhook_deliveries?endpoint_id=eq.${badId}&status=eq.failed`;
  await until(async () => (await posthorn.api.get(failed)).rows.length === 3, "dead letters");
  await until(async () => (await sums({ org_id: orgId })).attempts === 9, "them counted", 15_000);
});

afterAll(async () => {
  await second.close();
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

describe("delivery_statistics", () => {
  test("counts the attempts of all nodes, by the minute and by the hour", async () => {
    const ofAll = { attempts: 9, delivered: 3, failed: 6, dead: 3 };
    expect(await sums({ org_id: orgId })).toMatchObject(ofAll);
    expect(await sums({})).toMatchObject(ofAll);
    const ofGood = { attempts: 3, delivered: 3, failed: 0, dead: 0 };
    expect(await sums({ endpoint_id: goodId })).toMatchObject(ofGood);
    expect(await sums({ endpoint_id: goodId, org_id: orgId })).toMatchObject(ofGood);
    const hours = await sums({ endpoint_id: badId, resolution_seconds: 3_600 });
    expect(hours).toMatchObject({ attempts: 6, delivered: 0, failed: 6, dead: 3 });
    expect(hours.points).toBeLessThanOrEqual(7);
    const day = await sums({ since: new Date(Date.now() - 86_400_000).toISOString() });
    expect(day.points).toBeLessThanOrEqual(25);
    expect(day).toMatchObject(ofAll);
  });

  test("returns their durations, and null where there were none", async () => {
    const { rows } = await sums({ org_id: orgId });
    const point = rows.find((row) => Number(row["attempts"]) > 0);
    expect(Number(point?.["p50_ms"])).toBeGreaterThan(0);
    expect(Number(point?.["p99_ms"])).toBeGreaterThanOrEqual(Number(point?.["p50_ms"]));
    const empty = rows.find((row) => row["attempts"] === 0);
    expect(empty).toMatchObject({ delivered: 0, p50_ms: null, p95_ms: null, p99_ms: null });
    const times = rows.map((row) => Date.parse(String(row["at"])));
    const steps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(new Set(steps)).toEqual(new Set([60_000]));
  });

  test("returns at most 1,000 points, and only at the two resolutions", async () => {
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
});

test("endpoint_health: failing ones first, then those turned off automatically, then the rest", async () => {
  const idle = await subscribe(posthorn, `${good.url}/idle`, { org_id: orgId });
  const gone = await subscribe(posthorn, `${good.url}/gone`, { org_id: orgId });
  await posthorn.service.pool.query(
    "update posthorn.endpoints set is_active = false, inactive_reason = 'gone' where id = $1",
    [gone.endpointId],
  );
  for (const given of [{}, { org_id: orgId }]) {
    const { rows } = await posthorn.api.post("/rest/v1/rpc/endpoint_health", given);
    expect(rows.map((row) => row["endpoint_id"])).toEqual([
      badId,
      gone.endpointId,
      ...[goodId, idle.endpointId].toSorted(),
    ]);
    expect(rows[0]).toMatchObject({
      url: `${bad.url}/bad`,
      attempts: 6,
      failed_attempts: 6,
      dead_letters: 3,
      last_delivered_at: null,
      oldest_due_at: null,
    });
    expect(rows.find((row) => row["endpoint_id"] === goodId)).toMatchObject({
      attempts: 3,
      last_delivered_at: expect.any(String) as string,
      last_failed_at: null,
    });
  }
  const setDeletedAt = (at: Date | null) =>
    posthorn.service.pool.query("update posthorn.endpoints set deleted_at = $2 where id = $1", [
      badId,
      at,
    ]);
  await setDeletedAt(new Date());
  for (const minutes of [60, 1_440]) {
    const since = new Date(Date.now() - minutes * 60_000).toISOString();
    const { rows } = await posthorn.api.post("/rest/v1/rpc/endpoint_health", { since });
    expect(rows[0]).toMatchObject({ endpoint_id: badId, failed_attempts: 6 });
    expect(rows[0]?.["deleted_at"]).toEqual(expect.any(String));
  }
  await setDeletedAt(null);
  const early = new Date(Date.now() - limits.healthRangeMsMax - 60_000).toISOString();
  const refused = await posthorn.api.post("/rest/v1/rpc/endpoint_health", { since: early });
  expect(refused).toMatchObject({ status: 400, json: { code: "PH_FIELD_INVALID" } });
  const ids = [idle.endpointId, gone.endpointId].join(",");
  await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=in.(${ids})`);
});

test("overview counts due deliveries and dead letters, up to its limit", async () => {
  const ask = async (given: object) =>
    (await posthorn.api.post("/rest/v1/rpc/overview", given)).row;
  for (const given of [{}, { org_id: orgId }]) {
    expect(await ask(given)).toMatchObject({
      oldest_due_at: null,
      deliveries_due: 0,
      deliveries_due_is_bounded: false,
      dead_letters: 3,
      dead_letters_is_bounded: false,
      endpoints_active: 2,
      endpoints_inactive: 0,
      in_flight: 0,
    });
  }
  const nodes = async (): Promise<boolean> => (await ask({}))["nodes"] === 2;
  await until(nodes, "both nodes counted", limits.heartbeatMs * 2);
  const { pool } = posthorn.service;
  await pool.query(
    `update posthorn.deliveries
     set status = 'pending', failed_at = null, due_at = now() + interval '1 hour'
     where endpoint_id = $1`,
    [badId],
  );
  await pool.query("select posthorn.wake_endpoints(array[$1::uuid])", [badId]);
  const inAnHour = Date.now() + 3_600_000;
  for (const org of [null, orgId]) {
    const given = org === null ? {} : { org_id: org };
    expect(await ask(given)).toMatchObject({ dead_letters: 0, deliveries_due: 0 });
    const later = await overview(pool, { orgId: org, nowMs: inAnHour + 60_000 });
    expect(later).toMatchObject({ deliveries_due: 3, deliveries_due_is_bounded: false });
    expect(later.oldest_due_at?.getTime()).toBeLessThanOrEqual(inAnHour);
  }
  expect(await ask({ org_id: posthorn.newOrg() })).toMatchObject({
    oldest_due_at: null,
    deliveries_due: 0,
    endpoints_active: 0,
  });
});

test("an org's key sees its own numbers, and none of another's", async () => {
  const apiFor = async (org: string) => {
    const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: org, role: "read" });
    return posthorn.apiWith(String(row["key"]));
  };
  const attemptsOf = (rows: readonly Readonly<Record<string, unknown>>[]): number =>
    rows.reduce((sum, row) => sum + Number(row["attempts"]), 0);
  const own = await apiFor(orgId);
  expect((await own.post("/rest/v1/rpc/endpoint_health", {})).rows).toHaveLength(2);
  expect(attemptsOf((await own.post("/rest/v1/rpc/delivery_statistics", {})).rows)).toBe(9);
  expect((await own.post("/rest/v1/rpc/overview", {})).row).toMatchObject({ in_flight: null });
  const strange = await apiFor(posthorn.newOrg());
  expect((await strange.post("/rest/v1/rpc/endpoint_health", {})).rows).toEqual([]);
  for (const given of [{}, { endpoint_id: goodId }]) {
    const { rows } = await strange.post("/rest/v1/rpc/delivery_statistics", given);
    expect(attemptsOf(rows)).toBe(0);
  }
  for (const name of ["overview", "endpoint_health", "delivery_statistics"]) {
    const other = await strange.post(`/rest/v1/rpc/${name}`, { org_id: orgId });
    expect(other).toMatchObject({ status: 404, json: { code: "PH_NOT_FOUND" } });
  }
  const publisher = await posthorn.api.post("/rest/v1/api_keys", {
    org_id: orgId,
    role: "publish",
  });
  const answered = await posthorn
    .apiWith(String(publisher.row["key"]))
    .get("/rest/v1/rpc/overview");
  expect(answered).toMatchObject({ status: 403, json: { code: "42501" } });
});

test("erasing an org removes its numbers, also those that are written later", async () => {
  const { pool } = posthorn.service;
  const own = await subscribe(posthorn, `${good.url}/erased`);
  await pool.query("update posthorn.endpoints set failing_since = now() where id = $1", [
    own.endpointId,
  ]);
  await publish(posthorn.api, own.orgId);
  await deliveryWith(posthorn.api, `endpoint_id=eq.${own.endpointId}`, hasStatus("delivered"));
  const counted = async () => (await sums({ org_id: own.orgId })).attempts;
  await until(async () => (await counted()) === 1, "the attempt counted", 15_000);
  // A success ends the endpoint's failure streak only at the next check, which is up to a minute
  // away.
  const endpoint = await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${own.endpointId}`);
  expect(endpoint.row["failing_since"]).toBeNull();
  const total = (await sums({})).attempts;
  await posthorn.api.post("/rest/v1/rpc/erase_org", { org_id: own.orgId });
  const rows = async () => {
    const found = await pool.query("select from posthorn.delivery_statistics where org_id = $1", [
      own.orgId,
    ]);
    return found.rowCount;
  };
  const erasure = `/rest/v1/webhook_erasures?org_id=eq.${own.orgId}`;
  await until(
    async () => (await posthorn.api.get(erasure)).rows[0]?.["state"] === "done",
    "its end",
    10_000,
  );
  expect(await rows()).toBe(0);
  await writeStatistics(pool, [countOf(own.orgId, own.endpointId, Date.now())]);
  expect(await rows()).toBe(0);
  // The total of all orgs still contains the attempt. It reveals nothing about a single org.
  expect((await sums({})).attempts).toBe(total + 1);
});

function countOf(org: string, endpointId: string, atMs: number): Count {
  return {
    orgId: org,
    endpointId,
    minuteAtMs: atMs - (atMs % 60_000),
    attempts: 1,
    delivered: 1,
    failedAttempts: 0,
    deadLetters: 0,
    durations: Array.from({ length: durationBoundsMs.length + 1 }, () => 0).with(3, 1),
    longestMs: 4,
    lastDeliveredAtMs: atMs,
    lastFailedAtMs: null,
    failingSinceMs: null,
  };
}

/**
 * Sets of attempt durations in milliseconds: short ones, a receiver that times out, and a long
 * tail.
 */
const durationSets: readonly (readonly number[])[] = [
  Array.from({ length: 200 }, (_, index) => 1 + (index % 13)),
  Array.from({ length: 120 }, (_, index) => 10_001 + (index % 7)),
  Array.from({ length: 300 }, (_, index) => (index % 20 === 0 ? 20_004 : 30 + index)),
  Array.from({ length: 500 }, (_, index) => Math.round(2 * 1.019 ** index)),
  [15_163],
];

test("percentiles are those of the stored attempts, at most 10 % off, and never above them", async () => {
  const { pool } = posthorn.service;
  const firstAtMs = Date.parse("2026-01-01T00:00:00Z");
  await pool.query("select posthorn.make_partitions('2026-01-01', '2026-01-02')");
  const statistics = new Statistics({
    clock: { monotonicMs: () => 0 },
    write: (counts) => writeStatistics(pool, counts),
  });
  for (const [minute, durations] of durationSets.entries()) {
    const startedAtMs = firstAtMs + minute * 60_000;
    await pool.query(
      `insert into posthorn.attempts
         (delivery_id, number, endpoint_id, org_id, event_id, attempted_at, duration_ms, succeeded,
          trigger)
       select posthorn.uuid_v7($1), 1, $2, $3, posthorn.uuid_v7($1), $1, ms, true, 'schedule'
       from unnest($4::integer[]) as ms`,
      [new Date(startedAtMs), goodId, orgId, durations],
    );
    for (const durationMs of durations) {
      const given = { orgId, endpointId: goodId, startedAtMs, durationMs };
      statistics.observer.attempted(deliveredAttempt(given));
    }
  }
  await statistics.flush();
  const { rows: truth } = await pool.query<Record<string, number>>(
    `select percentile_disc(0.5) within group (order by duration_ms) as p50_ms,
            percentile_disc(0.95) within group (order by duration_ms) as p95_ms,
            percentile_disc(0.99) within group (order by duration_ms) as p99_ms,
            max(duration_ms) as longest_ms
     from posthorn.attempts
     where endpoint_id = $1 and attempted_at between $2 and $3
     group by attempted_at order by attempted_at`,
    [goodId, new Date(firstAtMs), new Date(firstAtMs + 3_600_000)],
  );
  const { rows } = await sums({
    endpoint_id: goodId,
    since: new Date(firstAtMs).toISOString(),
    until: new Date(firstAtMs + durationSets.length * 60_000).toISOString(),
  });
  expect(rows).toHaveLength(truth.length);
  for (const [index, row] of rows.entries()) {
    for (const name of ["p50_ms", "p95_ms", "p99_ms"]) {
      const expected = Number(truth[index]?.[name]);
      const told = Number(row[name]);
      expect(Math.abs(told - expected) / expected, `${name} ${expected}`).toBeLessThanOrEqual(0.1);
      expect(told).toBeLessThanOrEqual(Number(truth[index]?.["longest_ms"]));
    }
  }
});

describe("the table", () => {
  /** Uses a time in 2020, at which nothing else is counted. */
  const atMs = Date.parse("2020-01-01T00:30:00Z");
  const since = new Date(atMs - 60_000).toISOString();
  const untilAt = new Date(atMs + 60_000).toISOString();

  test("nodes can write the same rows concurrently, and nothing is lost", async () => {
    const { pool } = posthorn.service;
    const endpoints = Array.from(
      { length: 300 },
      (_, index) => `00000000-0000-7000-8000-000000000${index.toString(16).padStart(3, "0")}`,
    );
    const counts = endpoints.map((endpointId) => countOf(orgId, endpointId, atMs));
    const rounds = 10;
    await Promise.all(
      [counts, counts.toReversed(), counts.toSorted(() => -1)].map(async (batch) => {
        for (let round = 0; round < rounds; round += 1) await writeStatistics(pool, batch);
      }),
    );
    const found = await sums({ org_id: orgId, since, until: untilAt });
    expect(found).toMatchObject({ points: 2, attempts: 300 * 3 * rounds });
    expect(found.rows[1]).toMatchObject({ p50_ms: 4, p99_ms: 4 });
  });

  test("keeps each resolution for its own period, and removes the rest batch by batch", async () => {
    const { pool } = posthorn.service;
    const count = async (): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::integer from posthorn.delivery_statistics where bucket_at < '2021-01-01'",
      );
      return rows[0]!.count;
    };
    await expireStatistics(pool, { 60: atMs, 3_600: atMs - 3_600_000 });
    const kept = await count();
    const old = Array.from({ length: limits.statisticsExpireBatchMax / 2 }, (_, index) =>
      countOf(orgId, goodId, atMs - 864_000_000 + index * 60_000),
    );
    await writeStatistics(pool, old);
    const hours = (await count()) - kept - old.length * 3;
    expect(hours).toBeGreaterThan(0);
    const minutesOnly = { 60: atMs, 3_600: atMs - 1e12 };
    expect(await expireStatistics(pool, minutesOnly)).toBe(old.length * 3);
    expect(await expireStatistics(pool, { 60: atMs, 3_600: atMs - 3_600_000 })).toBe(hours);
    expect(await count()).toBe(kept);
  });
});
