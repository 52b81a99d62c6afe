/**
 * Checks every statement of the Cadana page. The receiver verifies with the vendors' own packages.
 */
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerStatus, startReceiver, until } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService({
    environment: { POSTHORN_CONTRACT: "cadana", POSTHORN_RETRY_SCHEDULE: "0s,20ms,20ms" },
  });
});
afterAll(() => posthorn.close());

async function subscribe(url: string) {
  const orgId = posthorn.newOrg();
  const { row } = await posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: orgId, url });
  return { orgId, endpointId: row.id, secret: String(row["secret"]) };
}

async function publish(orgId: string, eventType: string, data: unknown) {
  const timestamp = "2023-04-09T02:09:35Z";
  const { row } = await posthorn.api.post(
    "/rest/v1/webhook_events",
    { org_id: orgId, event_type: eventType, timestamp, data },
    representation,
  );
  return row.id;
}

test("the catalogue has the page's event types", async () => {
  const { rows } = await posthorn.api.get(
    "/rest/v1/webhook_event_types?name=in.(person.created,payroll.status.updated)",
  );
  expect(rows).toHaveLength(2);
});

describe("a delivery", () => {
  test("has the envelope, its time in unix seconds, and the same uuid in every attempt", async () => {
    const receiver = await startReceiver((response, number) => {
      response.writeHead(number === 1 ? 500 : 200).end();
    });
    const { orgId } = await subscribe(receiver.url);
    const eventId = await publish(orgId, "person.created", { id: "p-1" });
    await receiver.waitFor(2);
    for (const { body, headers } of receiver.received) {
      expect(JSON.parse(body)).toEqual({
        eventType: "person.created",
        timestamp: 1_681_006_175,
        data: { id: "p-1" },
        id: eventId,
        version: "v0",
      });
      expect(headers["svix-id"]).toBe(eventId);
    }
    await receiver.close();
  });

  test("is verified by the official svix and standardwebhooks packages, as it arrives", async () => {
    const receiver = await startReceiver();
    const { orgId, secret } = await subscribe(receiver.url);
    await publish(orgId, "payroll.status.updated", { payrollId: "pr-1" });
    const [first] = await receiver.waitFor(1);
    const headers = first!.headers as Record<string, string>;
    expect(headers["svix-signature"]).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
    const svixOnly = Object.fromEntries(
      Object.entries(headers).filter(([name]) => !name.startsWith("webhook-")),
    );
    const event = JSON.parse(first!.body);
    expect(new SvixWebhook(secret).verify(first!.body, svixOnly)).toEqual(event);
    expect(new StandardWebhook(secret).verify(first!.body, headers)).toEqual(event);
    expect(() => new SvixWebhook(secret).verify(`${first!.body} `, svixOnly)).toThrow();
    await receiver.close();
  });
});

describe("the response", () => {
  test("a redirect is an error, and is never followed", async () => {
    const trap = await startReceiver();
    const receiver = await startReceiver(answerStatus(308, { location: trap.url }));
    const { orgId, endpointId } = await subscribe(receiver.url);
    await publish(orgId, "person.created", { id: "p-2" });
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}`;
    await until(async () => (await posthorn.api.get(path)).row["status"] === "failed", "the end");
    expect((await posthorn.api.get(path)).row).toMatchObject({ response_status: 308, attempts: 3 });
    expect(receiver.received).toHaveLength(3);
    expect(trap.received).toHaveLength(0);
    await Promise.all([receiver.close(), trap.close()]);
  });

  test.each([200, 201, 202, 204, 299])("%i is a success", async (status) => {
    const receiver = await startReceiver(answerStatus(status));
    const { orgId, endpointId } = await subscribe(receiver.url);
    await publish(orgId, "person.created", { id: "p-3" });
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}`;
    await until(
      async () => (await posthorn.api.get(path)).row["status"] === "delivered",
      "the end",
    );
    expect(receiver.received).toHaveLength(1);
    await receiver.close();
  });

  test.each([304, 400, 404, 429, 500, 600])("%i is a failure", async (status) => {
    const receiver = await startReceiver(answerStatus(status));
    const { orgId, endpointId } = await subscribe(receiver.url);
    await publish(orgId, "person.created", { id: "p-4" });
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}`;
    await until(async () => (await posthorn.api.get(path)).row["status"] === "failed", "the end");
    await receiver.close();
  });
});
