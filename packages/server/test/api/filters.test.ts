/** Filters on the data of events. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { endpoints, events, RoutingTester } from "../support/routing.ts";
import { until } from "../support/receiver.ts";

let on: RoutingTester;
beforeAll(async () => {
  on = await RoutingTester.start();
  await on.addTypes({ name: "filtered" });
});
afterAll(() => on.close());
beforeEach(() => {
  on.orgId = on.posthorn.newOrg();
});

describe("filters", () => {
  const filter = { order: { total: { $gt: 10 } }, country: { $in: ["DE", "AT"] } };
  const type = "filtered";
  const matching = { order: { total: 10.5 }, country: "AT" };

  test("choose the endpoints of an event on both paths", async () => {
    const all = await on.addEndpoint({});
    const filtered = await on.addEndpoint({ filter });
    expect(await on.targetsOf({ type, data: matching })).toEqual([all, filtered].toSorted());
    expect(await on.targetsOf({ type, data: { ...matching, country: "FR" } })).toEqual([all]);
    const { rows } = await on.posthorn.api.get(`${endpoints}?id=eq.${filtered}`);
    expect(rows[0]!["filter"]).toEqual(filter);
  });

  test("are explained as they were at the time of the event", async () => {
    const id = await on.addEndpoint({ filter });
    const eventId = await on.publish({ type, data: { ...matching, order: { total: 5 } } });
    const updated = await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, {
      filter: null,
    });
    expect(updated.status).toBe(204);
    const [first] = await on.explain(eventId);
    expect(first).toMatchObject({
      verdict: "filtered_by_data",
      reason: "Filtered by the filter of that time: data.order.total is 5, the filter wants > 10.",
    });
    expect(await on.targetsOf({ type, data: { order: 1 } })).toEqual([id]);
  });

  test("decide which missed events a replay sends", async () => {
    const id = await on.addEndpoint({ filter, is_active: false });
    await on.publish({ type, data: matching });
    await on.publishInSql({ type, data: matching });
    await on.publish({ type, data: { ...matching, order: { total: "11" } } });
    await on.publish({ type, data: 17 });
    await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { is_active: true });
    expect(await on.replayMissed(id)).toEqual({ counted: 2, replayed: 2 });
  });

  test("that are expensive are evaluated in the background", async () => {
    const values = Array.from({ length: limits.filterComparisonsMax }, (_, at) => at);
    const list = Array.from({ length: 40_000 }, () => 7);
    const hit = await on.addEndpoint({ filter: { list: { $in: values } } });
    await on.addEndpoint({ filter: { list: { $in: values.map((value) => value + 100) } } });
    const eventId = await on.publish({ type, data: { list } });
    await until(async () => {
      const { rows } = await on.posthorn.api.get(`${events}?id=eq.${eventId}`);
      return rows[0]?.["endpoints_pending"] === 0;
    }, "the end of the fan-out");
    const rows = await on.explain(eventId);
    const sent = rows.filter((row) => row["delivery_id"] !== null);
    expect(sent.map((row) => row["endpoint_id"])).toEqual([hit]);
    // Beyond `limits.filterExplainedCharsMax`, the reason is not exact.
    const other = rows.find((row) => row["delivery_id"] === null);
    expect(other).toMatchObject({
      verdict: "filtered_by_data",
      reason: "Filtered by the filter of that time: the data does not match.",
    });
    const { rows: stored } = await on.posthorn.api.get(`${events}?id=eq.${eventId}`);
    expect(stored[0]).toMatchObject({ endpoints_matched: 1 });
  });

  test("from SQL are evaluated within the same bounds as over HTTP", async () => {
    const { rows } = await on.database.query<{ arguments: string }>(
      `select pg_get_function_arguments(oid) as arguments from pg_proc
       where proname = 'publish_batch'`,
    );
    const written = `filter_bytes_max bigint DEFAULT ${limits.filterBytesPerCommitMax}`;
    expect(rows[0]!.arguments).toContain(written);
  });

  const deep = (depth: number): object => (depth === 1 ? { a: 1 } : { $not: deep(depth - 1) });
  const oneOf = (count: number): object => ({ a: { $in: Array.from({ length: count }, () => 1) } });
  const long = (bytes: number): object => {
    const fill = Array.from({ length: 40 }, (_, at) => ({ [`f${at}`]: { $ne: "x".repeat(180) } }));
    const rest = bytes - JSON.stringify({ $and: fill, z: "" }).length;
    return { $and: fill, z: "y".repeat(Math.max(0, rest)) };
  };
  test.each<readonly [string, object]>([
    ["as deep as allowed", deep(limits.filterDepthMax - 1)],
    ["with as many values as allowed", oneOf(limits.filterComparisonsMax)],
    ["with the longest text", { a: "x".repeat(limits.filterTextCharsMax) }],
    ["with the most bytes", long(limits.filterBytesMax)],
  ])("%s are stored", async (_, given) => {
    await on.addEndpoint({ filter: given });
  });

  test.each<readonly [string, unknown, string]>([
    ["too deep", deep(limits.filterDepthMax), "nests deeper"],
    ["with a value too many", oneOf(limits.filterComparisonsMax + 1), "more than 50 values"],
    ["with a text that is too long", { a: "x".repeat(limits.filterTextCharsMax + 1) }, "filter.a"],
    ["with a byte too many", long(limits.filterBytesMax + 1), "8192 bytes"],
    ["that are no object", "text", "must be an object"],
    ["that are empty", {}, "match everything"],
    ["with an empty condition", { a: {} }, "filter.a"],
    ["with a list", { a: [1] }, "use $in"],
    ["with an unknown operator", { a: { $regex: "x" } }, "there is no operator $regex"],
    ["that compare with true", { a: { $gt: true } }, "filter.a.$gt"],
    ["that compare with null", { a: { $lt: null } }, "filter.a.$lt"],
    ["with an empty list", { a: { $in: [] } }, "not empty"],
    ["with a list of two types", { a: { $in: [1, "1"] } }, "same type"],
    ["with a list in a list", { a: { $in: [[1]] } }, "filter.a.$in[0]"],
    ["that look for a number in a text", { a: { $contains: 5 } }, "use $eq"],
    ["that look for an empty text", { a: { $startsWith: "" } }, "must be text"],
    ["with $exists and no boolean", { a: { $exists: 1 } }, "true or false"],
    ["with U+0000", { a: "\u0000" }, "U+0000"],
    ["with U+0000 in a name", { "\u0000": 1 }, "U+0000"],
    ["with half of a surrogate pair", { a: "\ud800" }, "surrogate"],
    ["with $or and no list", { $or: { a: 1 } }, "filter.$or"],
  ])("%s are rejected, and the error names the place", async (_, given, place) => {
    const fields = { org_id: on.orgId, url: on.receiver.url, filter: given };
    const { status, row } = await on.posthorn.api.post(endpoints, fields);
    expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FILTER_INVALID" });
    expect(String(row["message"])).toContain(place);
  });

  test.each([
    ["1".repeat(limits.filterNumberCharsMax), 201],
    ["1".repeat(limits.filterNumberCharsMax + 1), 400],
    ["1e308", 201],
    ["1e309", 400],
    ["1e-309", 400],
  ])("the number %s is answered with %i", async (number, expected) => {
    const url = JSON.stringify(on.receiver.url);
    const body = `{"org_id":"${on.orgId}","url":${url},"filter":{"a":{"$gt":${number}}}}`;
    expect((await on.posthorn.api.post(endpoints, body)).status).toBe(expected);
  });
});

describe("rpc/test_filter", () => {
  const call = (given: unknown) => on.posthorn.api.post("/rest/v1/rpc/test_filter", given);

  test.each<readonly [object, string, string | null]>([
    [{ amount: { $gt: 10 } }, '{"amount":11}', null],
    [{ amount: { $gt: 10 } }, '{"amount":5}', "data.amount is 5, the filter wants > 10"],
    [{ amount: { $gt: 10 } }, "{}", "data.amount is missing, the filter wants > 10"],
    [
      { amount: { $gt: 10 } },
      '{"amount":"5"}',
      'data.amount is "5", which cannot be compared with that; the filter wants > 10',
    ],
    [{ id: { $eq: "a" } }, '{"id":"b"}', 'data.id is "b", the filter wants "a"'],
    [{ id: { $ne: "a" } }, '{"id":"a"}', 'data.id is "a", the filter does not want "a"'],
    [{ "a.b": { $in: [1, 2] } }, '{"a":{"b":3}}', "data.a.b is 3, the filter wants one of 1, 2"],
    [
      { tags: { $startsWith: "x" } },
      '{"tags":["a","b"]}',
      'none of the 2 values of data.tags matches, the filter wants text that starts with "x"',
    ],
    [{ a: { $exists: false } }, '{"a":null}', "data.a exists, the filter wants it to be missing"],
    [
      { $or: [{ a: 1 }, { b: 2 }] },
      '{"a":2,"b":3}',
      "no alternative matches: data.a is 2, the filter wants 1; data.b is 3, the filter wants 2",
    ],
    [
      { a: 1 },
      '{"a":1,"b":"\\u0000"}',
      "the data contains U+0000, so no filter can be evaluated on it",
    ],
    [{ a: { $gt: 1 } }, '{"a":9007199254740993.5}', null],
  ])("%j with %s", async (given, dataJson, reason) => {
    const { row } = await call(`{"filter":${JSON.stringify(given)},"data":${dataJson}}`);
    expect(row).toEqual({ is_match: reason === null, reason });
  });

  test("evaluates in the database what takes long, and then gives no exact reason", async () => {
    const data = { list: Array.from({ length: 40_000 }, () => 7) };
    const values = Array.from({ length: limits.filterComparisonsMax }, (_, at) => at);
    expect(limits.filterExplainedCharsMax).toBeLessThan(40_000 * 2 * values.length);
    const hit = await call({ filter: { list: { $in: values } }, data });
    expect(hit.row).toEqual({ is_match: true, reason: null });
    const none = values.slice(1).map((value) => ({ other: value }));
    const miss = await call({ filter: { $or: none }, data });
    expect(miss.row).toEqual({ is_match: false, reason: "the data does not match" });
  });

  test("evaluates in the database what takes many steps on few characters", async () => {
    const alternatives = Array.from({ length: 8 }, (_, at) => ({ a: { $in: [`x${at}`] } }));
    const data = { a: Array.from({ length: 40_000 }, () => "b") };
    const { row } = await call({ filter: { $and: [{ $or: alternatives }] }, data });
    expect(row).toEqual({ is_match: false, reason: "the data does not match" });
  });

  test("uses the data of an event, over GET as well", async () => {
    const eventId = await on.publish({ type: "filtered", data: { amount: 5 } });
    const given = { filter: { amount: 5 }, event_id: eventId };
    expect((await call(given)).row).toEqual({ is_match: true, reason: null });
    const query = `filter=${encodeURIComponent('{"amount":6}')}&event_id=${eventId}`;
    const { row } = await on.posthorn.api.get(`/rest/v1/rpc/test_filter?${query}`);
    expect(row).toMatchObject({ is_match: false });
  });

  test("needs either data or an event, and a filter that can be used", async () => {
    const eventId = await on.publish({});
    const filter = { a: 1 };
    expect((await call({ filter })).row["code"]).toBe("PH_FIELD_INVALID");
    expect((await call({ filter, data: {}, event_id: eventId })).row["code"]).toBe(
      "PH_FIELD_INVALID",
    );
    expect((await call({ filter: { $a: 1 }, data: {} })).row["code"]).toBe("PH_FILTER_INVALID");
  });
});
