/** The SQL of `pipeline/upkeep/expire.ts`. */
import { limits } from "../../limits.ts";
import { uuidFloor } from "../../model/id.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import { cancelLocked } from "./change.ts";
import type { ExpireOutcome, ExpireRequest } from "../store.ts";
import { dropPartition, makePartitions, partitionsBefore, type Parent } from "./partitions.ts";
import { toTimestamp } from "./rows.ts";

/** Locks the pending deliveries in the week's range of ids that have no attempt in progress. */
const lockWaitingSql = `
select id from posthorn.deliveries
where due_at is not null
  and ($1::timestamptz is null or id >= posthorn.uuid_floor($1))
  and id < posthorn.uuid_floor($2)
  and (leased_until is null or leased_until < $3)
limit $4
for update skip locked
`;

/**
 * Checks for pending deliveries. A lease without a due time belongs to a recent publish, never to a
 * week that is over.
 */
const pendingSql = `
select exists (
  select from posthorn.deliveries
  where due_at is not null
    and ($1::timestamptz is null or id >= posthorn.uuid_floor($1))
    and id < posthorn.uuid_floor($2)
) as found
`;

/**
 * Deletes keys and external ids of events whose rows are gone. Keys are stored in order of time, so
 * whole blocks can be deleted without an index on the event.
 */
const expireKeysSql = `
delete from posthorn.idempotency_keys
where ctid = any (array(
  select ctid from posthorn.idempotency_keys
  where created_at < $1 and event_id < (select posthorn.oldest_payload_id())
  limit $2
))
`;

const expireListsSql = `
delete from posthorn.fan_out_lists
where id = any (array(
  select list.id from posthorn.fan_out_lists as list
  where list.created_at < $1::timestamptz - interval '1 hour' and not exists (
    select from posthorn.fan_outs where fan_outs.list_id = list.id)
  limit $2
))
`;

/** Deletes secrets that expired so long ago that no attempt in the ledger was signed with them. */
const expireSecretsSql = `
delete from posthorn.endpoint_secrets
where id = any (array(
  select id from posthorn.endpoint_secrets where expires_at < $1 limit $2
))
`;

/**
 * Deletes versions of endpoints that were replaced before the oldest kept delivery, because they
 * may contain headers with credentials.
 */
const expireHistorySql = `
delete from posthorn.endpoint_history
where (endpoint_id, version) in (
  select old.endpoint_id, old.version from posthorn.endpoint_history as old
  where exists (
    select from posthorn.endpoint_history as later
    where later.endpoint_id = old.endpoint_id and later.version > old.version
      and later.valid_from < $1)
  limit $2
)
`;

/** Ids are in order of time, so a range of ids is a range of time. */
const expireAuditSql = `
delete from posthorn.audit_entries
where id = any (array(
  select id from posthorn.audit_entries where id < $1 order by id limit $2
))
`;

/** Checks for deliveries of active endpoints that wait for a retry. */
const retriedSql = `
select exists (
  select from posthorn.deliveries as delivery
  join posthorn.endpoints as endpoint
    on endpoint.id = delivery.endpoint_id and endpoint.is_active and endpoint.deleted_at is null
  where delivery.due_at is not null
    and delivery.attempts > delivery.attempts_before_round
    and ($1::timestamptz is null or delivery.id >= posthorn.uuid_floor($1))
    and delivery.id < posthorn.uuid_floor($2)
) as found
`;

const nothing: ExpireOutcome = { cancelled: 0, weeksDropped: 0, auditEntriesRemoved: 0 };

/**
 * Lets only one node at a time do this work. The marker is a row and not a lock, because such a
 * long lock would need a session, which a pooler may not provide.
 */
const claimTurnSql = `
insert into posthorn.settings (name, value) values ('expiring_until', $2)
on conflict (name) do update set value = excluded.value
where settings.value::timestamptz < $1
`;

export async function expire(pool: Pool, request: ExpireRequest): Promise<ExpireOutcome> {
  const untilMs = request.atMs + limits.expireTurnMs;
  const times = [toTimestamp(request.atMs), toTimestamp(untilMs)];
  const { rowCount } = await pool.query(claimTurnSql, times);
  if (rowCount === 0) return nothing;
  try {
    return await expireAlone(pool, request);
  } finally {
    await pool.query("delete from posthorn.settings where name = 'expiring_until' and value = $1", [
      times[1],
    ]);
  }
}

async function expireAlone(pool: Pool, request: ExpireRequest): Promise<ExpireOutcome> {
  await makePartitions(pool, request.atMs);
  let cancelled = 0;
  let weeksDropped = 0;
  for (const week of await partitionsBefore(pool, "events", request.payloadsBeforeMs)) {
    const range = [week.since?.toISOString() ?? null, week.until.toISOString()];
    if (
      week.until.getTime() >= request.retriedSinceMs &&
      (await isFound(pool, retriedSql, range))
    ) {
      continue;
    }
    // Drops fan-outs first, because they would create more deliveries of expiring events.
    cancelled += await dropFanOuts(pool, range);
    const values = [...range, toTimestamp(request.atMs), limits.cancelBatchMax];
    cancelled += await inBatches(() =>
      inTransaction(pool, (transaction) => cancelLocked(transaction, lockWaitingSql, values)),
    );
    if (await isFound(pool, pendingSql, range)) continue;
    await dropPartition(pool, "events", week.name);
    weeksDropped += 1;
  }
  // The events of a week must stay if an attempt in progress needs their rows.
  const held = await partitionsBefore(pool, "events", request.ledgerBeforeMs);
  const heldUntil = new Set(held.map((week) => week.until.getTime()));
  for (const parent of ["attempts", "deliveries"] satisfies Parent[]) {
    for (const week of await partitionsBefore(pool, parent, request.ledgerBeforeMs)) {
      if (heldUntil.has(week.until.getTime())) continue;
      await dropPartition(pool, parent, week.name);
      weeksDropped += 1;
    }
  }
  const most = limits.cancelBatchMax;
  // If two nodes finish the last two events of a list at the same time, neither deletes the list,
  // so this deletes it.
  await inBatches(() => changed(pool, expireListsSql, [toTimestamp(request.atMs), most]));
  const keysBefore = toTimestamp(request.payloadsBeforeMs);
  await inBatches(() => changed(pool, expireKeysSql, [keysBefore, most]));
  const ledgerBefore = toTimestamp(request.ledgerBeforeMs);
  await inBatches(() => changed(pool, expireSecretsSql, [ledgerBefore, most]));
  await inBatches(() => changed(pool, expireHistorySql, [ledgerBefore, most]));
  const auditEntriesRemoved = await expireAudit(pool, request.auditBeforeMs);
  return { cancelled, weeksDropped, auditEntriesRemoved };
}

async function isFound(
  pool: Pool,
  sql: string,
  range: readonly (string | null)[],
): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(sql, [...range]);
  return rows[0]?.found !== false;
}

/**
 * Drops the fan-outs of a week whose events are dropped.
 * @returns how many deliveries will never be created.
 */
async function dropFanOuts(pool: Pool, range: readonly (string | null)[]): Promise<number> {
  const { rows } = await pool.query<{ missing: string }>(
    `with gone as (
       delete from posthorn.fan_outs
       where ($1::timestamptz is null or event_id >= posthorn.uuid_floor($1))
         and event_id < posthorn.uuid_floor($2)
       returning endpoints_total - endpoints_done + cardinality(failed_endpoint_ids) as missing
     )
     select coalesce(sum(missing), 0) as missing from gone`,
    [...range],
  );
  return Number(rows[0]?.missing ?? 0);
}

function expireAudit(pool: Pool, beforeMs: number): Promise<number> {
  const rowsMax = limits.auditEntriesPerStepMax;
  return inBatches(() => changed(pool, expireAuditSql, [uuidFloor(beforeMs), rowsMax]), rowsMax);
}

async function changed(
  database: Queryable,
  sql: string,
  values: readonly unknown[],
): Promise<number> {
  return (await database.query(sql, [...values])).rowCount ?? 0;
}

/**
 * Repeats `batch`, each time in a short transaction.
 * @returns the total number of rows.
 */
async function inBatches(
  batch: () => Promise<number>,
  rowsMax: number = limits.cancelBatchMax,
): Promise<number> {
  let total = 0;
  for (;;) {
    const rows = await batch();
    total += rows;
    if (rows < rowsMax) return total;
  }
}
