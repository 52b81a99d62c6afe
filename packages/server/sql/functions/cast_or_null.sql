-- Returns the value as JSON of the given type; null if it cannot be cast. `type` is one of the
-- program's own type names.
create or replace function posthorn.cast_or_null(value text, type text) returns json
language plpgsql stable parallel unsafe as $$
declare
  result json;
begin
  execute format('select to_json($1::%s)', type::regtype) into result using value;
  return result;
exception when others then
  return null;
end
$$;
