/** One endpoint whose secret cannot be decrypted, e.g. after a wrong key, among healthy ones. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,1h" } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
});

test("fails alone: its neighbours get their deliveries, and nothing is sent unsigned", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/unreadable`);
  await subscribe(posthorn, `${receiver.url}/readable`, { org_id: orgId });
  const database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  await database.query(
    "update posthorn.endpoint_secrets set ciphertext = 'v1.00000000.AAAA' where endpoint_id = $1",
    [endpointId],
  );
  await database.end();
  const eventId = await publish(posthorn.api, orgId);
  await receiver.waitFor(1);
  const filter = `event_id=eq.${eventId}&endpoint_id=eq.${endpointId}`;
  const failed = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 1);
  expect(hasStatus("pending")(failed)).toBe(true);
  const attempts = await posthorn.api.get(`/rest/v1/webhook_attempts?delivery_id=eq.${failed.id}`);
  expect(attempts.rows).toMatchObject([{ response_status: null, error: "internal" }]);
  expect(receiver.received.map(({ path }) => path)).toEqual(["/readable"]);
});
