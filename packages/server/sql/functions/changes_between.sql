-- The differences between two states of an object, as {field: {from, to}}. Each state is a JSON
-- object of the fields; '{}' means that the object does not exist. The states contain digests of
-- secret values, and the result says only that such a value changed. For headers, the result
-- contains their names and which values changed.
create or replace function posthorn.changes_between(before jsonb, after jsonb) returns json
language sql immutable parallel safe as $$
  select coalesce(
    json_object_agg(
      field,
      case
        when field in ('schema', 'example') then json_build_object('changed', true)
        when field = 'headers' then json_build_object(
          'from', (select json_agg(name order by name) from jsonb_object_keys(was) as name),
          'to', (select json_agg(name order by name) from jsonb_object_keys(is_now) as name),
          'changed', coalesce(
            (select json_agg(name order by name) from jsonb_object_keys(was) as name
             where is_now -> name <> was -> name), '[]'))
        else json_build_object('from', was, 'to', is_now)
      end
      order by field
    ),
    '{}'
  )
  from (
    select field, nullif(before -> field, 'null') as was, nullif(after -> field, 'null') as is_now
    from (select jsonb_object_keys(before) union select jsonb_object_keys(after)) as fields (field)
  ) as pair
  where was is distinct from is_now
$$;
