/** The SQL of `pipeline/upkeep/turn-off.ts`, and of all other ways to turn an endpoint off. */
import { limits } from "../../limits.ts";
import { system } from "../../model/audit.ts";
import {
  operationalEventTypes,
  type OperationalEventType,
  type TurnOff,
} from "../../model/operational-event.ts";
import {
  endOf,
  failingSince,
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
 * Turns the endpoint off in the caller's transaction, with an audit entry and an operational event.
 *
 * @returns false if the endpoint was already off or deleted. Then nothing is written.
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
 * Publishes an operational event to the endpoint's org and the operator's, if its type is in the
 * catalogue. It is due immediately, for endpoints that name its type, except the one that it is
 * about. Receivers of all types were written for the platform's events, and may reject others.
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
  join posthorn.event_types as type on type.name = $2::text
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
  /** When the failures started; null if no failure is known. */
  readonly sinceMs: number | null;
  /** Fields that only this event type has. */
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
    failingEndpoints: (atMs, periodMs) =>
      inTransaction(pool, (transaction) => failingEndpoints(transaction, atMs, periodMs)),
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

/** Locks the row, so that only one concurrent caller checks. */
const lastCheckSql = `
select value from posthorn.settings where name = 'failing_checked_at' for update skip locked
`;

/** Reads minutes if the last check was recent, otherwise hours. Minutes are kept for 2 days. */
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
/** Statistics are written some seconds after the attempts that they count. */
const lateMs = 120_000;

interface RecentRow {
  id: string;
  failing_since: Date | null;
  failing_warned_at: Date | null;
  delivered_at: Date | null;
  failed_at: Date | null;
}

async function failingEndpoints(
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
 * Reads the ledger, which is complete. Statistics are not: a node that dies loses its latest
 * counts. Attempts that failed inside Posthorn do not count. A delivery's row contains its latest
 * attempt.
 */
const evidenceSql = `
with failed as materialized (
  select from posthorn.deliveries
  where endpoint_id = $1 and id >= posthorn.uuid_floor($3) and attempted_at >= $2
    and coalesce(error, '') not in ('internal', 'shutdown')
  limit $4
), failed_before as materialized (
  select from posthorn.attempts
  where endpoint_id = $1 and delivery_id >= posthorn.uuid_floor($3) and attempted_at >= $2
    and coalesce(error, '') not in ('internal', 'shutdown')
    and coalesce(response_status, 0) not between 200 and 299
  limit $4
)
select
  exists (
    select from posthorn.deliveries
    where endpoint_id = $1 and id >= posthorn.uuid_floor($3)
      and status = 'delivered' and attempted_at >= $2
  ) or exists (
    select from posthorn.attempts
    where endpoint_id = $1 and delivery_id >= posthorn.uuid_floor($3) and attempted_at >= $2
      and response_status between 200 and 299
  ) as has_success,
  (select count(*) from failed)::integer as deliveries,
  ((select count(*) from failed) + (select count(*) from failed_before))::integer as failures
`;

interface Evidence {
  has_success: boolean;
  deliveries: number;
  failures: number;
}

/** Locks the endpoint. A success in the ledger ends the period here. */
async function isStillFailing(
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
    `update posthorn.endpoints set failing_warned_at = $2
     where id = $1 and failing_warned_at is null`,
    [endpoint.id, toTimestamp(atMs)],
  );
  if (rowCount === 0) return false;
  const { sinceMs } = endpoint;
  await notify(transaction, {
    type: "endpoint.failing",
    endpointId: endpoint.id,
    sinceMs,
    facts: { disabled_from: toTimestamp(endOf(endpoint, atMs, periodMs)) },
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
