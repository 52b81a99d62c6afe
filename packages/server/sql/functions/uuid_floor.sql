-- The lowest possible UUID v7 of a millisecond: its random part is zero. Used for ranges of ids.
create or replace function posthorn.uuid_floor(at timestamptz) returns uuid
language sql immutable parallel safe as $$
  select (substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7000-8000-000000000000')::uuid
  from (select lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') as h) as hex
$$;
