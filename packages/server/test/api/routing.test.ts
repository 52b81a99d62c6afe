/** Which endpoints get an event: the same over HTTP, from SQL, in replays and in explanations. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { endpoints, events, RoutingTester, sample } from "../support/routing.ts";
import { representation } from "../support/service.ts";

let on: RoutingTester;
beforeAll(async () => {
  on = await RoutingTester.start();
});
afterAll(() => on.close());
beforeEach(() => {
  on.orgId = on.posthorn.newOrg();
});

describe("channels", () => {
  test("narrow the endpoints of an event on both paths", async () => {
    const every = await on.addEndpoint({});
    const berlin = await on.addEndpoint({ channels: ["site:berlin", "site:rome"] });
    await on.addEndpoint({ channels: ["Site:Berlin"] });
    const channels = ["site:berlin", "site:oslo"];
    expect(await on.targetsOf({ channels })).toEqual([every, berlin].toSorted());
    expect(await on.targetsOf({})).toEqual([every]);
    expect(await on.targetsOf({ channels: [] })).toEqual([every]);
  });

  test("are explained as they were at the time of the event", async () => {
    const id = await on.addEndpoint({ channels: ["berlin"] });
    const withRome = await on.publish({ channels: ["rome"] });
    const without = await on.publish({});
    await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { channels: null });
    const [first] = await on.explain(withRome);
    expect(first).toMatchObject({
      verdict: "filtered_by_channel",
      reason: "The event is on rome. At that time the endpoint only gets events on berlin.",
    });
    expect((await on.explain(without))[0]!["reason"]).toMatch(/^The event has no channels\. /);
  });

  test("decide which missed events a replay sends", async () => {
    const id = await on.addEndpoint({ channels: ["berlin"], is_active: false });
    await on.publish({ channels: ["berlin"] });
    await on.publishInSql({ channels: ["berlin"] });
    await on.publish({ channels: ["rome"] });
    await on.publish({});
    await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { is_active: true });
    expect(await on.replayMissed(id)).toEqual({ counted: 2, replayed: 2 });
  });

  test("belong to the event, so another value is another event", async () => {
    const event = { org_id: on.orgId, event_type: "scan.completed", data: sample };
    const keyed = { ...event, idempotency_key: "k", channels: ["a", "b"], tags: ["x y", "z"] };
    expect((await on.posthorn.api.post(events, keyed)).status).toBe(201);
    const again = await on.posthorn.api.post(events, keyed);
    expect(again.headers.get("posthorn-duplicate")).toBe("true");
    expect((await on.posthorn.api.post(events, { ...keyed, tags: ["z"] })).status).toBe(422);
    expect((await on.posthorn.api.post(events, { ...keyed, channels: ["a"] })).status).toBe(422);
  });
});

describe("wildcards and groups", () => {
  const types = "/rest/v1/webhook_event_types";
  const names = ["routed.one", "routed.two", "routed.deep.three", "routedly", "apart"];
  beforeAll(async () => {
    const rows = names.map((name) => ({
      name,
      group_name: name === "apart" || name === "routed.two" ? "billing" : null,
      feature_flag: name === "routed.deep.three" ? "beta" : null,
      is_deprecated: name === "routedly",
    }));
    await on.addTypes(rows);
  });

  test("choose the endpoints of an event on both paths", async () => {
    const all = await on.addEndpoint({ events: ["*"] });
    const routed = await on.addEndpoint({ events: ["routed.*"] });
    const billing = await on.addEndpoint({ events: ["@billing", "routed.one"] });
    const { rows } = await on.posthorn.api.get(`${endpoints}?id=eq.${billing}`);
    expect(rows[0]!["events"]).toEqual(["routed.one", "@billing"]);
    expect(await on.targetsOf({ type: "routed.one" })).toEqual([all, routed, billing].toSorted());
    expect(await on.targetsOf({ type: "routed.two" })).toEqual([all, routed, billing].toSorted());
    expect(await on.targetsOf({ type: "apart" })).toEqual([all, billing].toSorted());
    // A deprecated type is still delivered.
    expect(await on.targetsOf({ type: "routedly" })).toEqual([all]);
  });

  test("include no type that is hidden from the org", async () => {
    const all = await on.addEndpoint({ events: null });
    const routed = await on.addEndpoint({ events: ["routed.*"] });
    const hidden = { type: "routed.deep.three" };
    expect(await on.targetsOf(hidden)).toEqual([]);
    const [first] = await on.explain(await on.publish(hidden));
    expect(first).toMatchObject({ verdict: "type_hidden" });
    await expect(on.addEndpoint({ events: [hidden.type] })).rejects.toThrow(
      "PH_EVENT_TYPE_UNKNOWN",
    );
    await expect(on.addEndpoint({ events: ["routed.deep.*"] })).rejects.toThrow(
      "PH_EVENT_WILDCARD_UNMATCHED",
    );
    const fields = { org_id: on.orgId, name: "n", role: "manage" };
    const { row } = await on.posthorn.api.post("/rest/v1/api_keys", fields, representation);
    const own = on.posthorn.apiWith(String(row["key"]));
    const listed = async () =>
      (await own.get(`${types}?name=like.routed*&order=name`)).rows.map((each) => each["name"]);
    expect(await listed()).toEqual(["routed.one", "routed.two", "routedly"]);

    const org = `/rest/v1/webhook_orgs?id=eq.${on.orgId}`;
    await on.posthorn.api.request("PATCH", org, { feature_flags: ["alpha", "beta"] });
    expect(await listed()).toEqual(names.filter((name) => name !== "apart").toSorted());
    const named = await on.addEndpoint({ events: [hidden.type] });
    expect(await on.targetsOf(hidden)).toEqual([all, routed, named].toSorted());
    await on.posthorn.api.request("PATCH", org, { feature_flags: [] });
    expect(await on.targetsOf(hidden)).toEqual([named]);
    const tried = { endpoint_id: named, event_type: hidden.type };
    const tested = await on.posthorn.api.post("/rest/v1/rpc/send_test", tried);
    expect(tested.row["code"]).toBe("PH_EVENT_TYPE_UNKNOWN");
    for (const text of ["@a\u0000", "\u0000"]) {
      await expect(on.addEndpoint({ events: [text] })).rejects.toThrow("PH_FIELD_INVALID");
    }
    // The endpoint keeps what it has, and other changes to it are possible.
    const kept = { events: [hidden.type, "apart"] };
    const updated = await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${named}`, kept);
    expect(updated.status).toBe(204);
  });

  test("decide which missed events a replay sends", async () => {
    const id = await on.addEndpoint({ events: ["routed.*", "@billing"], is_active: false });
    await on.publish({ type: "routed.one" });
    await on.publish({ type: "apart" });
    await on.publish({ type: "routed.deep.three" });
    await on.publish({ type: "routedly" });
    await on.posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { is_active: true });
    expect(await on.replayMissed(id)).toEqual({ counted: 2, replayed: 2 });
  });

  test("are explained by what the endpoint subscribed to", async () => {
    await on.addEndpoint({ events: ["routed.one", "routed.*", "@billing"] });
    const [first] = await on.explain(await on.publish({ type: "routedly" }));
    expect(first!["reason"]).toBe(
      "The endpoint did not subscribe to routedly at that time, only to routed.one, routed.*, " +
        "@billing.",
    );
  });

  test.each([
    [["routde.*"], "PH_EVENT_WILDCARD_UNMATCHED", "Did you mean routed.*?"],
    [["@biling"], "PH_EVENT_GROUP_UNKNOWN", "Did you mean @billing?"],
    [["@"], "PH_EVENT_GROUP_UNKNOWN", "shows the group of each event type"],
    [["rou*"], "PH_EVENT_WILDCARD_INVALID", "Use * for every type"],
    [["*.one"], "PH_EVENT_WILDCARD_INVALID", "Use * for every type"],
    [["routed.*.three"], "PH_EVENT_WILDCARD_INVALID", "Use * for every type"],
    [["routed.**"], "PH_EVENT_WILDCARD_INVALID", "Use * for every type"],
    [["*", "nowhere"], "PH_EVENT_TYPE_UNKNOWN", ""],
    [
      Array.from({ length: limits.eventTypesPerEndpointMax + 1 }, () => "*"),
      "PH_FIELD_INVALID",
      "",
    ],
  ])("%j is rejected with a hint", async (given, code, hint) => {
    const fields = { org_id: on.orgId, url: on.receiver.url, events: given };
    const { status, row } = await on.posthorn.api.post(endpoints, fields);
    expect({ status, code: row["code"] }).toEqual({ status: 400, code });
    expect(String(row["hint"])).toContain(hint);
  });

  test.each([
    ["group_name", "x".repeat(limits.channelCharsMax + 1)],
    ["group_name", "a b"],
    ["feature_flag", ""],
    ["is_deprecated", null],
  ])("a type with the %s %j is rejected", async (field, value) => {
    const { status } = await on.posthorn.api.post(types, { name: "refused", [field]: value });
    expect(status).toBe(400);
  });

  test("an org has up to the limit of feature flags", async () => {
    const flags = Array.from({ length: limits.featureFlagsMax }, (_, at) => `flag-${at}`);
    const orgs = "/rest/v1/webhook_orgs";
    expect((await on.posthorn.api.post(orgs, { id: on.orgId, feature_flags: flags })).status).toBe(
      201,
    );
    const more = { feature_flags: [...flags, "one-more"] };
    const refused = await on.posthorn.api.request("PATCH", `${orgs}?id=eq.${on.orgId}`, more);
    expect({ status: refused.status, code: refused.row["code"] }).toEqual({
      status: 400,
      code: "PH_FIELD_INVALID",
    });
  });
});

describe("tags", () => {
  test("find events and orgs, and reach nobody", async () => {
    await on.addEndpoint({});
    const tags = ["import 42", 'quote" \\ {comma,}', "\u{1f4ef}"];
    const fields = { org_id: on.orgId, event_type: "scan.completed", data: sample, tags };
    const { row } = await on.posthorn.api.post(events, fields, representation);
    expect(row["tags"]).toEqual(tags);
    await on.database.query(
      "select posthorn.publish($1::text, 'scan.completed', '{\"scan_id\":\"2\"}', tags => $2)",
      [on.orgId, tags],
    );
    await on.publish({});
    const found = await on.posthorn.api.get(
      `${events}?org_id=eq.${on.orgId}&tags=cs.{"import 42"}`,
    );
    expect(found.rows.map((each) => each["tags"])).toEqual([tags, tags]);
    expect((await on.posthorn.api.get(`${events}?org_id=eq.${on.orgId}&tags=cs.{x}`)).rows).toEqual(
      [],
    );

    const orgs = "/rest/v1/webhook_orgs";
    const update = await on.posthorn.api.request("PATCH", `${orgs}?id=eq.${on.orgId}`, {
      tags: ["gold"],
    });
    expect(update.status).toBe(204);
    const gold = await on.posthorn.api.get(`${orgs}?tags=ov.{gold,silver}`);
    expect(gold.rows).toMatchObject([{ id: on.orgId, name: null, tags: ["gold"] }]);
    await on.posthorn.api.request("PATCH", `${orgs}?id=eq.${on.orgId}`, { name: "Acme" });
    const named = await on.posthorn.api.get(`${orgs}?id=eq.${on.orgId}`);
    expect(named.rows).toMatchObject([{ name: "Acme", tags: ["gold"] }]);
  });
});

describe("at the limits", () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `c${at}`);

  test.each<readonly [string, object]>([
    ["as many channels as allowed", { channels: many(limits.channelsMax) }],
    [
      "the longest channel, of every character",
      { channels: ["aZ9_.:+-".padEnd(limits.channelCharsMax, "x")] },
    ],
    ["as many tags as allowed", { tags: many(limits.tagsMax) }],
    ["the longest tag", { tags: ["\u{1f4ef}".repeat(limits.tagCharsMax)] }],
  ])("an event with %s is stored on both paths", async (_, fields) => {
    const event = { org_id: on.orgId, event_type: "scan.completed", data: sample, ...fields };
    expect((await on.posthorn.api.post(events, event)).status).toBe(201);
    await inSql(fields);
  });

  const refused: readonly (readonly [string, object])[] = [
    ["one channel too many", { channels: many(limits.channelsMax + 1) }],
    ["a channel that is too long", { channels: ["x".repeat(limits.channelCharsMax + 1)] }],
    ["an empty channel", { channels: [""] }],
    ["a channel with a space", { channels: ["a b"] }],
    ["a channel that is null", { channels: [null] }],
    ["a channel that is a list", { channels: [["a"]] }],
    ["one tag too many", { tags: many(limits.tagsMax + 1) }],
    ["a tag that is too long", { tags: ["x".repeat(limits.tagCharsMax + 1)] }],
    ["an empty tag", { tags: [""] }],
    ["a tag with a control character", { tags: ["a\nb"] }],
    ["a tag that is null", { tags: [null] }],
  ];
  test.each(refused)("an event with %s is rejected on both paths", async (_, fields) => {
    const event = { org_id: on.orgId, event_type: "scan.completed", data: sample, ...fields };
    const { status, row } = await on.posthorn.api.post(events, event);
    expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FIELD_INVALID" });
    await expect(inSql(fields)).rejects.toMatchObject({ code: "22023" });
  });

  test.each(refused.filter(([name]) => name.includes("channel")))(
    "an endpoint with %s is rejected",
    async (_, fields) => {
      const given = { org_id: on.orgId, url: on.receiver.url, ...fields };
      const { status, row } = await on.posthorn.api.post(endpoints, given);
      expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FIELD_INVALID" });
    },
  );

  test("an endpoint may have as many channels as allowed, and not an empty list", async () => {
    await on.addEndpoint({ channels: many(limits.channelsMax) });
    await expect(on.addEndpoint({ channels: [] })).rejects.toThrow("PH_FIELD_INVALID");
  });

  function inSql({ channels, tags }: { channels?: unknown; tags?: unknown }): Promise<unknown> {
    return on.database.query(
      `select posthorn.publish($1::text, 'scan.completed', '{"scan_id":"1"}',
         channels => $2::text[], tags => $3::text[])`,
      [on.orgId, channels ?? null, tags ?? null],
    );
  }
});
