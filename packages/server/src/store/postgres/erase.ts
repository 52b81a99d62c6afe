/** The SQL of `pipeline/erase.ts`. */
import type { Erasure, EraseStore } from "../../pipeline/erase.ts";
import { inTransaction, type Client, type Pool, type Queryable } from "../../postgres/pool.ts";
import { only, toTimestamp } from "./rows.ts";

/**
 * In this order, each until nothing of it is left: deliveries before their events, so that none is
 * ever seen without its payload; endpoints when no delivery names them.
 */
const batches: readonly string[] = [
  `delete from posthorn.api_keys where id = any (array(
     select id from posthorn.api_keys where org_id = $1 limit $2))`,
  `delete from posthorn.deliveries where id = any (array(
     select id from posthorn.deliveries
     where org_id = $1 and (leased_until is null or leased_until < $3)
     order by id limit $2))`,
  `with gone as (
     select delivery_id, number from posthorn.attempts
     where org_id = $1 order by delivery_id, number limit $2
   )
   delete from posthorn.attempts using gone
   where attempts.delivery_id = gone.delivery_id and attempts.number = gone.number`,
  `delete from posthorn.events where id = any (array(
     select id from posthorn.events where org_id = $1 order by id limit $2))`,
  `delete from posthorn.idempotency_keys where (org_id, key) in (
     select org_id, key from posthorn.idempotency_keys where org_id = $1 limit $2)`,
  `delete from posthorn.replays where id = any (array(
     select id from posthorn.replays where org_id = $1 limit $2))`,
  `delete from posthorn.endpoint_history where endpoint_id = any (array(
     select id from posthorn.endpoints where org_id = $1 limit $2))`,
  `delete from posthorn.endpoint_secrets where endpoint_id = any (array(
     select id from posthorn.endpoints where org_id = $1 limit $2))`,
  `delete from posthorn.endpoints where id = any (array(
     select id from posthorn.endpoints
     where org_id = $1 and not exists (
       select from posthorn.deliveries where deliveries.endpoint_id = endpoints.id)
     limit $2))`,
];

/** Something may have come in since: the org is done when nothing refers to it any more. */
const finishSql = `
with remaining as (
  select exists (select from posthorn.deliveries where org_id = $1)
      or exists (select from posthorn.events where org_id = $1)
      or exists (select from posthorn.endpoints where org_id = $1)
      or exists (select from posthorn.api_keys where org_id = $1) as found
), org as (
  delete from posthorn.orgs where id = $1 and not (select remaining.found from remaining)
)
update posthorn.erasures set finished_at = $2
where org_id = $1 and not (select remaining.found from remaining)
`;

interface ErasureRow {
  finished_at: Date | null;
  rows_erased: string;
}

export function createPostgresEraseStore(pool: Pool): EraseStore {
  return {
    start: (orgId, atMs) => inTransaction(pool, (transaction) => start(transaction, orgId, atMs)),
    step: (atMs, rowsMax) => inTransaction(pool, (transaction) => step(transaction, atMs, rowsMax)),
  };
}

async function start(transaction: Client, orgId: string, atMs: number): Promise<Erasure> {
  const at = toTimestamp(atMs);
  for (const table of ["api_keys", "portal_links", "sessions"]) {
    await transaction.query(`delete from posthorn.${table} where org_id = $1`, [orgId]);
  }
  const { rows: endpoints } = await transaction.query<{ id: string }>(
    `update posthorn.endpoints
     set deleted_at = $2, updated_at = $2, is_active = false, version = version + 1
     where org_id = $1 and deleted_at is null
     returning id`,
    [orgId, at],
  );
  for (const { id } of endpoints) {
    await transaction.query("select pg_notify('posthorn_endpoints', $1)", [id]);
  }
  const { rows } = await transaction.query<ErasureRow>(
    `insert into posthorn.erasures (org_id, requested_at, rows_erased) values ($1, $2, 0)
     on conflict (org_id) do update set
       requested_at = case when erasures.finished_at is null then erasures.requested_at else $2 end,
       rows_erased = case when erasures.finished_at is null then erasures.rows_erased else 0 end,
       finished_at = null
     returning finished_at, rows_erased`,
    [orgId, at],
  );
  const { rows_erased: rowsErased } = only(rows, "an erasure");
  return { orgId, state: "running", rowsErased: Number(rowsErased) };
}

async function step(transaction: Client, atMs: number, rowsMax: number): Promise<number | null> {
  const { rows } = await transaction.query<{ org_id: string }>(
    `select org_id from posthorn.erasures where finished_at is null
     order by requested_at limit 1 for update skip locked`,
  );
  const orgId = rows[0]?.org_id;
  if (orgId === undefined) return null;
  const erased = await eraseBatch(transaction, orgId, atMs, rowsMax);
  if (erased === 0) await transaction.query(finishSql, [orgId, toTimestamp(atMs)]);
  else {
    await transaction.query(
      "update posthorn.erasures set rows_erased = rows_erased + $2 where org_id = $1",
      [orgId, erased],
    );
  }
  return erased;
}

/** Rows of the first table that has any. */
async function eraseBatch(
  database: Queryable,
  orgId: string,
  atMs: number,
  rowsMax: number,
): Promise<number> {
  for (const sql of batches) {
    const values = [orgId, rowsMax, toTimestamp(atMs)];
    const used = sql.includes("$3") ? values : values.slice(0, 2);
    const { rowCount } = await database.query(sql, used);
    if ((rowCount ?? 0) > 0) return rowCount ?? 0;
  }
  return 0;
}
