-- The timestamp of an event as bodies carry it: UTC, milliseconds only where there are any.
create or replace function posthorn.iso_timestamp(at timestamptz) returns text
language sql immutable parallel safe as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
    || case when date_trunc('second', at) = date_trunc('milliseconds', at) then ''
       else to_char(at at time zone 'UTC', '.MS') end
    || 'Z'
$$;
