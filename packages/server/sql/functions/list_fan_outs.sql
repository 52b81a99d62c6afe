-- Stores the lists of endpoints for events that posthorn.publish_batch has just stored without
-- deliveries: one list per org and type. The function runs in the same transaction, so that a list
-- contains exactly the endpoints that match at that moment.
create or replace function posthorn.list_fan_outs(event_ids uuid[], at timestamptz) returns void
language plpgsql volatile as $$
#variable_conflict use_column
begin
  with wanted as materialized (
    select distinct org_id, event_type from posthorn.fan_outs
    where event_id = any (event_ids) and list_id is null
  ), matching as materialized (
    select wanted.org_id, wanted.event_type, listed.endpoint_ids
    from wanted
    cross join lateral (
      select coalesce(array_agg(endpoint.id order by endpoint.id), '{}') as endpoint_ids
      from posthorn.endpoints as endpoint
      where endpoint.org_id = wanted.org_id
        and endpoint.deleted_at is null
        and endpoint.is_active
        and (endpoint.event_types is null or wanted.event_type = any (endpoint.event_types))
    ) as listed
  ), list as (
    insert into posthorn.fan_out_lists (id, org_id, event_type, endpoint_ids, created_at)
    select posthorn.uuid_v7(at), org_id, event_type, endpoint_ids, at
    from matching
    returning id, org_id, event_type, cardinality(endpoint_ids) as total
  )
  update posthorn.fan_outs as fan_out
  set list_id = list.id, endpoints_total = list.total
  from list
  where fan_out.event_id = any (event_ids)
    and fan_out.list_id is null
    and fan_out.org_id = list.org_id and fan_out.event_type = list.event_type;

  update posthorn.events as event
  set endpoints_matched = fan_out.endpoints_total
  from posthorn.fan_outs as fan_out
  where fan_out.event_id = any (event_ids)
    and event.id = any (event_ids) and event.id = fan_out.event_id;
end
$$;
