-- The format of an event's timestamp in bodies: UTC, always with three decimals.
create or replace function posthorn.iso_timestamp(at timestamptz) returns text
language sql immutable parallel safe as $$
  select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
