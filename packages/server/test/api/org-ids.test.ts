/** Orgs by the platform's own ids, wherever the API names an org. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { parseOrgId } from "../../src/model/org-id.ts";
import {
  representation,
  startTestService,
  type Row,
  type TestService,
} from "../support/service.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { claims, jwtSecret, tokenOf } from "../support/tokens.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_JWT_SECRET: jwtSecret } });
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await receiver.close();
  await posthorn.close();
});

const event = (orgId: unknown, fields = {}) => ({
  org_id: orgId,
  event_type: "scan.completed",
  data: { scan_id: "s" },
  ...fields,
});
const filter = (table: string, column: string, operation: string): string =>
  `/rest/v1/${table}?${column}=${encodeURIComponent(operation)}`;

/** Texts that are easily changed on the way: by quoting, trimming, normalizing or parsing. */
const texts = [
  "cus_123",
  "42",
  "0042",
  "a b",
  " leading and trailing ",
  "quote\"s, 'commas' and (parentheses)",
  "back\\slash/and%2Fpercent?#&=+*",
  "null",
  "{a,b}",
  "Zürich",
  "Zu\u0308rich",
  "組織",
  "🦊",
  "x".repeat(limits.externalIdCharsMax),
  "🦊".repeat(limits.externalIdCharsMax),
  "7F2F1B8E6F8A4B629F430B1D5D1D2A11",
];

describe("an org with the id", () => {
  test.each(texts)("%j is shown as it was given", async (text) => {
    const { api } = posthorn;
    const published = await api.post("/rest/v1/webhook_events", event(text), representation);
    expect([published.status, published.row["org_id"]]).toEqual([201, text]);
    const found = await api.get(filter("webhook_events", "org_id", `eq.${text}`));
    expect(found.rows.map(({ id, org_id }) => [id, org_id])).toEqual([[published.row.id, text]]);
    const org = await api.get(filter("webhook_orgs", "id", `eq.${text}`));
    expect(org.rows.map(({ id }) => id)).toEqual([text]);
    const { rows } = await database.query(
      "select external_id from posthorn.orgs where id = posthorn.org_id($1)",
      [text],
    );
    expect(rows).toEqual([{ external_id: text }]);
  });

  test("42 may be a JSON number", async () => {
    const { row } = await posthorn.api.post("/rest/v1/webhook_orgs", { id: 4242 }, representation);
    expect(row.id).toBe("4242");
  });

  test("in the form of a UUID is the UUID, in lower case", async () => {
    const orgId = randomUUID();
    const upper = event(orgId.toUpperCase());
    const { row } = await posthorn.api.post("/rest/v1/webhook_events", upper, representation);
    expect(row["org_id"]).toBe(orgId);
    const found = await posthorn.api.get(filter("webhook_events", "org_id", `eq.${orgId}`));
    expect(found.rows.map(({ id }) => id)).toEqual([row.id]);
  });
});

test("the UUID of a text names the same org, whichever came first", async () => {
  const { api } = posthorn;
  const text = `late-${randomUUID()}`;
  const { id } = parseOrgId(text);
  const first = await api.post("/rest/v1/webhook_events", event(id), representation);
  expect(first.row["org_id"]).toBe(id);
  await api.post("/rest/v1/webhook_events", event(text));
  for (const named of [id, text]) {
    const { rows } = await api.get(filter("webhook_events", "org_id", `eq.${named}`));
    expect(rows.map((row) => row["org_id"])).toEqual([text, text]);
  }
});

describe("rejected is", () => {
  const wrong: readonly unknown[] = [
    "",
    "a\u0000b",
    "a\nb",
    "\u007f",
    "\u0085",
    "x".repeat(limits.externalIdCharsMax + 1),
    2 ** 53,
    1.5,
    true,
    ["a"],
    { id: "a" },
  ];
  test.each(wrong)("%j, with the field's name", async (orgId) => {
    const answered = await posthorn.api.post("/rest/v1/webhook_events", event(orgId));
    expect([answered.status, answered.row["code"]]).toEqual([400, "PH_ID_INVALID"]);
    expect(answered.row["message"]).toContain("org_id");
  });

  test("half of a surrogate pair", async () => {
    const body = JSON.stringify(event("x")).replace('"x"', '"\\ud83e"');
    const answered = await posthorn.api.post("/rest/v1/webhook_events", body);
    expect([answered.status, answered.row["code"]]).toEqual([400, "PH_ID_INVALID"]);
  });

  test.each(["eq.", "in.(a,)", `eq(any).{a,""}`, "gt.", "eq.a\tb"])(
    "the filter %s",
    async (given) => {
      const answered = await posthorn.api.get(filter("webhook_events", "org_id", given));
      expect([answered.status, answered.row["code"]]).toEqual([400, "PH_ID_INVALID"]);
    },
  );

  test.each(["", "a\u0001b", "x".repeat(limits.externalIdCharsMax + 1)])(
    "%j in SQL",
    async (id) => {
      await expect(
        database.query("select posthorn.publish($1, 'scan.completed', '{}')", [id]),
      ).rejects.toMatchObject({ code: "22023" });
    },
  );
});

test("every table and function shows the text, and accepts it", async () => {
  const { api } = posthorn;
  const org = `org/${randomUUID()} ä`;
  const shown = async (answered: Promise<{ rows: readonly Row[]; status: number }>) => {
    const { rows, status } = await answered;
    expect([status >= 200 && status < 300, rows.length]).toEqual([true, 1]);
    expect(rows[0]!["org_id"]).toBe(org);
    return rows[0]!;
  };
  await api.post("/rest/v1/webhook_orgs", { id: org, name: "Acme" });
  const again = await api.post("/rest/v1/webhook_orgs", { id: org });
  expect([again.row["code"], again.row["message"]]).toEqual([
    "PH_ORG_EXISTS",
    expect.stringContaining(org),
  ]);
  const endpoint = { org_id: org, url: `${receiver.url}/hook` };
  const { id: endpointId } = await shown(api.post("/rest/v1/webhook_endpoints", endpoint));
  const key = await shown(api.post("/rest/v1/api_keys", { org_id: org, role: "manage" }));
  const own = posthorn.apiWith(String(key["key"]));
  await shown(api.post("/rest/v1/webhook_events", event(org), representation));
  await receiver.waitFor(1);
  await expect.poll(async () => (await own.get("/rest/v1/webhook_attempts")).rows.length).toBe(1);
  for (const table of ["webhook_deliveries", "webhook_attempts", "webhook_events", "api_keys"]) {
    await shown(api.get(filter(table, "org_id", `eq.${org}`)));
  }
  const link = await shown(api.post("/rest/v1/rpc/portal_link", { org_id: org }));
  const opened = await fetch(`${posthorn.service.url}/console/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: posthorn.service.url },
    body: JSON.stringify({ link: String(link["url"]).split("#")[1] }),
  });
  expect(await opened.json()).toMatchObject({ org_id: org });
  await shown(
    own
      .post("/rest/v1/rpc/replay", { endpoint_id: endpointId })
      .then(() => own.get("/rest/v1/webhook_replays")),
  );
  const health = await api.post("/rest/v1/rpc/endpoint_health", { org_id: org });
  expect(health.rows).toMatchObject([{ org_id: org, org_name: "Acme" }]);
  await api.request("PATCH", filter("webhook_orgs", "id", `eq.${org}`), { name: "New" });
  const { rows: entries } = await own.get("/rest/v1/webhook_audit?order=id");
  expect(new Set(entries.map((entry) => entry["org_id"]))).toEqual(new Set([org]));
  const subjects = entries.filter((entry) => entry["subject_kind"] === "org");
  expect(subjects.map((entry) => entry["subject_id"])).toEqual([org, org]);
  const csv = await api.get(filter("webhook_deliveries", "org_id", `eq.${org}`), {
    accept: "text/csv",
  });
  expect(csv.text).toContain(org);
});

test("filters compare, sort and match", async () => {
  const { api } = posthorn;
  const prefix = randomUUID();
  const orgs = ["a", "b", "c", "d"].map((letter) => `${prefix}_${letter}`);
  await api.post(
    "/rest/v1/webhook_orgs",
    orgs.map((id) => ({ id })),
  );
  const ids = async (query: string): Promise<string[]> =>
    (await api.get(`/rest/v1/webhook_orgs?${query}`)).rows.map(({ id }) => id);
  const quoted = orgs.slice(0, 2).map((id) => `"${id}"`);
  expect((await ids(`id=in.(${quoted.join(",")})`)).toSorted()).toEqual(orgs.slice(0, 2));
  expect((await ids(`id=eq(any).{${quoted.join(",")}}`)).toSorted()).toEqual(orgs.slice(0, 2));
  expect((await ids(`id=like.${prefix}*`)).toSorted()).toEqual(orgs);
  expect((await ids(`or=(id.eq."${orgs[0]}",id.eq."${orgs[3]}")`)).toSorted()).toEqual([
    orgs[0],
    orgs[3],
  ]);
  const inOrder = await ids(`id=like.${prefix}*&order=id`);
  const pages: unknown[] = [];
  for (let after = ""; ;) {
    const next = await ids(`id=like.${prefix}*&order=id&limit=1${after}`);
    if (next.length === 0) break;
    pages.push(...next);
    after = `&id=gt.${String(next[0])}`;
  }
  expect(pages).toEqual(inOrder);
  expect(await ids(`id=like.${prefix}*&id=neq.${orgs[0]}`)).toHaveLength(3);
});

test("posthorn.publish takes the id as text, UUID, number or parameter", async () => {
  const uuid = randomUUID();
  const calls = [
    ["$1", "sql_1", "sql_1"],
    ["$1::text", "sql_1", "sql_1"],
    ["$1::uuid", uuid, uuid],
    ["$1", uuid.toUpperCase(), uuid],
    ["$1::bigint", "9007199254740993", "9007199254740993"],
  ] as const;
  for (const [parameter, given, shown] of calls) {
    const { rows } = await database.query<{ id: string }>(
      `select posthorn.publish(org_id => ${parameter}, event_type => 'scan.completed',
         data => '{"scan_id":"s"}') as id`,
      [given],
    );
    const { row } = await posthorn.api.get(filter("webhook_events", "id", `eq.${rows[0]!.id}`));
    expect(row["org_id"]).toBe(shown);
  }
});

test("a token's claim names the org by text, and creates it with that text", async () => {
  const org = `jwt ${randomUUID()}`;
  const metadata = { org_id: org, webhook_role: "manage" };
  const user = posthorn.apiWith(await tokenOf(claims({ app_metadata: metadata })));
  const { row } = await user.post("/rest/v1/webhook_endpoints", { url: `${receiver.url}/jwt` });
  expect(row["org_id"]).toBe(org);
  const other = await user.post("/rest/v1/webhook_endpoints", {
    org_id: "another",
    url: `${receiver.url}/jwt`,
  });
  expect(other.row["code"]).toBe("42501");
});

test("live updates contain the text", async () => {
  const org = `live ${randomUUID()}`;
  await posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: org, url: `${receiver.url}/l` });
  const query = `org_id=${encodeURIComponent(org)}`;
  const stopped = new AbortController();
  const response = await fetch(`${posthorn.service.url}/rest/v1/stream?${query}`, {
    headers: { apikey: posthorn.api.key },
    signal: stopped.signal,
  });
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.includes("hello") && !text.includes("sent")) {
      await posthorn.api.post("/rest/v1/webhook_events", event(org));
      text += "sent";
    }
    if (text.includes(`"org_id":${JSON.stringify(org)}`)) break;
  }
  stopped.abort();
  expect(text).not.toContain(parseOrgId(org).id);
});

test("an erased org's text stays with the erasure, and can be used again", async () => {
  const { api } = posthorn;
  const org = `gone-${randomUUID()}`;
  await api.post("/rest/v1/webhook_events", event(org));
  const erased = await api.post("/rest/v1/rpc/erase_org", { org_id: org });
  expect(erased.row).toMatchObject({ org_id: org, state: "running" });
  const rows = async (path: string) => (await api.get(path)).rows;
  await database.query("update posthorn.erasures set requested_at = now() - interval '10 minutes'");
  const erasure = filter("webhook_erasures", "org_id", `eq.${org}`);
  await expect
    .poll(async () => (await rows(erasure))[0]?.["state"], { timeout: 20_000 })
    .toBe("done");
  expect((await rows(erasure))[0]!["org_id"]).toBe(org);
  const audit = await rows(filter("webhook_audit", "org_id", `eq.${org}`));
  expect(audit.map((entry) => [entry["org_id"], entry["subject_id"]])).toEqual([[org, org]]);
  const { row } = await api.post("/rest/v1/webhook_events", event(org), representation);
  expect(row["org_id"]).toBe(org);
});

test("a key of one org learns nothing about another's text", async () => {
  const [org, other] = [`mine ${randomUUID()}`, `other ${randomUUID()}`];
  await posthorn.api.post("/rest/v1/webhook_events", event(other));
  const key = await posthorn.api.post("/rest/v1/api_keys", { org_id: org, role: "manage" });
  const own = posthorn.apiWith(String(key.row["key"]));
  for (const named of [other, parseOrgId(other).id, "unknown"]) {
    for (const [table, column] of [
      ["webhook_events", "org_id"],
      ["webhook_orgs", "id"],
    ] as const) {
      expect((await own.get(filter(table, column, `eq.${named}`))).json).toEqual([]);
    }
    const linked = await own.post("/rest/v1/rpc/portal_link", { org_id: named });
    expect([linked.status, linked.row["code"]]).toEqual([404, "PH_NOT_FOUND"]);
  }
  for (const named of [org, parseOrgId(org).id]) {
    const url = `${receiver.url}/own`;
    const created = await own.post("/rest/v1/webhook_endpoints", { org_id: named, url });
    expect([created.status, created.row["org_id"]]).toEqual([201, org]);
  }
});
