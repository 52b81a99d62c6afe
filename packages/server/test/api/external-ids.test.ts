/** Events and endpoints by the platform's own ids. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Service } from "../../src/service/compose.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { apiOf, representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let second: Service;
let receiver: Receiver;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  second = await posthorn.startSecondNode();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await second.close();
  await receiver.close();
  await posthorn.close();
});

const events = "/rest/v1/webhook_events";
const endpoints = "/rest/v1/webhook_endpoints";
const event = (orgId: string, externalId: string | null, fields = {}) => ({
  org_id: orgId,
  event_type: "scan.completed",
  data: { scan_id: "s" },
  external_id: externalId,
  ...fields,
});
const other = { data: { scan_id: "other" } };

function publishInSql(
  client: pg.Client,
  orgId: string,
  externalId: string | null,
  key: string | null = null,
  data = '{"scan_id":"s"}',
): Promise<string> {
  return client
    .query<{ id: string }>(
      `select posthorn.publish($1, 'scan.completed', $2, external_id => $3,
         idempotency_key => $4) as id`,
      [orgId, data, externalId, key],
    )
    .then(({ rows }) => rows[0]!.id);
}

async function idsOf(orgId: string): Promise<readonly string[]> {
  const { rows } = await posthorn.api.get(`${events}?org_id=eq.${orgId}&order=id`);
  return rows.filter((row) => row !== undefined).map(({ id }) => id);
}

describe("an event with an external id", () => {
  test("is stored once, by whichever node gets it, and says so", async () => {
    const orgId = posthorn.newOrg();
    const first = await posthorn.api.post(events, event(orgId, "evt 1/a%"), representation);
    expect([first.status, first.row["external_id"]]).toEqual([201, "evt 1/a%"]);
    expect(first.headers.get("posthorn-duplicate")).toBe("false");
    for (const url of [posthorn.service.url, second.url]) {
      const again = await apiOf(url, posthorn.api.key).post(events, event(orgId, "evt 1/a%"));
      expect([again.status, again.headers.get("posthorn-event-id")]).toEqual([201, first.row.id]);
      expect(again.headers.get("posthorn-duplicate")).toBe("true");
    }
    expect(await idsOf(orgId)).toEqual([first.row.id]);
  });

  test("is rejected with another content, and with another type", async () => {
    const orgId = posthorn.newOrg();
    await posthorn.api.post(events, event(orgId, "e"));
    for (const fields of [other, { event_type: "scan.claimed" }, { timestamp: 1_700_000_000 }]) {
      const refused = await posthorn.api.post(events, event(orgId, "e", fields));
      expect([refused.status, refused.row["code"]]).toEqual([422, "PH_EXTERNAL_ID_REUSED"]);
      expect(refused.row["message"]).toContain('external_id "e"');
    }
    expect(await idsOf(orgId)).toHaveLength(1);
  });

  test("is another event in another org", async () => {
    for (const orgId of [posthorn.newOrg(), posthorn.newOrg()]) {
      const answered = await posthorn.api.post(events, event(orgId, "shared", other));
      expect(answered.headers.get("posthorn-duplicate")).toBe("false");
    }
  });

  test("in an array is stored once, and a different one fails the whole array", async () => {
    const orgId = posthorn.newOrg();
    const list = [event(orgId, "a"), event(orgId, null), event(orgId, "a")];
    const select = "?select=id,is_duplicate";
    const stored = await posthorn.api.post(events + select, list, representation);
    expect(stored.rows.map((row) => row["is_duplicate"])).toEqual([false, false, true]);
    expect(stored.rows[2]!.id).toBe(stored.rows[0]!.id);
    for (const fresh of [event(orgId, "b", other), event(orgId, "b")]) {
      const pair = [event(orgId, "b"), fresh, event(orgId, "a", other)];
      const refused = await posthorn.api.post(events, pair);
      expect([refused.status, refused.row["code"]]).toEqual([422, "PH_EXTERNAL_ID_REUSED"]);
    }
    expect(await idsOf(orgId)).toHaveLength(2);
  });

  test("arrives once however many requests race", async () => {
    const orgId = posthorn.newOrg();
    const urls = [posthorn.service.url, second.url];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        apiOf(urls[index % 2]!, posthorn.api.key).post(events, event(orgId, "race")),
      ),
    );
    for (const { status, row } of answers) {
      if (status !== 201) expect([status, row["code"]]).toEqual([409, "PH_EXTERNAL_ID_IN_FLIGHT"]);
    }
    expect(await idsOf(orgId)).toHaveLength(1);
  });

  test.each([
    ["", "PH_ID_INVALID"],
    ["a\u0000", "PH_ID_INVALID"],
    ["a\u009f", "PH_ID_INVALID"],
    ["é", "PH_ID_INVALID"],
    [" a", "PH_ID_INVALID"],
    ["a ", "PH_ID_INVALID"],
    [7.5, "PH_ID_INVALID"],
  ])("cannot have the id %j", async (externalId, code) => {
    const body = event(posthorn.newOrg(), externalId as string);
    const answered = await posthorn.api.post(events, body);
    expect([answered.status, answered.row["code"]]).toEqual([400, code]);
    expect(answered.row["message"]).toContain("external_id");
    expect(answered.row["hint"]).toMatch(/^Use 1 to 256 visible ASCII characters/);
  });
});

describe("with an idempotency key as well", () => {
  const both = (orgId: string, externalId: string | null, key: string | null, fields = {}) =>
    event(orgId, externalId, { idempotency_key: key, ...fields });

  /** The event that each request gets, or its error, after an event with `e` and `k`. */
  const cases = [
    ["the same two", "e", "k", {}, "first"],
    ["the id without the key", "e", null, {}, "first"],
    ["the id with a new key", "e", "k2", {}, "first"],
    ["the key without the id", null, "k", {}, "PH_IDEMPOTENCY_KEY_REUSED"],
    ["the key with another id", "e2", "k", {}, "PH_IDEMPOTENCY_KEY_REUSED"],
    ["the same two and another content", "e", "k", other, "PH_EXTERNAL_ID_REUSED"],
    ["a new id and a new key", "e3", "k3", {}, "new"],
  ] as const;

  test.each(cases)("%s", async (_name, externalId, key, fields, expected) => {
    const orgId = posthorn.newOrg();
    const first = await posthorn.api.post(events, both(orgId, "e", "k"));
    const firstId = first.headers.get("posthorn-event-id");
    const answered = await posthorn.api.post(events, both(orgId, externalId, key, fields));
    const id = answered.headers.get("posthorn-event-id");
    const got = id === null ? answered.row["code"] : id === firstId ? "first" : "new";
    expect(got).toBe(expected);
    // What was not stored left nothing behind: the ids and keys are still free.
    const unused = await posthorn.api.post(events, both(orgId, "e2", "k2", other));
    expect([unused.status, unused.headers.get("posthorn-duplicate")]).toEqual([201, "false"]);
  });

  test.each(cases)("%s, in SQL", async (_name, externalId, key, fields, expected) => {
    const orgId = posthorn.newOrg();
    const firstId = await publishInSql(database, orgId, "e", "k");
    const data = fields === other ? '{"scan_id":"other"}' : '{"scan_id":"s"}';
    const got = await publishInSql(database, orgId, externalId, key, data).then(
      (id) => (id === firstId ? "first" : "new"),
      (error: unknown) =>
        error instanceof pg.DatabaseError && error.code === "23505"
          ? error.message.startsWith("External id")
            ? "PH_EXTERNAL_ID_REUSED"
            : "PH_IDEMPOTENCY_KEY_REUSED"
          : error,
    );
    expect(got).toBe(expected);
    const unused = await publishInSql(database, orgId, "e2", "k2", '{"scan_id":"fresh"}');
    expect(unused).not.toBe(firstId);
  });
});

test("in SQL an id is checked, and its event is the same for a repeated call", async () => {
  const orgId = posthorn.newOrg();
  const id = await publishInSql(database, orgId, "sql");
  expect(await publishInSql(database, orgId, "sql")).toBe(id);
  for (const wrong of ["", "a\nb", "é", " a", "a ", "x".repeat(257)]) {
    await expect(publishInSql(database, orgId, wrong)).rejects.toMatchObject({ code: "22023" });
  }
  const { row } = await posthorn.api.get(`${events}?external_id=eq.sql&org_id=eq.${orgId}`);
  expect(row.id).toBe(id);
  await database.query("begin");
  await publishInSql(database, orgId, "rolled back");
  await database.query("rollback");
  const after = await publishInSql(database, orgId, "rolled back", null, '{"scan_id":"new"}');
  expect(after).not.toBe(id);
});

test("an event is found and explained by its external id, only in its org", async () => {
  const orgId = posthorn.newOrg();
  const created = await posthorn.api.post(endpoints, { org_id: orgId, url: `${receiver.url}/x` });
  const key = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "manage" });
  const own = posthorn.apiWith(String(key.row["key"]));
  await posthorn.api.post(events, event(orgId, 'quote"s, (all)'));
  await posthorn.api.post(events, event(posthorn.newOrg(), 'quote"s, (all)'));
  const found = await own.get(`${events}?external_id=eq.${encodeURIComponent('quote"s, (all)')}`);
  expect(found.rows.map((row) => row["org_id"])).toEqual([orgId]);
  const explained = await own.post("/rest/v1/rpc/explain", { external_id: 'quote"s, (all)' });
  expect(explained.rows.map((row) => row["endpoint_id"])).toEqual([created.row.id]);
  const byOperator = { external_id: 'quote"s, (all)', org_id: orgId };
  expect((await posthorn.api.post("/rest/v1/rpc/explain", byOperator)).json).toEqual(
    explained.json,
  );
  for (const [asking, given, status, code] of [
    [own, { external_id: "unknown" }, 404, "PH_NOT_FOUND"],
    [own, { ...byOperator, org_id: "another" }, 404, "PH_NOT_FOUND"],
    [own, {}, 400, "PH_FIELD_INVALID"],
    [own, { external_id: "e", event_id: randomUUID() }, 400, "PH_FIELD_INVALID"],
    [posthorn.api, { external_id: "e" }, 400, "PH_FIELD_MISSING"],
  ] as const) {
    const refused = await asking.post("/rest/v1/rpc/explain", given);
    expect([refused.status, refused.row["code"]]).toEqual([status, code]);
    if (code === "PH_FIELD_MISSING") expect(refused.row["message"]).toBe("org_id is missing.");
  }
});

test("an external id is free again when its org was erased or its event has expired", async () => {
  const orgId = posthorn.newOrg();
  const { headers } = await posthorn.api.post(events, event(orgId, "again"));
  await database.query("delete from posthorn.events where id = $1", [
    headers.get("posthorn-event-id"),
  ]);
  const { rowCount } = await database.query(
    "delete from posthorn.idempotency_keys where org_id = $1 and is_external_id",
    [orgId],
  );
  expect(rowCount).toBe(1);
  const fresh = await posthorn.api.post(events, event(orgId, "again", other));
  expect(fresh.headers.get("posthorn-duplicate")).toBe("false");
});

describe("an endpoint's external id", () => {
  const create = (orgId: string, externalId: unknown) =>
    posthorn.api.post(endpoints, {
      org_id: orgId,
      external_id: externalId,
      url: `${receiver.url}/e`,
    });

  test("is unique among the org's endpoints, can be changed, and finds it", async () => {
    const orgId = posthorn.newOrg();
    const first = await create(orgId, "ep 1");
    expect([first.status, first.row["external_id"]]).toEqual([201, "ep 1"]);
    const taken = await create(orgId, "ep 1");
    expect([taken.status, taken.row["code"]]).toEqual([409, "PH_EXTERNAL_ID_TAKEN"]);
    expect((await create(posthorn.newOrg(), "ep 1")).status).toBe(201);
    const nameless = await create(orgId, null);
    const change = (externalId: string | null) =>
      posthorn.api.request(
        "PATCH",
        `${endpoints}?id=eq.${nameless.row.id}`,
        { external_id: externalId },
        representation,
      );
    expect((await change("ep 1")).row["code"]).toBe("PH_EXTERNAL_ID_TAKEN");
    expect((await change("ep 2")).row["external_id"]).toBe("ep 2");
    const found = await posthorn.api.get(`${endpoints}?org_id=eq.${orgId}&external_id=eq.ep 2`);
    expect(found.rows.map(({ id }) => id)).toEqual([nameless.row.id]);
    await posthorn.api.request("DELETE", `${endpoints}?id=eq.${first.row.id}`);
    expect((await change("ep 1")).row["external_id"]).toBe("ep 1");
    expect((await change(null)).row["external_id"]).toBe(null);
    const audit = await posthorn.api.get(
      `/rest/v1/webhook_audit?subject_id=eq.${nameless.row.id}&action=eq.endpoint.updated&order=id`,
    );
    expect(audit.rows.map((row) => row["changes"])).toContainEqual({
      external_id: { from: null, to: "ep 2" },
    });
  });

  test.each(["", "a\tb", "x".repeat(257)])("cannot be %j", async (externalId) => {
    const refused = await create(posthorn.newOrg(), externalId);
    expect([refused.status, refused.row["code"]]).toEqual([400, "PH_ID_INVALID"]);
  });
});
