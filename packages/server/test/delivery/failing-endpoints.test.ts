/**
 * An endpoint whose attempts all fail gets a warning, is turned off and reported once, and gets a
 * replay after its repair.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyCda } from "@posthorn/consumer";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type Row, type TestService } from "../support/service.ts";

const operatorOrg = randomUUID();
let posthorn: TestService;
const receivers: Receiver[] = [];

beforeAll(async () => {
  posthorn = await startTestService({
    environment: {
      POSTHORN_DISABLE_AFTER: "5s",
      POSTHORN_OPERATIONAL_ORG: operatorOrg,
      POSTHORN_RETRY_SCHEDULE: ["0s", ...Array.from({ length: 40 }, () => "200ms"), "60s"].join(
        ",",
      ),
    },
  });
});

afterAll(async () => {
  await posthorn.close();
  for (const receiver of receivers) await receiver.close();
});

async function receiverWith(status: number): Promise<Receiver> {
  const receiver = await startReceiver(answerStatus(status));
  receivers.push(receiver);
  return receiver;
}

async function endpoint(id: string): Promise<Row> {
  return (await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${id}`)).row;
}

async function isOff(id: string): Promise<boolean> {
  return (await endpoint(id))["is_active"] === false;
}

interface OperationalEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const operationalEventsIn = (receiver: Receiver): readonly OperationalEvent[] =>
  receiver.received.map(({ body }) => JSON.parse(body) as OperationalEvent);

async function operationalEventsAbout(id: string): Promise<readonly Row[]> {
  const path = "/rest/v1/webhook_events?event_type=in.(endpoint.disabled,endpoint.failing)";
  const { rows } = await posthorn.api.get(`${path}&order=id.asc`);
  return rows.filter((row) => (row["data"] as Row)["endpoint_id"] === id);
}

test("two nodes warn of it, turn it off and report it once; then it gets everything", async () => {
  const second = await posthorn.startSecondNode();
  try {
    const failing = await receiverWith(503);
    const told = await receiverWith(200);
    const toldAll = await receiverWith(200);
    const operator = await receiverWith(200);
    const { orgId, endpointId } = await subscribe(posthorn, `${failing.url}/in?token=hidden`);
    const events = ["endpoint.disabled", "endpoint.failing"];
    const toldBy = await subscribe(posthorn, told.url, { org_id: orgId, events });
    await subscribe(posthorn, toldAll.url, { org_id: orgId });
    await subscribe(posthorn, operator.url, { org_id: operatorOrg, events });
    const waiting = await publish(posthorn.api, orgId);
    await publish(posthorn.api, orgId);
    await until(async () => (await endpoint(endpointId))["failing_since"] !== null, "failing");
    await until(() => isOff(endpointId), "the endpoint to be turned off", 20_000);

    const row = await endpoint(endpointId);
    expect(row["inactive_reason"]).toBe("Every attempt failed for 5 seconds.");
    expect(Date.parse(String(row["inactive_since"]))).toBeGreaterThan(Date.now() - 10_000);
    expect(row["failing_since"]).toBeNull();
    await told.waitFor(2);
    await operator.waitFor(2);
    for (const receiver of [told, operator]) {
      expect(operationalEventsIn(receiver).map((each) => each.event)).toEqual([
        "endpoint.failing",
        "endpoint.disabled",
      ]);
      expect(operationalEventsIn(receiver)[1]!.data).toMatchObject({
        endpoint_id: endpointId,
        org_id: orgId,
        url: `${failing.url}/in`,
        reason: "failing",
        last_error: "status 503",
        deliveries_missed: 2,
        failing_since: expect.stringMatching(/Z$/),
      });
    }
    expect(JSON.stringify(operationalEventsIn(told))).not.toContain("hidden");
    const { body, headers } = told.received[1]!;
    expect(() => verifyCda({ secret: toldBy.secret, body, headers })).not.toThrow();
    const audit = `/rest/v1/webhook_audit?subject_id=eq.${endpointId}&action=eq.endpoint.turned_off`;
    const entries = (await posthorn.api.get(audit)).rows;
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ actor_kind: "system", org_id: orgId });

    const missed = await publish(posthorn.api, orgId);
    failing.answerWith(answerStatus(200));
    await toldAll.waitFor(3);
    const beforeOn = failing.received.length;
    await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
      is_active: true,
    });
    await failing.waitFor(beforeOn + 2);
    await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: endpointId, status: "missed" });
    await failing.waitFor(beforeOn + 3);
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}`;
    await until(async () => {
      const { rows } = await posthorn.api.get(path);
      return rows.length === 3 && rows.every((each) => each["status"] === "delivered");
    }, "all three to be delivered");
    const delivered = (await posthorn.api.get(path)).rows.map((each) => each["event_id"]);
    expect(delivered).toEqual(expect.arrayContaining([waiting, missed]));
    expect(await endpoint(endpointId)).toMatchObject({
      inactive_since: null,
      inactive_reason: null,
      failing_since: null,
    });
    // The receiver that subscribes to every type got the platform's three events, but no
    // operational event.
    expect(operationalEventsIn(toldAll).map((each) => each.event)).toEqual(
      Array.from({ length: 3 }, () => "scan.completed"),
    );
    expect(await operationalEventsAbout(endpointId)).toHaveLength(4);
  } finally {
    await second.close();
  }
}, 60_000);

test("failing_since is the first failure after the last success", async () => {
  const receiver = await receiverWith(200);
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const first = await publish(posthorn.api, orgId);
  await deliveryWith(posthorn.api, `event_id=eq.${first}`, hasStatus("delivered"));
  receiver.answerWith(answerStatus(503));
  const failed = await publish(posthorn.api, orgId);
  // With the second attempt, the latest failure is no longer the first.
  await receiver.waitFor(3);
  await until(async () => (await endpoint(endpointId))["failing_since"] !== null, "failing");
  const path = `/rest/v1/webhook_attempts?event_id=eq.${failed}&order=id.asc&limit=1`;
  const { attempted_at: attemptedAt } = (await posthorn.api.get(path)).row;
  expect((await endpoint(endpointId))["failing_since"]).toBe(attemptedAt);
  receiver.answerWith(answerStatus(200));
  await until(async () => (await endpoint(endpointId))["failing_since"] === null, "recovery");
});

// Each of these tests waits only for its own endpoints, so they can run concurrently.
/** @param fail makes an attempt fail, after a success that the statistics do not contain. */
async function staysOn(fail: (orgId: string, deliveryId: string) => Promise<unknown>) {
  const { pool } = posthorn.service;
  const mixed = await receiverWith(200);
  const { orgId, endpointId } = await subscribe(posthorn, mixed.url);
  await publish(posthorn.api, orgId);
  const filter = `endpoint_id=eq.${endpointId}`;
  const { id } = await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  const ofEndpoint = "from posthorn.delivery_statistics where endpoint_id = $1";
  await until(
    async () => (await pool.query(`select ${ofEndpoint}`, [endpointId])).rowCount === 2,
    "the counts of the success",
    10_000,
  );
  await pool.query(`delete ${ofEndpoint}`, [endpointId]);
  const { rows } = await pool.query<{ failing_since: Date }>(
    `update posthorn.endpoints
     set failing_since = date_trunc('second', now()) - interval '1 minute'
     where id = $1 returning failing_since`,
    [endpointId],
  );
  const planted = rows[0]!.failing_since.getTime();
  mixed.answerWith(answerStatus(500));
  await fail(orgId, id);
  const since = async (): Promise<number> =>
    Date.parse(String((await endpoint(endpointId))["failing_since"]));
  await until(async () => (await since()) !== planted, "a later first failure, or none", 20_000);
  expect(await isOff(endpointId)).toBe(false);
}

describe.concurrent("side by side", () => {
  test("40 simultaneous failures, or a success among failures, turn nothing off", async () => {
    const burst = await receiverWith(500);
    const mixed = await receiverWith(500);
    mixed.answerWith((response, number) => void response.writeHead(number % 10 ? 500 : 200).end());
    const a = await subscribe(posthorn, burst.url, { in_flight_max: 40 });
    const b = await subscribe(posthorn, mixed.url);
    for (let count = 0; count < 40; count += 1) await publish(posthorn.api, a.orgId);
    for (let count = 0; count < 3; count += 1) await publish(posthorn.api, b.orgId);
    await burst.waitFor(40);
    burst.answerWith(answerStatus(200));
    await burst.waitFor(80, 10_000);
    const endMs = Date.now() + 7_000;
    await until(
      async () => {
        await publish(posthorn.api, b.orgId);
        await sleep(50);
        return Date.now() > endMs;
      },
      "seven seconds",
      10_000,
    );
    expect(await isOff(a.endpointId)).toBe(false);
    expect(await isOff(b.endpointId)).toBe(false);
    const types = (await operationalEventsAbout(a.endpointId)).map((each) => each["event_type"]);
    expect(types).not.toContain("endpoint.disabled");
  }, 40_000);

  test("nine failures, or any number of one delivery, are not enough", async () => {
    const { failingAttemptsLeast, failingDeliveriesLeast } = limits;
    expect([failingAttemptsLeast, failingDeliveriesLeast]).toEqual([10, 2]);
    const many = await receiverWith(500);
    const one = await subscribe(posthorn, many.url);
    await publish(posthorn.api, one.orgId);
    // The receiver's Retry-After of a minute prevents a second failure of the same event.
    const few = await startReceiver(answerStatus(500, { "retry-after": "60" }));
    receivers.push(few);
    const nine = await subscribe(posthorn, few.url);
    await publish(posthorn.api, nine.orgId);
    // If several failures happen between two checks, Posthorn records the time of the last one.
    await until(async () => (await endpoint(nine.endpointId))["failing_since"] !== null, "a look");
    for (let count = 2; count <= 8; count += 1) await publish(posthorn.api, nine.orgId);
    await few.waitFor(8);
    await sleep(5_500);
    await publish(posthorn.api, nine.orgId);
    await few.waitFor(9);
    await many.waitFor(20);
    await sleep(2_000);
    expect(await isOff(one.endpointId)).toBe(false);
    expect(await isOff(nine.endpointId)).toBe(false);

    // The tenth failure causes the warning. A failure after a quarter of the period turns the
    // endpoint off.
    await publish(posthorn.api, one.orgId);
    await until(() => isOff(one.endpointId), "two deliveries to be enough", 20_000);
    const isNineOff = async (): Promise<boolean> => {
      await publish(posthorn.api, nine.orgId);
      await sleep(300);
      return isOff(nine.endpointId);
    };
    await until(isNineOff, "ten failures to be enough", 20_000);
    const types = (await operationalEventsAbout(nine.endpointId)).map((each) => each["event_type"]);
    expect(new Set(types)).toEqual(new Set(["endpoint.failing", "endpoint.disabled"]));
  }, 60_000);

  test("Posthorn's own fault does not start the period", async () => {
    const { pool } = posthorn.service;
    const well = await receiverWith(200);
    const { orgId, endpointId } = await subscribe(posthorn, well.url);
    const secret = "posthorn.endpoint_secrets";
    const { rows } = await pool.query<{ ciphertext: Buffer }>(
      `select ciphertext from ${secret} where endpoint_id = $1`,
      [endpointId],
    );
    await pool.query(`update ${secret} set ciphertext = 'x' where endpoint_id = $1`, [endpointId]);
    await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
      description: "its secret cannot be read",
    });
    await publish(posthorn.api, orgId);
    const faults = `/rest/v1/webhook_attempts?endpoint_id=eq.${endpointId}&error=eq.internal`;
    await until(async () => (await posthorn.api.get(faults)).rows.length > 1, "faults");
    await sleep(2_000);
    expect((await endpoint(endpointId))["failing_since"]).toBeNull();
    expect(rows).toHaveLength(1);
  }, 30_000);

  test("a failing receiver of operational events causes one event, not a storm", async () => {
    const first = await receiverWith(500);
    const events = ["endpoint.disabled", "endpoint.failing", "scan.completed"];
    const { orgId, endpointId } = await subscribe(posthorn, first.url, { events });
    const second = await receiverWith(500);
    const other = await subscribe(posthorn, second.url, { org_id: orgId, events });
    await publish(posthorn.api, orgId);
    await publish(posthorn.api, orgId);
    await until(
      async () => (await isOff(endpointId)) && (await isOff(other.endpointId)),
      "both to be off",
      30_000,
    );
    // At most two operational events in the endpoint's org, and two in the operator's org.
    expect((await operationalEventsAbout(endpointId)).length).toBeLessThanOrEqual(4);
    expect((await operationalEventsAbout(other.endpointId)).length).toBeLessThanOrEqual(4);
  }, 60_000);

  test("a success that only the database knows about, because its node died, keeps an endpoint on", async () => {
    await staysOn((orgId) => publish(posthorn.api, orgId));
  }, 60_000);

  test("the success of a delivery that fails after a manual retry keeps its endpoint on", async () => {
    const retry = "/rest/v1/rpc/retry_delivery";
    await staysOn((_orgId, delivery_id) => posthorn.api.post(retry, { delivery_id }));
  }, 60_000);
});

test("410 turns off and notifies in one transaction: a fault undoes both, a retry does both", async () => {
  const { pool } = posthorn.service;
  // The fault ends with the row. Dropping the trigger could deadlock with the node's statements.
  await pool.query(`
    insert into posthorn.settings (name, value) values ('test_fault', '');
    create function posthorn.test_fault() returns trigger language plpgsql as $$ begin
      if exists (select from posthorn.settings where name = 'test_fault') then
        raise exception 'a fault of the test';
      end if;
      return new;
    end $$;
    create trigger test_fault before insert on posthorn.events for each row
      when (new.event_type = 'endpoint.disabled') execute function posthorn.test_fault()`);
  const gone = await receiverWith(410);
  const { orgId, endpointId } = await subscribe(posthorn, gone.url);
  const told = await receiverWith(200);
  await subscribe(posthorn, told.url, { org_id: orgId, events: ["endpoint.disabled"] });
  await publish(posthorn.api, orgId);
  await gone.waitFor(1);
  await sleep(1_000);
  expect(await isOff(endpointId)).toBe(false);
  expect(told.received).toHaveLength(0);
  await pool.query("delete from posthorn.settings where name = 'test_fault'");
  await told.waitFor(1);
  expect(await isOff(endpointId)).toBe(true);
  expect(operationalEventsIn(told)[0]!.data).toMatchObject({
    reason: "gone",
    last_error: "status 410",
  });
  const audit = `/rest/v1/webhook_audit?subject_id=eq.${endpointId}&action=eq.endpoint.turned_off`;
  expect((await posthorn.api.get(audit)).rows).toHaveLength(1);
}, 30_000);
