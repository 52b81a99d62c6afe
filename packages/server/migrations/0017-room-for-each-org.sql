-- As before, but `unleased` may name orgs, too: an org that has as much waiting in a node's memory
-- as is left free there. Its deliveries wait in the database, and those of others go on.

create or replace function posthorn.publish_batch(
  ids uuid[], org_ids uuid[], event_types text[], timestamps timestamptz[], datas json[],
  idempotency_keys text[], request_hashes bytea[], schema_warnings text[],
  only_endpoint_ids uuid[], at timestamptz, lease uuid, leased_until timestamptz, unleased uuid[]
) returns table (
  place integer, delivery_id uuid, endpoint_id uuid, endpoint_version bigint, leased boolean
)
language plpgsql volatile as $$
#variable_conflict use_column
begin
  -- The reaper never looks below the watermark again, so a lease there would be lost with its node.
  if exists (select from posthorn.reap_state where watermark > posthorn.uuid_floor(at)) then
    raise exception 'The publishing node''s clock is behind the watermark of leases.'
      using errcode = 'object_not_in_prerequisite_state';
  end if;

  insert into posthorn.orgs (id, created_at)
  select distinct input.org_id, at
  from unnest(org_ids) as input (org_id)
  where not exists (select from posthorn.orgs where orgs.id = input.org_id)
  on conflict do nothing;

  return query
  with input as materialized (
    select *
    from unnest(ids, org_ids, event_types, timestamps, datas, idempotency_keys, request_hashes,
                schema_warnings, only_endpoint_ids) with ordinality
      as input (id, org_id, event_type, "timestamp", data, idempotency_key, request_hash,
                schema_warning, only_endpoint_id, place)
  ), new_key as (
    insert into posthorn.idempotency_keys (org_id, key, event_id, request_hash, created_at)
    select input.org_id, input.idempotency_key, input.id, input.request_hash, at
    from input
    where input.idempotency_key is not null
    on conflict do nothing
    returning idempotency_keys.event_id
  ), accepted as materialized (
    select input.*, wanting.endpoint_ids, wanting.versions
    from input
    cross join lateral (
      select array_agg(endpoint.id) as endpoint_ids, array_agg(endpoint.version) as versions
      from posthorn.endpoints as endpoint
      where endpoint.org_id = input.org_id
        and endpoint.deleted_at is null
        and endpoint.is_active
        and case
              when input.only_endpoint_id is not null then endpoint.id = input.only_endpoint_id
              else endpoint.event_types is null or input.event_type = any (endpoint.event_types)
            end
    ) as wanting
    where input.idempotency_key is null or input.id in (select new_key.event_id from new_key)
  ), target as materialized (
    select accepted.place, accepted.id as event_id, accepted.org_id, accepted.event_type,
           endpoint.id as endpoint_id, endpoint.version,
           posthorn.delivery_id(accepted.id, endpoint.id) as delivery_id,
           lease is not null and endpoint.id <> all (unleased)
             and accepted.org_id <> all (unleased) as leased
    from accepted
    cross join lateral unnest(accepted.endpoint_ids, accepted.versions) as endpoint (id, version)
  ), stored as (
    insert into posthorn.events
      (id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, only_endpoint_id, created_at)
    select accepted.id, accepted.org_id, accepted.event_type, accepted."timestamp",
           accepted.data, coalesce(cardinality(accepted.endpoint_ids), 0),
           accepted.idempotency_key, accepted.schema_warning, accepted.only_endpoint_id, at
    from accepted
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
  )
  select target.place::integer, target.delivery_id, target.endpoint_id, target.version,
         target.leased
  from target
  union all
  select accepted.place::integer, null, null, null, null
  from accepted
  where accepted.endpoint_ids is null;
end
$$;
