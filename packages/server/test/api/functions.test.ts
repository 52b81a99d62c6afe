/** The functions of `rpc/`: retry, replay, cancel, rotate, test, explain. */
import { createHmac, randomUUID } from "node:crypto";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uuidTimeMs } from "../../src/model/id.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,20ms" } });
});
afterAll(() => posthorn.close());

const call = (name: string, given: unknown) => posthorn.api.post(`/rest/v1/rpc/${name}`, given);

async function deadLetter() {
  const receiver = await startReceiver(answerStatus(500));
  const subscribed = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, subscribed.orgId);
  const { id } = await deliveryWith(
    posthorn.api,
    `endpoint_id=eq.${subscribed.endpointId}`,
    hasStatus("failed"),
  );
  return { receiver, eventId, deliveryId: id, ...subscribed };
}

describe("retry_delivery", () => {
  test("sends a dead letter again, with all attempts of its schedule", async () => {
    const { receiver, deliveryId } = await deadLetter();
    const answered = await call("retry_delivery", { delivery_id: deliveryId });
    expect(answered.status).toBe(200);
    expect(answered.row).toMatchObject({ id: deliveryId, status: "pending" });
    // The receiver still fails: after two more attempts, the delivery is a dead letter again.
    await deliveryWith(posthorn.api, `id=eq.${deliveryId}`, (row) => row["attempts"] === 4);
    receiver.answerWith(answerStatus(200));
    await deliveryWith(posthorn.api, `id=eq.${deliveryId}`, hasStatus("failed"));
    await call("retry_delivery", { delivery_id: deliveryId });
    const row = await deliveryWith(posthorn.api, `id=eq.${deliveryId}`, hasStatus("delivered"));
    expect(row["attempts"]).toBe(5);
    expect(new Set(receiver.received.map((each) => each.headers["webhook-id"])).size).toBe(1);
    const attempts = await posthorn.api.get(
      `/rest/v1/webhook_attempts?delivery_id=eq.${deliveryId}&order=number&select=trigger`,
    );
    expect(attempts.rows.map((each) => each["trigger"])).toEqual([
      "schedule",
      "schedule",
      "manual",
      "schedule",
      "manual",
    ]);
    await receiver.close();
  });

  test("of an unknown delivery is 404", async () => {
    const answered = await call("retry_delivery", { delivery_id: posthorn.newOrg() });
    expect(answered.status).toBe(404);
    expect(answered.row["code"]).toBe("PH_NOT_FOUND");
  });

  test("while an attempt runs is 409", async () => {
    const receiver = await startReceiver(() => {});
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    await publish(posthorn.api, orgId);
    await receiver.waitFor(1);
    const { row } = await posthorn.api.get(
      `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}`,
    );
    const answered = await call("retry_delivery", { delivery_id: row.id });
    expect(answered.status).toBe(409);
    expect(answered.row["code"]).toBe("PH_DELIVERY_IN_FLIGHT");
    await receiver.close();
  });
});

describe("cancel_delivery", () => {
  test("cancels a pending delivery; for a finished one it returns 409", async () => {
    const receiver = await startReceiver(answerStatus(500, { "retry-after": "60" }));
    const slow = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,60s" } });
    const { orgId, endpointId } = await subscribe(slow, receiver.url);
    await publish(slow.api, orgId);
    const filter = `endpoint_id=eq.${endpointId}`;
    const { id } = await deliveryWith(slow.api, filter, (row) => row["attempts"] === 1);
    const cancelled = await slow.api.post("/rest/v1/rpc/cancel_delivery", { delivery_id: id });
    expect(cancelled.row).toMatchObject({ status: "cancelled", next_retry_at: null });
    const again = await slow.api.post("/rest/v1/rpc/cancel_delivery", { delivery_id: id });
    expect(again.status).toBe(409);
    expect(again.row["code"]).toBe("PH_DELIVERY_STATUS");
    await slow.close();
    await receiver.close();
  });
});

describe("replay", () => {
  test("dry_run counts; then all dead letters of the endpoint are sent again", async () => {
    const receiver = await startReceiver(answerStatus(500));
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    for (let count = 0; count < 7; count += 1) await publish(posthorn.api, orgId);
    await publish(posthorn.api, orgId, {
      event_type: "mission.completed",
      data: { mission_id: "m" },
    });
    const failed = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.failed`;
    await until(async () => (await posthorn.api.get(failed)).rows.length === 8, "dead letters");

    const selection = { endpoint_id: endpointId, status: "failed", event_type: "scan.completed" };
    const counted = await call("replay", { ...selection, dry_run: true });
    expect(counted.row).toMatchObject({ dry_run: true, total: 7 });
    receiver.answerWith(answerStatus(200));
    const before = receiver.received.length;
    const started = await call("replay", selection);
    expect(started.row).toMatchObject({ state: "running", total: 7 });
    const watch = `/rest/v1/webhook_replays?id=eq.${started.row.id}`;
    await until(async () => (await posthorn.api.get(watch)).row["state"] === "done", "its end");
    expect((await posthorn.api.get(watch)).row).toMatchObject({ total: 7, replayed: 7 });
    await until(() => receiver.received.length === before + 7, "seven deliveries");
    await until(async () => (await posthorn.api.get(failed)).rows.length === 1, "one is left");
    await receiver.close();
  });

  test("a time range selects events by the time of their publication", async () => {
    const { receiver, endpointId, orgId } = await deadLetter();
    // The id contains the time of the publication. `created_at` is that of the commit.
    const since = new Date(uuidTimeMs(await publish(posthorn.api, orgId))).toISOString();
    const failed = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.failed`;
    await until(async () => (await posthorn.api.get(failed)).rows.length === 2, "dead letters");
    const count = async (range: object) =>
      (await call("replay", { endpoint_id: endpointId, dry_run: true, ...range })).row["total"];
    expect(await count({})).toBe(2);
    expect(await count({ since })).toBe(1);
    expect(await count({ until: since })).toBe(1);
    expect(await count({ since: "2000-01-01T00:00:00Z", until: "2000-01-02T00:00:00Z" })).toBe(0);
    const codeOf = async (range: object) =>
      (await call("replay", { endpoint_id: endpointId, ...range })).row["code"];
    expect(await codeOf({ since: "2000-01-02", until: "2000-01-02" })).toBe("PH_RANGE_EMPTY");
    expect(await codeOf({ event_type: "scan.complete" })).toBe("PH_EVENT_TYPE_UNKNOWN");
    await receiver.close();
  });

  test("missed events are those published while the endpoint was inactive", async () => {
    const receiver = await startReceiver();
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url, { is_active: false });
    const eventId = await publish(posthorn.api, orgId);
    const explained = await call("explain", { event_id: eventId });
    expect(explained.rows[0]).toMatchObject({ verdict: "endpoint_inactive" });
    await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
      is_active: true,
    });
    expect(receiver.received).toHaveLength(0);
    await call("replay", { endpoint_id: endpointId, status: "missed" });
    const [first] = await receiver.waitFor(1);
    expect(first!.headers["webhook-id"]).toBe(eventId);
    const again = await call("replay", {
      endpoint_id: endpointId,
      status: "missed",
      dry_run: true,
    });
    expect(again.row["total"]).toBe(0);
    await receiver.close();
  });

  test("a status that cannot be replayed is rejected, and starts nothing", async () => {
    const { receiver, endpointId } = await deadLetter();
    const answered = await call("replay", { endpoint_id: endpointId, status: "pending" });
    expect(answered.status).toBe(400);
    expect(answered.row["code"]).toBe("PH_FIELD_INVALID");
    const { rows } = await posthorn.api.get(
      `/rest/v1/webhook_replays?endpoint_id=eq.${endpointId}`,
    );
    expect(rows).toHaveLength(0);
    await receiver.close();
  });

  test("a running replay can be cancelled", async () => {
    // The receiver answers 400, not 500: an endpoint that answers 500 for a while gets only 10
    // attempts/s.
    const receiver = await startReceiver(answerStatus(400));
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const events = Array.from({ length: 600 }, () => ({
      org_id: orgId,
      event_type: "scan.completed",
      data: { scan_id: "s" },
    }));
    await posthorn.api.post("/rest/v1/webhook_events", events);
    const count = async () =>
      (await call("replay", { endpoint_id: endpointId, dry_run: true })).row["total"];
    await until(async () => (await count()) === 600, "dead letters", 15_000);
    const started = await call("replay", { endpoint_id: endpointId });
    const cancelled = await call("cancel_replay", { replay_id: started.row.id });
    expect(cancelled.row).toMatchObject({ state: "cancelled", total: 600 });
    expect(cancelled.row["replayed"]).toBeLessThan(600);
    await receiver.close();
  });
});

describe("rotate_secret", () => {
  test("while both secrets are valid, a header with several signatures has both, and a header with one uses the new secret", async () => {
    const receiver = await startReceiver();
    const { orgId, endpointId, secret: oldSecret } = await subscribe(posthorn, receiver.url);
    const rotated = await call("rotate_secret", { endpoint_id: endpointId });
    const newSecret = String(rotated.row["secret"]);
    expect(newSecret).toMatch(/^whsec_/);
    expect(newSecret).not.toBe(oldSecret);
    await publish(posthorn.api, orgId);
    const [first] = await receiver.waitFor(1);
    const headers = first!.headers as Record<string, string>;
    expect(() => new Webhook(oldSecret).verify(first!.body, headers)).not.toThrow();
    expect(() => new Webhook(newSecret).verify(first!.body, headers)).not.toThrow();
    expect(headers["x-cda-signature"]).toBe(
      createHmac("sha256", newSecret).update(first!.body).digest("hex"),
    );
    await receiver.close();
  });

  test("without overlap, the old secret stops signing immediately", async () => {
    const receiver = await startReceiver();
    const { orgId, endpointId, secret: oldSecret } = await subscribe(posthorn, receiver.url);
    const given = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
    const rotated = await call("rotate_secret", {
      endpoint_id: endpointId,
      secret: given,
      overlap_seconds: 0,
    });
    expect(rotated.row["secret"]).toBe(given);
    await publish(posthorn.api, orgId);
    const [first] = await receiver.waitFor(1);
    const headers = first!.headers as Record<string, string>;
    expect(() => new Webhook(oldSecret).verify(first!.body, headers)).toThrow();
    expect(() => new Webhook(given).verify(first!.body, headers)).not.toThrow();
    await receiver.close();
  });

  test.each([
    ["secret", { secret: "whsec_short" }, "PH_SECRET_INVALID"],
    ["secret", { secret: "not-a-secret" }, "PH_SECRET_INVALID"],
    ["overlap_seconds", { overlap_seconds: 315_360_001 }, "PH_FIELD_INVALID"],
    ["overlap_seconds", { overlap_seconds: -1 }, "PH_FIELD_INVALID"],
  ])("rejects a wrong %s: %j", async (_field, given, code) => {
    const receiver = await startReceiver();
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const answered = await call("rotate_secret", { endpoint_id: endpointId, ...given });
    expect(answered.status).toBe(400);
    expect(answered.row["code"]).toBe(code);
    await receiver.close();
  });
});

describe("send_test", () => {
  test("sends an example only to this endpoint, even of a type that it does not subscribe to", async () => {
    const receiver = await startReceiver();
    const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/this`, {
      events: ["mission.completed"],
    });
    const { endpointId: otherId } = await subscribe(posthorn, `${receiver.url}/other`, {
      org_id: orgId,
    });
    const sent = await call("send_test", { endpoint_id: endpointId, event_type: "alert.breach" });
    expect(sent.row).toMatchObject({ event_type: "alert.breach" });
    const [first] = await receiver.waitFor(1);
    expect(first!.path).toBe("/this");
    const explained = await call("explain", { event_id: sent.row["event_id"] });
    expect(explained.rows.find((row) => row["endpoint_id"] === otherId)).toMatchObject({
      verdict: "addressed_elsewhere",
    });
    const byDefault = await call("send_test", { endpoint_id: endpointId });
    expect(byDefault.row).toMatchObject({ event_type: "mission.completed" });
    await receiver.waitFor(2);
    expect(receiver.received.every((each) => each.path === "/this")).toBe(true);
    await receiver.close();
  });

  test("without a type sends the first that the endpoint names and that has an example", async () => {
    const receiver = await startReceiver();
    const bare = `test.${randomUUID()}`;
    await posthorn.api.post("/rest/v1/webhook_event_types", { name: bare });
    const events = [bare, "scan.claimed", "alert.breach"];
    const { endpointId } = await subscribe(posthorn, receiver.url, { events });
    const sent = await call("send_test", { endpoint_id: endpointId });
    expect(sent.row).toMatchObject({ event_type: "scan.claimed" });
    const named = await call("send_test", { endpoint_id: endpointId, event_type: bare });
    expect([named.status, named.row["code"]]).toEqual([400, "PH_EVENT_TYPE_WITHOUT_EXAMPLE"]);
    await receiver.waitFor(1);
    await receiver.close();
  });

  test("without a type, to an endpoint of every type, sends the built-in event", async () => {
    const receiver = await startReceiver();
    const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/this`);
    await subscribe(posthorn, `${receiver.url}/other`, { org_id: orgId });
    for (const given of [{}, { event_type: "webhook.test" }]) {
      const sent = await call("send_test", { endpoint_id: endpointId, ...given });
      expect(sent.row).toMatchObject({ event_type: "webhook.test", endpoint_id: endpointId });
    }
    const arrived = await receiver.waitFor(2);
    expect(arrived.map(({ path }) => path)).toEqual(["/this", "/this"]);
    expect(JSON.parse(arrived[0]!.body)).toMatchObject({
      event: "webhook.test",
      data: { message: "This is a test event." },
    });
    const data = { message: "This is a test event." };
    const event = { org_id: orgId, event_type: "webhook.test", data };
    const published = await posthorn.api.post("/rest/v1/webhook_events", event);
    expect([published.status, published.row["code"]]).toEqual([400, "PH_EVENT_TYPE_UNKNOWN"]);
    const listed = await posthorn.api.get("/rest/v1/webhook_event_types?name=eq.webhook.test");
    expect(listed.json).toEqual([]);
    await receiver.close();
  });

  test("to an inactive endpoint is 409", async () => {
    const { endpointId } = await subscribe(posthorn, "http://127.0.0.1:9000", {
      is_active: false,
    });
    const answered = await call("send_test", { endpoint_id: endpointId });
    expect(answered.status).toBe(409);
    expect(answered.row["code"]).toBe("PH_ENDPOINT_INACTIVE");
  });
});

describe("explain", () => {
  test("answers for each endpoint of the event's org", async () => {
    const receiver = await startReceiver((response, _number, { path }) => {
      response.writeHead(path === "/fails" ? 500 : 200).end();
    });
    const orgId = posthorn.newOrg();
    const add = async (path: string, fields: object = {}) =>
      (await subscribe(posthorn, receiver.url + path, { org_id: orgId, ...fields })).endpointId;
    const works = await add("/works");
    const fails = await add("/fails");
    const filtered = await add("/filtered", { events: ["payout.finalized"] });
    const inactive = await add("/inactive", { is_active: false });
    const eventId = await publish(posthorn.api, orgId);
    const late = await add("/late");
    await deliveryWith(posthorn.api, `endpoint_id=eq.${works}`, hasStatus("delivered"));
    await deliveryWith(posthorn.api, `endpoint_id=eq.${fails}`, hasStatus("failed"));
    const { rows } = await call("explain", { event_id: eventId });
    const verdicts = Object.fromEntries(rows.map((row) => [row["endpoint_id"], row["verdict"]]));
    expect(verdicts).toEqual({
      [works]: "delivered",
      [fails]: "failed",
      [filtered]: "filtered_by_type",
      [inactive]: "endpoint_inactive",
      [late]: "not_yet_created",
    });
    // Explain uses the filter that was valid at the time of the event, so a change now has no
    // effect.
    await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${filtered}`, {
      events: null,
    });
    const one = await call("explain", { event_id: eventId, endpoint_id: filtered });
    expect(one.rows).toHaveLength(1);
    expect(one.rows[0]).toMatchObject({ verdict: "filtered_by_type" });
    expect(one.rows[0]!["reason"]).toContain("payout.finalized");
    await receiver.close();
  });

  test("of an expired event still returns the state of its deliveries, and only to its org", async () => {
    const { orgId, eventId, endpointId, receiver } = await deadLetter();
    const other = await subscribe(posthorn, receiver.url);
    const keyOf = async (org: string): Promise<string> => {
      const fields = { org_id: org, name: "n", role: "read" };
      const { row } = await posthorn.api.post("/rest/v1/api_keys", fields, representation);
      return String(row["key"]);
    };
    const database = new pg.Client({ connectionString: posthorn.databaseUrl });
    await database.connect();
    // Deletes one event, as the retention job does with a whole week.
    await database.query("delete from posthorn.events where id = $1", [eventId]);
    const ask = async (org: string) =>
      posthorn.apiWith(await keyOf(org)).post("/rest/v1/rpc/explain", { event_id: eventId });
    const dead = await ask(orgId);
    expect(dead.rows).toMatchObject([{ endpoint_id: endpointId, verdict: "failed", attempts: 2 }]);
    expect((await ask(other.orgId)).status).toBe(404);
    await database.query(
      "update posthorn.deliveries set status = 'cancelled' where event_id = $1",
      [eventId],
    );
    const [cancelled] = (await call("explain", { event_id: eventId })).rows;
    expect(cancelled).toMatchObject({
      verdict: "cancelled",
      reason: expect.stringContaining("when its data expired"),
    });
    await database.end();
    await receiver.close();
  });

  test("of an event that matched no endpoint says so; the event is stored anyway", async () => {
    const orgId = posthorn.newOrg();
    const { row } = await posthorn.api.post(
      "/rest/v1/webhook_events",
      { org_id: orgId, event_type: "scan.claimed", data: { scan_id: "s" } },
      representation,
    );
    expect(row["endpoints_matched"]).toBe(0);
    const explained = await call("explain", { event_id: row.id });
    expect(explained.json).toEqual([]);
  });
});
