/** The SQL of `pipeline/claim.ts`. */
import type { ClaimRequest, LeasedDelivery } from "../store.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { type EventColumns, eventOf, toTimestamp } from "./rows.ts";

/**
 * `waiting` has one row for each endpoint with due work, however much that is. Of each that is
 * active and has room, the oldest due are locked; those locked by others are passed over. `turn`
 * numbers them within their endpoint, and `org_turn` those of an org in the order of that: by
 * taking low ones first, every org gets one before any gets two, and so do its endpoints.
 *
 * `due_at` becomes the end of the lease: if the node dies, the delivery is due again by itself.
 */
const claimSql = `
with candidate as (
  select due.id, endpoint.org_id,
         row_number() over (partition by due.endpoint_id order by due.due_at) as turn
  from posthorn.waiting
  join posthorn.endpoints as endpoint
    on endpoint.id = waiting.endpoint_id and endpoint.is_active and endpoint.deleted_at is null
    and endpoint.org_id <> all ($8::uuid[])
  left join unnest($5::uuid[], $6::integer[]) as place (endpoint_id, free)
    on place.endpoint_id = waiting.endpoint_id
  cross join lateral (
    select id, endpoint_id, due_at from posthorn.deliveries
    where endpoint_id = waiting.endpoint_id and due_at <= $1
    order by due_at
    limit least($4::integer, coalesce(place.free, $4::integer))
    for update skip locked
  ) as due
  where waiting.due_at <= $1
), in_turn as (
  select id, row_number() over (partition by org_id order by turn, id) as org_turn
  from candidate
), chosen as (
  select id from in_turn order by org_turn, id limit $7
), leased as (
  update posthorn.deliveries as delivery
  set lease_id = $2, leased_until = $3, due_at = $3
  from chosen
  where delivery.id = chosen.id and delivery.status = 'pending'
  returning delivery.id, delivery.event_id, delivery.endpoint_id, delivery.attempts,
            delivery.attempts_before_round
)
select leased.id, leased.endpoint_id, leased.attempts, leased.attempts_before_round,
       endpoint.version as endpoint_version,
       event.id as event_id, event.org_id, event.event_type, event."timestamp",
       event.data::text as data
from leased
join posthorn.events as event on event.id = leased.event_id
join posthorn.endpoints as endpoint on endpoint.id = leased.endpoint_id
`;

interface ClaimedRow extends EventColumns {
  id: string;
  endpoint_id: string;
  endpoint_version: string;
  attempts: number;
  attempts_before_round: number;
}

export async function claim(
  database: Queryable,
  request: ClaimRequest,
): Promise<readonly LeasedDelivery[]> {
  const { lease } = request;
  const { rows } = await database.query<ClaimedRow>({
    name: "claim",
    text: claimSql,
    values: [
      toTimestamp(request.atMs),
      lease.id,
      toTimestamp(lease.untilMs),
      request.perEndpointMax,
      [...request.freePlaces.keys()],
      [...request.freePlaces.values()],
      request.deliveriesMax,
      request.fullOrgIds,
    ],
  });
  return rows.map((row) => ({
    id: row.id,
    event: eventOf(row),
    endpointId: row.endpoint_id,
    endpointVersion: Number(row.endpoint_version),
    lease,
    attempts: row.attempts,
    attemptsBeforeRound: row.attempts_before_round,
  }));
}
