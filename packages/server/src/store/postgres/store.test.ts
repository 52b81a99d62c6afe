import { randomBytes } from "node:crypto";
import pg from "pg";
import { inject } from "vitest";
import { parseFilter } from "../../model/filter.ts";
import { jsonPathOf } from "../../model/filter-path.ts";
import { uuidV7 } from "../../model/id.ts";
import { createSecretBox, sealNonceBytes } from "../../model/secret-box.ts";
import { migrate } from "../../postgres/migrate.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { createPool } from "../../postgres/pool.ts";
import { createTestDatabase, migratedTemplate } from "../../testing/test-database.ts";
import { describeStore, type StoreFixture } from "../store.testsuite.ts";
import { createPostgresStore } from "./index.ts";
import { withoutWakeupSql } from "./testing/wakeups.ts";

/** Turns off the correction of times, because the suite uses times of its own. */
async function allowOtherTimes(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
  await client.query(`alter database ${name} set posthorn.clock_tolerance = '10000 days'`);
  await client.end();
}

const secretBox = createSecretBox(randomBytes(32).toString("base64"));

async function setUp(adminUrl: string): Promise<StoreFixture> {
  const database = await createTestDatabase(adminUrl, {
    template: await migratedTemplate(adminUrl, migrate),
  });
  await allowOtherTimes(database.url);
  const pool = createPool({
    hosts: hostsOf(database.url),
    connectionsMax: 8,
    name: "posthorn",
    onError: () => {},
  });
  // Creates the partitions for the suite's times, which are long before the current weeks.
  await pool.query("select posthorn.make_partitions('2026-01-01', '2026-05-01')");
  await pool.query("insert into posthorn.contracts (name) values ('standard')");
  return {
    store: createPostgresStore(pool, secretBox),
    addEndpoint: async ({ orgId, isActive, pausedUntilMs, destination = "http", ...rules }) => {
      const id = uuidV7(Date.now(), randomBytes(10));
      const filter = rules.filter === undefined ? null : parseFilter(rules.filter);
      await pool.query(
        "insert into posthorn.orgs (id, created_at) values ($1, now()) on conflict do nothing",
        [orgId],
      );
      await pool.query(
        `insert into posthorn.endpoints
           (id, org_id, destination, url, event_types, event_prefixes, channels, is_active,
            contract, description, headers, filter, filter_path, filter_comparisons,
            paused_until, in_flight_max, version, created_at, updated_at)
         values ($1, $2, $5, case $5 when 'http' then 'https://example.com/' end, $3, $6, $7, $4,
                 'standard', '', '{}', $8, $9, $10, to_timestamp($11::numeric / 1000), 16, 1,
                 now(), now())`,
        [
          id,
          orgId,
          rules.eventTypes ?? null,
          isActive ?? true,
          destination,
          rules.eventPrefixes ?? null,
          rules.channels ?? null,
          rules.filter ?? null,
          filter === null ? null : jsonPathOf(filter.condition),
          filter?.comparisons ?? null,
          pausedUntilMs ?? null,
        ],
      );
      if (destination === "cli") {
        await pool.query(
          "insert into posthorn.terminals (endpoint_id, org_id, seen_at) values ($1, $2, now())",
          [id, orgId],
        );
      }
      await pool.query(
        `insert into posthorn.endpoint_secrets (id, org_id, endpoint_id, ciphertext, created_at)
         values ($1, $2, $1, $3, now())`,
        [id, orgId, secretBox.seal("whsec_", randomBytes(sealNonceBytes))],
      );
      return id;
    },
    changeEndpoint: async (id, { isActive, isDeleted, pausedUntilMs }) => {
      await pool.query(
        `update posthorn.endpoints
         set is_active = coalesce($2, is_active), version = version + 1,
             paused_until = case when $4 then null else paused_until end,
             deleted_at = case when $3 then now() else deleted_at end
         where id = $1`,
        [id, isActive ?? null, isDeleted ?? false, pausedUntilMs === null],
      );
      await pool.query("select posthorn.wake_endpoints(array[$1::uuid])", [id]);
    },
    setFeatureFlags: async (orgId, flags) => {
      await pool.query(
        `insert into posthorn.orgs (id, feature_flags, created_at) values ($1, $2, now())
         on conflict (id) do update set feature_flags = excluded.feature_flags`,
        [orgId, flags],
      );
    },
    connectTerminal: async (id, sessionId) => {
      await pool.query("update posthorn.terminals set session_id = $2 where endpoint_id = $1", [
        id,
        sessionId,
      ]);
    },
    delivery: async (id) => {
      const { rows } = await pool.query<{
        status: string;
        attempts: number;
        due_at: Date | null;
        leased: boolean;
      }>(
        `select status, attempts, due_at, leased_until is not null as leased
         from posthorn.deliveries where id = $1`,
        [id],
      );
      const [row] = rows;
      if (row === undefined) return null;
      const { status, attempts, due_at: dueAt, leased } = row;
      return { status, attempts, dueAtMs: dueAt?.getTime() ?? null, isLeased: leased };
    },
    attempts: async (id) => {
      const { rows } = await pool.query<{ number: number; response_status: number | null }>(
        `select number, response_status from posthorn.webhook_attempts
         where delivery_id = $1 order by number`,
        [id],
      );
      return rows.map((row) => ({ number: row.number, responseStatus: row.response_status }));
    },
    outOfSight: async () => {
      // The statement is prepared once, because it runs after each step.
      const { rows } = await pool.query<{ id: string }>({
        name: "out_of_sight",
        text: `(${withoutWakeupSql})
         union all
         select id from posthorn.deliveries
         where status = 'pending' and due_at is null
           and (leased_until is null or id < (select watermark from posthorn.reap_state))`,
      });
      return rows.map(({ id }) => id);
    },
    eventsOf: async (orgId) => {
      const { rows } = await pool.query<{ count: number }>(
        "select count(*)::integer as count from posthorn.events where org_id = $1",
        [orgId],
      );
      return rows[0]?.count ?? 0;
    },
    isFanOutOpen: async (eventId) => {
      const { rowCount } = await pool.query("select from posthorn.fan_outs where event_id = $1", [
        eventId,
      ]);
      return rowCount === 1;
    },
    refuseDeliveries: async (ids) => {
      const refused = ids.map((id) => pg.escapeLiteral(id)).join(", ");
      await pool.query("alter table posthorn.deliveries drop constraint if exists refused");
      if (ids.length === 0) return;
      await pool.query(
        `alter table posthorn.deliveries
         add constraint refused check (id not in (${refused})) not valid`,
      );
    },
    endpointsMatched: async (eventId) => {
      const { rows } = await pool.query<{ matched: number }>(
        "select endpoints_matched as matched from posthorn.webhook_events where id = $1",
        [eventId],
      );
      return rows[0]!.matched;
    },
    close: async () => {
      await pool.end();
      await database.drop();
    },
  };
}

describeStore("the store on the embedded PostgreSQL", () => setUp(inject("postgresUrl")));

const systemUrl = inject("systemPostgresUrl");
if (systemUrl !== null) {
  describeStore("the store on the system's PostgreSQL", () => setUp(systemUrl));
}
