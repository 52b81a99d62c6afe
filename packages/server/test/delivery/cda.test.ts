/** Checks every statement of the CDA page, as a reader of the page would try it. */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import {
  answerStatus,
  clockToleranceMs,
  startReceiver,
  until,
  type Receiver,
} from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

const pageEventTypes = [
  "scan.completed",
  "scan.claimed",
  "mission.assigned",
  "mission.completed",
  "mission.rated",
  "enrollment.created",
  "enrollment.completed",
  "certification.earned",
  "payout.finalized",
  "alert.breach",
];

const pageData = {
  scan_id: "uuid",
  target_domain: "example.com",
  score_overall: 72,
  status: "completed",
};

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function createEndpoint(orgId: string, path = "/webhooks/cda") {
  const { row } = await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: orgId,
    url: receiver.url + path,
    events: ["scan.completed", "mission.assigned", "mission.completed"],
    is_active: true,
  });
  return { id: row.id, secret: String(row["secret"]) };
}

describe("creating an endpoint", () => {
  test("POST returns 201 with the created object and its secret", async () => {
    const orgId = posthorn.newOrg();
    const url = `${receiver.url}/webhooks/cda`;
    const answered = await posthorn.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url,
      events: ["scan.completed", "mission.assigned", "mission.completed"],
      is_active: true,
    });
    expect(answered.status).toBe(201);
    expect(answered.json).toMatchObject({
      org_id: orgId,
      url,
      events: ["scan.completed", "mission.assigned", "mission.completed"],
      is_active: true,
    });
    expect(answered.row.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answered.row["secret"]).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
    expect(Date.parse(String(answered.row["created_at"]))).not.toBeNaN();
  });

  test("no later response contains the secret", async () => {
    const { id, secret } = await createEndpoint(posthorn.newOrg());
    for (const path of [
      `/rest/v1/webhook_endpoints?id=eq.${id}`,
      `/rest/v1/webhook_endpoints?id=eq.${id}&select=*`,
    ]) {
      const { rows, text } = await posthorn.api.get(path);
      expect(rows).toHaveLength(1);
      expect(text).not.toContain(secret);
      expect(rows[0]).not.toHaveProperty("secret");
    }
    const asked = await posthorn.api.get("/rest/v1/webhook_endpoints?select=secret");
    expect(asked.status).toBe(400);
    expect(asked.row["code"]).toBe("42703");
  });
});

test("the catalogue has the page's ten event types, with description, schema and example", async () => {
  const { rows } = await posthorn.api.get("/rest/v1/webhook_event_types?order=name");
  const names = rows.map((row) => row["name"]);
  for (const name of pageEventTypes) expect(names).toContain(name);
  for (const row of rows.filter((each) => pageEventTypes.includes(String(each["name"])))) {
    expect(String(row["description"]).length).toBeGreaterThan(10);
    expect(row["schema"]).toMatchObject({ type: "object" });
    expect(row["example"]).toBeTypeOf("object");
  }
});

describe("a delivery", () => {
  test("has the page's payload, and its snippet's signature", async () => {
    const orgId = posthorn.newOrg();
    const { id, secret: endpointSecret } = await createEndpoint(orgId, "/first");
    const published = await posthorn.api.post(
      "/rest/v1/webhook_events",
      {
        org_id: orgId,
        event_type: "scan.completed",
        timestamp: "2026-03-22T12:00:00Z",
        data: pageData,
      },
      representation,
    );
    expect(published.status).toBe(201);
    await until(() => receiver.received.some((each) => each.path === "/first"), "the delivery");
    const { body: rawBody, headers: requestHeaders } = receiver.received.find(
      (each) => each.path === "/first",
    )!;
    expect(rawBody).toBe(
      '{"event":"scan.completed","timestamp":"2026-03-22T12:00:00.000Z","data":' +
        `${JSON.stringify(pageData)}}`,
    );
    // This line is copied from the page.
    const signature = createHmac("sha256", endpointSecret).update(rawBody).digest("hex");
    const isValid = signature === requestHeaders["x-cda-signature"];
    expect(isValid).toBe(true);
    // The page also states requirements for which it shows no code.
    const standard = new Webhook(endpointSecret);
    expect(standard.verify(rawBody, requestHeaders as Record<string, string>)).toEqual(
      JSON.parse(rawBody),
    );
    expect(requestHeaders["webhook-id"]).toBe(published.row.id);

    await until(async () => {
      const { rows } = await posthorn.api.get(
        `/rest/v1/webhook_deliveries?endpoint_id=eq.${id}&status=eq.delivered`,
      );
      return rows.length === 1;
    }, "the delivery's state");
  });

  test("has every field that the page names", async () => {
    const { rows } = await posthorn.api.get("/rest/v1/webhook_deliveries?limit=1");
    expect(Object.keys(rows[0]!)).toEqual(
      expect.arrayContaining([
        "id",
        "endpoint_id",
        "event_type",
        "payload",
        "status",
        "response_status",
        "attempts",
        "next_retry_at",
        "created_at",
      ]),
    );
    expect(rows[0]!["payload"]).toHaveProperty("event");
  });

  test("goes only to endpoints that subscribed to its type", async () => {
    const orgId = posthorn.newOrg();
    await createEndpoint(orgId, "/filtered");
    const { row } = await posthorn.api.post(
      "/rest/v1/webhook_events",
      { org_id: orgId, event_type: "payout.finalized", data: { payout_id: "p" } },
      representation,
    );
    expect(row["endpoints_matched"]).toBe(0);
    expect(receiver.received.filter((each) => each.path === "/filtered")).toHaveLength(0);
  });
});

describe("retries", () => {
  test("the first retry is a minute after the failure, never earlier", async () => {
    const failing = await startReceiver(answerStatus(500));
    const orgId = posthorn.newOrg();
    const { row: endpoint } = await posthorn.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url: failing.url,
    });
    await posthorn.api.post("/rest/v1/webhook_events", {
      org_id: orgId,
      event_type: "scan.completed",
      data: pageData,
    });
    const [first] = await failing.waitFor(1);
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpoint.id}`;
    await until(async () => (await posthorn.api.get(path)).row["attempts"] === 1, "the state");
    const { row } = await posthorn.api.get(path);
    expect(row).toMatchObject({ status: "pending", response_status: 500, attempts: 1 });
    const retryAtMs = Date.parse(String(row["next_retry_at"]));
    expect(retryAtMs - first!.atMs).toBeGreaterThan(60_000 - clockToleranceMs);
    expect(retryAtMs - Date.now()).toBeLessThan(63_500);
    await failing.close();
  });
});

describe("five attempts, then the dead letter queue", () => {
  let quick: TestService;
  beforeAll(async () => {
    quick = await startTestService({
      environment: { POSTHORN_RETRY_SCHEDULE: "0s,10ms,20ms,30ms,40ms" },
    });
  });
  afterAll(() => quick.close());

  test("every attempt carries the same id and body; the dead letter is listed", async () => {
    const failing = await startReceiver(answerStatus(503));
    const orgId = quick.newOrg();
    const { row: endpoint } = await quick.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url: failing.url,
    });
    await quick.api.post("/rest/v1/webhook_events", {
      org_id: orgId,
      event_type: "scan.completed",
      data: pageData,
    });
    await failing.waitFor(5, 10_000);
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpoint.id}&status=eq.failed`;
    await until(async () => (await quick.api.get(path)).rows.length === 1, "the dead letter");
    const { row } = await quick.api.get(path);
    expect(row).toMatchObject({
      endpoint_id: endpoint.id,
      event_type: "scan.completed",
      payload: { event: "scan.completed", data: pageData },
      status: "failed",
      response_status: 503,
      attempts: 5,
      next_retry_at: null,
    });
    expect(failing.received).toHaveLength(5);
    expect(new Set(failing.received.map((each) => each.headers["webhook-id"])).size).toBe(1);
    expect(new Set(failing.received.map((each) => each.body)).size).toBe(1);
    const attempts = await quick.api.get(
      `/rest/v1/webhook_attempts?delivery_id=eq.${row.id}&order=number`,
    );
    expect(attempts.rows.map((each) => each["number"])).toEqual([1, 2, 3, 4, 5]);
    await failing.close();
  });
});
