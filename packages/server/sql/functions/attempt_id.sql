-- The id of an attempt: its delivery's id, with the attempt's number in the last byte.
create or replace function posthorn.attempt_id(delivery_id uuid, number smallint) returns uuid
language sql immutable parallel safe as $$
  select (left(delivery_id::text, 34) || lpad(to_hex(number::integer), 2, '0'))::uuid
$$;
