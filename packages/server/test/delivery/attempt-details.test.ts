/** What the API shows about an attempt, and the note that replaces details that were lost. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type Row, type TestService } from "../support/service.ts";

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

async function sentBy(deliveryId: string, number: number): Promise<Row> {
  const { rows } = await posthorn.api.get(
    `/rest/v1/webhook_attempts?delivery_id=eq.${deliveryId}&number=eq.${number}`,
  );
  const { row, status, text } = await posthorn.api.post("/rest/v1/rpc/sent_request", {
    attempt_id: rows[0]?.id,
  });
  expect(status, text).toBe(200);
  return row;
}

test("without a connection, it says that nothing was sent", async () => {
  const gone = await startReceiver();
  await gone.close();
  const { orgId, endpointId } = await subscribe(posthorn, `${gone.url}/gone`);
  await publish(posthorn.api, orgId);
  const filter = `endpoint_id=eq.${endpointId}`;
  const { id } = await deliveryWith(posthorn.api, filter, (row) => row["attempts"] === 1);
  const sent = await sentBy(id, 1);
  expect(sent["note"]).toMatch(/was not sent/);
  expect(sent["body"]).toContain("scan.completed");
});

test("lost details are reported as lost, and not made up", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/forgotten`);
  await publish(posthorn.api, orgId);
  const filter = `endpoint_id=eq.${endpointId}`;
  const { id, ...delivery } = await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  const { pool } = posthorn.service;
  await pool.query("delete from posthorn.endpoint_secrets where endpoint_id = $1", [endpointId]);
  const unsigned = await sentBy(id, 1);
  expect(unsigned).toMatchObject({ is_exact: false, headers: [] });
  expect(unsigned["body"]).toContain("scan.completed");
  expect(unsigned["note"]).toMatch(/secret/);
  await pool.query("delete from posthorn.events where id = $1", [delivery["event_id"]]);
  expect(await sentBy(id, 1)).toMatchObject({ is_exact: false, body: null, headers: [] });
  await pool.query(
    "update posthorn.deliveries set exchange = (exchange::jsonb - 'versions')::json where id = $1",
    [id],
  );
  const old = await sentBy(id, 1);
  expect(old["note"]).toMatch(/did not record endpoint versions/);
});

test("an attempt's times: a new connection's, and none on a kept one", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/timed`);
  const attempts = async (): Promise<readonly Row[]> =>
    (await posthorn.api.get(`/rest/v1/webhook_attempts?endpoint_id=eq.${endpointId}&order=id`))
      .rows;
  const ids = [await publish(posthorn.api, orgId)];
  await until(async () => (await attempts()).length === 1, "the first attempt");
  ids.push(await publish(posthorn.api, orgId));
  await until(async () => (await attempts()).length === 2, "the second attempt");
  const [first, second] = await attempts();
  expect(first?.["event_id"]).toBe(ids[0]);
  for (const attempt of [first, second]) {
    expect(attempt?.["first_byte_ms"]).toBeTypeOf("number");
    expect(attempt).toMatchObject({ tls_ms: null, wait_ms: null, response_body_cut: false });
  }
  expect(second).toMatchObject({ connect_ms: null });
});

test("an attempt says that its request was sent again", async () => {
  const closing = await startReceiver((response, number) => {
    if (number === 2) response.socket?.destroy();
    else response.end();
  });
  const { orgId, endpointId } = await subscribe(posthorn, `${closing.url}/closing`);
  const filter = `endpoint_id=eq.${endpointId}&order=id`;
  const attempts = async (): Promise<readonly Row[]> =>
    (await posthorn.api.get(`/rest/v1/webhook_attempts?${filter}`)).rows;
  for (const count of [1, 2]) {
    await publish(posthorn.api, orgId);
    await until(async () => (await attempts()).length === count, `attempt ${count}`);
  }
  const shown = (await attempts()).map(({ resent, response_status }) => [resent, response_status]);
  expect(shown).toEqual([
    [false, 200],
    [true, 200],
  ]);
  expect(closing.received).toHaveLength(3);
  await closing.close();
});

test("secrets and versions are deleted once no attempt can need them", async () => {
  const { endpointId } = await subscribe(posthorn, `${receiver.url}/expiring`);
  await posthorn.api.post("/rest/v1/rpc/rotate_secret", {
    endpoint_id: endpointId,
    overlap_seconds: 0,
  });
  await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
    description: "changed",
  });
  const { pool, store, clock } = posthorn.service;
  const kept = async (): Promise<readonly number[]> => {
    const { rows } = await pool.query<{ secrets: number; versions: number }>(
      `select (select count(*)::integer from posthorn.endpoint_secrets where endpoint_id = $1)
                as secrets,
              (select count(*)::integer from posthorn.endpoint_history where endpoint_id = $1)
                as versions`,
      [endpointId],
    );
    return [rows[0]?.secrets ?? 0, rows[0]?.versions ?? 0];
  };
  const expireBefore = (beforeMs: number) =>
    store.expire({
      atMs: clock.now(),
      payloadsBeforeMs: beforeMs,
      retriedSinceMs: beforeMs,
      ledgerBeforeMs: beforeMs,
      auditBeforeMs: beforeMs,
    });
  await expireBefore(clock.now() - 60_000);
  expect(await kept()).toEqual([2, 3]);
  await expireBefore(clock.now() + 60_000);
  expect(await kept()).toEqual([1, 1]);
});
