-- The lowest id of an event whose data still exists. Older deliveries cannot be sent again.
create or replace function posthorn.oldest_payload_id() returns uuid
language sql stable as $$
  select case
    when count(*) = 0 then '00000000-0000-0000-0000-000000000000'
    else posthorn.uuid_floor(min(since))
  end
  from posthorn.partitions
  where parent = 'events'
$$;
