-- Publishes an event inside the caller's transaction: if the transaction rolls back, there is no
-- event. The type must be in the catalogue, but the data is not checked against its schema. All
-- other limits of the HTTP API apply.
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
  hash bytea;
  first record;
begin
  perform posthorn.check_event(org_id, event_type, data, data_text, event_at, idempotency_key);

  -- The service creates partitions weeks ahead. If it was stopped for too long, the caller's
  -- transaction must not fail.
  if 3 > (select count(*) from posthorn.partitions where since <= at and until > at) then
    perform posthorn.make_partitions(at, at + interval '28 days');
  end if;

  -- The hash contains the timestamp as a number, because its text depends on the session's time
  -- zone.
  hash := sha256(convert_to(
    event_type || E'\n'
      || case when "timestamp" is null then ''
         else floor(extract(epoch from event_at) * 1000)::bigint::text end
      || E'\n' || data_text,
    'UTF8'));
  perform from posthorn.publish_batch(
    array[id], array[org_id], array[event_type], array[event_at], array[data_text::json],
    array[idempotency_key], array[hash], array[null::text], array[null::uuid], at, null, null,
    '{}', '{}', 1000, 1000);

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

-- The function runs with its owner's privileges, so calling it requires a grant.
revoke execute on function posthorn.publish from public;
