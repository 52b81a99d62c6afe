-- An endpoint's custom headers for those who may not change it: without the values of headers that
-- contain credentials. model/credential-headers.ts has the same names; a test compares the two.
create or replace function posthorn.shown_headers(headers json) returns json
language sql immutable strict parallel safe as $$
  select coalesce(
    json_object_agg(
      name,
      case
        when lower(name) in (
          'api-key', 'apikey', 'authentication', 'authorization', 'cookie', 'proxy-authenticate',
          'proxy-authorization', 'set-cookie', 'www-authenticate', 'x-access-token', 'x-api-key',
          'x-api-token', 'x-auth', 'x-auth-key', 'x-auth-token', 'x-authorization',
          'x-csrf-token', 'x-secret', 'x-token', 'x-webhook-secret'
        ) then json '"[redacted]"'
        else value
      end
      order by place),
    '{}')
  from json_each(headers) with ordinality as each (name, value, place)
$$;
