/** Limits on the number of rows, secrets and attempts, and on bytes per time. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { endpointHealth } from "../../src/registry/health.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
  await receiver.close();
});

const count = async (sql: string, values: readonly unknown[]): Promise<number> =>
  (await database.query<{ count: number }>(sql, [...values])).rows[0]?.count ?? Number.NaN;

/** Creates many orgs with the same name, in one statement. */
async function orgsNamed(name: string, many: number): Promise<void> {
  await database.query(
    `insert into posthorn.orgs (id, name, created_at)
     select gen_random_uuid(), $1, now() from generate_series(1, $2)`,
    [name, many],
  );
}

test("an org has as many endpoints as endpointsPerOrgMax, and no more", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  await database.query(
    `insert into posthorn.endpoints
     select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*
     from posthorn.endpoints e, generate_series(1, $2) where id = $1`,
    [endpointId, limits.endpointsPerOrgMax - 2],
  );
  await subscribe(posthorn, receiver.url, { org_id: orgId });
  const past = await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: orgId,
    url: receiver.url,
  });
  expect([past.status, past.row["code"]]).toEqual([400, "PH_TOO_MANY_ENDPOINTS"]);
  const sql = "select count(*)::integer as count from posthorn.endpoints where org_id = $1";
  expect(await count(sql, [orgId])).toBe(limits.endpointsPerOrgMax);
});

test("a PATCH changes as many rows as mutationRowsMax, and no more", async () => {
  await orgsNamed("many", limits.mutationRowsMax);
  const patch = (): ReturnType<TestService["api"]["request"]> =>
    posthorn.api.request("PATCH", "/rest/v1/webhook_orgs?name=eq.many", { name: "changed" });
  await orgsNamed("many", 1);
  const past = await patch();
  expect([past.status, past.row["code"]]).toEqual([400, "PH_TOO_MANY_ROWS"]);
  const sql = "select count(*)::integer as count from posthorn.orgs where name = $1";
  expect(await count(sql, ["changed"])).toBe(0);
  await database.query(
    "delete from posthorn.orgs where id = (select id from posthorn.orgs where name = 'many' limit 1)",
  );
  expect((await patch()).status).toBe(204);
  expect(await count(sql, ["changed"])).toBe(limits.mutationRowsMax);
});

test("a page has at most pageRowsMax rows, and the next page continues after it", async () => {
  await orgsNamed("paged", limits.pageRowsMax + 1);
  const pageAt = async (window: string) => {
    const path = `/rest/v1/webhook_orgs?name=eq.paged&select=id&order=id&${window}`;
    return (await posthorn.api.get(path)).rows.map(({ id }) => id);
  };
  const first = await pageAt(`limit=${limits.pageRowsMax + 1}`);
  const second = await pageAt(`offset=${limits.pageRowsMax}`);
  expect([first.length, second.length]).toEqual([limits.pageRowsMax, 1]);
  expect(new Set([...first, ...second]).size).toBe(limits.pageRowsMax + 1);
  for (const offset of ["9223372036854775808", "9".repeat(40)]) {
    const { status, row } = await posthorn.api.get(`/rest/v1/webhook_orgs?offset=${offset}`);
    expect([status, ["22003", "22P02"].includes(String(row["code"]))]).toEqual([400, true]);
  }
});

test("count=planned with an org's key counts up to countedRowsMax, whatever the planner estimates", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url);
  const created = await posthorn.api.post(
    "/rest/v1/api_keys",
    { org_id: orgId, name: "n", role: "read" },
    representation,
  );
  const own = posthorn.apiWith(String(created.row["key"]));
  const total = async (): Promise<number> => {
    const prefer = { prefer: "count=planned" };
    const { headers } = await own.get("/rest/v1/webhook_endpoints?limit=1", prefer);
    return Number(headers.get("content-range")?.split("/")[1]);
  };
  const add = (many: number): Promise<unknown> =>
    database.query(
      `insert into posthorn.endpoints
       select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*
       from posthorn.endpoints e, generate_series(1, $2)
       where e.id = (select id from posthorn.endpoints where org_id = $1 limit 1)`,
      [orgId, many],
    );
  await add(limits.countedRowsMax - 1);
  expect(await total()).toBe(limits.countedRowsMax);
  await add(1);
  expect(await total()).toBeGreaterThan(limits.countedRowsMax);
});

describe("an endpoint's secrets", () => {
  const rotate = (endpointId: string, overlapSeconds: number) =>
    posthorn.api.post("/rest/v1/rpc/rotate_secret", {
      endpoint_id: endpointId,
      overlap_seconds: overlapSeconds,
    });

  test("that still sign are at most oldSecretsMax beside the current one", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    for (let made = 0; made < limits.oldSecretsMax; made += 1) {
      expect((await rotate(endpointId, 600)).status).toBe(200);
    }
    const past = await rotate(endpointId, 600);
    expect([past.status, past.row["code"]]).toEqual([400, "PH_TOO_MANY_SECRETS"]);
    // A secret that someone else may know must end, whatever the limit.
    const compromised = await posthorn.api.post("/rest/v1/rpc/rotate_secret", {
      endpoint_id: endpointId,
      compromised: true,
    });
    expect(compromised.status, compromised.text).toBe(200);
    const signing = `select count(*)::integer as count from posthorn.endpoint_secrets
      where endpoint_id = $1 and (expires_at is null or expires_at > now())`;
    expect(await count(signing, [endpointId])).toBe(1);
  });

  test("have the form of the contract that a change at the same time gives the endpoint", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    await database.query("begin");
    await database.query(
      "update posthorn.endpoints set contract = 'github-like', version = version + 1 where id = $1",
      [endpointId],
    );
    const rotated = rotate(endpointId, 0);
    const waiting = `select count(*)::integer as count from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    try {
      await until(async () => (await count(waiting, [])) > 0, "the rotation waits for the change");
    } finally {
      await database.query("commit");
    }
    expect((await rotated).row["secret"]).toMatch(/^[0-9a-f]{64}$/);
  });

  test("that have expired are kept up to endedSecretsMax, the latest ones", async () => {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    const ended = `select count(*)::integer as count from posthorn.endpoint_secrets
      where endpoint_id = $1 and expires_at is not null`;
    for (let made = 0; made < limits.endedSecretsMax; made += 1) await rotate(endpointId, 0);
    expect(await count(ended, [endpointId])).toBe(limits.endedSecretsMax);
    const oldest = `select min(created_version)::integer as count
      from posthorn.endpoint_secrets where endpoint_id = $1`;
    const before = await count(oldest, [endpointId]);
    await rotate(endpointId, 0);
    expect(await count(ended, [endpointId])).toBe(limits.endedSecretsMax);
    expect(await count(oldest, [endpointId])).toBe(before + 1);
  });
});

test("a delivery has at most attemptsPerDeliveryMax attempts over all its rounds", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  const { id } = await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  const retry = () => posthorn.api.post("/rest/v1/rpc/retry_delivery", { delivery_id: id });
  await database.query("update posthorn.deliveries set attempts = $2 where id = $1", [
    id,
    limits.attemptsPerDeliveryMax - 1,
  ]);
  expect((await retry()).status).toBe(200);
  await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    (row) => row["attempts"] === limits.attemptsPerDeliveryMax && row["status"] === "delivered",
  );
  expect((await retry()).status).toBe(409);
});

test("endpoint_health lists at most healthEndpointsMax endpoints", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, { is_active: false });
  const told = async (): Promise<number> =>
    (await posthorn.api.get(`/rest/v1/rpc/endpoint_health?org_id=${orgId}`)).rows.length;
  const add = (many: number): Promise<unknown> =>
    database.query(
      `insert into posthorn.endpoints
       select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid()))).*
       from posthorn.endpoints e, generate_series(1, $2) where id = $1`,
      [endpointId, many],
    );
  await add(limits.healthEndpointsMax - 2);
  expect(await told()).toBe(limits.healthEndpointsMax - 1);
  await add(1);
  expect(await told()).toBe(limits.healthEndpointsMax);
  await add(1);
  expect(await told()).toBe(limits.healthEndpointsMax);
});

test("endpoint_health counts minutes up to healthByMinuteMsMax, beyond it hours", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, { is_active: false });
  // Writes one attempt to the minute statistics and two to the hour statistics. The count then
  // shows which of them was read.
  await database.query(
    `insert into posthorn.delivery_statistics
       (org_id, endpoint_id, resolution_seconds, bucket_at, attempts, delivered, failed_attempts,
        dead_letters, longest_ms)
     select $1, $2, seconds, to_timestamp(floor(extract(epoch from now()) / seconds) * seconds),
            attempts, 0, 0, 0, 0
     from (values (60, 1), (3600, 2)) as counted (seconds, attempts)`,
    [orgId, endpointId],
  );
  const nowMs = Date.now();
  for (const [rangeMs, attempts] of [
    [limits.healthByMinuteMsMax, 1],
    [limits.healthByMinuteMsMax + 1, 2],
  ] as const) {
    const question = { orgId, sinceMs: nowMs - rangeMs, nowMs };
    const [row] = await endpointHealth(database, question);
    expect(row).toMatchObject({ endpoint_id: endpointId, attempts });
  }
});
