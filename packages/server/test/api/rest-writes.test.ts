/** Responses to writes: statuses, headers and bodies. Rejected requests change nothing. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import {
  representation,
  startTestService,
  storedInTime,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
/** The id of an org with five endpoints, and a filter that selects them. */
let orgId: string;
let mine: string;

const table = "/rest/v1/webhook_endpoints";
const singular = { accept: "application/vnd.pgrst.object+json" } as const;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  orgId = posthorn.newOrg();
  mine = `${table}?org_id=eq.${orgId}`;
  for (let number = 1; number <= 5; number += 1) {
    await subscribe(posthorn, receiver.url, { org_id: orgId, description: `number ${number}` });
  }
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

/** JSON text of arrays nested to this depth. */
const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

const send = (...given: Parameters<TestService["api"]["request"]>) =>
  posthorn.api.request(...given);
const newEndpoint = () => ({ org_id: posthorn.newOrg(), url: receiver.url });
const mineDescribed = async () =>
  (await posthorn.api.get(`${mine}&select=description&order=id`)).rows.map(
    (row) => row["description"],
  );

describe("POST", () => {
  test("of a row without Prefer returns nothing", async () => {
    const { status, text, headers } = await posthorn.api.post("/rest/v1/webhook_orgs", {
      id: posthorn.newOrg(),
    });
    expect([status, text, headers.get("content-range")]).toEqual([201, "", "*/*"]);
    expect(headers.get("content-type")).toBeNull();
    expect(headers.get("location")).toBeNull();
  });

  test("return=headers-only returns the row's address", async () => {
    const id = posthorn.newOrg();
    const { status, text, headers } = await posthorn.api.post(
      "/rest/v1/webhook_orgs",
      { id },
      { prefer: "return=headers-only, count=exact" },
    );
    expect([status, text]).toEqual([201, ""]);
    expect(headers.get("location")).toBe(`/rest/v1/webhook_orgs?id=eq.${id}`);
    expect(headers.get("content-range")).toBe("*/1");
    expect(headers.get("preference-applied")).toBe("return=headers-only, count=exact");
  });

  test("return=minimal omits the secret that is returned without Prefer", async () => {
    const minimal = await posthorn.api.post(table, newEndpoint(), { prefer: "return=minimal" });
    expect([minimal.status, minimal.text]).toEqual([201, ""]);
    const shown = await posthorn.api.post(table, newEndpoint(), representation);
    expect(shown.json).toHaveLength(1);
    expect(shown.row["secret"]).toMatch(/^whsec_/);
  });

  test("two rows with a request for one get 406, and neither is stored", async () => {
    const org = posthorn.newOrg();
    const rows = [1, 2].map(() => ({ org_id: org, url: receiver.url }));
    const answered = await posthorn.api.post(table, rows, { ...singular, ...representation });
    expect([answered.status, answered.row["code"]]).toEqual([406, "PGRST116"]);
    expect((await posthorn.api.get(`${table}?org_id=eq.${org}`)).rows).toHaveLength(0);
  });

  test.each([
    ["", "Empty or invalid json"],
    ["{", "Empty or invalid json"],
    ['[{"url":"x"},{"org_id":"y"}]', "All object keys must match"],
  ])("the body '%s' is PGRST102", async (body, message) => {
    const { status, row } = await posthorn.api.post(table, body);
    expect([status, row["code"], row["message"]]).toEqual([400, "PGRST102", message]);
  });

  test.each(["text/csv", "application/x-www-form-urlencoded", "text/plain"])(
    "a body of %s is PGRST102",
    async (type) => {
      const answered = await send("POST", table, "a=b", { "content-type": type });
      expect([answered.status, answered.row["code"], answered.row["message"]]).toEqual([
        400,
        "PGRST102",
        `Content-Type not acceptable: ${type}`,
      ]);
    },
  );

  test("fields outside of columns= are ignored", async () => {
    const body = { name: "columns.named", description: "kept", schema: { type: "nonsense" } };
    const path = "/rest/v1/webhook_event_types?columns=name,%22description%22";
    const { status, row } = await posthorn.api.post(path, [body], representation);
    expect([status, row["description"], row["schema"]]).toEqual([201, "kept", null]);
  });

  test("an example is kept as it was written, when it is added and when it is changed", async () => {
    const types = "/rest/v1/webhook_event_types";
    const first = '{"big": 12345678901234567890, "b":1.10}';
    const added = `{"name":"example.kept","example":${first}}`;
    expect((await posthorn.api.post(types, added, representation)).text).toContain(first);
    const second = '{"big": 12345678901234567891,"a": [1.0]}';
    const changed = await send(
      "PATCH",
      `${types}?name=eq.example.kept`,
      `{"example": ${second} }`,
      representation,
    );
    expect([changed.status, changed.text]).toEqual([200, expect.stringContaining(second)]);
  });

  test.each([
    ['{"__proto__":{"org_id":"x"}}', "PGRST204"],
    ['{"constructor":{"prototype":{"x":1}}}', "PGRST204"],
  ])("the key of %s is an unknown column like any other", async (body, code) => {
    expect((await posthorn.api.post(table, body)).row["code"]).toBe(code);
    expect(({} as Record<string, unknown>)["org_id"]).toBeUndefined();
  });

  test("__proto__ inside data is sent on as it is", async () => {
    const body = `{"org_id":"${orgId}","event_type":"scan.completed",
      "data":{"scan_id":"s","__proto__":{"polluted":true}}}`;
    const { status, text } = await posthorn.api.post(
      "/rest/v1/webhook_events",
      body,
      representation,
    );
    expect(status).toBe(201);
    expect(text).toContain('{"scan_id":"s","__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each([
    ["a key with a NUL", { idempotency_key: "a\u0000b" }, "22021"],
    ["a key with half a surrogate pair", { idempotency_key: "a\ud800b" }, "22021"],
    ["a key of 257", { idempotency_key: "k".repeat(257) }, "PH_FIELD_INVALID"],
    ["a year that PostgreSQL has not", { timestamp: "0000-01-01T00:00:00Z" }, "22008"],
    ["a day that is none", { timestamp: "2026-02-30T00:00:00Z" }, "22008"],
    ["data that nests too deep", { data: { scan_id: "s", x: nested(50_000) } }, "PGRST102"],
  ])("%s is rejected, and concurrent publishes are not", async (_name, fields, code) => {
    const event = (org: string) => ({
      org_id: org,
      event_type: "scan.completed",
      data: { scan_id: "s" },
    });
    const answers = await Promise.all(
      [{}, fields, {}].map((each) =>
        posthorn.api.post(
          "/rest/v1/webhook_events",
          JSON.stringify({ ...event(posthorn.newOrg()), ...each }).replaceAll(/"(\[+\]+)"/g, "$1"),
        ),
      ),
    );
    expect(answers.map((each) => each.status)).toEqual([201, 400, 201]);
    expect(answers[1]?.row["code"]).toBe(code);
    const most = { ...event(posthorn.newOrg()), idempotency_key: "k".repeat(256) };
    expect((await posthorn.api.post("/rest/v1/webhook_events", most)).status).toBe(201);
  });

  test("as many rows as the limit, and not one more", async () => {
    const orgs = (count: number) => Array.from({ length: count }, () => ({ id: randomUUID() }));
    const most = await storedInTime(() =>
      posthorn.api.post("/rest/v1/webhook_orgs", orgs(limits.rowsPerInsertMax), {
        prefer: "count=exact",
      }),
    );
    expect([most.status, most.headers.get("content-range")]).toEqual([
      201,
      `*/${limits.rowsPerInsertMax}`,
    ]);
    const above = await posthorn.api.post(
      "/rest/v1/webhook_orgs",
      orgs(limits.rowsPerInsertMax + 1),
    );
    expect([above.status, above.row["code"]]).toEqual([400, "PH_TOO_MANY_ROWS"]);
  });
});

describe("PATCH and DELETE", () => {
  test("need a filter", async () => {
    const update = await send("PATCH", table, { description: "x" });
    expect([update.status, update.row["code"], update.row["message"]]).toEqual([
      400,
      "21000",
      "UPDATE requires a WHERE clause",
    ]);
    const limited = await send("DELETE", `${table}?limit=1&order=id`);
    expect([limited.status, limited.row["code"]]).toEqual([400, "21000"]);
  });

  test("DELETE may say that its empty body is JSON", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const answered = await send("DELETE", `${table}?id=eq.${endpointId}`, undefined, {
      "content-type": "application/json",
    });
    expect([answered.status, answered.text]).toEqual([204, ""]);
    expect(answered.headers.get("content-range")).toBe("*/*");
    expect((await posthorn.api.get(`${table}?id=eq.${endpointId}`)).rows).toHaveLength(0);
  });

  test("PATCH says how many rows it changed", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const path = `${table}?id=eq.${endpointId}`;
    const changed = await send("PATCH", path, { description: "x" }, { prefer: "count=exact" });
    expect([changed.status, changed.headers.get("content-range")]).toEqual([204, "0-0/1"]);
    for (const [body, at] of [
      [{ description: "y" }, `${table}?id=eq.${randomUUID()}`],
      [{}, path],
      [[], path],
      [[{}], path],
    ] as const) {
      const none = await send("PATCH", at, body);
      expect([none.status, none.headers.get("content-range")]).toEqual([204, "*/*"]);
      expect((await send("PATCH", at, body, representation)).text).toBe("[]");
    }
    expect((await posthorn.api.get(path)).row["description"]).toBe("x");
  });

  test("if a response that must be one row is not, the change is rolled back", async () => {
    const before = await mineDescribed();
    for (const prefer of ["return=minimal", "return=representation"]) {
      const headers = { ...singular, prefer };
      const update = await send("PATCH", mine, { description: "x" }, headers);
      expect([update.status, update.row["code"]]).toEqual([406, "PGRST116"]);
      const removal = await send("DELETE", mine, undefined, headers);
      expect([removal.status, removal.row["code"]]).toEqual([406, "PGRST116"]);
    }
    expect(await mineDescribed()).toEqual(before);
  });

  test("strict handling enforces max-affected, and rolls back the change", async () => {
    const before = await mineDescribed();
    const strict = { prefer: "handling=strict, max-affected=4" };
    const removal = await send("DELETE", mine, undefined, strict);
    expect([removal.status, removal.row["code"], removal.row["details"]]).toEqual([
      400,
      "PGRST124",
      "The query affects 5 rows",
    ]);
    expect(await mineDescribed()).toEqual(before);
    const lenient = { prefer: "max-affected=4, return=representation, tx=rollback" };
    expect((await send("DELETE", mine, undefined, lenient)).rows).toHaveLength(5);
    expect(await mineDescribed()).toEqual(before);
    const exactly = { prefer: "handling=strict, max-affected=5, tx=rollback" };
    const allowed = await send("PATCH", mine, { description: "x" }, exactly);
    expect([allowed.status, allowed.headers.get("preference-applied")]).toEqual([
      204,
      "tx=rollback, handling=strict, max-affected=5",
    ]);
  });

  test("an unknown preference with strict handling is PGRST122", async () => {
    const answered = await posthorn.api.get(mine, { prefer: "handling=strict, count=none" });
    expect([answered.status, answered.row["code"], answered.row["details"]]).toEqual([
      400,
      "PGRST122",
      "Invalid preferences: count=none",
    ]);
  });
});
