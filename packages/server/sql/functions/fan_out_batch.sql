-- Creates at most `most` deliveries for the unfinished fan-outs of an org, oldest event first. They
-- are due immediately. Returns a row with the number of created deliveries; no row if nothing is
-- left or another node has locked every unfinished fan-out.
--
-- Rows in posthorn.fan_outs are locked while a batch is created, so two nodes never create the same
-- batch. If a node dies, its batch is rolled back. One call
-- handles as many events as fit. Each event counts as at least one delivery, so a call ends even if
-- many events have no endpoints.
--
-- With `one_by_one`, a delivery that cannot be created does not stop the others. The event is tried
-- again for the failed endpoints, each time later, and does not delay the org's other events. The
-- result has a row for each event whose round has failed. A node calls it like that only after a
-- call without it has failed, because it needs a subtransaction for each delivery.
create or replace function posthorn.fan_out_batch(
  org uuid, most integer, at timestamptz, one_by_one boolean, retry_after interval,
  retry_after_max interval
) returns table (
  created integer, event_id uuid, endpoints_failed integer, failures integer, reason text
)
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
  each uuid;
  failed uuid[];
  failed_list uuid;
  problem text;
  code text;
  room integer := most;
  total integer;
begin
  at := posthorn.bounded_clock(at);
  if one_by_one then
    -- Waits for the step that has just failed: PostgreSQL reports an error before it releases the
    -- locks, and the loop skips locked rows.
    perform from posthorn.fan_outs as fan_out
    where fan_out.org_id = org and (fan_out.retry_at is null or fan_out.retry_at <= at)
    order by fan_out.retry_at nulls last, fan_out.event_id limit 1
    for update;
  end if;
  while room > 0 loop
    -- Events that failed before come first, because each of them is due only once in a while.
    select * into chosen from posthorn.fan_outs as fan_out
    where fan_out.org_id = org and fan_out.retry_at <= at
    order by fan_out.retry_at limit 1
    for update skip locked;
    if not found then
      select * into chosen from posthorn.fan_outs as fan_out
      where fan_out.org_id = org and fan_out.retry_at is null
      order by fan_out.event_id limit 1
      for update skip locked;
    end if;
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
      select filter_bytes_max / (octet_length(event.data::text) * (
        select coalesce(max(endpoint.filter_comparisons), 1) from posthorn.endpoints as endpoint
        where endpoint.id = any (batch))) into affordable
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

    failed := chosen.failed_endpoint_ids;
    code := chosen.error_code;
    problem := code;
    if one_by_one then
      foreach each in array coalesce(targets, '{}') loop
        begin
          total := total + posthorn.fan_out_deliveries(chosen, array[each]);
        exception when others then
          failed := failed || each;
          code := sqlstate;
          problem := sqlerrm;
        end;
      end loop;
    else
      total := total + posthorn.fan_out_deliveries(chosen, targets);
    end if;

    if coalesce(cardinality(batch), 0) >= room
        and chosen.endpoints_done + room < chosen.endpoints_total then
      update posthorn.fan_outs as fan_out
      set endpoints_done = fan_out.endpoints_done + room, failed_endpoint_ids = failed,
          retry_at = null, error_code = code
      where fan_out.event_id = chosen.event_id;
    else
      if batch is null or cardinality(failed) = 0 then
        delete from posthorn.fan_outs as fan_out where fan_out.event_id = chosen.event_id;
      else
        failed_list := posthorn.uuid_v7(at);
        insert into posthorn.fan_out_lists (id, org_id, event_type, endpoint_ids, created_at)
        values (failed_list, chosen.org_id, chosen.event_type, failed, at);
        update posthorn.fan_outs as fan_out
        set list_id = failed_list, endpoints_done = 0, endpoints_total = cardinality(failed),
            failed_endpoint_ids = '{}', failures = fan_out.failures + 1, error_code = code,
            retry_at = at + least(retry_after * 2 ^ least(fan_out.failures, 20), retry_after_max)
        where fan_out.event_id = chosen.event_id;
        event_id := chosen.event_id;
        endpoints_failed := cardinality(failed);
        failures := chosen.failures + 1;
        reason := problem;
        return next;
      end if;
      delete from posthorn.fan_out_lists as list
      where list.id = chosen.list_id
        and not exists (select from posthorn.fan_outs as other where other.list_id = list.id);
    end if;
    room := room - greatest(coalesce(cardinality(batch), 0), 1);
  end loop;

  if total > 0 then perform pg_notify('posthorn_due', ''); end if;
  if total is not null then
    created := total;
    event_id := null;
    return next;
  end if;
end
$$;
