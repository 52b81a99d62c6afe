-- Makes the deliveries due whose lease ids are in this range, and inserts wakeups. The caller knows
-- that their node is dead. Returns the number of deliveries. A delivery that was taken over twice
-- within a minute may be what kills the nodes, so it keeps its lease. Otherwise it could stop one
-- node after another.
create or replace function posthorn.free_leases(least_lease_id uuid, greatest_lease_id uuid)
returns integer
language plpgsql volatile as $$
declare
  at timestamptz := date_trunc('milliseconds', clock_timestamp());
  freed_claims integer;
  freed_publishes integer;
begin
  with freed as (
    update posthorn.deliveries
    set due_at = case when attempts = 0 then least(created_at, at) else at end,
        lease_id = null, leased_until = null, taken_over_at = at,
        takeovers = 1 + case when taken_over_at > at - interval '1 minute' then takeovers else 0 end
    where due_at is not null and lease_id between least_lease_id and greatest_lease_id
      and leased_until is not null and status = 'pending'
      and (coalesce(takeovers, 0) < 2 or taken_over_at < at - interval '1 minute')
    returning org_id, endpoint_id, due_at
  ), woken as (
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select org_id, endpoint_id, min(due_at) from freed group by org_id, endpoint_id
  )
  select count(*) into freed_claims from freed;

  -- A delivery that was leased by its publish is above the watermark, and no index of leases
  -- contains it.
  with freed as (
    update posthorn.deliveries
    set due_at = least(created_at, at), lease_id = null, leased_until = null,
        taken_over_at = at, takeovers = 1
    where id >= (select watermark from posthorn.reap_state)
      and due_at is null and lease_id between least_lease_id and greatest_lease_id
      and leased_until is not null and status = 'pending'
    returning org_id, endpoint_id, due_at
  ), woken as (
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select org_id, endpoint_id, min(due_at) from freed group by org_id, endpoint_id
  )
  select count(*) into freed_publishes from freed;
  return freed_claims + freed_publishes;
end
$$;
