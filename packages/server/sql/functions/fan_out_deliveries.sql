-- Creates the deliveries of one event to these endpoints, due immediately. Returns their number.
create or replace function posthorn.fan_out_deliveries(
  fan_out posthorn.fan_outs, endpoint_ids uuid[]
) returns integer
language plpgsql volatile as $$
#variable_conflict use_column
declare
  made integer;
begin
  -- A replay of missed events may have created some of these deliveries already. All deliveries
  -- have the creation time of their event, because filters and due times use that time.
  insert into posthorn.deliveries
    (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
     due_at, created_at)
  select posthorn.delivery_id(fan_out.event_id, endpoint.id), fan_out.event_id, endpoint.id,
         fan_out.org_id, fan_out.event_type,
         case when endpoint.deleted_at is null then 'pending' else 'cancelled' end, 0, 0,
         case when endpoint.deleted_at is null then fan_out.created_at end, fan_out.created_at
  from posthorn.endpoints as endpoint
  where endpoint.id = any (endpoint_ids)
  order by endpoint.id
  on conflict do nothing;
  get diagnostics made = row_count;

  if made > 0 then
    insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
    select fan_out.org_id, endpoint.id, fan_out.created_at
    from posthorn.endpoints as endpoint
    where endpoint.id = any (endpoint_ids) and endpoint.deleted_at is null;
  end if;
  return made;
end
$$;
