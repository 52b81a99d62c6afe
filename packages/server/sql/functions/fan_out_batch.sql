-- Creates at most `most` deliveries for the unfinished fan-outs of an org, oldest event first. They
-- are due immediately. Returns the number of created deliveries; null if nothing is left or another
-- node has locked every unfinished fan-out.
--
-- Rows in posthorn.fan_outs are locked while a batch is created, so two nodes never create the same
-- batch. If a node dies, its batch is rolled back. One call
-- handles as many events as fit. Each event counts as at least one delivery, so a call ends even if
-- many events have no endpoints.
create or replace function posthorn.fan_out_batch(
  org uuid, most integer, at timestamptz
) returns integer
language plpgsql volatile as $$
#variable_conflict use_column
declare
  chosen posthorn.fan_outs;
  batch uuid[];
  targets uuid[];
  refused uuid[];
  has_filters boolean;
  affordable integer;
  filter_bytes_max constant integer := 12000000;
  values_max constant integer := 50;
  room integer := most;
  made integer;
  total integer;
begin
  at := posthorn.bounded_clock(at);
  while room > 0 loop
    select * into chosen from posthorn.fan_outs as fan_out
    where fan_out.org_id = org
    order by fan_out.event_id limit 1
    for update skip locked;
    exit when not found;
    total := coalesce(total, 0);

    batch := null;
    select list.endpoint_ids[chosen.endpoints_done + 1 : chosen.endpoints_done + room],
           list.has_filters
    into batch, has_filters
    from posthorn.fan_out_lists as list
    -- If the event's data has been deleted, nothing can be sent.
    where list.id = chosen.list_id
      and exists (select from posthorn.events as event where event.id = chosen.event_id);

    targets := batch;
    if has_filters then
      -- In the worst case, the filters of one endpoint take 2 s for the largest data.
      select filter_bytes_max / (values_max * octet_length(event.data::text)) into affordable
      from posthorn.events as event
      where event.id = chosen.event_id;
      room := least(room, greatest(1, affordable));
      batch := batch[1 : room];
      refused := posthorn.refusing_endpoints(chosen.event_id, chosen.created_at, batch);
      select array_agg(id) into targets
      from unnest(batch) as id
      where id <> all (coalesce(refused, '{}'));
      update posthorn.events as event
      set endpoints_matched = event.endpoints_matched - cardinality(refused)
      where event.id = chosen.event_id and cardinality(refused) > 0;
    end if;

    -- A replay of missed events may have created some of these deliveries already. All deliveries
    -- have the creation time of their event, because filters and due times use that time.
    insert into posthorn.deliveries
      (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
       due_at, created_at)
    select posthorn.delivery_id(chosen.event_id, endpoint.id), chosen.event_id, endpoint.id,
           chosen.org_id, chosen.event_type,
           case when endpoint.deleted_at is null then 'pending' else 'cancelled' end, 0, 0,
           case when endpoint.deleted_at is null then chosen.created_at end, chosen.created_at
    from posthorn.endpoints as endpoint
    where endpoint.id = any (targets)
    order by endpoint.id
    on conflict do nothing;
    get diagnostics made = row_count;

    if made > 0 then
      total := total + made;
      insert into posthorn.endpoint_wakeups (org_id, endpoint_id, wake_at)
      select chosen.org_id, endpoint.id, at
      from posthorn.endpoints as endpoint
      where endpoint.id = any (targets) and endpoint.deleted_at is null;
    end if;

    if coalesce(cardinality(batch), 0) < room
        or chosen.endpoints_done + room >= chosen.endpoints_total then
      delete from posthorn.fan_outs as fan_out where fan_out.event_id = chosen.event_id;
      delete from posthorn.fan_out_lists as list
      where list.id = chosen.list_id
        and not exists (select from posthorn.fan_outs as other where other.list_id = list.id);
    else
      update posthorn.fan_outs as fan_out set endpoints_done = fan_out.endpoints_done + room
      where fan_out.event_id = chosen.event_id;
    end if;
    room := room - greatest(coalesce(cardinality(batch), 0), 1);
  end loop;

  if total > 0 then perform pg_notify('posthorn_due', ''); end if;
  return total;
end
$$;
