-- The lowest id that a delivery of this event can have.
create or replace function posthorn.delivery_id_least(event_id uuid) returns uuid
language sql immutable parallel safe as $$
  select (left(event_id::text, 18) || '-8000-000000000000')::uuid
$$;
