/** Publishing from SQL, inside the caller's own transaction. */
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let application: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  application = new pg.Client({ connectionString: posthorn.databaseUrl });
  await application.connect();
});
afterAll(async () => {
  await application.end();
  await posthorn.close();
  await receiver.close();
});

let orgId: string;
let path: string;
beforeEach(async () => {
  orgId = posthorn.newOrg();
  path = `/${orgId}`;
  await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: orgId,
    url: receiver.url + path,
  });
});

const publish = (key: string | null = null, data = '{"scan_id":"s-1"}') =>
  application.query<{ id: string }>(
    "select posthorn.publish($1, 'scan.completed', $2, idempotency_key => $3) as id",
    [orgId, data, key],
  );

const arrived = () => receiver.received.filter((each) => each.path === path);

describe("a committed transaction", () => {
  test("sends the event, usually within 100 ms", async () => {
    const delaysMs: number[] = [];
    // Repeats the publish and compares the shortest delay, which a busy machine affects least.
    for (let round = 0; round < 5 || (round < 50 && Math.min(...delaysMs) >= 100); round += 1) {
      await application.query("begin");
      await publish();
      const committedAtMs = Date.now();
      await application.query("commit");
      await until(() => arrived().length === round + 1, "the delivery");
      delaysMs.push(arrived()[round]!.atMs - committedAtMs);
    }
    expect(Math.min(...delaysMs)).toBeLessThan(100);
  });

  test("sends what was stored, signed and enveloped as from HTTP", async () => {
    const { rows } = await publish();
    await until(() => arrived().length === 1, "the delivery");
    expect(arrived()[0]!.headers["webhook-id"]).toBe(rows[0]!.id);
    expect(JSON.parse(arrived()[0]!.body)).toMatchObject({
      event: "scan.completed",
      data: { scan_id: "s-1" },
    });
  });
});

test("a rolled-back transaction sends nothing, and stores nothing", async () => {
  await application.query("begin");
  const { rows } = await publish();
  await application.query("rollback");
  await publish();
  await until(() => arrived().length === 1, "the event after it");
  expect(arrived()[0]!.headers["webhook-id"]).not.toBe(rows[0]!.id);
  const stored = await posthorn.api.get(`/rest/v1/webhook_events?id=eq.${rows[0]!.id}`);
  expect(stored.rows).toHaveLength(0);
});

describe("errors are raised in the caller's transaction", () => {
  test("an unknown event type", async () => {
    await expect(
      application.query("select posthorn.publish($1, 'no.such', '{}')", [orgId]),
    ).rejects.toMatchObject({ code: "23503" });
  });

  test("data of more than 256 KiB", async () => {
    const data = JSON.stringify({ text: "x".repeat(256 * 1024) });
    await expect(publish(null, data)).rejects.toMatchObject({ code: "54000" });
  });

  test("a missing argument", async () => {
    await expect(
      application.query("select posthorn.publish(null, 'scan.completed', '{}')"),
    ).rejects.toMatchObject({ code: "22004" });
  });

  test("a key that was used for another event", async () => {
    await publish("key-1");
    await expect(publish("key-1", '{"scan_id":"other"}')).rejects.toMatchObject({ code: "23505" });
  });
});

test("the same key for the same event returns the first id, and sends once", async () => {
  const first = await publish("key-2");
  const second = await publish("key-2");
  expect(second.rows[0]!.id).toBe(first.rows[0]!.id);
  await publish();
  await until(() => arrived().length === 2, "one of the key's and one more");
  expect(arrived()).toHaveLength(2);
});

test("over HTTP and in SQL, the same data in any spelling is the same event", async () => {
  const overHttp = async (key: string, data: unknown) => {
    const event = { org_id: orgId, event_type: "scan.completed", data, idempotency_key: key };
    const { status, row } = await posthorn.api.post(
      "/rest/v1/webhook_events",
      event,
      representation,
    );
    return [status, row.id];
  };
  const fromHttp = await overHttp("key-3", { scan_id: "s-1", n: 1 });
  expect(fromHttp[0]).toBe(201);
  const again = await publish("key-3", '{"n": 1.00, "scan_id": "s-1"}');
  expect(again.rows[0]!.id).toBe(fromHttp[1]);
  await expect(publish("key-3", '{"n": 1.01, "scan_id": "s-1"}')).rejects.toMatchObject({
    code: "23505",
  });
  const fromSql = await publish("key-4", '{"n": 1.0, "scan_id": "s-1"}');
  expect(await overHttp("key-4", { scan_id: "s-1", n: 1 })).toEqual([201, fromSql.rows[0]!.id]);
  expect((await overHttp("key-4", { scan_id: "s-1", n: 2 }))[0]).toBe(422);
  const withTime = `select posthorn.publish($1, 'scan.completed', $2, "timestamp" => $3,
                                            idempotency_key => 'key-5', external_id => 'e') as id`;
  const timed = (data: string, at: string) =>
    application.query<{ id: string }>(withTime, [orgId, data, at]);
  const first = await timed('{"n": 1, "m": 2}', "2026-01-01T00:00:00.500Z");
  const second = await timed('{"m": 2.0, "n": 1}', "2026-01-01T01:00:00.500+01");
  expect(second.rows[0]!.id).toBe(first.rows[0]!.id);
  await expect(timed('{"m": 2.0, "n": 1}', "2026-01-01T00:00:00.501Z")).rejects.toMatchObject({
    code: "23505",
  });
});

test("data that SQL cannot read is other data, and no error", async () => {
  const data = { scan_id: "\u0000" };
  const event = { org_id: orgId, event_type: "scan.completed", data, idempotency_key: "key-6" };
  expect((await posthorn.api.post("/rest/v1/webhook_events", event)).status).toBe(201);
  await expect(publish("key-6", '{"scan_id": ""}')).rejects.toMatchObject({ code: "23505" });
});

test("the schema of the type is not checked on this path", async () => {
  await publish(null, '{"scan_id":17,"score_overall":"not a number"}');
  await until(() => arrived().length === 1, "the delivery");
});

test("a role needs only USAGE on the schema and EXECUTE on the function", async () => {
  const role = `app_${orgId.slice(0, 8)}`;
  await application.query(`create role ${role}`);
  try {
    await application.query(`grant usage on schema posthorn to ${role}`);
    await application.query(`set role ${role}`);
    await expect(publish()).rejects.toMatchObject({ code: "42501" });
    await application.query("reset role");
    await application.query(`grant execute on function posthorn.publish to ${role}`);
    await application.query(`set role ${role}`);
    await publish();
    await expect(application.query("select * from posthorn.events")).rejects.toMatchObject({
      code: "42501",
    });
    await until(() => arrived().length === 1, "the delivery");
  } finally {
    await application.query("reset role");
    await application.query(`drop owned by ${role}`);
    await application.query(`drop role ${role}`);
  }
});
