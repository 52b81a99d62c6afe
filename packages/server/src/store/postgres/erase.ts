/** The SQL of `pipeline/upkeep/erase.ts`. */
import type { Actor, AuditAction } from "../../model/audit.ts";
import { orgIdText, type OrgId } from "../../model/org-id.ts";
import type { Erasure, EraseStore } from "../../pipeline/upkeep/erase.ts";
import { recordAudit } from "../../postgres/audit.ts";
import { limits } from "../../limits.ts";
import { activityAssignments, recordEndpointVersions } from "../../postgres/endpoint-versions.ts";
import { announceEndpoints, announceKeys } from "../../postgres/notify.ts";
import { inTransaction, type Client, type Pool, type Queryable } from "../../postgres/pool.ts";
import { singleRow, toTimestamp } from "./rows.ts";

const erasureStarted = "org.erasure_started" satisfies AuditAction;

/**
 * Statistics of all orgs use this id. An org could have the same id, so rows with this id are kept.
 */
const maxId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

interface OrgToErase {
  readonly id: string;
  readonly atMs: number;
  /** Everything that was created before this time is erased. */
  readonly untilMs: number;
  readonly rowsMax: number;
}

/**
 * Deletes at most this many rows of an org.
 * @returns the number of deleted rows.
 */
type Batch = (transaction: Queryable, org: OrgToErase) => Promise<number>;

/**
 * SQL for a batch: `$1` is the org, `$2` the maximum number of rows, `$3` the end of the time
 * range.
 */
const batch =
  (sql: string): Batch =>
  async (transaction, { id, rowsMax, untilMs }) =>
    (await transaction.query(sql, [id, rowsMax, toTimestamp(untilMs)])).rowCount ?? 0;

/** Deliveries with an attempt in progress wait until it ends. */
const eraseDeliveries: Batch = async (transaction, { id, atMs, untilMs, rowsMax }) => {
  const { rowCount } = await transaction.query(
    `delete from posthorn.deliveries where id = any (array(
       select id from posthorn.deliveries
       where org_id = $1 and id < posthorn.uuid_floor($3)
         and (leased_until is null or leased_until < $4)
       order by id limit $2))`,
    [id, rowsMax, toTimestamp(untilMs), toTimestamp(atMs)],
  );
  return rowCount ?? 0;
};

/** Deletes every audit entry except the one that records the erasure. */
const eraseAudit = batch(
  `delete from posthorn.audit_entries where id = any (array(
     select id from posthorn.audit_entries
     where org_id = $1 and created_at < $3 and action <> '${erasureStarted}'
     order by id limit $2))`,
);

/**
 * The batches in their order. Deliveries are deleted before their events, so that no visible
 * delivery lacks its data. Endpoints are deleted when no delivery refers to them.
 */
const batches: readonly Batch[] = [
  batch(
    `delete from posthorn.api_keys where id = any (array(
       select id from posthorn.api_keys where org_id = $1 and created_at < $3 limit $2))`,
  ),
  batch(
    `delete from posthorn.endpoint_secrets where endpoint_id = any (array(
       select id from posthorn.endpoints where org_id = $1 and created_at < $3 limit $2))`,
  ),
  batch(
    `delete from posthorn.endpoint_history where endpoint_id = any (array(
       select id from posthorn.endpoints where org_id = $1 and created_at < $3 limit $2))`,
  ),
  // Comes before deliveries; otherwise the background job would create more of them.
  batch(
    `delete from posthorn.fan_outs where event_id = any (array(
       select event_id from posthorn.fan_outs where org_id = $1 and created_at < $3
       order by event_id limit $2))`,
  ),
  batch(
    `delete from posthorn.fan_out_lists where id = any (array(
       select list.id from posthorn.fan_out_lists as list
       where list.org_id = $1 and list.created_at < $3 and not exists (
         select from posthorn.fan_outs where fan_outs.list_id = list.id)
       limit $2))`,
  ),
  eraseDeliveries,
  // Comes after deliveries, which would create more wakeups while they exist. This step scans all
  // wakeups.
  batch(
    `delete from posthorn.endpoint_wakeups where ctid = any (array(
       select ctid from posthorn.endpoint_wakeups
       where org_id = $1 and not exists (
         select from posthorn.deliveries where org_id = $1 and id < posthorn.uuid_floor($3))
       limit $2))`,
  ),
  batch(
    `with gone as (
       select delivery_id, number from posthorn.attempts
       where org_id = $1 and delivery_id < posthorn.uuid_floor($3)
       order by delivery_id, number limit $2
     )
     delete from posthorn.attempts using gone
     where attempts.delivery_id = gone.delivery_id and attempts.number = gone.number`,
  ),
  batch(
    `delete from posthorn.events where id = any (array(
       select id from posthorn.events
       where org_id = $1 and id < posthorn.uuid_floor($3) and not exists (
         select from posthorn.deliveries where org_id = $1 and id < posthorn.uuid_floor($3))
       order by id limit $2))`,
  ),
  batch(
    `delete from posthorn.idempotency_keys where (org_id, key) in (
       select org_id, key from posthorn.idempotency_keys
       where org_id = $1 and created_at < $3 limit $2)`,
  ),
  batch(
    `delete from posthorn.stored_answers where key_hash = any (array(
       select key_hash from posthorn.stored_answers where org_id = $1 and created_at < $3
       limit $2))`,
  ),
  batch(
    `delete from posthorn.svix_aliases where svix_id = any (array(
       select svix_id from posthorn.svix_aliases where org_id = $1 and created_at < $3 limit $2))`,
  ),
  batch(
    `delete from posthorn.replays where id = any (array(
       select id from posthorn.replays where org_id = $1 and created_at < $3 limit $2))`,
  ),
  batch(
    `delete from posthorn.endpoints where id = any (array(
       select id from posthorn.endpoints
       where org_id = $1 and created_at < $3 and not exists (
         select from posthorn.deliveries where deliveries.endpoint_id = endpoints.id)
       limit $2))`,
  ),
  batch(
    `delete from posthorn.delivery_statistics where ctid = any (array(
       select ctid from posthorn.delivery_statistics
       where org_id = $1 and bucket_at < $3 and endpoint_id <> '${maxId}' limit $2))`,
  ),
  eraseAudit,
];

/**
 * Finishes the erasure if no older row refers to the org. New rows may have arrived since the
 * request.
 */
const finishSql = `
with remaining as (
  select exists (
           select from posthorn.deliveries where org_id = $1 and id < posthorn.uuid_floor($3))
      or exists (select from posthorn.events where org_id = $1 and id < posthorn.uuid_floor($3))
      or exists (select from posthorn.endpoints where org_id = $1 and created_at < $3)
      or exists (select from posthorn.api_keys where org_id = $1 and created_at < $3)
      or exists (select from posthorn.endpoint_wakeups where org_id = $1)
      or exists (
        select from posthorn.delivery_statistics
        where org_id = $1 and bucket_at < $3 and endpoint_id <> '${maxId}')
      or exists (
        select from posthorn.audit_entries
        where org_id = $1 and created_at < $3 and action <> '${erasureStarted}') as found
), org as (
  -- Keep the org if it has new rows.
  delete from posthorn.orgs
  where id = $1 and not (select remaining.found from remaining)
    and not exists (select from posthorn.endpoints where org_id = $1)
    and not exists (select from posthorn.api_keys where org_id = $1)
    and not exists (select from posthorn.events where org_id = $1)
)
update posthorn.erasures set finished_at = $2
where org_id = $1 and not (select remaining.found from remaining)
`;

interface ErasureRow {
  rows_erased: string;
  external_id: string | null;
  has_begun: boolean;
}

export function createPostgresEraseStore(pool: Pool): EraseStore {
  return {
    start: (org, atMs, by) =>
      inTransaction(pool, (transaction) => start(transaction, org, atMs, by)),
    step: (atMs, rowsMax) => inTransaction(pool, (transaction) => step(transaction, atMs, rowsMax)),
  };
}

async function start(transaction: Client, org: OrgId, atMs: number, by: Actor): Promise<Erasure> {
  const at = toTimestamp(atMs);
  const { id: orgId } = org;
  for (const table of ["api_keys", "portal_links", "sessions", "terminals"]) {
    await transaction.query(`delete from posthorn.${table} where org_id = $1`, [orgId]);
  }
  await announceKeys(transaction, [orgId]);
  const { rows: endpoints } = await transaction.query<{ id: string }>(
    `update posthorn.endpoints
     set deleted_at = $2, updated_at = $2, is_active = false, version = version + 1,
         ${activityAssignments("false", "$2::timestamptz").join(", ")}
     where org_id = $1 and deleted_at is null
     returning id`,
    [orgId, at],
  );
  const ids = endpoints.map(({ id }) => id);
  await recordEndpointVersions(transaction, ids);
  await announceEndpoints(transaction, ids);
  const { rows } = await transaction.query<ErasureRow>(
    `insert into posthorn.erasures (org_id, external_id, requested_at, rows_erased)
     select given.org_id, coalesce(known.external_id, $3), $2, 0
     from (values ($1::uuid)) as given (org_id)
     left join posthorn.orgs as known on known.id = given.org_id
     on conflict (org_id) do update set
       external_id = coalesce(excluded.external_id, erasures.external_id),
       requested_at = case when erasures.finished_at is null then erasures.requested_at else $2 end,
       rows_erased = case when erasures.finished_at is null then erasures.rows_erased else 0 end,
       finished_at = null
     returning rows_erased, external_id, requested_at = $2 as has_begun`,
    [orgId, at, org.externalId],
  );
  const row = singleRow(rows, "an erasure");
  const { rows_erased: rowsErased, external_id: externalId, has_begun: hasBegun } = row;
  if (hasBegun) {
    await recordAudit(transaction, { action: erasureStarted, by, atMs }, [
      { orgId, id: orgIdText({ id: orgId, externalId }), changes: {} },
    ]);
  }
  return { orgId, state: "running", rowsErased: Number(rowsErased) };
}

async function step(transaction: Client, atMs: number, rowsMax: number): Promise<number | null> {
  // Takes any org, so that one that waits for an attempt or has much to erase does not block the
  // others.
  const { rows } = await transaction.query<{ org_id: string; requested_at: Date }>(
    `select org_id, requested_at from posthorn.erasures where finished_at is null
     order by random() limit 1 for update skip locked`,
  );
  const [erasure] = rows;
  if (erasure === undefined) return null;
  const { org_id: id, requested_at: requestedAt } = erasure;
  const untilMs = requestedAt.getTime() + limits.eraseAlsoMs;
  let erased = 0;
  for (const eraseRows of batches) {
    const room = rowsMax - erased;
    if (room > 0) erased += await eraseRows(transaction, { id, atMs, untilMs, rowsMax: room });
  }
  await transaction.query(
    "update posthorn.erasures set rows_erased = rows_erased + $2 where org_id = $1",
    [id, erased],
  );
  if (erased < rowsMax) {
    await transaction.query(finishSql, [id, toTimestamp(atMs), toTimestamp(untilMs)]);
  }
  return erased;
}
