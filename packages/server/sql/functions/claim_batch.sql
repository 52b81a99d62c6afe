-- Leases what is due, and answers it with all that its next attempt needs.
--
-- `waiting` has one row for each endpoint with due work, however much that is. Of each that is
-- active and has room, the oldest due are locked; those locked by others are passed over. Half of
-- the room is for the oldest first attempts, whatever retries were due before them. `turn` numbers
-- them within their endpoint, and `org_turn` those of an org in the order of that: by taking low
-- ones first, every org gets one before any gets two, and so do its endpoints.
--
-- No more are locked of each org, and each of its endpoints, than twice its part of what is taken:
-- to lock a row is to write it, and with 500 endpoints of 100 due deliveries each a claim of 500
-- wrote all 50,000: 230 to 310 ms, and now 30 to 65.
-- `is_cut` says whether more may be due than was leased.
--
-- `due_at` becomes the end of the lease: if the node dies, the delivery is due again by itself.
--
-- Locking is a statement of its own. In PostgreSQL 18 (18.4 at least) a statement that locks rows
-- which have just been changed, and elsewhere looks ids up in a partitioned table, may end in a
-- segfault of the server: the partitions to look in are chosen with what the check of a changed row
-- has left.
create or replace function posthorn.claim_batch(
  at timestamptz, lease uuid, lease_until timestamptz, per_endpoint integer,
  place_endpoints uuid[], place_counts integer[], most integer, full_orgs uuid[]
) returns table (
  id uuid, endpoint_id uuid, attempts smallint, attempts_before_round smallint,
  endpoint_version bigint, event_id uuid, org_id uuid, event_type text, "timestamp" timestamptz,
  data text, is_cut boolean
)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  correction interval := posthorn.bounded_clock(at) - at;
  chosen uuid[];
  was_cut boolean;
begin
  at := at + correction;
  lease_until := lease_until + correction;
  with ready as materialized (
    select waiting.endpoint_id, endpoint.org_id,
           least(per_endpoint, coalesce(place.free, per_endpoint)) as free
    from posthorn.waiting
    join posthorn.endpoints as endpoint
      on endpoint.id = waiting.endpoint_id and endpoint.is_active and endpoint.deleted_at is null
      and endpoint.org_id <> all (full_orgs)
    left join unnest(place_endpoints, place_counts) as place (endpoint_id, free)
      on place.endpoint_id = waiting.endpoint_id
    where waiting.due_at <= at
  ), open as materialized (
    select endpoint_id, org_id,
           least(free, ceil(2.0 * most / (
             (select count(distinct org_id) from ready) * count(*) over (partition by org_id)
           ))::integer) as places
    from ready
  ), first_attempt as (
    select due.id, open.endpoint_id,
           2 * row_number() over (partition by open.endpoint_id order by due.due_at) - 1 as turn
    from open
    cross join lateral (
      select id, due_at from posthorn.deliveries
      where endpoint_id = open.endpoint_id and due_at = created_at and due_at <= at
      order by due_at
      limit (open.places + 1) / 2
      for update skip locked
    ) as due
  ), oldest as (
    select due.id, open.endpoint_id,
           2 * row_number() over (partition by open.endpoint_id order by due.due_at) as turn
    from open
    cross join lateral (
      select id, due_at from posthorn.deliveries
      where endpoint_id = open.endpoint_id and due_at <= at
      order by due_at
      limit open.places
      for update skip locked
    ) as due
  ), candidate as (
    select id, endpoint_id, row_number() over (partition by endpoint_id order by min(turn)) as turn
    from (select * from first_attempt union all select * from oldest) as due
    group by id, endpoint_id
  ), in_turn as (
    select candidate.id,
           row_number() over (partition by open.org_id order by turn, candidate.id) as org_turn
    from candidate
    join open using (endpoint_id)
    where candidate.turn <= open.places
  ), filled as (
    select from candidate join open using (endpoint_id) where candidate.turn = open.places
  )
  select array_agg(first_ones.id), count(*) = most or exists (select from filled)
  into chosen, was_cut
  from (select id from in_turn order by org_turn, id limit most) as first_ones;

  return query
  with leased as (
    update posthorn.deliveries as delivery
    set lease_id = lease, leased_until = lease_until, due_at = lease_until
    where delivery.id = any (chosen) and delivery.status = 'pending'
    returning delivery.id, delivery.event_id, delivery.endpoint_id, delivery.org_id,
              delivery.event_type, delivery.attempts, delivery.attempts_before_round
  )
  -- Left joins: what is leased must be answered, or nobody sends it and it is leased once a minute.
  select leased.id, leased.endpoint_id, leased.attempts, leased.attempts_before_round,
         endpoint.version, event.id, leased.org_id, leased.event_type, event."timestamp",
         event.data::text, was_cut
  from leased
  left join posthorn.events as event on event.id = leased.event_id
  left join posthorn.endpoints as endpoint on endpoint.id = leased.endpoint_id;
end
$$;
