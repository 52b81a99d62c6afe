/** A paused endpoint gets every event, and is sent nothing until the pause ends. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { clockToleranceMs, startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type Answered, type TestService } from "../support/service.ts";

const endpoints = "/rest/v1/webhook_endpoints";
const dayMs = 86_400_000;

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,200ms,1h" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

const pause = (id: string, untilMs: number | null): Promise<Answered> =>
  posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, {
    paused_until: untilMs === null ? null : new Date(untilMs).toISOString(),
  });

test("deliveries wait until the pause ends, and are then sent by themselves", async () => {
  const untilMs = Date.now() + 3_000;
  const { orgId } = await subscribe(posthorn, receiver.url, {
    paused_until: new Date(untilMs).toISOString(),
  });
  const eventId = await publish(posthorn.api, orgId);
  const { rows } = await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId });
  expect(rows[0]).toMatchObject({
    verdict: "held",
    reason: expect.stringMatching(
      /^The endpoint is paused until .* pending until then\.$/,
    ) as string,
  });
  const before = receiver.received.length;
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  expect(receiver.received.length).toBe(before + 1);
  expect(receiver.received.at(-1)!.atMs).toBeGreaterThanOrEqual(untilMs - clockToleranceMs);
});

test("a pause holds back retries as well, and ends at once when it is taken back", async () => {
  const failing = await startReceiver((response) => response.writeHead(500).end());
  const { orgId, endpointId } = await subscribe(posthorn, failing.url);
  const eventId = await publish(posthorn.api, orgId);
  await failing.waitFor(1);
  await pause(endpointId, Date.now() + dayMs);
  const paused = failing.received.length;
  // The retry is due now, and waits. Another endpoint's deliveries are sent meanwhile.
  const { orgId: other } = await subscribe(posthorn, receiver.url);
  for (let n = 0; n < 3; n += 1) {
    const sent = await publish(posthorn.api, other);
    await deliveryWith(posthorn.api, `event_id=eq.${sent}`, hasStatus("delivered"));
  }
  expect(failing.received.length - paused).toBeLessThanOrEqual(1);
  const held = failing.received.length;
  await publish(posthorn.api, orgId);
  failing.answerWith((response) => response.writeHead(204).end());
  await pause(endpointId, null);
  await failing.waitFor(held + 1);
  if (held < 2) {
    await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  }
  await failing.close();
});

test("a pause ends at most so many days ahead; one in the past is none", async () => {
  const { endpointId } = await subscribe(posthorn, receiver.url);
  const longestMs = Date.now() + limits.pauseDaysMax * dayMs;
  expect((await pause(endpointId, longestMs)).status).toBe(204);
  const { row } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
  expect(Date.parse(String(row["paused_until"]))).toBe(longestMs);
  const refused = await pause(endpointId, longestMs + 60_000);
  expect([refused.status, refused.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
  expect((await pause(endpointId, Date.now() - 1_000)).status).toBe(204);
  const { row: ended } = await posthorn.api.get(`${endpoints}?id=eq.${endpointId}`);
  expect(ended["paused_until"]).toBeNull();
});
