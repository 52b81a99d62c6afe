/** An endpoint's own retry schedule, timeout and final statuses. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type Row, type TestService } from "../support/service.ts";

const endpoints = "/rest/v1/webhook_endpoints";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_CONTRACT: "standard" } });
});
afterAll(() => posthorn.close());

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver(answerStatus(500));
});
afterEach(() => receiver.close());

async function attemptsOf(eventId: string): Promise<readonly Row[]> {
  return (await posthorn.api.get(`/rest/v1/webhook_attempts?event_id=eq.${eventId}&order=id.asc`))
    .rows;
}

test("the endpoint's schedule decides how often and when it is tried", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url, { retry_schedule: "0s,50ms,100ms" });
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("failed"));
  expect(delivery["attempts"]).toBe(3);
  expect(receiver.received).toHaveLength(3);
});

test("the endpoint's timeout ends an attempt", async () => {
  receiver.answerWith(() => undefined);
  const { orgId } = await subscribe(posthorn, receiver.url, {
    timeout_seconds: 1,
    retry_schedule: "0s",
  });
  const eventId = await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("failed"));
  const [attempt] = await attemptsOf(eventId);
  expect(attempt).toMatchObject({ error: "timeout" });
  // The contract allows 15 s.
  expect(attempt!["duration_ms"]).toBeGreaterThanOrEqual(1_000);
  expect(attempt!["duration_ms"]).toBeLessThan(15_000);
});

test("after a final status there is no retry, and the attempt says why", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url, {
    final_statuses: ["404", "420-429"],
    retry_schedule: "0s,1h",
  });
  for (const [status, expected] of [
    [404, "failed"],
    [425, "failed"],
    [430, "pending"],
  ] as const) {
    receiver.answerWith(answerStatus(status));
    const eventId = await publish(posthorn.api, orgId);
    const delivery = await deliveryWith(
      posthorn.api,
      `event_id=eq.${eventId}`,
      (row) => row["attempts"] === 1,
    );
    expect([status, delivery["status"]]).toEqual([status, expected]);
    const [attempt] = await attemptsOf(eventId);
    expect(attempt!["error_message"]).toBe(
      expected === "failed"
        ? `The endpoint's final_statuses contain ${status}, so there is no retry.`
        : null,
    );
  }
});

test("null brings the contract's rules back, also for deliveries that wait", async () => {
  const fields = { retry_schedule: "0s,1h", timeout_seconds: 5, final_statuses: ["500"] };
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, fields);
  const { row } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
  expect(row).toMatchObject(fields);
  const without = { retry_schedule: null, timeout_seconds: null, final_statuses: [] };
  await posthorn.api.request("PATCH", `${endpoints}?id=eq.${endpointId}`, without);
  const eventId = await publish(posthorn.api, orgId);
  const attempted = (each: Row): boolean => each["attempts"] === 1;
  const delivery = await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, attempted);
  expect(delivery["status"]).toBe("pending");
  const { row: changed } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
  expect(changed).toMatchObject({ ...without, final_statuses: null });
});

describe("refuses", () => {
  const steps = (chars: number): string => "0s,".padEnd(chars - 2, " ") + "1s";
  const many = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => String(400 + index));

  test.each<[string, unknown, unknown, string]>([
    [
      "retry_schedule",
      steps(limits.retryScheduleCharsMax),
      steps(limits.retryScheduleCharsMax + 1),
      "PH_FIELD_INVALID",
    ],
    ["retry_schedule", "0s", "1s", "PH_SCHEDULE_INVALID"],
    ["timeout_seconds", limits.timeoutSecondsMax, limits.timeoutSecondsMax + 1, "PH_FIELD_INVALID"],
    ["timeout_seconds", 1, 0, "PH_FIELD_INVALID"],
    [
      "final_statuses",
      many(limits.finalStatusesMax),
      many(limits.finalStatusesMax + 1),
      "PH_FIELD_INVALID",
    ],
    ["final_statuses", ["300-599"], ["299"], "PH_FIELD_INVALID"],
    ["final_statuses", ["410"], ["4xx"], "PH_FIELD_INVALID"],
  ])("%s: %j is allowed, %j is not", async (field, good, bad, code) => {
    const { endpointId } = await subscribe(posthorn, receiver.url, { [field]: good });
    const refused = await posthorn.api.request("PATCH", `${endpoints}?id=eq.${endpointId}`, {
      [field]: bad,
    });
    expect([refused.status, refused.row["code"]]).toEqual([400, code]);
    const { row } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
    expect(row[field]).toEqual(good);
  });
});
