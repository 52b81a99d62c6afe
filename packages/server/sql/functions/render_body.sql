-- Builds the body of a delivery from the body template of a contract. contracts/render.ts builds
-- the same bytes from the same document; a test compares them. `event` is inserted without parsing
-- it.
create or replace function posthorn.render_body(
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
        -- An event with an infinite timestamp is never sent, but lists show it.
        when '{event.timestamp}' then
          case when isfinite(at) then to_json(posthorn.iso_timestamp(at)) else 'null' end
        when '{event.timestamp_seconds}' then
          case when isfinite(at) then to_json(floor(extract(epoch from at))::bigint)
          else 'null' end
        when '{event.data}' then data
        else template
      end;
    else
      return template;
  end case;
end
$$;
