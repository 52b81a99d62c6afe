-- Identifies the content of an event with an idempotency key or an external id, as `contentHash` in
-- model/event-content.ts does. `given_at` is null if the publisher did not set the timestamp. The
-- hash contains it as a number, because its text depends on the session's time zone.
create or replace function posthorn.request_hash(
  event_type text, given_at timestamptz, data text, external_id text
) returns bytea
language sql stable as $$
select sha256(convert_to(
  event_type || E'\n' || coalesce(floor(extract(epoch from given_at) * 1000)::bigint::text, '')
    || E'\n' || data || coalesce(E'\u0001' || external_id, ''),
  'UTF8'))
$$;
