-- Returns JSON that paths can read. Data is stored as the publisher sent it, and PostgreSQL can
-- store JSON text that it cannot parse: with \u0000, half a surrogate pair, or a number beyond
-- `numeric`. Such characters become U+FFFD, and JSON that still cannot be parsed becomes null. All
-- other JSON is returned unchanged. The API uses the function only after a statement has failed,
-- because it needs a subtransaction for each row.
create or replace function posthorn.readable_json(value json) returns json
language plpgsql immutable parallel unsafe as $$
declare
  -- An odd number of backslashes before the `u` makes it an escape.
  escape constant text := '(?<!\\)((\\\\)*)';
  high constant text := '\\u[dD][89abAB][[:xdigit:]]{2}';
  low constant text := '\\u[dD][c-fC-F][[:xdigit:]]{2}';
  readable text;
begin
  perform value::jsonb;
  return value;
exception when others then
  begin
    readable := regexp_replace(value::text, escape || '\\u0000', '\1\\ufffd', 'g');
    readable := regexp_replace(readable, escape || high || '(?!' || low || ')', '\1\\ufffd', 'g');
    readable := regexp_replace(readable, escape || '(?<!' || high || ')' || low, '\1\\ufffd', 'g');
    perform readable::jsonb;
    return readable::json;
  exception when others then
    return null;
  end;
end
$$;
