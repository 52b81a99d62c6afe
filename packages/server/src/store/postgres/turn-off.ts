/** The SQL of `pipeline/upkeep/turn-off.ts`, and of every other way to turn an endpoint off. */
import { limits } from "../../limits.ts";
import { system } from "../../model/audit.ts";
import {
  operationalEventTypes,
  type OperationalEventType,
  type TurnOff,
} from "../../model/operational-event.ts";
import {
  nextStreak,
  type FailingEndpoint,
  type TurnOffStore,
} from "../../pipeline/upkeep/turn-off.ts";
import { recordAudit } from "../../postgres/audit.ts";
import { activityAssignments, recordEndpointVersions } from "../../postgres/endpoint-versions.ts";
import { announceDue } from "../../postgres/notify.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import { toTimestamp, toTimestampOrNull } from "./rows.ts";
import { wakeupsOf } from "./wakeups.ts";

export const operationalEventTypesSql = `'{${operationalEventTypes.join(",")}}'::text[]`;

const turnOffSql = `
with endpoint as (
  select id, failing_since from posthorn.endpoints
  where id = $1 and is_active and deleted_at is null
  for update
)
update posthorn.endpoints
set is_active = false, inactive_reason = $2, version = version + 1, updated_at = $3,
    ${activityAssignments("false", "$3::timestamptz").join(", ")}
from endpoint
where endpoints.id = endpoint.id
returning endpoints.org_id, endpoint.failing_since
`;

export interface TurnOffNow extends TurnOff {
  readonly operationalOrgId: string | null;
  readonly atMs: number;
}

/**
 * Turns the endpoint off, and writes the audit entry and the operational event, inside the caller's
 * transaction.
 *
 * @returns false if it was already off or deleted: then nothing is written.
 */
export async function turnOff(transaction: Queryable, given: TurnOffNow): Promise<boolean> {
  const { endpointId, cause, reason, operationalOrgId, atMs } = given;
  const { rows } = await transaction.query<{ org_id: string; failing_since: Date | null }>(
    turnOffSql,
    [endpointId, reason, toTimestamp(atMs)],
  );
  const row = rows[0];
  if (row === undefined) return false;
  const changes = {
    is_active: { from: true, to: false },
    inactive_reason: { from: null, to: reason },
  };
  await recordAudit(transaction, { action: "endpoint.turned_off", by: system, atMs }, [
    { orgId: row.org_id, id: endpointId, changes },
  ]);
  await notify(transaction, {
    type: "endpoint.disabled",
    endpointId,
    sinceMs: row.failing_since?.getTime() ?? null,
    facts: { reason: cause, message: reason, disabled_at: toTimestamp(atMs) },
    operationalOrgId,
    atMs,
  });
  await recordEndpointVersions(transaction, [endpointId]);
  return true;
}

/**
 * Publishes an operational event to the endpoint's org and to the operator's org, due immediately.
 * It goes only to endpoints that name its type, and never to the endpoint that it is about. A
 * receiver of all types was written for the platform's events, and may reject unknown ones.
 */
const notifySql = `
with about as (
  select endpoint.id, endpoint.org_id,
         regexp_replace(regexp_replace(endpoint.url, '[?#].*$', ''), '//[^/@]*@', '//') as url,
         (select coalesce('status ' || response_status, error) from posthorn.deliveries
          where endpoint_id = endpoint.id and id >= posthorn.uuid_floor($8::timestamptz)
            and attempted_at >= $3::timestamptz and status in ('pending', 'failed')
          order by id desc limit 1) as last_error,
         (select count(*) from (
            select from posthorn.deliveries
            where endpoint_id = endpoint.id and id >= posthorn.uuid_floor($8::timestamptz)
              and (status = 'pending' or failed_at >= $3::timestamptz)
            limit ${limits.missedDeliveriesCountMax}) as missed) as deliveries_missed
  from posthorn.endpoints as endpoint
  where endpoint.id = $1::uuid
), known_org as (
  insert into posthorn.orgs (id, created_at)
  select $6::uuid, $4::timestamptz
  where $6::uuid is not null
  on conflict do nothing
), event as materialized (
  select posthorn.uuid_v7($4::timestamptz) as id, notified.org_id,
         (jsonb_build_object(
           'endpoint_id', about.id, 'org_id', about.org_id, 'url', about.url,
           'failing_since', posthorn.iso_timestamp($5::timestamptz),
           'last_error', about.last_error, 'deliveries_missed', about.deliveries_missed)
          || $7::jsonb)::json as data
  from about
  cross join lateral (
    select about.org_id union select $6::uuid where $6::uuid is not null
  ) as notified
), target as materialized (
  select event.id as event_id, endpoint.id as endpoint_id, endpoint.org_id
  from event
  join posthorn.endpoints as endpoint on endpoint.org_id = event.org_id
  where endpoint.is_active and endpoint.deleted_at is null
    and endpoint.id <> $1::uuid and $2::text = any (endpoint.event_types)
), counted as (
  select event_id, count(*) as targets from target group by event_id
), stored as (
  insert into posthorn.events
    (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
  select event.id, event.org_id, $2::text, $4::timestamptz, event.data,
         coalesce(counted.targets, 0), $4::timestamptz
  from event
  left join counted on counted.event_id = event.id
), delivery as (
  insert into posthorn.deliveries
    (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
     due_at, created_at)
  select posthorn.delivery_id(event_id, endpoint_id), event_id, endpoint_id, org_id, $2::text,
         'pending', 0, 0, $4::timestamptz, $4::timestamptz
  from target
  returning org_id, endpoint_id, due_at
)
${wakeupsOf("delivery")}
`;

const dayMs = 86_400_000;

interface OperationalEvent {
  readonly type: OperationalEventType;
  readonly endpointId: string;
  /** When the failures began; null if it is not known to have failed. */
  readonly sinceMs: number | null;
  /** The fields that only this event type has. */
  readonly facts: Readonly<Record<string, unknown>>;
  readonly operationalOrgId: string | null;
  readonly atMs: number;
}

async function notify(transaction: Queryable, event: OperationalEvent): Promise<void> {
  const { type, endpointId, sinceMs, facts, operationalOrgId, atMs } = event;
  const missedSinceMs = sinceMs ?? atMs - dayMs;
  await transaction.query(notifySql, [
    endpointId,
    type,
    toTimestamp(missedSinceMs),
    toTimestamp(atMs),
    toTimestampOrNull(sinceMs),
    operationalOrgId,
    JSON.stringify(facts),
    toTimestamp(missedSinceMs - limits.failingLedgerMs),
  ]);
  await announceDue(transaction);
}

export function createPostgresTurnOffStore(
  pool: Pool,
  operationalOrgId: string | null,
): TurnOffStore {
  return {
    async updateStreaks(atMs, periodMs) {
      await inTransaction(pool, (transaction) => updateStreaks(transaction, atMs, periodMs));
      return failing(pool, periodMs);
    },
    turnOff: (endpoint, atMs, periodMs) =>
      inTransaction(pool, async (transaction) => {
        if (!(await isStillFailing(transaction, endpoint))) return false;
        const reason = `Every attempt failed for ${inWords(periodMs)}.`;
        const { id: endpointId } = endpoint;
        const given = { endpointId, cause: "failing", reason, operationalOrgId, atMs } as const;
        return turnOff(transaction, given);
      }),
    warn: (endpoint, atMs, periodMs) =>
      inTransaction(pool, (transaction) =>
        warn(transaction, { endpoint, atMs, periodMs, operationalOrgId }),
      ),
  };
}

/** Minutes if the last check was recent, otherwise hours: minutes are kept for 2 days. */
const attemptsSinceSql = `
select endpoint.id, endpoint.failing_since, endpoint.failing_until, endpoint.failing_slices,
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

const writeStreaksSql = `
update posthorn.endpoints as endpoint
set failing_since = streak.since, failing_until = streak.until, failing_slices = streak.failedParts,
    failing_told_at = case when streak.since = endpoint.failing_since then failing_told_at end
from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::smallint[])
  as streak (id, since, until, failedParts)
where endpoint.id = streak.id and endpoint.is_active
`;

/** Any fixed number, the same in every node. */
const streaksLock = 7_013_001;
const hourMs = 3_600_000;
/** Statistics are written some seconds after what they count. */
const lateMs = 120_000;

interface StreakRow {
  id: string;
  failing_since: Date | null;
  failing_until: Date | null;
  failing_slices: number;
  failing_told_at: Date | null;
  delivered_at: Date | null;
  failed_at: Date | null;
}

async function updateStreaks(
  transaction: Queryable,
  atMs: number,
  periodMs: number,
): Promise<void> {
  const lock = await transaction.query<{ mine: boolean }>(
    "select pg_try_advisory_xact_lock($1) as mine",
    [streaksLock],
  );
  if (lock.rows[0]?.mine !== true) return;
  const last = await transaction.query<{ checked_at: Date }>(
    "select checked_at from posthorn.failing_checks",
  );
  const checkedAtMs = last.rows[0]?.checked_at.getTime() ?? atMs - periodMs;
  const isLately = atMs - checkedAtMs < hourMs;
  const spanMs = isLately ? 60_000 : hourMs;
  const fromMs = checkedAtMs - lateMs;
  const { rows } = await transaction.query<StreakRow>(attemptsSinceSql, [
    spanMs / 1000,
    toTimestamp(fromMs - (fromMs % spanMs)),
  ]);
  const changed = rows.flatMap((row) => {
    const before = streakOf(row);
    const recent = {
      lastDeliveredAtMs: row.delivered_at?.getTime() ?? null,
      lastFailedAtMs: row.failed_at?.getTime() ?? null,
    };
    const streak = nextStreak(before, recent, periodMs);
    return streak === before ? [] : [{ id: row.id, streak }];
  });
  if (changed.length > 0) {
    await transaction.query(writeStreaksSql, [
      changed.map(({ id }) => id),
      changed.map(({ streak }) => toTimestampOrNull(streak?.sinceMs ?? null)),
      changed.map(({ streak }) => toTimestampOrNull(streak?.untilMs ?? null)),
      changed.map(({ streak }) => streak?.failedParts ?? 0),
    ]);
  }
  await transaction.query(
    `insert into posthorn.failing_checks (checked_at) values ($1)
     on conflict (singleton) do update set checked_at = excluded.checked_at`,
    [toTimestamp(atMs)],
  );
}

function streakOf(
  row: Pick<StreakRow, "failing_since" | "failing_until" | "failing_slices">,
): FailingEndpoint["streak"] | null {
  const { failing_since: since, failing_until: until, failing_slices: failedParts } = row;
  if (since === null || until === null) return null;
  return { sinceMs: since.getTime(), untilMs: until.getTime(), failedParts };
}

/**
 * Reads the table instead of the last check's result: a node may have died between check and
 * action.
 */
async function failing(database: Queryable, periodMs: number): Promise<readonly FailingEndpoint[]> {
  const { rows } = await database.query<StreakRow>(
    `select id, failing_since, failing_until, failing_slices, failing_told_at
     from posthorn.endpoints
     where failing_since is not null and is_active and deleted_at is null
       and (failing_told_at is null and failing_slices >= $1
              and failing_until - failing_since >= make_interval(secs => $2)
            or failing_slices >= 2 * $1
              and failing_until - failing_since >= make_interval(secs => 2 * $2))
     order by failing_since limit $3`,
    [limits.failureStreakParts / 2, periodMs / 2_000, limits.failingEndpointsMax],
  );
  return rows.flatMap((row) => {
    const streak = streakOf(row);
    return streak === null
      ? []
      : [{ id: row.id, streak, isNotified: row.failing_told_at !== null }];
  });
}

/**
 * Reads the ledger, which loses nothing; a dying node loses statistics. A success ends the streak.
 * Failures of a single delivery, or Posthorn's own faults, are not enough.
 */
const evidenceSql = `
select
  exists (
    select from posthorn.deliveries
    where endpoint_id = $1 and id >= posthorn.uuid_floor($3)
      and status = 'delivered' and attempted_at >= $2
  ) as has_success,
  (select count(*) from (
     select from posthorn.deliveries
     where endpoint_id = $1 and id >= posthorn.uuid_floor($3) and attempted_at >= $2
       and coalesce(error, '') not in ('internal', 'shutdown')
     limit 2) as failed)::integer as failed
`;

async function isStillFailing(
  transaction: Queryable,
  { id, streak }: FailingEndpoint,
): Promise<boolean> {
  const locked = await transaction.query(
    `select from posthorn.endpoints
     where id = $1 and failing_since = $2 and is_active and deleted_at is null
     for update`,
    [id, toTimestamp(streak.sinceMs)],
  );
  if (locked.rowCount === 0) return false;
  const { rows } = await transaction.query<{ has_success: boolean; failed: number }>(evidenceSql, [
    id,
    toTimestamp(streak.sinceMs),
    toTimestamp(streak.sinceMs - limits.failingLedgerMs),
  ]);
  if (rows[0]?.has_success === true) {
    await transaction.query(writeStreaksSql, [[id], [null], [null], [0]]);
    return false;
  }
  return (rows[0]?.failed ?? 0) >= 2;
}

interface Warning {
  readonly endpoint: FailingEndpoint;
  readonly atMs: number;
  readonly periodMs: number;
  readonly operationalOrgId: string | null;
}

async function warn(transaction: Queryable, warning: Warning): Promise<boolean> {
  const { endpoint, atMs, periodMs, operationalOrgId } = warning;
  if (!(await isStillFailing(transaction, endpoint))) return false;
  const { rowCount } = await transaction.query(
    `update posthorn.endpoints set failing_told_at = $2
     where id = $1 and failing_told_at is null`,
    [endpoint.id, toTimestamp(atMs)],
  );
  if (rowCount === 0) return false;
  const { sinceMs } = endpoint.streak;
  await notify(transaction, {
    type: "endpoint.failing",
    endpointId: endpoint.id,
    sinceMs,
    facts: { disabled_from: toTimestamp(sinceMs + periodMs) },
    operationalOrgId,
    atMs,
  });
  return true;
}

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
];

/** `5 days`, `36 hours`, `30 seconds`: the largest unit that gives a whole number. */
function inWords(durationMs: number): string {
  const unit = units.find(({ ms }) => durationMs % ms === 0) ?? { name: "second", ms: 1_000 };
  const count = durationMs / unit.ms;
  return `${count} ${unit.name}${count === 1 ? "" : "s"}`;
}
