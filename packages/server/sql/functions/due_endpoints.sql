-- The first due delivery of each active endpoint that is not paused, except those that wait for a
-- terminal. It reads
-- only endpoints with a due wakeup, because every endpoint with a due delivery has one.
--
-- The settings make the planner use an index even if the tables were never analysed.
create or replace function posthorn.due_endpoints(at timestamptz)
returns table (org_id uuid, endpoint_id uuid, due_at timestamptz)
language sql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $$
  with woken as materialized (
    select distinct wakeup.endpoint_id
    from posthorn.endpoint_wakeups as wakeup
    where not wakeup.is_deleted and wakeup.wake_at <= at
  )
  select endpoint.org_id, endpoint.id, first.due_at
  from woken
  join posthorn.endpoints as endpoint
    on endpoint.id = woken.endpoint_id and endpoint.is_active and endpoint.deleted_at is null
    and (endpoint.paused_until is null or endpoint.paused_until <= at)
  left join posthorn.terminals as terminal on terminal.endpoint_id = endpoint.id
  cross join lateral (
    select delivery.due_at from posthorn.deliveries as delivery
    where delivery.endpoint_id = endpoint.id and delivery.due_at <= at
    order by delivery.due_at limit 1
  ) as first
  where terminal.endpoint_id is null or terminal.session_id is not null
$$;
