-- Identifies the content of an event with an idempotency key or an external id, as `contentHash` in
-- model/event-content.ts does. `given_at` is null if the publisher did not set the timestamp. The
-- hash contains it as a number, because its text depends on the session's time zone.
create or replace function posthorn.request_hash(
  event_type text, given_at timestamptz, data text, external_id text, channels text[], tags text[]
) returns bytea
language sql stable as $$
select sha256(convert_to(
  event_type || E'\n' || coalesce(floor(extract(epoch from given_at) * 1000)::bigint::text, '')
    || E'\n' || data || coalesce(E'\u0001' || external_id, '')
    || coalesce(E'\u0002' || array_to_string(nullif(channels, '{}'), E'\u0004'), '')
    || coalesce(E'\u0003' || array_to_string(nullif(tags, '{}'), E'\u0004'), ''),
  'UTF8'))
$$;
