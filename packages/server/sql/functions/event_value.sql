-- The JSON of one value of a body template, by its name; contracts/values.ts has the table.
-- Null for values that an event alone does not determine.
create or replace function posthorn.event_value(
  name text, event_id uuid, event_type text, at timestamptz, data json,
  external_id text default null
) returns json
language plpgsql immutable parallel safe as $$
begin
  return coalesce(
    case
      when name = 'event.id' then to_json(coalesce(external_id, event_id::text))
      when name = 'event.uuid' then to_json(event_id::text)
      when name = 'event.id_as_uuid' then
        to_json(case
          when external_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then external_id
          else event_id::text
        end)
      when name = 'event.type' then to_json(event_type)
      when name = 'event.data' then data
      when name like 'event.data.%' then data #> string_to_array(substr(name, 12), '.')
      when name = 'request.method' then to_json('POST'::text)
      -- An event with an infinite timestamp is never sent, but lists show it.
      when not isfinite(at) then null
      when name = 'event.timestamp' then to_json(posthorn.iso_timestamp(at))
      when name = 'event.timestamp_seconds' then to_json(floor(extract(epoch from at))::bigint)
      when name = 'event.timestamp_ms' then
        to_json(floor(extract(epoch from at) * 1000)::bigint)
    end,
    'null');
end
$$;
