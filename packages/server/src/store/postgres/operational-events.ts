/** Publishes Posthorn's own events, e.g. that an endpoint was turned off. */
import { limits } from "../../limits.ts";
import { operationalEventTypes, type OperationalEventType } from "../../model/operational-event.ts";
import { parseOrgId } from "../../model/org-id.ts";
import { announceDue } from "../../postgres/notify.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { toTimestamp, toTimestampOrNull } from "./rows.ts";
import { wakeupsOf } from "./wakeups.ts";

/**
 * The types, wildcards and groups by which an endpoint gets Posthorn's own events. Receivers of all
 * types were written for the platform's events and may reject others, so they do not get them.
 */
const rulesOfOwnEvents =
  "coalesce(endpoint.event_types, '{}'), array_remove(endpoint.event_prefixes, ''), " +
  "endpoint.event_groups";

/**
 * The types, wildcards and groups of `endpoint` for events of any type.
 * @param eventType the SQL of the event's type.
 */
export function rulesOfAllEvents(eventType: string): string {
  const isOwn = `${eventType} = any ('{${operationalEventTypes.join(",")}}'::text[])`;
  return `case when not ${isOwn} then endpoint.event_types
             else coalesce(endpoint.event_types, '{}') end,
        case when not ${isOwn} then endpoint.event_prefixes
             else array_remove(endpoint.event_prefixes, '') end,
        endpoint.event_groups`;
}

/**
 * Publishes an operational event to the endpoint's org and the operator's, if its type is in the
 * catalogue. Its deliveries are due immediately. They go to endpoints that name the type, a
 * wildcard other than `*` or its group, except the endpoint that the event is about.
 */
const notifySql = `
with about as (
  select endpoint.id, endpoint.org_id, coalesce(org.external_id, org.id::text) as org_text,
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
  join posthorn.orgs as org on org.id = endpoint.org_id
  where endpoint.id = $1::uuid
), known_org as (
  insert into posthorn.orgs (id, external_id, created_at)
  select $6::uuid, $9::text, $4::timestamptz
  where $6::uuid is not null
  on conflict do nothing
), event as materialized (
  select posthorn.uuid_v7($4::timestamptz) as id, notified.org_id,
         (jsonb_build_object(
           'endpoint_id', about.id, 'org_id', about.org_text, 'url', about.url,
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
    and endpoint.id <> $1::uuid
    and posthorn.is_subscribed(
      ${rulesOfOwnEvents}, endpoint.channels, $2::text, null,
      posthorn.is_visible(endpoint.org_id, $2::text))
    and (endpoint.filter_path is null
         or coalesce(event.data::jsonb @@ endpoint.filter_path, false))
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

export interface OperationalEvent {
  readonly type: OperationalEventType;
  readonly endpointId: string;
  /** When the failures started; null if no failure is known. */
  readonly sinceMs: number | null;
  /** Fields that only this event type has. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** The platform's text for its own org. */
  readonly operationalOrgId: string | null;
  readonly atMs: number;
}

/** Publishes the event in the caller's transaction. */
export async function notify(transaction: Queryable, event: OperationalEvent): Promise<void> {
  const { type, endpointId, sinceMs, facts, operationalOrgId, atMs } = event;
  const missedSinceMs = sinceMs ?? atMs - dayMs;
  const operationalOrg = operationalOrgId === null ? null : parseOrgId(operationalOrgId);
  await transaction.query(notifySql, [
    endpointId,
    type,
    toTimestamp(missedSinceMs),
    toTimestamp(atMs),
    toTimestampOrNull(sinceMs),
    operationalOrg?.id ?? null,
    JSON.stringify(facts),
    toTimestamp(missedSinceMs - limits.failingLedgerMs),
    operationalOrg?.externalId ?? null,
  ]);
  await announceDue(transaction);
}
