/** JSON that PostgreSQL stores but cannot parse breaks no request for other rows. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestService, type Api, type TestService } from "../support/service.ts";

/** Written as text, because JSON.stringify cannot produce these documents. */
const poison = [
  String.raw`{"s":"\u0000","n":1,"k":"mine"}`,
  String.raw`{"s":"a\ud800b","n":2,"k":"mine"}`,
  String.raw`{"s":"\udc00\udc00\ud83d\ude00\ud800\ud800","n":3,"k":"mine"}`,
  String.raw`{"\u0000":"in a name","n":4,"k":"mine"}`,
  '{"s":1e999999,"n":5,"k":"mine"}',
  `{"s":${"9".repeat(131_073)},"n":6,"k":"mine"}`,
  '{"n":"no number","k":"mine"}',
  '{"n":99999999999999999999,"k":"mine"}',
  '{"n":{"a":1},"k":"mine"}',
  '{"n":1,"n":7,"k":"other","k":"mine"}',
  `${'{"n":'.repeat(500)}8${"}".repeat(500)}`,
  String.raw`{"s":"\\u0000 \\ud800","n":9,"k":"mine"}`,
];
const harmless = [
  '{"s":"plain","n":10,"k":"mine"}',
  '{"s":"x","n":11,"k":"other"}',
  '"text"',
  "17",
];

let posthorn: TestService;
let api: Api;
const events = "/rest/v1/webhook_events";

beforeAll(async () => {
  posthorn = await startTestService();
  await posthorn.api.post("/rest/v1/webhook_event_types", {
    name: "any.data",
    description: "Any.",
  });
  const orgId = posthorn.newOrg();
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "manage" });
  api = posthorn.apiWith(String(row["key"]));
  const url = "http://127.0.0.1:9/";
  await posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: orgId, url });
  for (const data of [...poison, ...harmless]) {
    const event = `{"org_id":"${orgId}","event_type":"any.data","data":${data}}`;
    const { status, text } = await posthorn.api.post(events, event);
    if (status !== 201) throw new Error(text);
  }
});
afterAll(() => posthorn.close());

const numbersOf = async (query: string): Promise<unknown[]> => {
  const { status, text, rows } = await api.get(`${events}?select=n:data->n&order=id&${query}`);
  expect(status, text).toBe(200);
  return rows.map(({ n }) => n);
};

describe("next to rows that cannot be parsed", () => {
  test("a filter returns matching rows, including theirs if the readable part matches", async () => {
    expect(await numbersOf("data->>s=eq.plain")).toEqual([10]);
    expect(await numbersOf("data->>n=eq.1")).toEqual([1]);
    expect(await numbersOf("data->>n=in.(2,3,4)")).toEqual([2, 3, 4]);
    expect(await numbersOf("data->n=eq.11")).toEqual([11]);
    expect(await numbersOf("data->>k=eq.mine&data->>n=eq.10")).toEqual([10]);
    expect(await numbersOf("or=(data->>n.eq.7,data->>n.eq.11)")).toEqual([7, 11]);
    expect(await numbersOf(`data=cs.${encodeURIComponent('{"n":2}')}`)).toEqual([2]);
    expect(await numbersOf("data->>s=like.a*b")).toEqual([2]);
  });

  test.each(["jsonb", "json", "text"])(
    "a cast of all of it to %s returns every row",
    async (type) => {
      const { status, rows } = await api.get(`${events}?select=id,all:data::${type}&order=id`);
      expect([status, rows.length]).toEqual([200, poison.length + harmless.length]);
      expect(rows.at(-1)?.["all"]).toEqual(type === "text" ? "17" : 17);
    },
  );

  test("text that only looks like an escape is unchanged", async () => {
    const asked = `data->>s=eq.${encodeURIComponent("\\u0000 \\ud800")}`;
    expect(await numbersOf(asked)).toEqual([9]);
  });

  test("U+FFFD replaces unreadable characters, and surrogate pairs are kept", async () => {
    const text = async (n: number) =>
      (await api.get(`${events}?select=s:data->>s&data->>n=eq.${n}`)).rows[0]?.["s"];
    expect(await text(1)).not.toBe("\u0000");
    expect(await text(2)).toBe("a\ufffdb");
    expect(await text(3)).toBe("\ufffd\ufffd😀\ufffd\ufffd");
  });

  test("every row can be counted, sorted, selected and cast", async () => {
    const all = poison.length + harmless.length;
    const exact = { prefer: "count=exact" };
    for (const query of [
      "order=data->>s",
      "order=data->n.desc.nullslast",
      "select=data->s",
      "select=data->>s",
      "select=a:data->>n::int",
      "select=a:data->>n::numeric,b:data->>s::timestamptz",
      "data->>s=not.eq.nothing&or=(data->>s.is.null,data->>s.neq.nothing)",
    ]) {
      const { status, headers, text } = await api.get(`${events}?${query}`, exact);
      expect([query, status, text.slice(0, 80)]).toEqual([query, 200, text.slice(0, 80)]);
      const total = Number(headers.get("content-range")?.split("/")[1]);
      if (!query.startsWith("data")) expect([query, total]).toEqual([query, all]);
    }
  });

  test("an impossible cast gives null, and the others have their type", async () => {
    const { rows } = await api.get(`${events}?select=n:data->>n::int&order=id&data->>k=eq.mine`);
    expect(rows.map(({ n }) => n)).toEqual([1, 2, 3, 4, null, null, null, 7, 9, 10]);
  });

  test("the data itself is returned byte for byte", async () => {
    const { text } = await api.get(`${events}?select=data&order=id`);
    for (const data of poison) expect(text).toContain(`{"data":${data}}`);
  });

  test("the same holds for deliveries' payloads", async () => {
    const path = "/rest/v1/webhook_deliveries?select=id&payload->data->>n=eq.10";
    const { status, rows } = await api.get(path);
    expect([status, rows.length]).toEqual([200, 1]);
  });

  test("an invalid filter is still rejected", async () => {
    const wrong = await api.get(`${events}?data->n=eq.nonsense`);
    expect([wrong.status, wrong.row["code"]]).toEqual([400, "22P02"]);
    const pattern = await api.get(`${events}?data->>s=match.(`);
    expect([pattern.status, pattern.row["code"]]).toEqual([400, "2201B"]);
    const column = await api.get(`${events}?select=event_type::int`);
    expect([column.status, column.row["code"]]).toEqual([400, "22P02"]);
  });
});

test("the same holds for event types' examples, also when a filter selects changes", async () => {
  const types = "/rest/v1/webhook_event_types";
  const poisoned = String.raw`{"name":"with.poison","description":"p","example":{"s":"\u0000","n":1}}`;
  expect((await posthorn.api.post(types, poisoned)).status).toBe(201);
  const example = { n: 2 };
  await posthorn.api.post(types, { name: "with.example", description: "e", example });
  const path = `${types}?example->>n=eq.2`;
  const prefer = { prefer: "return=representation" };
  const changed = await posthorn.api.request("PATCH", path, { description: "changed" }, prefer);
  expect([changed.status, changed.rows.map((row) => row["name"])]).toEqual([200, ["with.example"]]);
  expect((await posthorn.api.request("DELETE", path)).status).toBe(204);
  expect((await posthorn.api.get(`${types}?name=eq.with.poison`)).rows).toHaveLength(1);
});
