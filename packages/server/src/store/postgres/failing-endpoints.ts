/**
 * Finds out which endpoints have been failing, and for how long. `pipeline/upkeep/turn-off.ts`
 * decides what to do with them.
 */
import { errorsNotOfReceiver } from "../../model/attempt-errors.ts";
import { limits } from "../../limits.ts";
import { failingSince, type FailingEndpoint } from "../../pipeline/upkeep/turn-off.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { toTimestamp, toTimestampOrNull } from "./rows.ts";

/** Locks the row, so that only one concurrent caller checks. */
const lastCheckSql = `
select value from posthorn.settings where name = 'failing_checked_at' for update skip locked
`;

/**
 * Reads statistics by the minute if the last check was recent, otherwise by the hour, because
 * minutes are kept for 2 days.
 */
const attemptsSinceSql = `
select endpoint.id, endpoint.failing_since, endpoint.failing_warned_at,
       recent.delivered_at, recent.failed_at
from (
  select endpoint_id, max(last_delivered_at) as delivered_at, max(last_failed_at) as failed_at
  from posthorn.delivery_statistics
  where resolution_seconds = $1 and bucket_at >= $2
  group by endpoint_id
) as recent
join posthorn.endpoints as endpoint on endpoint.id = recent.endpoint_id
where endpoint.is_active and endpoint.deleted_at is null
  and (endpoint.failing_since is not null
       or recent.failed_at > coalesce(recent.delivered_at, '-infinity')
          and recent.failed_at >= endpoint.updated_at)
`;

const setFailingSinceSql = `
update posthorn.endpoints as endpoint
set failing_since = changed.since, failing_warned_at = null
from unnest($1::uuid[], $2::timestamptz[]) as changed (id, since)
where endpoint.id = changed.id and endpoint.is_active
`;

const hourMs = 3_600_000;
/** How late statistics may be: they are written some seconds after the attempts. */
const lateMs = 120_000;

interface RecentRow {
  id: string;
  failing_since: Date | null;
  failing_warned_at: Date | null;
  delivered_at: Date | null;
  failed_at: Date | null;
}

/**
 * Updates `failing_since` from the attempts since the last check, and returns the endpoints that
 * have been failing for half of the period. Returns none while another node is checking.
 */
export async function failingEndpoints(
  transaction: Queryable,
  atMs: number,
  periodMs: number,
): Promise<readonly FailingEndpoint[]> {
  const checkedAtMs = await lastCheckAtMs(transaction, atMs, periodMs);
  if (checkedAtMs === null) return [];
  const isRecent = atMs - checkedAtMs < hourMs;
  const spanMs = isRecent ? 60_000 : hourMs;
  const fromMs = checkedAtMs - lateMs;
  const { rows } = await transaction.query<RecentRow>(attemptsSinceSql, [
    spanMs / 1000,
    toTimestamp(fromMs - (fromMs % spanMs)),
  ]);
  const failing: FailingEndpoint[] = [];
  const changed: { readonly id: string; readonly sinceMs: number | null }[] = [];
  for (const { id, failing_since, failing_warned_at, delivered_at, failed_at } of rows) {
    const beforeMs = failing_since?.getTime() ?? null;
    const lastFailedAtMs = failed_at?.getTime() ?? null;
    const lastDeliveredAtMs = delivered_at?.getTime() ?? null;
    const sinceMs = failingSince(beforeMs, { lastDeliveredAtMs, lastFailedAtMs });
    if (sinceMs !== beforeMs) changed.push({ id, sinceMs });
    else if (sinceMs !== null && lastFailedAtMs !== null) {
      if (lastFailedAtMs - sinceMs < periodMs / 2) continue;
      failing.push({
        id,
        sinceMs,
        lastFailedAtMs,
        warnedAtMs: failing_warned_at?.getTime() ?? null,
      });
    }
  }
  if (changed.length > 0) await setFailingSince(transaction, changed);
  await transaction.query(
    "update posthorn.settings set value = $1 where name = 'failing_checked_at'",
    [toTimestamp(atMs)],
  );
  return failing;
}

/** @returns null if another node is checking at this moment. */
async function lastCheckAtMs(
  transaction: Queryable,
  atMs: number,
  periodMs: number,
): Promise<number | null> {
  await transaction.query(
    `insert into posthorn.settings (name, value) values ('failing_checked_at', $1)
     on conflict do nothing`,
    [toTimestamp(atMs - periodMs)],
  );
  const { rows } = await transaction.query<{ value: string }>(lastCheckSql);
  return rows[0] === undefined ? null : Date.parse(rows[0].value);
}

async function setFailingSince(
  transaction: Queryable,
  changed: readonly { readonly id: string; readonly sinceMs: number | null }[],
): Promise<void> {
  await transaction.query(setFailingSinceSql, [
    changed.map(({ id }) => id),
    changed.map(({ sinceMs }) => toTimestampOrNull(sinceMs)),
  ]);
}

/**
 * Reads deliveries and attempts instead of the statistics, which are incomplete: a node that dies
 * loses its latest counts. A delivery's latest attempt is in its row of `deliveries`, and earlier
 * ones are in `attempts`. Attempts that failed inside Posthorn do not count.
 */
const notOfReceiver = errorsNotOfReceiver.map((error) => `'${error}'`).join(", ");

const evidenceSql = `
with failed as materialized (
  select from posthorn.deliveries
  where endpoint_id = $1 and id >= posthorn.uuid_floor($3) and attempted_at >= $2
    and coalesce(error, '') not in (${notOfReceiver})
  limit $4
), failed_before as materialized (
  select from posthorn.attempts
  where endpoint_id = $1 and delivery_id >= posthorn.uuid_floor($3) and attempted_at >= $2
    and coalesce(error, '') not in (${notOfReceiver})
    and not succeeded
  limit $4
)
select
  exists (
    select from posthorn.deliveries
    where endpoint_id = $1 and id >= posthorn.uuid_floor($3)
      and succeeded and attempted_at >= $2
  ) or exists (
    select from posthorn.attempts
    where endpoint_id = $1 and delivery_id >= posthorn.uuid_floor($3) and attempted_at >= $2
      and succeeded
  ) as has_success,
  (select count(*) from failed)::integer as deliveries,
  ((select count(*) from failed) + (select count(*) from failed_before))::integer as failures
`;

interface Evidence {
  has_success: boolean;
  deliveries: number;
  failures: number;
}

/**
 * Locks the endpoint, and returns whether it still fails. A success in the ledger ends the failing
 * period here.
 */
export async function isStillFailing(
  transaction: Queryable,
  { id, sinceMs }: FailingEndpoint,
): Promise<boolean> {
  const locked = await transaction.query(
    `select from posthorn.endpoints
     where id = $1 and failing_since = $2 and is_active and deleted_at is null
     for update`,
    [id, toTimestamp(sinceMs)],
  );
  if (locked.rowCount === 0) return false;
  const { rows } = await transaction.query<Evidence>(evidenceSql, [
    id,
    toTimestamp(sinceMs),
    toTimestamp(sinceMs - limits.failingLedgerMs),
    limits.failingAttemptsLeast,
  ]);
  const evidence = rows[0];
  if (evidence === undefined || evidence.has_success) {
    await setFailingSince(transaction, [{ id, sinceMs: null }]);
    return false;
  }
  const { deliveries, failures } = evidence;
  return deliveries >= limits.failingDeliveriesLeast && failures >= limits.failingAttemptsLeast;
}
