/**
 * Rows that Posthorn cannot have written, among valid ones. Each fails alone, with a reason.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type Row, type TestService } from "../support/service.ts";

const goodEvents = 50;

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s" } });
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await receiver.close();
  await posthorn.close();
});

interface Poison {
  /** Null: the delivery refers to an event that does not exist. */
  readonly timestamp?: string | null;
  readonly contract?: string;
  /** SQL that changes the endpoint with the id `$1`. */
  readonly endpoint?: string;
}

/** Rows that turn the delivery into a dead letter before any attempt. */
const unreadable: Readonly<Record<string, Poison>> = {
  "an infinite timestamp": { timestamp: "infinity" },
  "minus infinity": { timestamp: "-infinity", contract: "cadana" },
  "an infinite timestamp in seconds": { timestamp: "infinity", contract: "cadana" },
  "a year of five digits": { timestamp: "20000-01-01" },
  "a year before Christ": { timestamp: "0002-01-01 BC" },
  "the greatest timestamp": { timestamp: "294276-12-31 23:59:59.999999+00" },
  "no event": { timestamp: null },
};

const setEndpoint = (assignment: string): string =>
  `update posthorn.endpoints set ${assignment}, version = version + 1 where id = $1`;

/** Rows with which Posthorn cannot make an attempt until somebody corrects the endpoint. */
const unsendable: Readonly<Record<string, Poison>> = {
  "a version beyond 2^53": {
    endpoint: "update posthorn.endpoints set version = 9007199254740993 where id = $1",
  },
  "headers that are an array": { endpoint: setEndpoint(`headers = '["a"]'`) },
  "headers that are a text": { endpoint: setEndpoint(`headers = '"a"'`) },
  "headers that are null": { endpoint: setEndpoint("headers = 'null'") },
  "a header that is a number": { endpoint: setEndpoint(`headers = '{"x-a":1}'`) },
  "a header of two lines": { endpoint: setEndpoint(`headers = '{"x-a":"1\\r\\nx-b: 2"}'`) },
  "a header with a name that is none": { endpoint: setEndpoint(`headers = '{"x a":"1"}'`) },
  "a contract that the program lacks": { endpoint: setEndpoint("contract = 'removed'") },
  "no attempts at once": { endpoint: setEndpoint("in_flight_max = 0") },
  "attempts at once below 0": { endpoint: setEndpoint("in_flight_max = -5") },
  "no secret": { endpoint: "delete from posthorn.endpoint_secrets where endpoint_id = $1" },
  "a secret that cannot be read": {
    endpoint: "update posthorn.endpoint_secrets set ciphertext = 'x' where endpoint_id = $1",
  },
};

/** Rows whose attempts fail in the ordinary way. */
const failing: Readonly<Record<string, Poison>> = {
  "a URL that is none": { endpoint: setEndpoint("url = 'no url'") },
  "an empty URL": { endpoint: setEndpoint("url = ''") },
};

test("a pending delivery without an attempt left cannot be stored", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url);
  await publish(posthorn.api, orgId);
  const exhaust = database.query(
    "update posthorn.deliveries set attempts = 255, status = 'pending' where org_id = $1",
    [orgId],
  );
  await expect(exhaust).rejects.toMatchObject({ constraint: "deliveries_attempts_left" });
});

interface Planted {
  readonly name: string;
  readonly orgId: string;
  readonly endpointId: string;
  readonly eventId: string;
}

/** Inserts an event and its delivery, which is due now, directly into the tables. */
async function plant(name: string, poison: Poison): Promise<Planted> {
  const { timestamp = "now", contract = "standard", endpoint } = poison;
  const { orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/poison`, { contract });
  if (endpoint !== undefined) {
    const { rowCount } = await database.query(endpoint, [endpointId]);
    expect(rowCount).toBe(1);
  }
  const { rows } = await database.query<{ id: string }>("select posthorn.uuid_v7(now()) as id");
  const eventId = rows[0]!.id;
  if (timestamp !== null) {
    await database.query(
      `insert into posthorn.events
         (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
       values ($1, $2, 'scan.completed', $3, '{"n":1}', 1, now())`,
      [eventId, orgId, timestamp],
    );
  }
  await database.query(
    `insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        due_at, created_at)
     values (posthorn.delivery_id($1, $2), $1, $2, $3, 'scan.completed', 'pending', 0, 0, now(),
             now())`,
    [eventId, endpointId, orgId],
  );
  await database.query(
    "insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at) values ($1, $2, now())",
    [orgId, endpointId],
  );
  return { name, orgId, endpointId, eventId };
}

async function deliveryOf({ orgId }: Planted): Promise<Row | undefined> {
  const { status, rows } = await posthorn.api.get(`/rest/v1/webhook_deliveries?org_id=eq.${orgId}`);
  expect(status).toBe(200);
  return rows[0];
}

test("each fails alone: deliveries claimed with it are delivered, and can be read", async () => {
  await database.query("insert into posthorn.contracts (name) values ('removed')");
  const good = await subscribe(posthorn, `${receiver.url}/good`);
  await database.query("begin");
  const planted: Planted[] = [];
  for (const [name, poison] of Object.entries({ ...unreadable, ...unsendable, ...failing })) {
    planted.push(await plant(name, poison));
  }
  for (let count = 0; count < goodEvents; count += 1) {
    await database.query("select posthorn.publish($1, 'scan.completed', '{}')", [good.orgId]);
  }
  await database.query("commit");

  const arrived = () => receiver.received.filter(({ path }) => path === "/good").length;
  await until(() => arrived() >= goodEvents, "all good events");
  const reasons = new Map<string, unknown>();
  for (const each of planted) {
    await until(async () => (await deliveryOf(each))?.["status"] === "failed", each.name);
    const attempts = await posthorn.api.get(`/rest/v1/webhook_attempts?org_id=eq.${each.orgId}`);
    expect(attempts.status).toBe(200);
    expect(attempts.rows, each.name).toHaveLength(1);
    const [attempt] = attempts.rows;
    if (each.name in failing) continue;
    expect(attempt, each.name).toMatchObject({ response_status: null, error: "internal" });
    reasons.set(each.name, attempt!["error_message"]);
  }
  for (const [name, reason] of reasons) expect(reason, name).toMatch(/^[A-Z].*[.?]$/);
  expect(arrived()).toBe(goodEvents);
  expect(receiver.received.filter(({ path }) => path === "/poison")).toEqual([]);

  const { text } = await posthorn.api.get("/metrics");
  const count = Object.keys(unreadable).length;
  expect(text).toContain(`posthorn_unreadable_deliveries_total ${count}`);
  expect((await posthorn.api.get("/readyz")).status).toBe(200);
  await canBeRead(planted);
  await canBeReplayed(planted, good.orgId);
}, 60_000);

/** Checks that all lists and explanations that contain these rows can be read. */
async function canBeRead(planted: readonly Planted[]): Promise<void> {
  for (const table of ["webhook_deliveries", "webhook_events", "webhook_attempts"]) {
    const { status, rows } = await posthorn.api.get(`/rest/v1/${table}?limit=1000`);
    expect(status, table).toBe(200);
    expect(rows.length).toBeGreaterThan(planted.length);
  }
  for (const { name, eventId, endpointId } of planted) {
    const { status, rows } = await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId });
    expect(status, name).toBe(200);
    expect(rows).toMatchObject([{ endpoint_id: endpointId, verdict: "failed" }]);
  }
}

/** Checks that a replay of these rows ends, and that later replays can run. */
async function canBeReplayed(planted: readonly Planted[], goodOrgId: string): Promise<void> {
  await database.query(
    `insert into posthorn.replays
       (id, org_id, endpoint_id, status, state, cursor, last_id, total, replayed, created_at)
     values ($1, $2, $3, 'no such status', 'running', $1, $1, 1, 0, now())`,
    ["00000000-0000-7000-8000-000000000000", goodOrgId, randomUUID()],
  );
  for (const { endpointId } of planted) {
    const { status } = await posthorn.api.post("/rest/v1/rpc/replay", {
      endpoint_id: endpointId,
      status: "failed",
    });
    expect(status).toBe(200);
  }
  await until(
    async () => {
      const { rows } = await posthorn.api.get("/rest/v1/webhook_replays?state=eq.running");
      return rows.length === 0;
    },
    "the end of every replay",
    30_000,
  );
  for (const each of planted) {
    await until(async () => (await deliveryOf(each))?.["status"] === "failed", each.name);
  }
}
