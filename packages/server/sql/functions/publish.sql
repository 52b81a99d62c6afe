-- Publishes an event inside the caller's transaction: if the transaction rolls back, there is no
-- event. The type must be in the catalogue, but the data is not checked against its schema. All
-- other limits of the HTTP API apply.
--
-- `org_id` is the platform's own id, with any type: text, uuid, bigint. `anycompatible` also
-- accepts a parameter or literal without a type. With overloads, `grant execute on function` would
-- need the arguments.
create or replace function posthorn.publish(
  org_id anycompatible, event_type text, data jsonb,
  "timestamp" timestamptz default null, idempotency_key text default null,
  external_id text default null, channels text[] default null, tags text[] default null
) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
declare
  at timestamptz := date_trunc('milliseconds', clock_timestamp());
  event_at timestamptz := date_trunc('milliseconds', coalesce("timestamp", at));
  data_text text := data::text;
  id uuid := posthorn.uuid_v7(at);
  org_text text := org_id::text;
  internal_org_id uuid := posthorn.org_id(org_text);
  given_at timestamptz;
  hash bytea;
  used record;
  is_same boolean;
begin
  perform posthorn.check_event(org_text, event_type, data, data_text, event_at, idempotency_key,
                               external_id, channels, tags);

  -- The service creates partitions weeks ahead. If it was stopped for too long, the caller's
  -- transaction must not fail.
  if 3 > (select count(*) from posthorn.partitions where since <= at and until > at) then
    perform posthorn.make_partitions(at, at + interval '28 days');
  end if;

  given_at := case when "timestamp" is not null then event_at end;
  hash := posthorn.request_hash(event_type, given_at, data_text, external_id, channels, tags);
  perform from posthorn.publish_batch(
    array[id], array[internal_org_id], array[event_type], array[event_at], array[data_text::json],
    array[idempotency_key], array[hash], array[null::text], array[null::uuid], at, null, null,
    '{}', '{}', 1000, 1000, null,
    -- Null if the text is the UUID itself.
    array[case when lower(org_text) <> internal_org_id::text then org_text end],
    case when external_id is not null then array[external_id] end,
    array[nullif(channels, '{}')::text], array[nullif(tags, '{}')::text],
    array[(select type.feature_flag from posthorn.event_types as type
           where type.name = event_type)]);

  for used in
    select keys.event_id, keys.request_hash, keys.is_external_id
    from posthorn.idempotency_keys as keys
    where keys.org_id = internal_org_id
      and (keys.key = publish.idempotency_key and not keys.is_external_id
           or keys.key = publish.external_id and keys.is_external_id)
  loop
    -- If only the hashes of the data differ, its values are compared.
    is_same := used.request_hash = hash or exists (
      select from posthorn.events as event
      where event.id = used.event_id
        and used.request_hash
          = posthorn.request_hash(event_type, given_at, event.data::text, external_id, channels,
                                    tags)
        and posthorn.cast_or_null(event.data::text, 'jsonb')::jsonb = data);
    if not is_same and used.is_external_id then
      raise exception 'External id % was used for another event.', quote_literal(external_id)
        using errcode = 'unique_violation', hint = 'Use a new id for a new event.';
    elsif not is_same then
      raise exception 'Idempotency key % was used for another event.',
          quote_literal(idempotency_key)
        using errcode = 'unique_violation', hint = 'Use a new key for a new event.';
    end if;
    id := used.event_id;
  end loop;

  perform pg_notify('posthorn_due', '');
  return id;
end
$$;

-- The function runs with its owner's privileges, so calling it requires a grant.
revoke execute on function posthorn.publish from public;
