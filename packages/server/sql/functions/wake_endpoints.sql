-- Makes claims, or the reaper, look at endpoints that became active or were deleted.
--
-- The wakeup is at '-infinity', not at the first due time: a delivery that another transaction
-- commits meanwhile has a wakeup, but a claim that saw the endpoint inactive may have removed it,
-- and this function's snapshot may be too old to see the delivery.
create or replace function posthorn.wake_endpoints(ids uuid[]) returns void
language sql volatile as $$
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at, is_deleted)
  select org_id, id, '-infinity', deleted_at is not null
  from posthorn.endpoints
  where id = any (ids) and (is_active or deleted_at is not null)
$$;
