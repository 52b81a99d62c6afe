-- Stores events with their deliveries: one statement for any number of events. Nodes call it for a
-- whole commit, and posthorn.publish calls it for one event.
--
-- Deliveries are leased to the calling node, which sends them immediately. They become due for
-- claiming instead if their endpoint or org is in `spilled` (because it has used its share of the
-- node's memory), if their endpoint is a terminal (which may be connected to another node), or if
-- `lease` is null. An event whose idempotency key or external id has already been used is
-- not stored, and is missing in the result. An event that matches no endpoint is stored, and has a
-- null delivery in the result. A test event contains the only endpoint that gets it, whatever types
-- the endpoint subscribes to. The result identifies events by their position in the arrays,
-- starting with 1.
--
-- The number of deliveries in a commit is also limited. Some events get their deliveries in the
-- background (fan_out_batch.sql): 'wide' events, whose org is in `later_orgs` or has more than
-- `endpoints_max` active endpoints; and 'open' events, for which smaller events of the batch have
-- used up `deliveries_max`. In the result they have a null delivery, and the reason in `fan_out`.
--
-- Filters are evaluated here as well. In the worst case, a filter reads the whole data for each of
-- its values, at 150 ns per byte. Events for which cheaper events of the batch have used up
-- `filter_bytes_max` are 'open', so that the filters of one org cannot delay the events of others
-- in the same commit.
--
-- `channel_lists` and `tag_lists` contain an array literal for each event with channels or tags,
-- because `unnest` would take an array of arrays apart. `feature_flags` contains the flags that
-- orgs need to see the events' types.
--
-- No CTE joins the batch to itself. The planner does not know the length of an array parameter, so
-- it might use nested loops, whose cost is quadratic.
create or replace function posthorn.publish_batch(
  ids uuid[], org_ids uuid[], event_types text[], timestamps timestamptz[], datas json[],
  idempotency_keys text[], request_hashes bytea[], schema_warnings text[],
  only_endpoint_ids uuid[], at timestamptz, lease uuid, leased_until timestamptz, spilled uuid[],
  later_orgs uuid[], endpoints_max integer, deliveries_max integer,
  lock_wait_ms integer default null, org_external_ids text[] default null,
  external_ids text[] default null, channel_lists text[] default null,
  tag_lists text[] default null, feature_flags text[] default null,
  filter_bytes_max bigint default 500000
) returns table (
  place integer, delivery_id uuid, endpoint_id uuid, endpoint_version bigint, leased boolean,
  fan_out text
)
language plpgsql volatile as $$
#variable_conflict use_column
declare
  correction interval := posthorn.bounded_clock(at) - at;
  least_leased_id uuid;
begin
  -- Another open transaction may hold a lock on an org or a key that this one inserts.
  if lock_wait_ms is not null then
    perform set_config('lock_timeout', lock_wait_ms::text, true);
  end if;
  at := at + correction;
  leased_until := leased_until + correction;
  -- The reaper only finds leases at or above the watermark, and moves the watermark at most to
  -- `clock_tolerance` before the start of any open transaction (reap_bound.sql). A delivery whose
  -- id is older, because its commit was delayed or its node's clock is wrong, is not leased but
  -- becomes due for claiming.
  select greatest(watermark, posthorn.uuid_floor(now() - posthorn.clock_tolerance()))
  into least_leased_id
  from posthorn.reap_state;

  -- An org that was first named by the UUID of its text gets its text now.
  insert into posthorn.orgs (id, external_id, created_at)
  select distinct on (input.org_id) input.org_id, input.external_id, at
  from unnest(org_ids, org_external_ids) as input (org_id, external_id)
  left join posthorn.orgs as known on known.id = input.org_id
  where known.id is null or (known.external_id is null and input.external_id is not null)
  -- Every statement inserts orgs and then keys in the same order. So two nodes that insert the same
  -- ones wait for each other without a deadlock.
  order by input.org_id, input.external_id
  on conflict (id) do update set external_id = excluded.external_id
    where orgs.external_id is null and excluded.external_id is not null;

  return query
  with input as materialized (
    select given.*, given.channel_list::text[] as channels, given.tag_list::text[] as tags,
           given.feature_flag is null or exists (
             select from posthorn.orgs as org
             where org.id = given.org_id and given.feature_flag = any (org.feature_flags)
           ) as is_visible
    from unnest(ids, org_ids, event_types, timestamps, datas, idempotency_keys, request_hashes,
                schema_warnings, only_endpoint_ids, external_ids, channel_lists, tag_lists,
                feature_flags)
      with ordinality
      as given (id, org_id, event_type, "timestamp", data, idempotency_key, request_hash,
                schema_warning, only_endpoint_id, external_id, channel_list, tag_list,
                feature_flag, place)
  ), new_key as (
    insert into posthorn.idempotency_keys
      (org_id, key, is_external_id, event_id, request_hash, created_at)
    select input.org_id, used.key, used.is_external_id, input.id, input.request_hash, at
    from input
    cross join lateral (
      values (input.idempotency_key, false), (input.external_id, true)
    ) as used (key, is_external_id)
    where used.key is not null
    order by input.org_id, used.key collate "C", used.is_external_id, input.place
    on conflict do nothing
    returning idempotency_keys.event_id, idempotency_keys.is_external_id
  ), planned as (
    select matched.*,
           matched.only_endpoint_id is null
             and (matched.is_wide or matched.deliveries > deliveries_max
                  or matched.filter_bytes is not null
                     and matched.filter_bytes_so_far > filter_bytes_max) as is_later
    from (
      select input.*, wanting.endpoint_ids, wanting.versions, wanting.destinations, wanting.is_wide,
             wanting.filters, wanting.filter_bytes,
             sum(case when not wanting.is_wide then wanting.filter_bytes end)
               over (order by wanting.filter_bytes, input.place) as filter_bytes_so_far,
             coalesce(
               sum(case when not wanting.is_wide then cardinality(wanting.endpoint_ids) end)
                 over (order by coalesce(cardinality(wanting.endpoint_ids), 0), input.place),
               0) as deliveries
      from input
      cross join lateral (
        select array_agg(active.id) filter (where active.is_wanted) as endpoint_ids,
               array_agg(active.version) filter (where active.is_wanted) as versions,
               array_agg(active.destination) filter (where active.is_wanted) as destinations,
               array_agg(active.filter_path) filter (where active.is_wanted) as filters,
               -- Null without filters.
               case
                 when sum(active.filter_comparisons) filter (where active.is_wanted) > 0 then
                   sum(active.filter_comparisons) filter (where active.is_wanted)
                     * octet_length(input.data::text)
               end as filter_bytes,
               count(*) > endpoints_max or input.org_id = any (later_orgs) as is_wide
        from (
          select endpoint.id, endpoint.version,
                 -- The deliveries of a paused endpoint get no lease.
                 case when endpoint.paused_until > at then 'paused' else endpoint.destination end
                   as destination,
                 case when input.only_endpoint_id is null then endpoint.filter_path end
                   as filter_path,
                 case when input.only_endpoint_id is null then endpoint.filter_comparisons end
                   as filter_comparisons,
                 case
                   when input.only_endpoint_id is not null then true
                   else posthorn.is_subscribed(
                     endpoint.event_types, endpoint.event_prefixes, endpoint.event_groups,
                     endpoint.channels, input.event_type, input.channels, input.is_visible)
                 end as is_wanted
          from posthorn.endpoints as endpoint
          where endpoint.org_id = input.org_id
            and endpoint.deleted_at is null
            and endpoint.is_active
            and case
                  when input.only_endpoint_id is not null
                    then endpoint.id = input.only_endpoint_id
                  else input.org_id <> all (later_orgs)
                end
          limit endpoints_max + 1
        ) as active
      ) as wanting
      where (input.idempotency_key is null or input.id in (
               select new_key.event_id from new_key where not new_key.is_external_id))
        and (input.external_id is null or input.id in (
               select new_key.event_id from new_key where new_key.is_external_id))
    ) as matched
  ), accepted as materialized (
    select planned.*,
           case
             when planned.filter_bytes is not null and not planned.is_later then
               posthorn.passing_endpoints(planned.data, planned.endpoint_ids, planned.filters)
             else planned.endpoint_ids
           end as target_ids
    from planned
  ), target as materialized (
    select accepted.place, accepted.id as event_id, accepted.org_id, accepted.event_type,
           endpoint.id as endpoint_id, endpoint.version,
           posthorn.delivery_id(accepted.id, endpoint.id) as delivery_id,
           lease is not null and accepted.id >= least_leased_id
             and endpoint.destination = 'http'
             and endpoint.id <> all (spilled) and accepted.org_id <> all (spilled) as leased
    from accepted
    cross join lateral unnest(accepted.target_ids, accepted.versions, accepted.destinations)
      as endpoint (id, version, destination)
    where not accepted.is_later and endpoint.id is not null
  ), stored as (
    insert into posthorn.events
      (id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, only_endpoint_id, external_id, channels, tags, created_at)
    select accepted.id, accepted.org_id, accepted.event_type, accepted."timestamp",
           accepted.data,
           case
             when accepted.is_later or accepted.target_ids is null then 0
             when accepted.filter_bytes is null then cardinality(accepted.target_ids)
             else cardinality(array_remove(accepted.target_ids, null))
           end,
           accepted.idempotency_key, accepted.schema_warning, accepted.only_endpoint_id,
           accepted.external_id, accepted.channels, accepted.tags, at
    from accepted
  ), later as (
    insert into posthorn.fan_outs
      (event_id, org_id, event_type, channels, endpoints_done, endpoints_total, created_at)
    select accepted.id, accepted.org_id, accepted.event_type, accepted.channels, 0, 0, at
    from accepted
    where accepted.is_later
  ), delivery as (
    insert into posthorn.deliveries
      (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
       due_at, lease_id, leased_until, created_at)
    select target.delivery_id, target.event_id, target.endpoint_id, target.org_id,
           target.event_type, 'pending', 0, 0,
           case when not target.leased then at end,
           case when target.leased then lease end,
           case when target.leased then leased_until end,
           at
    from target
  ), woken as (
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select distinct target.org_id, target.endpoint_id, at
    from target
    where not target.leased
  )
  select target.place::integer, target.delivery_id, target.endpoint_id, target.version,
         target.leased, null
  from target
  union all
  select accepted.place::integer, null, null, null, null,
         case when accepted.is_later then case when accepted.is_wide then 'wide' else 'open' end end
  from accepted
  where accepted.target_ids is null or accepted.is_later;

  -- An event with both may have been refused because of one. Then the other is free again.
  if idempotency_keys is not null and external_ids is not null then
    delete from posthorn.idempotency_keys as unused
    using unnest(ids, org_ids, idempotency_keys, external_ids)
      as input (id, org_id, idempotency_key, external_id)
    where input.idempotency_key is not null and input.external_id is not null
      and unused.org_id = input.org_id
      and unused.key in (input.idempotency_key, input.external_id)
      and unused.event_id = input.id
      and not exists (select from posthorn.events where events.id = input.id);
  end if;

  -- Read only from this commit's ids on. While an old snapshot is open, the index keeps an entry
  -- for every earlier event that was stored like this. With 30,000 of them, a commit took 65 ms
  -- longer.
  if exists (
    select from posthorn.fan_outs
    where list_id is null
      and event_id >= (select each from unnest(ids) as each order by each limit 1)
  ) then
    perform posthorn.list_fan_outs(ids, at);
  end if;
end
$$;
