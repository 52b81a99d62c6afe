-- Leases due deliveries, and returns them with everything that the next attempt needs.
--
-- Wakeups say which endpoints to check (`take_wakeups`). So the cost of a claim depends on what is
-- due, not on what is pending. For each endpoint that is active and has room in its queue, it locks
-- the oldest due deliveries, and skips those that others have locked. Half of the room is for the
-- oldest first attempts, however many retries are due. `turn` numbers the deliveries within their
-- endpoint, and `org_turn` those within an org in that order. Low numbers are taken first, so every
-- org gets one delivery before any gets two, and so does every endpoint within an org.
--
-- For each org and endpoint, it locks at most twice its share of the result, because locking a row
-- writes it. With 500 endpoints that had 100 due deliveries each, a claim of 500 used to write all
-- 50,000 rows and take 230 to 310 ms; now it takes 30 to 65 ms. `is_cut` is true if more may be due
-- than was leased. A row without an id only contains `is_cut`.
--
-- `due_at` becomes the end of the lease. So if the node dies, the delivery is due again without
-- further action.
--
-- Each checked endpoint gets a new wakeup at its earliest `due_at`: the end of a lease, a later
-- retry, or a delivery that did not fit or was locked. No wakeup is lost:
-- - A separate statement removes the wakeups first. A delivery whose wakeup it saw is committed, so
--   the snapshot of the last statement also sees the delivery.
-- - If a settlement (or a release, requeue, replay, reap) is not committed yet, the last statement
--   sees the old `due_at`, which gets a wakeup. The other transaction inserts one for the new one.
-- - If two claims check the same endpoint, each deletes only wakeups that it has locked, and sees
--   the other's deliveries either leased or with their earlier `due_at`. At worst, an endpoint is
--   checked twice.
-- - If a claim is rolled back, its wakeups are restored. Those inserted since then also remain.
-- - A paused endpoint gets its wakeup at the end of the pause. A change of the pause inserts one in
--   the same commit, like turning an endpoint on.
-- - An inactive endpoint gets no wakeup. Turning it on inserts one in the same commit
--   (`wake_endpoints`). If the last statement saw it as inactive, that commit is still to come.
-- - The reaper handles the wakeups of deleted endpoints.
--
-- Locking is a separate statement. In PostgreSQL 18 (at least 18.4), a statement that locks rows
-- which were just changed, and also looks up ids in a partitioned table, may crash the server: it
-- chooses the partitions with data left over from checking a changed row.
--
-- The settings force one plan with index scans, whatever the tables contained when it was made.
create or replace function posthorn.claim_batch(
  at timestamptz, lease uuid, lease_until timestamptz, per_endpoint integer,
  place_endpoints uuid[], place_counts integer[], most integer, full_orgs uuid[],
  wakeups_most integer, sessions uuid[]
) returns table (
  id uuid, endpoint_id uuid, attempts smallint, attempts_before_round smallint,
  endpoint_version bigint, event_id uuid, org_id uuid, event_type text, "timestamp" timestamptz,
  data text, is_cut boolean, event_external_id text
)
language plpgsql volatile
set enable_bitmapscan = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  correction interval := posthorn.bounded_clock(at) - at;
  looked_at uuid[];
  frees integer[];
  chosen uuid[];
  least_id uuid;
  greatest_id uuid;
  was_cut boolean;
  more_endpoints boolean;
begin
  at := at + correction;
  lease_until := lease_until + correction;
  select taken.endpoint_ids, taken.frees, taken.is_cut
  into looked_at, frees, more_endpoints
  from posthorn.take_wakeups(
    at, most, per_endpoint, place_endpoints, place_counts, full_orgs, wakeups_most,
    sessions) as taken;

  if looked_at is not null then
    with ready as materialized (
      select endpoint.id as endpoint_id, endpoint.org_id,
             -- A paused endpoint has no room. As a condition of the join, this made the planner
             -- choose a plan with which a claim of 500 took 300 ms instead of 45.
             case when endpoint.paused_until > at then 0 else looked.free end as free
      from unnest(looked_at, frees) as looked (endpoint_id, free)
      join posthorn.endpoints as endpoint
        on endpoint.id = looked.endpoint_id and endpoint.is_active and endpoint.deleted_at is null
    ), open as materialized (
      select endpoint_id, org_id,
             least(free, ceil(2.0 * most / (
               (select count(distinct org_id) from ready) * count(*) over (partition by org_id)
             ))::integer) as places
      from ready
    ), oldest as materialized (
      select due.id, due.due_at, due.is_first, open.endpoint_id, open.org_id, open.places
      from open
      cross join lateral (
        select id, due_at, due_at = created_at as is_first from posthorn.deliveries
        where endpoint_id = open.endpoint_id and due_at <= at
        order by due_at
        limit open.places
        for update skip locked
      ) as due
    ), filled_by_oldest as (
      -- The other endpoints have places for all their due deliveries, so `oldest` contains all of
      -- these.
      select endpoint_id, org_id, places from oldest
      group by endpoint_id, org_id, places having count(*) >= places
    ), first_attempt as (
      select due.id, filled_by_oldest.endpoint_id, filled_by_oldest.org_id,
             filled_by_oldest.places,
             2 * row_number() over (partition by endpoint_id order by due.due_at) - 1 as turn
      from filled_by_oldest
      cross join lateral (
        select id, due_at from posthorn.deliveries
        where endpoint_id = filled_by_oldest.endpoint_id and due_at = created_at and due_at <= at
        order by due_at
        limit (filled_by_oldest.places + 1) / 2
        for update skip locked
      ) as due
    ), due as (
      select id, endpoint_id, org_id, places, turn from first_attempt
      union all
      select id, endpoint_id, org_id, places,
             least(
               2 * row_number() over (partition by endpoint_id order by due_at),
               case when is_first then
                 2 * row_number() over (partition by endpoint_id, is_first order by due_at) - 1
               end)
      from oldest
    ), candidate as materialized (
      select id, endpoint_id, org_id, places,
             row_number() over (partition by endpoint_id order by min(turn)) as turn
      from due
      group by id, endpoint_id, org_id, places
    ), in_turn as (
      select id, row_number() over (partition by org_id order by turn, id) as org_turn
      from candidate
      where turn <= places
    )
    select array_agg(first_ones.id order by first_ones.id),
           count(*) = most or exists (select from candidate where turn = places)
    into chosen, was_cut
    from (select id from in_turn order by org_turn, id limit most) as first_ones;
  end if;

  was_cut := coalesce(was_cut, false) or more_endpoints;
  if chosen is not null then
    -- With this range, PostgreSQL does not even open the weeks that contain none of these ids.
    least_id := chosen[1];
    greatest_id := chosen[cardinality(chosen)];
    return query
    with leased as (
      update posthorn.deliveries as delivery
      set lease_id = lease, leased_until = lease_until, due_at = lease_until
      where delivery.id = any (chosen) and delivery.status = 'pending'
        and delivery.id between least_id and greatest_id
      returning delivery.id, delivery.event_id, delivery.endpoint_id, delivery.org_id,
                delivery.event_type, delivery.attempts, delivery.attempts_before_round
    )
    -- Left joins, because the result must contain every leased delivery. If one were missing, no
    -- node would send it, and a claim would lease it again once a minute.
    select leased.id, leased.endpoint_id, leased.attempts, leased.attempts_before_round,
           endpoint.version, event.id, leased.org_id, leased.event_type, event."timestamp",
           event.data::text, was_cut, event.external_id
    from leased
    left join posthorn.events as event on event.id = leased.event_id
    left join posthorn.endpoints as endpoint on endpoint.id = leased.endpoint_id;
  elsif was_cut then
    is_cut := true;
    return next;
  end if;

  if looked_at is not null then
    with next as materialized (
      select endpoint.org_id, endpoint.id, endpoint.deleted_at is not null as is_deleted,
             first.due_at, endpoint.paused_until
      from unnest(looked_at) as looked (endpoint_id)
      join posthorn.endpoints as endpoint
        on endpoint.id = looked.endpoint_id
        and (endpoint.is_active or endpoint.deleted_at is not null)
      cross join lateral (
        select due_at from posthorn.deliveries
        where endpoint_id = endpoint.id and due_at is not null
        order by due_at limit 1
      ) as first
    )
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at, is_deleted)
    select org_id, id,
           case when paused_until > due_at and not is_deleted then paused_until else due_at end,
           is_deleted
    from next;
  end if;
end
$$;
