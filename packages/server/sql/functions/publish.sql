-- Publishes inside the caller's own transaction: commit, and the event is out; roll back, and it
-- never was. The type must be in the catalogue; its schema is not checked on this path.
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

-- It runs with its owner's rights, so nobody may call it without a grant.
revoke execute on function posthorn.publish from public;
