/**
 * An idempotency key identifies one event: within a request, in the header, and in a body without a
 * Content-Type.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

const path = "/rest/v1/webhook_events";
const event = (orgId: string, more: object = {}) => ({
  org_id: orgId,
  event_type: "scan.completed",
  data: { scan_id: "s" },
  ...more,
});
const post = (body: unknown, headers: Record<string, string> = {}) =>
  posthorn.api.post(path, body, { ...representation, ...headers });
const storedOf = async (orgId: string) =>
  (await posthorn.api.get(`${path}?org_id=eq.${orgId}&order=id`)).rows;

describe("a key twice in one array", () => {
  const keyed = (orgId: string, key: string, scanId = "s") =>
    event(orgId, { idempotency_key: key, data: { scan_id: scanId } });

  test("with the same event is one event, returned in each place", async () => {
    const orgId = posthorn.newOrg();
    const body = [keyed(orgId, "a"), keyed(orgId, "b"), keyed(orgId, "a"), keyed(orgId, "a")];
    const first = await post(body);
    expect(first.status, first.text).toBe(201);
    const ids = first.rows.map(({ id }) => id);
    expect(ids).toEqual([ids[0], ids[1], ids[0], ids[0]]);
    expect(new Set(ids).size).toBe(2);
    expect(await storedOf(orgId)).toHaveLength(2);
    const again = await post(body);
    expect(again.rows.map(({ id }) => id)).toEqual(ids);
    expect(await storedOf(orgId)).toHaveLength(2);
  });

  test("with another event is rejected, and nothing is stored", async () => {
    const orgId = posthorn.newOrg();
    const refused = await post([keyed(orgId, "a"), keyed(orgId, "b"), keyed(orgId, "a", "t")]);
    expect([refused.status, refused.row["code"]]).toEqual([422, "PH_IDEMPOTENCY_KEY_REUSED"]);
    expect(refused.row["details"]).toMatch(/^Two different events.*Element 3 .*\(index 2\)/);
    expect(await storedOf(orgId)).toEqual([]);
    expect((await post(keyed(orgId, "a"))).status).toBe(201);
  });

  test("with the same data in another spelling is one event, with the first spelling", async () => {
    const orgId = posthorn.newOrg();
    const row = (data: string): string =>
      `{"org_id":"${orgId}","event_type":"scan.completed","idempotency_key":"k","data":${data}}`;
    const data = '{"scan_id":"s","n":1,"more":[1.10]}';
    const other = '{ "more": [1.1], "n": 1e0, "scan_id": "\\u0073" }';
    const both = await post(`[${row(data)},${row(other)}]`);
    expect(both.status, both.text).toBe(201);
    const again = await post(row(other));
    expect([again.status, again.row.id]).toEqual([201, both.rows[0]?.id]);
    expect(again.headers.get("posthorn-duplicate")).toBe("true");
    expect(again.text).toContain(data);
    const changed = row('{"scan_id":"s","n":1,"more":[1.11]}');
    const refused = await post(changed);
    expect([refused.status, refused.row["code"]]).toEqual([422, "PH_IDEMPOTENCY_KEY_REUSED"]);
    expect(await storedOf(orgId)).toHaveLength(1);
  });

  test("of two orgs identifies two events", async () => {
    const [one, other] = [posthorn.newOrg(), posthorn.newOrg()];
    expect((await post([keyed(one, "a"), keyed(other, "a")])).status).toBe(201);
    expect([await storedOf(one), await storedOf(other)].map((each) => each.length)).toEqual([1, 1]);
  });
});

test("a key has 1 to 256 characters, and messages show it in quotes", async () => {
  const orgId = posthorn.newOrg();
  const refused = await post(event(orgId, { idempotency_key: "" }));
  expect([refused.status, refused.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
  expect(refused.row["hint"]).toContain("1 to 256 characters");
  expect((await post(event(orgId, { idempotency_key: " " }))).status).toBe(201);
  const different = event(orgId, { idempotency_key: " ", data: { scan_id: "t" } });
  expect((await post(different)).row["message"]).toContain('Idempotency key " " has');
});

describe("the Idempotency-Key header", () => {
  test.each([
    ['"a key, in quotes"', "a key, in quotes"],
    ['"with \\"quotes\\" and \\\\"', 'with "quotes" and \\'],
    ['"with a parameter";v=1', "with a parameter"],
    ["8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"],
    ["order:17/eu=", "order:17/eu="],
  ])("%s is the event's key", async (header, key) => {
    const orgId = posthorn.newOrg();
    const headers = { "idempotency-key": header };
    const [first, again] = [await post(event(orgId), headers), await post(event(orgId), headers)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.row.id).toBe(first.row.id);
    expect(first.row["idempotency_key"]).toBe(key);
    expect(await storedOf(orgId)).toHaveLength(1);
    const other = await post(event(orgId, { data: { scan_id: "t" } }), headers);
    expect([other.status, other.row["code"]]).toEqual([422, "PH_IDEMPOTENCY_KEY_REUSED"]);
  });

  test("works with an array of one, and with the same key in the body", async () => {
    const orgId = posthorn.newOrg();
    const headers = { "idempotency-key": '"k"' };
    const one = await post([event(orgId)], headers);
    const same = await post(event(orgId, { idempotency_key: "k" }), headers);
    expect(same.rows[0]?.id).toBe(one.rows[0]?.id);
    expect(await storedOf(orgId)).toHaveLength(1);
  });

  test.each(['""', '"open', "two words", '"a", "b"', "a,b", '"\\n"', "é"])(
    "%s is rejected",
    async (header) => {
      const orgId = posthorn.newOrg();
      const refused = await post(event(orgId), {
        "idempotency-key": Buffer.from(header, "utf8").toString("latin1"),
      });
      expect([refused.status, refused.row["code"]]).toEqual([400, "PH_IDEMPOTENCY_HEADER"]);
      expect(await storedOf(orgId)).toEqual([]);
    },
  );

  test("is rejected with several events, with none, and with another key in the body", async () => {
    const orgId = posthorn.newOrg();
    const headers = { "idempotency-key": "k" };
    const bodies = [
      [[event(orgId), event(orgId)], "it identifies one row, and the body has 2"],
      [[], "it identifies one row, and the body has 0"],
      [event(orgId, { idempotency_key: "other" }), "the body contains a different idempotency_key"],
    ] as const;
    for (const [body, reason] of bodies) {
      const refused = await post(body, headers);
      expect([refused.status, refused.row["code"]]).toEqual([400, "PH_IDEMPOTENCY_HEADER"]);
      expect(refused.row["message"]).toBe(`The header Idempotency-Key cannot be used: ${reason}.`);
    }
    expect(await storedOf(orgId)).toEqual([]);
  });

  test("may be as long as a key in the body", async () => {
    const orgId = posthorn.newOrg();
    const longest = "k".repeat(limits.idempotencyKeyCharsMax);
    expect((await post(event(orgId), { "idempotency-key": longest })).status).toBe(201);
    const longer = await post(event(orgId), { "idempotency-key": `${longest}k` });
    expect([longer.status, longer.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
  });

  test("has no effect on other tables", async () => {
    const org = { id: posthorn.newOrg(), name: "Acme" };
    const headers = { "idempotency-key": '"' };
    expect((await posthorn.api.post("/rest/v1/webhook_orgs", org, headers)).status).toBe(201);
  });
});

describe("a body without a Content-Type", () => {
  const send = (method: string, to: string, body: string, headers: Record<string, string> = {}) =>
    fetch(posthorn.service.url + to, {
      method,
      headers: { apikey: posthorn.api.key, ...headers },
      // `fetch` adds a Content-Type to a string, but not to bytes.
      body: new TextEncoder().encode(body),
    });

  test("is JSON, on every route that takes one", async () => {
    const orgId = posthorn.newOrg();
    expect((await send("POST", path, JSON.stringify(event(orgId)))).status).toBe(201);
    const org = `/rest/v1/webhook_orgs?id=eq.${orgId}`;
    expect((await send("PATCH", org, '{"name":"Acme"}')).status).toBe(204);
    expect((await send("POST", "/rest/v1/rpc/overview", "{}")).status).toBe(200);
    expect((await send("POST", path, "{")).status).toBe(400);
  });

  test("of another type is rejected", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
      const refused = await send("POST", path, "{}", { "content-type": type });
      const body = (await refused.json()) as Record<string, unknown>;
      expect([refused.status, body["message"]]).toEqual([
        400,
        `Content-Type not acceptable: ${type}`,
      ]);
    }
  });
});
