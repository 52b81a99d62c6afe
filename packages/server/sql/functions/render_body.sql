-- Builds the body of a delivery from the body template of a contract. contracts/templates.ts builds
-- the same bytes from the same document; a test compares them. The data is inserted without parsing
-- it. Values that differ between attempts or endpoints, such as signatures, are shown as null.
create or replace function posthorn.render_body(
  template json, event_id uuid, event_type text, at timestamptz, data json,
  external_id text default null
) returns json
language plpgsql immutable parallel safe as $$
declare
  whole text := template #>> '{}';
  rendered text := '';
  part text;
  value json;
begin
  case json_typeof(template)
    when 'object' then
      return (
        select ('{' || string_agg(
          to_json(member.key)::text || ':'
            || posthorn.render_body(
                 member.value, event_id, event_type, at, data, external_id)::text,
          ',' order by member.ordinality) || '}')::json
        from json_each(template) with ordinality as member
      );
    when 'array' then
      return (
        select ('[' || coalesce(string_agg(
          posthorn.render_body(item.value, event_id, event_type, at, data, external_id)::text,
          ',' order by item.ordinality), '') || ']')::json
        from json_array_elements(template) with ordinality as item
      );
    when 'string' then
      if whole !~ '[{]' then
        return template;
      end if;
      if whole ~ '^[{][^{}]*[}]$' then
        return posthorn.event_value(trim(whole, '{}'), event_id, event_type, at, data, external_id);
      end if;
      for part in select (regexp_matches(whole, '[{][^{}]*[}]|[^{}]+', 'g'))[1] loop
        if part ~ '^[{]' then
          value := posthorn.event_value(
            trim(part, '{}'), event_id, event_type, at, data, external_id);
          rendered := rendered || coalesce(value #>> '{}', '');
        else
          rendered := rendered || part;
        end if;
      end loop;
      return to_json(rendered);
    else
      return template;
  end case;
end
$$;
