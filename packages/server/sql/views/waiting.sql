-- Views and functions hold on to a table by its id, not its name: they are made anew.
create view posthorn.waiting with (security_invoker = true) as
with recursive waiting as (
  (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null
    order by endpoint_id, due_at limit 1
  )
  union all
  select next.endpoint_id, next.due_at
  from waiting
  cross join lateral (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null and endpoint_id > waiting.endpoint_id
    order by endpoint_id, due_at limit 1
  ) as next
)
select endpoint_id, due_at from waiting;
