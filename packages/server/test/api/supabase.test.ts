/** Supabase's unmodified clients against the whole service: every builder that reads. */
import { PostgrestClient } from "@supabase/postgrest-js";
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type Row, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let client: PostgrestClient;
let orgId: string;

/** The three endpoints of one org, by description. */
const endpoints = {
  scans: { description: "scans", events: ["scan.completed", "scan.claimed"] },
  orders: { description: "all of it", events: null },
  claims: { description: "Claims", events: ["scan.claimed"], headers: { "X-Tenant": "t 1" } },
} as const;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s" } });
  receiver = await startReceiver(answerStatus(204));
  client = new PostgrestClient(`${posthorn.service.url}/rest/v1`, {
    headers: { apikey: adminKey },
  });
  orgId = posthorn.newOrg();
  for (const fields of Object.values(endpoints)) {
    await subscribe(posthorn, receiver.url, { org_id: orgId, ...fields });
  }
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

/** Starts a query that selects the org's endpoints. Tests add their filters. */
const chosen = () => client.from("webhook_endpoints").select("description").eq("org_id", orgId);

async function descriptions(
  query: PromiseLike<{ readonly data: unknown; readonly error: unknown }>,
): Promise<readonly unknown[]> {
  const { data, error } = await query;
  expect(error).toBeNull();
  return (data as readonly Row[]).map((row) => String(row["description"])).toSorted();
}

/** Node 20 has no WebSocket. supabase-js needs one even if it never opens a connection. */
function NoWebSocket(): never {
  throw new Error("Nothing here is realtime.");
}

const newEndpoint = (org: string = posthorn.newOrg()) => ({ org_id: org, url: receiver.url });

describe("filters", () => {
  const all = ["Claims", "all of it", "scans"];
  test.each([
    ["eq", () => chosen().eq("description", "scans"), ["scans"]],
    ["neq", () => chosen().neq("description", "scans"), ["Claims", "all of it"]],
    ["gt", () => chosen().gt("description", "all of it"), ["scans"]],
    ["gte", () => chosen().gte("in_flight_max", 1), all],
    ["lt", () => chosen().lt("in_flight_max", 1), []],
    ["lte", () => chosen().lte("created_at", "2999-01-01"), all],
    ["gte of a time before 1970", () => chosen().gte("created_at", "1960-01-01"), all],
    ["lt of infinity", () => chosen().lt("created_at", "infinity"), all],
    ["like", () => chosen().like("description", "%all%"), ["all of it"]],
    ["like with *", () => chosen().like("description", "sc*"), ["scans"]],
    ["ilike", () => chosen().ilike("description", "c%"), ["Claims"]],
    ["likeAllOf", () => chosen().likeAllOf("description", ["%a%", "s%"]), ["scans"]],
    ["likeAnyOf", () => chosen().likeAnyOf("description", ["a%", "s%"]), ["all of it", "scans"]],
    ["ilikeAllOf", () => chosen().ilikeAllOf("description", ["C%", "%S"]), ["Claims"]],
    ["ilikeAnyOf", () => chosen().ilikeAnyOf("description", ["c%", "z%"]), ["Claims"]],
    ["regexMatch", () => chosen().regexMatch("description", "^[a-z]+$"), ["scans"]],
    ["regexIMatch", () => chosen().regexIMatch("description", "^CLAIMS$"), ["Claims"]],
    ["is null", () => chosen().is("events", null), ["all of it"]],
    ["is true", () => chosen().is("is_active", true), all],
    ["isDistinct", () => chosen().isDistinct("inactive_reason", "x"), all],
    ["in", () => chosen().in("description", ["scans", "a,b", "Claims"]), ["Claims", "scans"]],
    ["in of nothing", () => chosen().in("description", []), []],
    ["notIn", () => chosen().notIn("description", ["scans"]), ["Claims", "all of it"]],
    ["contains", () => chosen().contains("events", ["scan.completed"]), ["scans"]],
    ["contains, JSON", () => chosen().contains("headers", { "X-Tenant": "t 1" }), ["Claims"]],
    ["containedBy", () => chosen().containedBy("events", ["scan.claimed", "x"]), ["Claims"]],
    ["overlaps", () => chosen().overlaps("events", ["scan.claimed"]), ["Claims", "scans"]],
    ["match", () => chosen().match({ description: "scans", contract: "cda" }), ["scans"]],
    ["not", () => chosen().not("events", "is", null), ["Claims", "scans"]],
    ["not in", () => chosen().not("description", "in", '("scans","Claims")'), ["all of it"]],
    ["or", () => chosen().or('description.eq."scans",events.is.null'), ["all of it", "scans"]],
    [
      "or of and",
      () => chosen().or("and(is_active.is.true,description.like.s*),not.and(events.not.is.null)"),
      ["all of it", "scans"],
    ],
    ["or with an array", () => chosen().or("events.cs.{scan.completed},id.is.null"), ["scans"]],
    ["filter", () => chosen().filter("headers->>X-Tenant", "eq", "t 1"), ["Claims"]],
    ["filter on JSON", () => chosen().filter("headers->X-Tenant", "eq", '"t 1"'), ["Claims"]],
  ] as const)("%s", async (_name, query, expected) => {
    expect(await descriptions(query())).toEqual(expected);
  });

  test("two filters on one column both apply", async () => {
    const query = chosen().gt("description", "a").lt("description", "b");
    expect(await descriptions(query)).toEqual(["all of it"]);
  });
});

describe("select", () => {
  test("aliases, JSON paths and casts", async () => {
    const { data, error } = await client
      .from("webhook_endpoints")
      .select(
        "what:description, headers->>X-Tenant, tenant:headers->X-Tenant, cap:in_flight_max::text",
      )
      .eq("org_id", orgId)
      .eq("description", "Claims")
      .single();
    expect(error).toBeNull();
    expect(data).toEqual({ what: "Claims", "X-Tenant": "t 1", tenant: "t 1", cap: "16" });
  });

  test("an alias may contain any character", async () => {
    const { data, error } = await client
      .from("webhook_endpoints")
      .select('"a.b ""c":description'.replace('""', String.raw`\"`))
      .eq("org_id", orgId)
      .eq("description", "scans");
    expect([error, data]).toEqual([null, [{ 'a.b "c': "scans" }]]);
  });

  test("order, limit, range, and nulls first", async () => {
    const ordered = () =>
      chosen().order("events", { ascending: true, nullsFirst: true }).order("description");
    const { data } = await ordered();
    expect(data?.map((row) => row.description)).toEqual(["all of it", "Claims", "scans"]);
    expect((await ordered().limit(1)).data).toEqual([{ description: "all of it" }]);
    expect((await ordered().range(1, 2)).data).toEqual([
      { description: "Claims" },
      { description: "scans" },
    ]);
    expect((await ordered().range(7, 9)).data).toEqual([]);
  });

  test("order by a value inside JSON", async () => {
    const { data, error } = await chosen()
      .order("headers->X-Tenant", { nullsFirst: false })
      .limit(1);
    expect([error, data]).toEqual([null, [{ description: "Claims" }]]);
  });

  test("single and maybeSingle", async () => {
    const one = await chosen().eq("description", "scans").single();
    expect(one.data).toEqual({ description: "scans" });
    const many = await chosen().single();
    expect([many.status, many.error?.code, many.error?.details]).toEqual([
      406,
      "PGRST116",
      "The result contains 3 rows",
    ]);
    const none = await chosen().eq("description", "none").maybeSingle();
    expect([none.error, none.data]).toEqual([null, null]);
    const tooMany = await chosen().maybeSingle();
    expect(tooMany.error?.code).toBe("PGRST116");
  });

  test("counts", async () => {
    const table = () => client.from("webhook_endpoints");
    const exact = await table().select("id", { count: "exact" }).eq("org_id", orgId).limit(2);
    expect([exact.status, exact.count, exact.data?.length]).toEqual([206, 3, 2]);
    const all = await table().select("id", { count: "exact" }).eq("org_id", orgId);
    expect([all.status, all.count]).toEqual([200, 3]);
    const head = await table().select("id", { count: "exact", head: true }).eq("org_id", orgId);
    expect([head.status, head.count, head.data]).toEqual([200, 3, null]);
    for (const count of ["planned", "estimated"] as const) {
      const guessed = await table().select("id", { count, head: true });
      expect(guessed.error).toBeNull();
      expect(guessed.count).toBeGreaterThan(0);
    }
    const past = await table().select("id", { count: "exact" }).eq("org_id", orgId).range(9, 10);
    expect([past.status, past.error?.code]).toEqual([416, "PGRST103"]);
  });
});

describe("rpc", () => {
  test("POST and GET of a function that only reads", async () => {
    const { orgId: org, endpointId } = await subscribe(posthorn, receiver.url);
    const eventId = await publish(posthorn.api, org);
    await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
    const posted = await client.rpc("explain", { event_id: eventId });
    expect(posted.error).toBeNull();
    expect(posted.data).toMatchObject([{ endpoint_id: endpointId }]);
    const got = await client.rpc("explain", { event_id: eventId }, { get: true });
    expect(got.data).toEqual(posted.data);
    const counted = await client.rpc("explain", { event_id: eventId }, { count: "exact" });
    expect(counted.count).toBe(1);
    const one = await client.rpc("explain", { event_id: eventId }).single();
    expect(one.data).toMatchObject({ endpoint_id: endpointId });
  });

  test("GET calls no function that writes, and unknown arguments are errors", async () => {
    const given = { endpoint_id: posthorn.newOrg() };
    const got = await client.rpc("send_test", given, { get: true });
    expect([got.status, got.error?.code]).toEqual([405, "PGRST101"]);
    const unknown = await client.rpc("send_test", { ...given, colour: "red" });
    expect([unknown.status, unknown.error?.code]).toEqual([404, "PGRST202"]);
    const undone = await client.rpc("send_test", given).rollback();
    expect([undone.status, undone.error?.code]).toEqual([400, "PGRST127"]);
    const filtered = await client.rpc("explain", { event_id: orgId }).eq("verdict", "sent");
    expect([filtered.status, filtered.error?.code]).toEqual([400, "PGRST127"]);
  });
});

describe("unsupported requests get PostgREST's errors", () => {
  const table = () => client.from("webhook_endpoints").select("*");
  test.each([
    ["geojson", () => table().geojson(), 406, "PGRST107"],
    ["explain", () => table().explain(), 406, "PGRST107"],
    ["textSearch", () => table().textSearch("description", "x"), 400, "PGRST127"],
    [
      "embedding",
      () => client.from("webhook_deliveries").select("id,webhook_endpoints(url)"),
      400,
      "PGRST200",
    ],
    ["aggregates", () => client.from("webhook_events").select("count()"), 400, "PGRST123"],
    ["an unknown table", () => client.from("webhook_endpoint").select(), 404, "PGRST205"],
    ["another schema", () => client.schema("private").from("x").select(), 404, "PGRST205"],
    [
      "another schema of a table",
      () => client.schema("private").from("webhook_orgs").select(),
      406,
      "PGRST106",
    ],
    ["order of an embedding", () => table().order("x", { referencedTable: "y" }), 400, "PGRST100"],
    ["a range operator", () => table().rangeGt("description", "[1,2)"), 400, "PGRST127"],
  ] as const)("%s", async (_name, query, status, code) => {
    const answered = await query();
    expect([answered.status, answered.error?.code]).toEqual([status, code]);
    expect(answered.data).toBeNull();
  });
});

describe("supabase-js", () => {
  const supabaseWith = (key: string) =>
    createClient(posthorn.service.url, key, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      realtime: { transport: NoWebSocket as never },
    });

  test("reads and writes with the key in its own header", async () => {
    const supabase = supabaseWith(adminKey);
    const { data, error, count } = await supabase
      .from("webhook_endpoints")
      .select("id,description", { count: "exact" })
      .eq("org_id", orgId)
      .order("created_at", { ascending: false })
      .limit(1)
      .single();
    expect(error).toBeNull();
    expect([data?.description, count]).toEqual(["Claims", 3]);
    const created = await supabase
      .from("webhook_endpoints")
      .insert(newEndpoint())
      .select()
      .single();
    expect([created.status, created.error]).toEqual([201, null]);
    const { id } = created.data as Row;
    const deleted = await supabase.from("webhook_endpoints").delete().eq("id", id);
    expect([deleted.status, deleted.error]).toEqual([204, null]);
  });

  test("gets an error for a wrong key", async () => {
    const refused = await supabaseWith("phk_wrong").from("webhook_endpoints").select();
    expect([refused.status, refused.error?.code]).toEqual([401, "PH_KEY_WRONG"]);
  });
});
