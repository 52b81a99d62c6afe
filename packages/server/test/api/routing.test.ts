/** Which endpoints get an event: the same over HTTP, from SQL, in replays and in explanations. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
  await receiver.close();
});

let orgId: string;
beforeEach(() => {
  orgId = posthorn.newOrg();
});

const endpoints = "/rest/v1/webhook_endpoints";
const events = "/rest/v1/webhook_events";

async function addTypes(rows: object): Promise<void> {
  const { status, text } = await posthorn.api.post("/rest/v1/webhook_event_types", rows);
  if (status !== 201) throw new Error(text);
}

async function addEndpoint(rules: object): Promise<string> {
  const fields = { org_id: orgId, url: receiver.url, ...rules };
  const { status, row, text } = await posthorn.api.post(endpoints, fields);
  if (status !== 201) throw new Error(text);
  return row.id;
}

interface Published {
  readonly type?: string;
  readonly data?: unknown;
  readonly channels?: readonly string[];
}

const sample = { scan_id: "s-1" };

async function publish({ type = "scan.completed", data = sample, channels }: Published) {
  const fields = { org_id: orgId, event_type: type, data, channels };
  const { status, row, text } = await posthorn.api.post(events, fields, representation);
  if (status !== 201) throw new Error(text);
  return row.id;
}

async function publishInSql({ type = "scan.completed", data = sample, channels }: Published) {
  const { rows } = await database.query<{ id: string }>(
    "select posthorn.publish($1::text, $2, $3, channels => $4) as id",
    [orgId, type, JSON.stringify(data), channels ?? null],
  );
  return rows[0]!.id;
}

const explain = async (eventId: string) =>
  (await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId })).rows;

/** The endpoints that got the event, by either path. */
async function targetsOf(published: Published): Promise<readonly string[]> {
  const sets: string[][] = [];
  for (const eventId of [await publish(published), await publishInSql(published)]) {
    const rows = (await explain(eventId)).filter((row) => row["delivery_id"] !== null);
    const { rows: stored } = await posthorn.api.get(`${events}?id=eq.${eventId}`);
    expect(stored[0]).toMatchObject({ endpoints_matched: rows.length });
    sets.push(rows.map((row) => String(row["endpoint_id"])).toSorted());
  }
  expect(sets[1]).toEqual(sets[0]);
  return sets[0]!;
}

/** Replays what the endpoint missed, and returns how many deliveries it got. */
async function replayMissed(endpointId: string): Promise<number> {
  const given = { endpoint_id: endpointId, status: "missed" };
  const counted = await posthorn.api.post("/rest/v1/rpc/replay", { ...given, dry_run: true });
  const { row } = await posthorn.api.post("/rest/v1/rpc/replay", given);
  let replayed = -1;
  await until(async () => {
    const { rows } = await posthorn.api.get(`/rest/v1/webhook_replays?id=eq.${row.id}`);
    replayed = Number(rows[0]?.["replayed"]);
    return rows[0]?.["state"] === "done";
  }, "the end of the replay");
  expect(counted.row["total"]).toBe(replayed);
  return replayed;
}

describe("channels", () => {
  test("narrow the endpoints of an event on both paths", async () => {
    const every = await addEndpoint({});
    const berlin = await addEndpoint({ channels: ["site:berlin", "site:rome"] });
    await addEndpoint({ channels: ["Site:Berlin"] });
    const channels = ["site:berlin", "site:oslo"];
    expect(await targetsOf({ channels })).toEqual([every, berlin].toSorted());
    expect(await targetsOf({})).toEqual([every]);
    expect(await targetsOf({ channels: [] })).toEqual([every]);
  });

  test("are explained as they were at the time of the event", async () => {
    const id = await addEndpoint({ channels: ["berlin"] });
    const withRome = await publish({ channels: ["rome"] });
    const without = await publish({});
    await posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { channels: null });
    const [first] = await explain(withRome);
    expect(first).toMatchObject({
      verdict: "filtered_by_channel",
      reason: "The event is on rome. At that time the endpoint only gets events on berlin.",
    });
    expect((await explain(without))[0]!["reason"]).toMatch(/^The event has no channels\. /);
  });

  test("decide which missed events a replay sends", async () => {
    const id = await addEndpoint({ channels: ["berlin"], is_active: false });
    await publish({ channels: ["berlin"] });
    await publishInSql({ channels: ["berlin"] });
    await publish({ channels: ["rome"] });
    await publish({});
    await posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { is_active: true });
    expect(await replayMissed(id)).toBe(2);
  });

  test("belong to the event, so another value is another event", async () => {
    const event = { org_id: orgId, event_type: "scan.completed", data: sample };
    const keyed = { ...event, idempotency_key: "k", channels: ["a", "b"], tags: ["x y", "z"] };
    expect((await posthorn.api.post(events, keyed)).status).toBe(201);
    const again = await posthorn.api.post(events, keyed);
    expect(again.headers.get("posthorn-duplicate")).toBe("true");
    expect((await posthorn.api.post(events, { ...keyed, tags: ["z"] })).status).toBe(422);
    expect((await posthorn.api.post(events, { ...keyed, channels: ["a"] })).status).toBe(422);
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
    await addTypes(rows);
  });

  test("choose the endpoints of an event on both paths", async () => {
    const all = await addEndpoint({ events: ["*"] });
    const routed = await addEndpoint({ events: ["routed.*"] });
    const billing = await addEndpoint({ events: ["@billing", "routed.one"] });
    const { rows } = await posthorn.api.get(`${endpoints}?id=eq.${billing}`);
    expect(rows[0]!["events"]).toEqual(["routed.one", "@billing"]);
    expect(await targetsOf({ type: "routed.one" })).toEqual([all, routed, billing].toSorted());
    expect(await targetsOf({ type: "routed.two" })).toEqual([all, routed, billing].toSorted());
    expect(await targetsOf({ type: "apart" })).toEqual([all, billing].toSorted());
    // A deprecated type is still delivered.
    expect(await targetsOf({ type: "routedly" })).toEqual([all]);
  });

  test("include no type that is hidden from the org", async () => {
    const all = await addEndpoint({ events: null });
    const routed = await addEndpoint({ events: ["routed.*"] });
    const hidden = { type: "routed.deep.three" };
    expect(await targetsOf(hidden)).toEqual([]);
    const [first] = await explain(await publish(hidden));
    expect(first).toMatchObject({ verdict: "type_hidden" });
    await expect(addEndpoint({ events: [hidden.type] })).rejects.toThrow("PH_EVENT_TYPE_UNKNOWN");
    await expect(addEndpoint({ events: ["routed.deep.*"] })).rejects.toThrow(
      "PH_EVENT_WILDCARD_UNMATCHED",
    );
    const fields = { org_id: orgId, name: "n", role: "manage" };
    const { row } = await posthorn.api.post("/rest/v1/api_keys", fields, representation);
    const own = posthorn.apiWith(String(row["key"]));
    const listed = async () =>
      (await own.get(`${types}?name=like.routed*&order=name`)).rows.map((each) => each["name"]);
    expect(await listed()).toEqual(["routed.one", "routed.two", "routedly"]);

    const org = `/rest/v1/webhook_orgs?id=eq.${orgId}`;
    await posthorn.api.request("PATCH", org, { feature_flags: ["alpha", "beta"] });
    expect(await listed()).toEqual(names.filter((name) => name !== "apart").toSorted());
    const named = await addEndpoint({ events: [hidden.type] });
    expect(await targetsOf(hidden)).toEqual([all, routed, named].toSorted());
    await posthorn.api.request("PATCH", org, { feature_flags: [] });
    expect(await targetsOf(hidden)).toEqual([named]);
    // The endpoint keeps what it has, and other changes to it are possible.
    const kept = { events: [hidden.type, "apart"] };
    const updated = await posthorn.api.request("PATCH", `${endpoints}?id=eq.${named}`, kept);
    expect(updated.status).toBe(204);
  });

  test("decide which missed events a replay sends", async () => {
    const id = await addEndpoint({ events: ["routed.*", "@billing"], is_active: false });
    await publish({ type: "routed.one" });
    await publish({ type: "apart" });
    await publish({ type: "routed.deep.three" });
    await publish({ type: "routedly" });
    await posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { is_active: true });
    expect(await replayMissed(id)).toBe(2);
  });

  test("are explained by what the endpoint subscribed to", async () => {
    await addEndpoint({ events: ["routed.one", "routed.*", "@billing"] });
    const [first] = await explain(await publish({ type: "routedly" }));
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
    const fields = { org_id: orgId, url: receiver.url, events: given };
    const { status, row } = await posthorn.api.post(endpoints, fields);
    expect({ status, code: row["code"] }).toEqual({ status: 400, code });
    expect(String(row["hint"])).toContain(hint);
  });

  test.each([
    ["group_name", "x".repeat(limits.channelCharsMax + 1)],
    ["group_name", "a b"],
    ["feature_flag", ""],
    ["is_deprecated", null],
  ])("a type with the %s %j is rejected", async (field, value) => {
    const { status } = await posthorn.api.post(types, { name: "refused", [field]: value });
    expect(status).toBe(400);
  });

  test("an org has up to the limit of feature flags", async () => {
    const flags = Array.from({ length: limits.featureFlagsMax }, (_, at) => `flag-${at}`);
    const orgs = "/rest/v1/webhook_orgs";
    expect((await posthorn.api.post(orgs, { id: orgId, feature_flags: flags })).status).toBe(201);
    const more = { feature_flags: [...flags, "one-more"] };
    const refused = await posthorn.api.request("PATCH", `${orgs}?id=eq.${orgId}`, more);
    expect({ status: refused.status, code: refused.row["code"] }).toEqual({
      status: 400,
      code: "PH_FIELD_INVALID",
    });
  });
});

describe("tags", () => {
  test("find events and orgs, and reach nobody", async () => {
    await addEndpoint({});
    const tags = ["import 42", 'quote" \\ {comma,}', "\u{1f4ef}"];
    const fields = { org_id: orgId, event_type: "scan.completed", data: sample, tags };
    const { row } = await posthorn.api.post(events, fields, representation);
    expect(row["tags"]).toEqual(tags);
    await database.query(
      "select posthorn.publish($1::text, 'scan.completed', '{\"scan_id\":\"2\"}', tags => $2)",
      [orgId, tags],
    );
    await publish({});
    const found = await posthorn.api.get(`${events}?org_id=eq.${orgId}&tags=cs.{"import 42"}`);
    expect(found.rows.map((each) => each["tags"])).toEqual([tags, tags]);
    expect((await posthorn.api.get(`${events}?org_id=eq.${orgId}&tags=cs.{x}`)).rows).toEqual([]);

    const orgs = "/rest/v1/webhook_orgs";
    const update = await posthorn.api.request("PATCH", `${orgs}?id=eq.${orgId}`, {
      tags: ["gold"],
    });
    expect(update.status).toBe(204);
    const gold = await posthorn.api.get(`${orgs}?tags=ov.{gold,silver}`);
    expect(gold.rows).toMatchObject([{ id: orgId, name: null, tags: ["gold"] }]);
    await posthorn.api.request("PATCH", `${orgs}?id=eq.${orgId}`, { name: "Acme" });
    const named = await posthorn.api.get(`${orgs}?id=eq.${orgId}`);
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
    const event = { org_id: orgId, event_type: "scan.completed", data: sample, ...fields };
    expect((await posthorn.api.post(events, event)).status).toBe(201);
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
    const event = { org_id: orgId, event_type: "scan.completed", data: sample, ...fields };
    const { status, row } = await posthorn.api.post(events, event);
    expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FIELD_INVALID" });
    await expect(inSql(fields)).rejects.toMatchObject({ code: "22023" });
  });

  test.each(refused.filter(([name]) => name.includes("channel")))(
    "an endpoint with %s is rejected",
    async (_, fields) => {
      const given = { org_id: orgId, url: receiver.url, ...fields };
      const { status, row } = await posthorn.api.post(endpoints, given);
      expect({ status, code: row["code"] }).toEqual({ status: 400, code: "PH_FIELD_INVALID" });
    },
  );

  test("an endpoint may have as many channels as allowed, and not an empty list", async () => {
    await addEndpoint({ channels: many(limits.channelsMax) });
    await expect(addEndpoint({ channels: [] })).rejects.toThrow("PH_FIELD_INVALID");
  });

  function inSql({ channels, tags }: { channels?: unknown; tags?: unknown }): Promise<unknown> {
    return database.query(
      `select posthorn.publish($1::text, 'scan.completed', '{"scan_id":"1"}',
         channels => $2::text[], tags => $3::text[])`,
      [orgId, channels ?? null, tags ?? null],
    );
  }
});
