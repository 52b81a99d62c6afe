/**
 * An org with too many endpoints for one commit: the background fan-out creates the other
 * deliveries.
 */
import pg from "pg";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe, type Subscribed } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let database: pg.Client;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  receiver = await startReceiver();
});
afterEach(() => resume());
afterAll(async () => {
  await database.end();
  await receiver.close();
  await posthorn.close();
});

const step = "fan_out_batch(uuid, integer, timestamptz, boolean, interval, interval)";
const pausedStep = step.replace("fan_out_batch", "paused");
let isPaused = false;

/**
 * Replaces the function that the background fan-out calls by one that finds nothing to do. The test
 * then sees what the commit left to the fan-out.
 */
async function pause(): Promise<void> {
  await database.query(
    `begin;
     alter function posthorn.${step} rename to paused;
     create function posthorn.${step} returns table (
       created integer, event_id uuid, endpoints_failed integer, failures integer, reason text
     ) language sql as 'select null::integer, null::uuid, 0, 0, null where false';
     commit`,
  );
  isPaused = true;
}

async function resume(): Promise<void> {
  if (!isPaused) return;
  await database.query(
    `begin;
     drop function posthorn.${step};
     alter function posthorn.${pausedStep} rename to fan_out_batch;
     commit`,
  );
  isPaused = false;
}

/** Creates an org and one endpoint through the API, then copies of that endpoint in SQL. */
async function orgWith(endpoints: number): Promise<Subscribed> {
  const subscribed = await subscribe(posthorn, receiver.url);
  await database.query(
    `with copy as (
       insert into posthorn.endpoints
         (id, org_id, url, event_types, is_active, contract, description, headers, in_flight_max,
          version, created_at, updated_at)
       select posthorn.uuid_v7(now()), org_id, url, event_types, is_active, contract, description,
              headers, in_flight_max, version, created_at, updated_at
       from posthorn.endpoints, generate_series(2, $2) where id = $1
       returning id, org_id
     )
     insert into posthorn.endpoint_secrets (id, org_id, endpoint_id, ciphertext, created_at)
     select gen_random_uuid(), copy.org_id, copy.id, secret.ciphertext, secret.created_at
     from copy, posthorn.endpoint_secrets as secret where secret.endpoint_id = $1`,
    [subscribed.endpointId, endpoints],
  );
  return subscribed;
}

async function count(table: string, orgId: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.${table} where org_id = $1`,
    [orgId],
  );
  return rows[0]!.count;
}

const eventsOf = async (orgId: string): Promise<readonly (readonly unknown[])[]> =>
  (await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${orgId}&order=id`)).rows.map(
    (row) => [row["endpoints_matched"], row["endpoints_pending"]],
  );

test("up to the limit of endpoints, an event's own commit creates its deliveries", async () => {
  const most = limits.publishEndpointsPerEventMax;
  const { orgId } = await orgWith(most);
  await pause();
  await publish(posthorn.api, orgId);
  expect(await count("deliveries", orgId)).toBe(most);
  expect(await eventsOf(orgId)).toEqual([[most, 0]]);
});

test("with one endpoint more it is accepted immediately, and delivered to each once", async () => {
  const endpoints = limits.publishEndpointsPerEventMax + 1;
  const { orgId, endpointId } = await orgWith(endpoints);
  await pause();
  const eventId = await publish(posthorn.api, orgId);
  expect(await count("deliveries", orgId)).toBe(0);
  expect(await eventsOf(orgId)).toEqual([[endpoints, endpoints]]);
  const explained = await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId });
  expect(explained.rows.find((row) => row["endpoint_id"] === endpointId)).toMatchObject({
    verdict: "waiting",
    reason: expect.stringContaining(`The event goes to ${endpoints} endpoints`),
  });
  // A replay of missed events does not send the delivered ones again.
  const missed = { endpoint_id: endpointId, status: "missed" };
  expect((await posthorn.api.post("/rest/v1/rpc/replay", missed)).status).toBe(200);
  await until(async () => (await count("deliveries", orgId)) === 1, "the replayed one");
  await resume();
  const received = () =>
    receiver.received.filter(({ headers }) => String(headers["webhook-id"]).includes(eventId));
  await until(() => received().length >= endpoints, "all of them", 20_000);
  const left = `/rest/v1/webhook_deliveries?org_id=eq.${orgId}&status=neq.delivered`;
  await until(async () => (await posthorn.api.get(left)).rows.length === 0, "no open one", 20_000);
  expect([received().length, await count("deliveries", orgId)]).toEqual([endpoints, endpoints]);
  expect(await eventsOf(orgId)).toEqual([[endpoints, 0]]);
  expect(await count("fan_out_lists", orgId)).toBe(0);
});

test("a commit creates a limited number of deliveries, and leaves the rest for later", async () => {
  const endpoints = limits.publishEndpointsPerEventMax;
  const atOnce = limits.publishDeliveriesPerCommitMax / endpoints;
  const event = (orgId: string) => ({
    org_id: orgId,
    event_type: "scan.completed",
    data: { scan_id: "s-1" },
  });
  const batch = (orgId: string, events: number) =>
    posthorn.api.post(
      "/rest/v1/webhook_events",
      Array.from({ length: events }, () => event(orgId)),
      representation,
    );
  const one = await orgWith(endpoints);
  const other = await orgWith(endpoints);
  await pause();
  expect((await batch(one.orgId, atOnce)).status).toBe(201);
  expect(await count("fan_outs", one.orgId)).toBe(0);
  expect((await batch(other.orgId, atOnce + 1)).status).toBe(201);
  expect(await count("fan_outs", other.orgId)).toBe(1);
  expect(await count("deliveries", other.orgId)).toBe(endpoints * atOnce);
  await resume();
  const all = endpoints * (atOnce + 1);
  await until(async () => (await count("deliveries", other.orgId)) === all, "the rest", 20_000);
});

test("one delivery that the database rejects delays no other, and explain says so", async () => {
  const endpoints = limits.publishEndpointsPerEventMax + 1;
  const { orgId, endpointId } = await orgWith(endpoints);
  await pause();
  const eventId = await publish(posthorn.api, orgId);
  await publish(posthorn.api, orgId);
  await database.query(
    `alter table posthorn.deliveries add constraint refused
     check (event_id <> '${eventId}' or endpoint_id <> '${endpointId}') not valid`,
  );
  await resume();
  const all = 2 * endpoints - 1;
  await until(async () => (await count("deliveries", orgId)) === all, "all others", 20_000);
  await until(async () => (await count("fan_outs", orgId)) === 1, "one failed round");
  expect(await eventsOf(orgId)).toEqual([
    [endpoints, 1],
    [endpoints, 0],
  ]);
  const explained = await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId });
  expect(explained.rows.find((row) => row["endpoint_id"] === endpointId)).toMatchObject({
    verdict: "waiting",
    reason: expect.stringMatching(/SQLSTATE 23514\). Posthorn tries again/),
  });
  const { text } = await posthorn.api.get("/metrics");
  expect(text).toMatch(/posthorn_fan_out_failures_total [1-9]/m);
  expect(text).toMatch(/posthorn_failing_fan_outs 1$/m);
  await database.query(
    `alter table posthorn.deliveries drop constraint refused;
     update posthorn.fan_outs set retry_at = now()`,
  );
  await until(async () => (await count("fan_outs", orgId)) === 0, "the rejected one", 20_000);
  expect(await count("deliveries", orgId)).toBe(2 * endpoints);
});

test("posthorn.publish in SQL does the same", async () => {
  const endpoints = limits.publishEndpointsPerEventMax + 1;
  const { orgId } = await orgWith(endpoints);
  await pause();
  await database.query("select posthorn.publish($1, 'scan.completed', '{}')", [orgId]);
  expect(await eventsOf(orgId)).toEqual([[endpoints, endpoints]]);
  await resume();
  await until(async () => (await count("deliveries", orgId)) === endpoints, "all of them", 20_000);
});

test("an org that is erased meanwhile is erased completely, and no deliveries are created for it", async () => {
  const { orgId } = await orgWith(limits.publishEndpointsPerEventMax + 1);
  await pause();
  await publish(posthorn.api, orgId);
  await posthorn.api.post("/rest/v1/rpc/erase_org", { org_id: orgId });
  await until(async () => (await count("events", orgId)) === 0, "its events gone", 60_000);
  await resume();
  for (const table of ["events", "deliveries", "fan_outs", "fan_out_lists"]) {
    expect([table, await count(table, orgId)]).toEqual([table, 0]);
  }
}, 90_000);
