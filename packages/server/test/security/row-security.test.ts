/**
 * Row security is the second barrier between orgs: it must work even if a statement lacks its
 * condition on the org.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { keysStatement, pageStatement, type Selection } from "../../src/http/rest/sql.ts";
import type { Resource } from "../../src/http/rest/resource.ts";
import { webhookAudit } from "../../src/http/tables/audit.ts";
import { apiKeys } from "../../src/http/tables/api-keys.ts";
import {
  webhookEndpoints,
  webhookEventTypes,
  webhookOrgs,
} from "../../src/http/tables/configured.ts";
import { webhookContracts } from "../../src/http/tables/contracts.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookErasures,
  webhookEvents,
  webhookReplays,
} from "../../src/http/tables/deliveries.ts";
import { readStatistics } from "../../src/observe/statistics-table.ts";
import { inTransaction } from "../../src/postgres/pool.ts";
import { Tenants } from "../../src/postgres/tenants.ts";
import { explain } from "../../src/registry/explain.ts";
import { endpointHealth, overview } from "../../src/registry/health.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { startTestService, type Row, type TestService } from "../support/service.ts";

interface Org {
  readonly orgId: string;
  readonly endpointId: string;
  readonly eventId: string;
}

let posthorn: TestService;
let receiver: Receiver;
let tenants: Tenants;
let mine: Org;
let theirs: Org;

/** Creates an org that has rows in every table. */
async function furnish(): Promise<Org> {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  const { id } = await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  // The retry makes a second attempt, so the first one gets a row of its own in `attempts`.
  await posthorn.api.post("/rest/v1/rpc/retry_delivery", { delivery_id: id });
  await until(async () => {
    const { rows } = await posthorn.api.get(`/rest/v1/webhook_attempts?delivery_id=eq.${id}`);
    return rows.length === 2;
  }, "the second attempt");
  await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: endpointId });
  await posthorn.api.post("/rest/v1/rpc/rotate_secret", { endpoint_id: endpointId });
  await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "read" });
  await posthorn.api.post("/rest/v1/rpc/portal_link", { org_id: orgId });
  await until(
    async () => {
      const given = { org_id: orgId, resolution_seconds: 3_600 };
      const { rows } = await posthorn.api.post("/rest/v1/rpc/delivery_statistics", given);
      return rows.some((row) => Number(row["attempts"]) > 0);
    },
    "the statistics",
    15_000,
  );
  return { orgId, endpointId, eventId };
}

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver(answerStatus(204));
  const { pool, clock } = posthorn.service;
  tenants = await Tenants.open({ pool, queryPool: pool, clock });
  [mine, theirs] = await Promise.all([furnish(), furnish()]);
  // Without this change, the background would finish the work that the test needs unfinished.
  await pool.query(
    `alter function posthorn.fan_out_batch(uuid, integer, timestamptz, boolean, interval, interval)
     rename to paused`,
  );
  for (const { orgId, eventId } of [mine, theirs]) {
    await pool.query(
      `with list as (
         insert into posthorn.fan_out_lists (id, org_id, event_type, endpoint_ids, created_at)
         values ($1, $2, 'scan.completed', '{}', now())
       )
       insert into posthorn.fan_outs
         (event_id, org_id, event_type, list_id, endpoints_done, endpoints_total, created_at)
       values ($1, $2, 'scan.completed', $1, 0, 0, now())`,
      [eventId, orgId],
    );
    await pool.query(
      `insert into posthorn.terminals (endpoint_id, org_id, seen_at)
       select id, org_id, now() from posthorn.endpoints where org_id = $1 limit 1`,
      [orgId],
    );
  }
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

/** The admin key's statement, which has no condition on an org. */
const unconditioned = (resource: Resource): Selection => ({
  resource,
  orgId: null,
  select: null,
  filters: [],
  order: [],
  window: { offset: 0, limit: null },
  isCareful: false,
});

const asMine = <Result>(work: Parameters<typeof tenants.read<Result>>[1]): Promise<Result> =>
  tenants.read(mine.orgId, work);

async function rowsOf(resource: Resource): Promise<Row[]> {
  const statement = pageStatement(unconditioned(resource));
  const { rows } = await asMine((database) => database.query<{ body: string }>(statement));
  return JSON.parse(rows[0]!.body) as Row[];
}

test("is active in this service", async () => {
  expect(tenants.hasRowSecurity).toBe(true);
  expect((await posthorn.api.get("/readyz")).row).toMatchObject({ row_security: "on" });
});

describe("a statement without its condition on the org", () => {
  test.each(
    [
      webhookOrgs,
      webhookEndpoints,
      webhookEvents,
      webhookDeliveries,
      webhookAttempts,
      webhookReplays,
      { ...webhookAudit, relation: "posthorn.webhook_audit_of_org" },
    ].map((resource) => [resource.name, resource] as const),
  )("finds only the org's own rows in %s", async (_name, resource) => {
    const all = (await posthorn.api.get(`/rest/v1/${resource.name}`)).rows;
    const orgColumn = resource.orgColumn ?? "";
    expect(all.some((row) => row[orgColumn] === theirs.orgId)).toBe(true);
    const found = await rowsOf(resource);
    expect(new Set(found.map((row) => row[orgColumn]))).toEqual(new Set([mine.orgId]));
  });

  test.each([webhookEventTypes, webhookContracts].map((each) => [each.name, each] as const))(
    "finds all of %s, which belong to every org",
    async (_name, resource) => {
      expect((await rowsOf(resource)).length).toBeGreaterThan(0);
    },
  );

  test.each([apiKeys, webhookErasures].map((each) => [each.name, each] as const))(
    "finds nothing in %s, which only the operator reads",
    async (_name, resource) => {
      await expect(rowsOf(resource)).rejects.toThrow("permission denied");
    },
  );

  test("locks only the org's own rows, and changes none", async () => {
    const { text, values } = keysStatement(unconditioned(webhookEndpoints));
    const keys = await inTransaction(posthorn.service.pool, (transaction) =>
      tenants.readWithin(transaction, mine.orgId, async () => {
        const { rows } = await transaction.query<{ key: string }>(text, values);
        return rows.map(({ key }) => key);
      }),
    );
    expect(keys).toEqual([mine.endpointId]);
    const attempt = asMine((database) => database.query("update posthorn.endpoints set url = ''"));
    await expect(attempt).rejects.toThrow(/read-only|permission denied/);
  });

  test("explains no event of another org, and counts none of its attempts", async () => {
    const { clock } = posthorn.service;
    const nowMs = clock.now();
    const question = { scope: null, nowMs, endpointsMax: 10 };
    const own = await asMine((each) => explain(each, { ...question, eventId: mine.eventId }));
    expect(own).toHaveLength(1);
    expect(
      await asMine((each) => explain(each, { ...question, eventId: theirs.eventId })),
    ).toBeNull();
    const health = await asMine((each) =>
      endpointHealth(each, { orgId: null, sinceMs: nowMs - 1, nowMs }),
    );
    expect((health as Row[]).map((row) => row["endpoint_id"])).toEqual([mine.endpointId]);
    const of = (orgId: string) =>
      asMine((each) =>
        readStatistics(each, {
          orgId,
          endpointId: null,
          sinceMs: nowMs - 7_200_000,
          untilMs: nowMs + 1,
          resolutionSeconds: 3_600,
        }),
      );
    const attempts = async (orgId: string) =>
      ((await of(orgId)) as readonly { attempts: number }[]).reduce(
        (sum, point) => sum + point.attempts,
        0,
      );
    expect(await attempts(mine.orgId)).toBeGreaterThan(0);
    expect(await attempts(theirs.orgId)).toBe(0);
    const counted = await asMine((each) => overview(each, { orgId: theirs.orgId, nowMs }));
    expect(counted.endpoints_active).toBe(0);
  });
});

/** All tables that contain rows of orgs. A tenant may read the tables of the first list. */
const read = [
  "orgs",
  "endpoints",
  "endpoint_secrets",
  "endpoint_history",
  "events",
  "deliveries",
  "attempts",
  "replays",
  "audit_entries",
  "delivery_statistics",
  "fan_outs",
  "fan_out_lists",
  "terminals",
];
const unread = [
  "api_keys",
  "portal_links",
  "sessions",
  "idempotency_keys",
  "erasures",
  "settings",
  "endpoint_wakeups",
  "claim_horizon",
  "terminal_answers",
  "stored_answers",
  "svix_aliases",
];
/** These tables contain no rows of orgs. */
const open = [
  "contract_versions",
  "contracts",
  "event_types",
  "migrations",
  "nodes",
  "partitions",
  "reap_state",
  "server_life",
  "sql_files",
];

describe("every table", () => {
  test("is known to this test", async () => {
    const { rows } = await posthorn.service.pool.query<{ name: string; walled: boolean }>(
      `select relname as name, relrowsecurity as walled from pg_class
       where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'p')
         and not relispartition order by 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([...read, ...unread, ...open].toSorted());
    const walled = new Set(rows.filter((each) => each.walled).map(({ name }) => name));
    expect([...read, ...unread].filter((each) => !walled.has(each))).toEqual([]);
  });

  test.each(read)("%s shows a tenant fewer rows than there are, and at least one", async (name) => {
    const count = `select count(*)::integer as count from posthorn.${name}`;
    const all = await posthorn.service.pool.query<{ count: number }>(count);
    const own = await asMine((database) => database.query<{ count: number }>(count));
    expect(own.rows[0]!.count).toBeGreaterThan(0);
    expect(own.rows[0]!.count).toBeLessThan(all.rows[0]!.count);
  });

  test.each([...unread, "migrations", "nodes", "webhook_audit"])("%s is closed", async (name) => {
    const attempt = asMine((database) => database.query(`select from posthorn.${name} limit 1`));
    await expect(attempt).rejects.toThrow("permission denied");
  });

  test("no partition can be read directly, and no view runs with its owner's rights", async () => {
    const { rows } = await posthorn.service.pool.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'posthorn'::regnamespace and relispartition
         and has_table_privilege('posthorn_tenant', oid, 'select')
       union all
       select relname from pg_class
       where relnamespace = 'posthorn'::regnamespace and relkind = 'v'
         and not coalesce('security_invoker=true' = any (reloptions), false)`,
    );
    expect(rows).toEqual([]);
  });
});

describe("the role", () => {
  test("sees nothing if no org is set", async () => {
    const client = await posthorn.service.pool.connect();
    try {
      await client.query("begin; set local role posthorn_tenant");
      const { rows } = await client.query("select from posthorn.endpoints");
      expect(rows).toHaveLength(0);
    } finally {
      await client.query("rollback");
      client.release();
    }
  });

  test("ends with the transaction, even if a statement fails", async () => {
    const failing = asMine((database) => database.query("select 1/0"));
    await expect(failing).rejects.toThrow("division by zero");
    await asMine((database) => database.query("select 1"));
    const { pool } = posthorn.service;
    const all = Array.from({ length: 40 }, () =>
      pool.query<{ role: string; org: string | null }>(
        `select current_user <> session_user as role,
                nullif(current_setting('posthorn.org_id', true), '') as org`,
      ),
    );
    for (const { rows } of await Promise.all(all))
      expect(rows[0]).toEqual({ role: false, org: null });
  });

  test("may not publish for any org", async () => {
    const call = "select posthorn.publish($1, 'scan.completed', '{}')";
    const attempt = asMine((database) => database.query(call, [theirs.orgId]));
    await expect(attempt).rejects.toThrow("permission denied");
  });
});

test("without the right to create roles, Posthorn runs without row security and says so", async () => {
  const name = `plain_${randomBytes(6).toString("hex")}`;
  const admin = new pg.Client({ connectionString: inject("postgresUrl") });
  await admin.connect();
  await admin.query(`create role ${name} login password 'plain'`);
  await admin.query(`create database ${name} owner ${name}`);
  const url = new URL(inject("postgresUrl"));
  url.username = name;
  url.password = "plain";
  url.pathname = `/${name}`;
  const encryptionKey = randomBytes(32).toString("base64");
  const environment = { DATABASE_URL: url.href, POSTHORN_ENCRYPTION_KEY: encryptionKey };
  const serve = () => startTestService({ environment });
  try {
    const without = await serve();
    const { orgId } = await subscribe(without, receiver.url);
    const made = await without.api.post("/rest/v1/api_keys", { org_id: orgId, role: "read" });
    const reader = without.apiWith(String(made.row["key"]));
    expect((await reader.get("/rest/v1/webhook_endpoints")).rows).toHaveLength(1);
    expect((await without.api.get("/readyz")).row).toMatchObject({ row_security: "off" });
    await without.close();
    // Follows the operator's instructions in docs/security.md, then starts the service.
    await admin.query(`grant posthorn_tenant to ${name}`);
    const withRole = await serve();
    expect((await withRole.api.get("/readyz")).row).toMatchObject({ row_security: "on" });
    const walled = withRole.apiWith(String(made.row["key"]));
    expect((await walled.get("/rest/v1/webhook_endpoints")).rows).toHaveLength(1);
    await withRole.close();
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`revoke posthorn_tenant from ${name}`).catch(() => {});
    await admin.query(`drop role ${name}`);
    await admin.end();
  }
});
