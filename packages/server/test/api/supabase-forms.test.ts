/** Supabase's client requests rows as CSV and rows without null values. */
import { PostgrestClient } from "@supabase/postgrest-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let client: PostgrestClient;
let orgId: string;
const data = '{"n":12345678901234567890,"none":null,"list":[null,{"a":null}]}';

beforeAll(async () => {
  posthorn = await startTestService();
  const url = `${posthorn.service.url}/rest/v1`;
  client = new PostgrestClient(url, { headers: { apikey: posthorn.api.key } });
  await posthorn.api.post("/rest/v1/webhook_event_types", {
    name: "any.data",
    description: "Any.",
  });
  ({ orgId } = await subscribe(posthorn, "http://127.0.0.1:9/", { description: "" }));
  const event = `{"org_id":"${orgId}","event_type":"any.data","data":${data}}`;
  const { status } = await posthorn.api.post("/rest/v1/webhook_events", event);
  if (status !== 201) throw new Error(`Publishing was answered ${status}`);
});
afterAll(() => posthorn.close());

const events = () => client.from("webhook_events");

test("csv() of a table has a line of names, and values as they are stored", async () => {
  const { data: text, status } = await events()
    .select("event_type,idempotency_key,data")
    .eq("org_id", orgId)
    .csv();
  expect(status).toBe(200);
  expect(text).toBe(
    `event_type,idempotency_key,data\r\nany.data,,"${data.replaceAll('"', '""')}"\r\n`,
  );
  const none = await events().select("id,type:event_type").eq("org_id", posthorn.newOrg()).csv();
  expect(none.data).toBe("id,type\r\n");
});

test("csv() of what was written, and of a function's rows", async () => {
  const inserted = await events()
    .insert({ org_id: orgId, event_type: "any.data", data: 1 })
    .select("data,event_type")
    .csv();
  expect([inserted.status, inserted.data]).toEqual([201, "data,event_type\r\n1,any.data\r\n"]);
  const health = await client.rpc("endpoint_health", { org_id: orgId }).csv();
  expect(String(health.data).split("\r\n")[0]).toMatch(/^endpoint_id,org_id,url,/);
  const overview = await client.rpc("overview", { org_id: orgId }).csv();
  expect(String(overview.data).split("\r\n")).toHaveLength(3);
});

test("stripNulls() leaves out what is null, at every depth, and keeps numbers exact", async () => {
  const eventId = await publish(posthorn.api, orgId, {
    event_type: "any.data",
    data: { none: null, list: [null, { a: null }] },
  });
  const asked = () => events().select("id,idempotency_key,data").eq("id", eventId);
  const stripped = { id: eventId, data: { list: [null, {}] } };
  expect((await asked().stripNulls()).data).toEqual([stripped]);
  expect((await asked().stripNulls().single()).data).toEqual(stripped);
  expect((await asked().stripNulls().maybeSingle()).data).toEqual(stripped);
  const { headers, text } = await posthorn.api.get(
    `/rest/v1/webhook_events?select=data&org_id=eq.${orgId}&order=id&limit=1`,
    { accept: "application/vnd.pgrst.array+json;nulls=stripped" },
  );
  expect(text).toBe('[{"data":{"n":12345678901234567890,"list":[null,{}]}}]');
  expect(headers.get("content-type")).toBe(
    "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
  );
});

test("stripNulls() of a change and of a function's object", async () => {
  const changed = await client
    .from("webhook_endpoints")
    .update({ description: "changed" })
    .eq("org_id", orgId)
    .select("description,inactive_reason")
    .stripNulls();
  expect(changed.data).toEqual([{ description: "changed" }]);
  const { data: overview } = await client.rpc("overview", { org_id: orgId }).stripNulls();
  expect(Object.values(overview as object)).not.toContain(null);
});
