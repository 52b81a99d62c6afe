/** An endpoint's transformation shapes, cancels or fails what it would get. */
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver, type Received } from "../support/receiver.ts";
import { startTestService, type Answered, type Row, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService({
    environment: { POSTHORN_CONTRACT: "standard", POSTHORN_RETRY_SCHEDULE: "0s,1h" },
  });
});
afterAll(() => posthorn.close());

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(() => receiver.close());

const endpoints = "/rest/v1/webhook_endpoints";
const change = (id: string, fields: object): Promise<Answered> =>
  posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, fields);

async function attemptOf(eventId: string): Promise<Row> {
  return (await posthorn.api.get(`/rest/v1/webhook_attempts?event_id=eq.${eventId}`)).row;
}

async function sentRequest(attempt: Row): Promise<Row> {
  return (await posthorn.api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt.id })).row;
}

const bodyOf = ({ body }: Received): Row => JSON.parse(body) as Row;

test("the endpoint gets the shaped data and headers, correctly signed, on both publish paths", async () => {
  const { orgId, secret } = await subscribe(posthorn, receiver.url, {
    headers: { "X-Shape": "own", "X-Kept": "yes" },
    transformation: `(event, context) => ({
      data: { id: event.data.scan_id, type: event.type, org: context.org_id },
      headers: { "x-shape": event.data.scan_id },
    })`,
  });
  const eventId = await publish(posthorn.api, orgId);
  const database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  const published = [orgId, "scan.completed", JSON.stringify({ scan_id: "s-1" })];
  await database.query("select posthorn.publish($1::text, $2, $3)", published);
  await database.end();
  const received = await receiver.waitFor(2);
  for (const each of received) {
    expect(bodyOf(each)["data"]).toEqual({ id: "s-1", type: "scan.completed", org: orgId });
    expect(each.headers).toMatchObject({ "x-shape": "s-1", "x-kept": "yes" });
    new Webhook(secret).verify(each.body, each.headers as Record<string, string>);
  }
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  const { row: event } = await posthorn.api.get(`/rest/v1/webhook_events?id=eq.${eventId}`);
  expect(event["data"]).toEqual({ scan_id: "s-1" });
});

test("the request of an attempt is shown exactly, also after the transformation has changed", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, {
    transformation: "(event) => ({ data: { was: event.data.scan_id } })",
  });
  const eventId = await publish(posthorn.api, orgId);
  const [first] = await receiver.waitFor(1);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  expect((await change(endpointId, { transformation: "() => ({ data: 2 })" })).status).toBe(204);
  const shown = await sentRequest(await attemptOf(eventId));
  expect(shown).toMatchObject({ body: first!.body, is_exact: true, note: null });
  const headers = shown["headers"] as readonly { readonly name: string; readonly value: string }[];
  const signature = headers.find(({ name }) => name === "webhook-signature");
  expect(signature?.value).toBe(first!.headers["webhook-signature"]);
});

test("a cancelled delivery is not sent, and says why", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, {
    transformation: "({ data }) => ({ cancel: data.scan_id === 's-1' })",
  });
  const cancelled = await publish(posthorn.api, orgId);
  const sent = await publish(posthorn.api, orgId, { data: { scan_id: "s-2" } });
  await deliveryWith(posthorn.api, `event_id=eq.${sent}`, hasStatus("delivered"));
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${cancelled}`,
    hasStatus("cancelled"),
  );
  expect(delivery["next_retry_at"]).toBeNull();
  const attempt = await attemptOf(cancelled);
  expect(attempt).toMatchObject({
    error: "cancelled",
    error_message: "The transformation cancelled the delivery.",
  });
  expect((await sentRequest(attempt))["note"]).toBe(
    "The transformation cancelled the delivery. Nothing was sent.",
  );
  expect(receiver.received).toHaveLength(1);
  const { row: health } = await posthorn.api.post("/rest/v1/rpc/delivery_statistics", {
    endpoint_id: endpointId,
  });
  expect(JSON.stringify(health)).not.toContain('"failed":1');
});

test("a failing transformation fails the attempt, names the line, and is not the receiver's failure", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, {
    transformation: "(event) => {\n  return { data: event.data.none.x };\n}",
  });
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    (row) => row["attempts"] === 1,
  );
  expect(delivery["status"]).toBe("pending");
  const attempt = await attemptOf(eventId);
  expect(attempt["error"]).toBe("transformation");
  expect(attempt["error_message"]).toMatch(/^The transformation failed: line 2: TypeError: /);
  const { row } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
  expect(row["failing_since"]).toBeNull();
  // The correction is enough for the next attempt.
  await change(endpointId, { transformation: null });
  await posthorn.api.post("/rest/v1/rpc/retry_delivery", { delivery_id: delivery.id });
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  expect(bodyOf(receiver.received[0]!)["data"]).toEqual({ scan_id: "s-1" });
});

describe("saving", () => {
  test.each([
    ["no function", "42", /^The transformation cannot be used: TypeError: .* is not a function\.$/],
    [
      "a syntax error",
      "(event) => {\n  return (;\n}",
      /^The transformation cannot be used: line 2: /,
    ],
  ])("%s is refused, and nothing is stored", async (_what, transformation, message) => {
    const orgId = posthorn.newOrg();
    const fields = { org_id: orgId, url: receiver.url, transformation };
    const { status, row } = await posthorn.api.post(endpoints, fields);
    expect([status, row["code"]]).toEqual([400, "PH_TRANSFORMATION_INVALID"]);
    expect(row["message"]).toMatch(message);
    expect((await posthorn.api.get(`${endpoints}?org_id=eq.${orgId}`)).rows).toEqual([]);
  });

  test("the longest transformation is stored, and no longer one", async () => {
    const filled = (chars: number): string => "() => ({}) //".padEnd(chars, "x");
    const longest = filled(limits.transformationCharsMax);
    const { endpointId } = await subscribe(posthorn, receiver.url, { transformation: longest });
    const { row } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
    expect(row["transformation"]).toBe(longest);
    for (const transformation of [filled(limits.transformationCharsMax + 1), "() => '\0'"]) {
      const refused = await change(endpointId, { transformation });
      expect([refused.status, refused.row["code"]], transformation.slice(0, 20)).toEqual([
        400,
        expect.stringMatching(/^(PH_FIELD_INVALID|22021)$/),
      ]);
    }
  });
});

test("the source is shown to those who may change it, and to nobody else", async () => {
  const transformation = "() => ({ headers: { authorization: 'Bearer hidden-4711' } })";
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, { transformation });
  const path = `${endpoints}?id=eq.${endpointId}`;
  for (const [role, expected] of [
    ["manage", transformation],
    ["read", "[redacted]"],
  ]) {
    const { row: key } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
    const caller = posthorn.apiWith(String(key["key"]));
    expect((await caller.get(path)).row["transformation"]).toBe(expected);
    const found = await caller.get(`${path}&transformation=like.*4711*`);
    expect(found.rows).toHaveLength(role === "manage" ? 1 : 0);
  }
  const eventId = await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  expect(receiver.received[0]!.headers["authorization"]).toBe("Bearer hidden-4711");
  const shown = await sentRequest(await attemptOf(eventId));
  expect(JSON.stringify(shown)).not.toContain("4711");
  expect(shown["redacted"]).toEqual(["authorization"]);
  const audit = await posthorn.api.get(`/rest/v1/webhook_audit?subject_id=eq.${endpointId}`);
  expect(audit.rows.length).toBeGreaterThan(0);
  expect(audit.text).not.toContain("4711");
});

describe("rpc/test_transformation", () => {
  const call = (given: object): Promise<Answered> =>
    posthorn.api.post("/rest/v1/rpc/test_transformation", given);
  const nothing = { data: null, headers: {}, reason: null, line: null };

  test("shows what an endpoint would get", async () => {
    const orgId = posthorn.newOrg();
    await subscribe(posthorn, receiver.url, { org_id: orgId });
    const eventId = await publish(posthorn.api, orgId);
    const transformation = "(e) => ({ data: [e.type, e.data.scan_id], headers: { a: 'b' } })";
    const shaped = { ...nothing, outcome: "shaped", headers: { a: "b" } };
    expect((await call({ transformation, event_id: eventId })).json).toEqual({
      ...shaped,
      data: ["scan.completed", "s-1"],
    });
    const withData = { transformation, data: { scan_id: 5 }, event_type: "a.b" };
    expect((await call(withData)).json).toEqual({ ...shaped, data: ["a.b", 5] });
  });

  test("says that it cancels, or why it fails", async () => {
    const cancels = await call({ transformation: "() => ({ cancel: true })", data: {} });
    expect(cancels.json).toEqual({ ...nothing, outcome: "cancelled" });
    const fails = await call({ transformation: "(e) => {\n throw new Error('no'); }", data: {} });
    const reason = "line 2: Error: no";
    expect(fails.json).toEqual({ ...nothing, outcome: "failed", reason, line: 2 });
    const invalid = await call({ transformation: "5", data: {} });
    expect(invalid.row["outcome"]).toBe("failed");
  });

  test("needs exactly one of data and event_id", async () => {
    const { status, row } = await call({ transformation: "() => ({})" });
    expect([status, row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
  });
});
