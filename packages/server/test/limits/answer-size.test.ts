/**
 * A response that would exceed the limit in bytes is rejected. A response just below the limit is
 * sent.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

test("a response may have up to its limit in bytes, and not one more", async () => {
  const orgId = posthorn.newOrg();
  await publish(posthorn.api, orgId);
  // The test first measures a small response, then adds data to one row up to the limit.
  const { pool } = posthorn.service;
  const write = (chars: number): Promise<unknown> =>
    pool.query("update posthorn.events set data = to_json(repeat('x', $2)) where org_id = $1", [
      orgId,
      chars,
    ]);
  await write(0);
  const path = `/rest/v1/webhook_events?select=data&org_id=eq.${orgId}`;
  const restChars = (await posthorn.api.get(path)).text.length;
  await write(limits.answerBytesMax - restChars);
  const fits = await posthorn.api.get(path);
  expect(fits.status).toBe(200);
  expect(fits.text).toHaveLength(limits.answerBytesMax);
  await write(limits.answerBytesMax - restChars + 1);
  const refused = await posthorn.api.get(path);
  expect(refused.status).toBe(400);
  expect(refused.row["code"]).toBe("PH_ANSWER_TOO_LARGE");
});

test("the same limit applies to the response to a change; beyond it nothing is changed", async () => {
  const receiver = await startReceiver();
  const { endpointId } = await subscribe(posthorn, receiver.url);
  const { pool } = posthorn.service;
  const write = (chars: number): Promise<unknown> =>
    pool.query("update posthorn.endpoints set description = repeat('x', $2) where id = $1", [
      endpointId,
      chars,
    ]);
  // The request selects one long text under four aliases, so a small request causes a large
  // response.
  const repeated = ["a", "b", "c", "d"].map((alias) => `${alias}:description`).join(",");
  const patch = (rate: number): ReturnType<TestService["api"]["request"]> =>
    posthorn.api.request(
      "PATCH",
      `/rest/v1/webhook_endpoints?id=eq.${endpointId}&select=${repeated}`,
      { rate_per_second: rate },
      representation,
    );
  await write(0);
  const restChars = (await patch(1)).text.length - "[]".length;
  const chars = Math.floor((limits.answerBytesMax - restChars) / 4);
  await write(chars);
  expect((await patch(2)).status).toBe(200);
  await write(chars + 1);
  const refused = await patch(3);
  expect([refused.status, refused.row["code"]]).toEqual([400, "PH_ANSWER_TOO_LARGE"]);
  const { rows } = await pool.query(
    "select rate_per_second from posthorn.endpoints where id = $1",
    [endpointId],
  );
  expect(rows).toEqual([{ rate_per_second: 2 }]);
  await receiver.close();
});

test("a publish may request each field only once in its response", async () => {
  const orgId = posthorn.newOrg();
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s-1" } };
  const path = "/rest/v1/webhook_events?select=id,data,more:data";
  const refused = await posthorn.api.post(path, event, representation);
  expect([refused.status, refused.row["code"]]).toEqual([400, "PGRST127"]);
  const events = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}`);
  expect(events.rows).toEqual([]);
});
