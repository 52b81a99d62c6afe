-- The fan-out without a join of the batch to itself: such joins are quadratic when the planner,
-- who cannot know how long an array parameter is, loops over one for each row of the other.

-- One expression, so that the planner puts it in place of the call; a function that has to be
-- called costs 9 µs each. (A uuid may be written without its last hyphen.)
create or replace function posthorn.delivery_id(event_id uuid, endpoint_id uuid) returns uuid
language sql immutable parallel safe as $$
  select (
    left(event_id::text, 18) || '-8'
      || left(md5(event_id::text || endpoint_id::text), 13) || '00'
  )::uuid
$$;

-- The answer tells events by their place in the arrays, from 1.
drop function posthorn.publish_batch;

create function posthorn.publish_batch(
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
           lease is not null and endpoint.id <> all (unleased) as leased
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

-- As before, but for the type of its call's data.
create or replace function posthorn.publish(
  org_id uuid, event_type text, data jsonb,
  "timestamp" timestamptz default null, idempotency_key text default null
) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  at timestamptz := date_trunc('milliseconds', clock_timestamp());
  event_at timestamptz := date_trunc('milliseconds', coalesce("timestamp", at));
  data_text text := data::text;
  id uuid := posthorn.uuid_v7(at);
  hash bytea := sha256(convert_to(
    event_type || E'\n' || coalesce("timestamp"::text, '') || E'\n' || data_text, 'UTF8'));
  first record;
begin
  if org_id is null or event_type is null or data is null then
    raise exception 'posthorn.publish needs org_id, event_type and data.'
      using errcode = 'null_value_not_allowed';
  end if;
  if not exists (select from posthorn.event_types as known where known.name = event_type) then
    raise exception 'Event type % is not in the catalogue.', quote_ident(event_type)
      using errcode = 'foreign_key_violation',
            hint = 'Add it to posthorn.event_types through POST /rest/v1/webhook_event_types.';
  end if;
  if octet_length(data_text) > 262144 then
    raise exception 'The event''s data has % bytes; at most 262144 are allowed.',
        octet_length(data_text)
      using errcode = 'program_limit_exceeded';
  end if;

  perform from posthorn.publish_batch(
    array[id], array[org_id], array[event_type], array[event_at], array[data_text::json],
    array[idempotency_key], array[hash], array[null::text], array[null::uuid], at, null, null,
    '{}');

  if idempotency_key is not null then
    select used.event_id, used.request_hash into first
    from posthorn.idempotency_keys as used
    where used.org_id = publish.org_id and used.key = publish.idempotency_key;
    if first.request_hash <> hash then
      raise exception 'Idempotency key % was used for another event.',
          quote_literal(idempotency_key)
        using errcode = 'unique_violation', hint = 'Use a new key for a new event.';
    end if;
    id := first.event_id;
  end if;

  perform pg_notify('posthorn_due', '');
  return id;
end
$$;
