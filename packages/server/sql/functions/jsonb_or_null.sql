-- Returns an event's data as jsonb, for filters; null if jsonb cannot hold it: with \u0000, half a
-- surrogate pair, or a number beyond `numeric`. No filter matches such data.
create or replace function posthorn.jsonb_or_null(value json) returns jsonb
language plpgsql immutable parallel unsafe as $$
begin
  return value::jsonb;
exception when others then
  return null;
end
$$;
