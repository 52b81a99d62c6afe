-- Keeps only the earliest due wakeup of each endpoint. Usually the claim that checks an endpoint
-- removes all of its wakeups. They accumulate while no claim can take the endpoint's deliveries:
-- while the service is stopped, or while the endpoint's queue is full.
create or replace function posthorn.fold_wakeups(at timestamptz, most integer) returns void
language sql volatile
set enable_nestloop = off
set enable_seqscan = off
as $$
  with due as materialized (
    select wakeup.ctid as row_id, wakeup.endpoint_id
    from posthorn.endpoint_wakeups as wakeup
    where not wakeup.is_deleted and wakeup.wake_at <= at
    order by wakeup.wake_at limit most
  ), several as (
    select due.endpoint_id from due group by due.endpoint_id having count(*) > 1
  ), row_ids as (
    select array_agg(due.row_id) as ids from due join several using (endpoint_id)
  ), locked as materialized (
    select wakeup.ctid as row_id, wakeup.org_id, wakeup.endpoint_id, wakeup.wake_at
    from posthorn.endpoint_wakeups as wakeup
    where wakeup.ctid = any ((select ids from row_ids)::tid[])
    for update skip locked
  ), removed as (
    delete from posthorn.endpoint_wakeups as wakeup
    where wakeup.ctid = any (array(select row_id from locked))
  )
  insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
  select org_id, endpoint_id, min(wake_at) from locked group by org_id, endpoint_id
$$;
