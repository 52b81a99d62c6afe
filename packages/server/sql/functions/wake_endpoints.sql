-- Makes claims, or the reaper, check endpoints that became active or were deleted.
--
-- The wakeup is at '-infinity' instead of the first due time. Another transaction may commit a
-- delivery with its wakeup, which a claim removes if it still sees the endpoint as inactive; and
-- this function's snapshot may be too old to see that delivery.
create or replace function posthorn.wake_endpoints(ids uuid[]) returns void
language sql volatile as $$
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at, is_deleted)
  select org_id, id, '-infinity', deleted_at is not null
  from posthorn.endpoints
  where id = any (ids) and (is_active or deleted_at is not null)
$$;
