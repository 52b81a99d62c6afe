-- Ids, the fan-out, and publishing from SQL.

-- A UUID v7 whose random part is zero: the least id of a millisecond. For range bounds on ids.
create function posthorn.uuid_floor(at timestamptz) returns uuid
language sql immutable parallel safe as $$
  select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
  from (select lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') as h) as hex
$$;

create function posthorn.uuid_v7(at timestamptz) returns uuid
language sql volatile parallel safe as $$
  select (left(posthorn.uuid_floor(at)::text, 15) || substr(r, 16, 3) || substr(r, 19))::uuid
  from (select gen_random_uuid()::text as r) as random
$$;

-- The id of the delivery of one event to one endpoint: the event's first 8 bytes (its time), then
-- 52 bits of a hash of the pair. The last byte is 0: it is where an attempt's id has its number.
create function posthorn.delivery_id(event_id uuid, endpoint_id uuid) returns uuid
language sql immutable parallel safe as $$
  select (
    left(event_id::text, 18) || '-8' || substr(h, 1, 3) || '-' || substr(h, 4, 10) || '00'
  )::uuid
  from (select md5(event_id::text || endpoint_id::text) as h) as hash
$$;

create function posthorn.attempt_id(delivery_id uuid, number smallint) returns uuid
language sql immutable parallel safe as $$
  select (left(delivery_id::text, 34) || lpad(to_hex(number::integer), 2, '0'))::uuid
$$;

-- The least and the greatest id that a delivery of this event can have.
create function posthorn.delivery_id_least(event_id uuid) returns uuid
language sql immutable parallel safe as $$
  select (left(event_id::text, 18) || '-8000-000000000000')::uuid
$$;
create function posthorn.delivery_id_greatest(event_id uuid) returns uuid
language sql immutable parallel safe as $$
  select (left(event_id::text, 18) || '-8fff-ffffffffffff')::uuid
$$;

-- The timestamp of an event as bodies carry it: UTC, milliseconds only where there are any.
create function posthorn.iso_timestamp(at timestamptz) returns text
language sql immutable parallel safe as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    || case when date_trunc('second', at) = date_trunc('milliseconds', at) then ''
       else to_char(at at time zone 'UTC', '.MS') end
    || 'Z'
$$;

-- The body of a delivery, by the body template of a contract: the same bytes as contracts/render.ts
-- makes of the same document (a test compares them). `event` is never parsed, only spliced in.
create function posthorn.render_body(
  template json, event_id uuid, event_type text, at timestamptz, data json
) returns json
language plpgsql immutable parallel safe as $$
begin
  case json_typeof(template)
    when 'object' then
      return (
        select ('{' || string_agg(
          to_json(member.key)::text || ':'
            || posthorn.render_body(member.value, event_id, event_type, at, data)::text,
          ',' order by member.ordinality) || '}')::json
        from json_each(template) with ordinality as member
      );
    when 'string' then
      return case template #>> '{}'
        when '{event.id}' then to_json(event_id::text)
        when '{event.type}' then to_json(event_type)
        when '{event.timestamp}' then to_json(posthorn.iso_timestamp(at))
        when '{event.timestamp_seconds}' then to_json(floor(extract(epoch from at))::bigint)
        when '{event.data}' then data
        else template
      end;
    else
      return template;
  end case;
end
$$;

-- Publish and fan-out: one statement for any number of events, called by the nodes with a whole
-- group commit and by posthorn.publish with one event.
--
-- Leased deliveries are for the calling node to send at once. Those of the endpoints in `unleased`
-- (whose queue in the node's memory is full), and all if `lease` is null, become due for claiming.
-- An event whose idempotency key was used before is not stored: it is missing from the answer.
-- An event that matches no endpoint is stored, and answered with a null delivery.
-- A test event names the one endpoint that it is for, whatever types that one wants.
create function posthorn.publish_batch(
  ids uuid[], org_ids uuid[], event_types text[], timestamps timestamptz[], datas text[],
  idempotency_keys text[], request_hashes bytea[], schema_warnings text[],
  only_endpoint_ids uuid[], at timestamptz, lease uuid, leased_until timestamptz, unleased uuid[]
) returns table (
  event_id uuid, delivery_id uuid, endpoint_id uuid, endpoint_version bigint, leased boolean
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
  with input as (
    select *
    from unnest(ids, org_ids, event_types, timestamps, datas, idempotency_keys, request_hashes,
                schema_warnings, only_endpoint_ids)
      as input (id, org_id, event_type, "timestamp", data, idempotency_key, request_hash,
                schema_warning, only_endpoint_id)
  ), new_key as (
    insert into posthorn.idempotency_keys (org_id, key, event_id, request_hash, created_at)
    select input.org_id, input.idempotency_key, input.id, input.request_hash, at
    from input
    where input.idempotency_key is not null
    on conflict do nothing
    returning idempotency_keys.event_id
  ), accepted as (
    select * from input
    where input.idempotency_key is null or input.id in (select new_key.event_id from new_key)
  ), target as (
    select accepted.id as event_id, accepted.org_id, accepted.event_type,
           endpoint.id as endpoint_id, endpoint.version,
           lease is not null and endpoint.id <> all (unleased) as leased
    from accepted
    join posthorn.endpoints as endpoint
      on endpoint.org_id = accepted.org_id
     and endpoint.deleted_at is null
     and endpoint.is_active
     and case
           when accepted.only_endpoint_id is not null then endpoint.id = accepted.only_endpoint_id
           else endpoint.event_types is null
             or accepted.event_type = any (endpoint.event_types)
         end
  ), stored as (
    insert into posthorn.events
      (id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, only_endpoint_id, created_at)
    select accepted.id, accepted.org_id, accepted.event_type, accepted."timestamp",
           accepted.data::json,
           (select count(*) from target where target.event_id = accepted.id),
           accepted.idempotency_key, accepted.schema_warning, accepted.only_endpoint_id, at
    from accepted
    returning events.id
  ), delivery as (
    insert into posthorn.deliveries
      (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
       due_at, lease_id, leased_until, created_at)
    select posthorn.delivery_id(target.event_id, target.endpoint_id),
           target.event_id, target.endpoint_id, target.org_id, target.event_type, 'pending', 0, 0,
           case when not target.leased then at end,
           case when target.leased then lease end,
           case when target.leased then leased_until end,
           at
    from target
    returning deliveries.id, deliveries.event_id, deliveries.endpoint_id
  )
  select stored.id, delivery.id, target.endpoint_id, target.version, target.leased
  from stored
  left join target on target.event_id = stored.id
  left join delivery
    on delivery.event_id = target.event_id and delivery.endpoint_id = target.endpoint_id;
end
$$;

-- Publishing inside the caller's own transaction: commit, and the event is out; roll back, and it
-- never was. The type must be in the catalogue; its schema is not checked on this path.
create function posthorn.publish(
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
    array[id], array[org_id], array[event_type], array[event_at], array[data_text],
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

-- It runs with its owner's rights, so nobody may call it without being granted to.
revoke execute on function posthorn.publish from public;

-- Each endpoint that has deliveries to come back for, with the time the first is due. Walks the
-- index (endpoint_id, due_at) from endpoint to endpoint, one probe each: a million deliveries
-- waiting for one endpoint cost as much as one.
create view posthorn.waiting as
with recursive waiting as (
  (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null
    order by endpoint_id, due_at limit 1
  )
  union all
  select next.endpoint_id, next.due_at
  from waiting
  cross join lateral (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null and endpoint_id > waiting.endpoint_id
    order by endpoint_id, due_at limit 1
  ) as next
)
select endpoint_id, due_at from waiting;
