-- Makes claims, or the reaper, check endpoints that became active or were deleted. The wakeup is at
-- '-infinity' and not at the first due time, because this function's snapshot may not contain all
-- due deliveries: another transaction may commit a delivery with its wakeup, and a claim that still
-- sees the endpoint as inactive removes that wakeup.
create or replace function posthorn.wake_endpoints(ids uuid[]) returns void
language sql volatile as $$
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at, is_deleted)
  select org_id, id, '-infinity', deleted_at is not null
  from posthorn.endpoints
  where id = any (ids) and (is_active or deleted_at is not null)
$$;
