/** Names of event types as platforms write them, wherever the API names a type. */
import { readFileSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

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
  await receiver.close();
  await posthorn.close();
});

const types = "/rest/v1/webhook_event_types";
const allowed = [
  "orders/create",
  "repo:push",
  "Push Hook",
  "a.b/c:d e",
  "x-1_b",
  "x".repeat(limits.eventTypeNameCharsMax),
];
const forbidden = [
  "",
  " ",
  " a",
  "a ",
  "a  b",
  "a..b",
  ".a",
  "a/",
  "a\tb",
  "a\nb",
  "a\u00a0b",
  "é",
  "a,b",
  'a"b',
  "a(b)",
  "x".repeat(limits.eventTypeNameCharsMax + 1),
];

test.each(allowed)(
  "%j is created, subscribed to, published, filtered and deleted",
  async (name) => {
    const { api } = posthorn;
    const path = `name=eq.${encodeURIComponent(name)}`;
    expect((await api.post(types, { name, description: "d", example: {} })).status).toBe(201);
    const orgId = posthorn.newOrg();
    const url = `${receiver.url}/${encodeURIComponent(name.slice(0, 20))}`;
    const created = await api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url,
      events: [name],
    });
    expect([created.status, created.row["events"]]).toEqual([201, [name]]);
    await api.post("/rest/v1/webhook_events", { org_id: orgId, event_type: name, data: {} });
    await database.query("select posthorn.publish($1, $2, '{}')", [orgId, name]);
    await expect
      .poll(() => receiver.received.filter((each) => url.endsWith(each.path)).length)
      .toBe(2);
    for (const filter of [
      `event_type=eq.${encodeURIComponent(name)}`,
      `event_type=in.(${encodeURIComponent(`"${name}"`)})`,
      `or=(event_type.eq.${encodeURIComponent(`"${name}"`)})`,
    ]) {
      const found = await api.get(`/rest/v1/webhook_deliveries?org_id=eq.${orgId}&${filter}`);
      expect(found.rows.map((row) => row["event_type"])).toEqual([name, name]);
    }
    const list = encodeURIComponent(`{"${name}"}`);
    const subscribed = await api.get(`/rest/v1/webhook_endpoints?events=cs.${list}`);
    expect(subscribed.rows.map(({ id }) => id)).toEqual([created.row.id]);
    const csv = await api.get(`/rest/v1/webhook_events?select=event_type&org_id=eq.${orgId}`, {
      accept: "text/csv",
    });
    expect(csv.text).toBe(`event_type\r\n${name}\r\n${name}\r\n`);
    await api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${created.row.id}`);
    expect((await api.request("DELETE", `${types}?${path}`)).status).toBe(204);
  },
);

describe("as a name is rejected", () => {
  test.each(forbidden)("%j", async (name) => {
    const refused = await posthorn.api.post(types, { name, description: "d" });
    expect([refused.status, refused.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
    expect(refused.row["message"]).toContain("name");
  });
});

test("a catalogue file allows the same names", () => {
  const url = new URL("../../catalogue/catalogue.schema.json", import.meta.url);
  const schema = JSON.parse(readFileSync(url, "utf8")) as {
    properties: {
      eventTypes: { items: { properties: { name: { pattern: string; maxLength: number } } } };
    };
  };
  const { pattern, maxLength } = schema.properties.eventTypes.items.properties.name;
  const fits = (name: string): boolean =>
    new RegExp(pattern, "u").test(name) && name.length <= maxLength;
  expect(allowed.filter((name) => !fits(name))).toEqual([]);
  expect(forbidden.filter(fits)).toEqual([]);
});
