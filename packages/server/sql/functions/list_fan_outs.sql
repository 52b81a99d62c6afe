-- Stores the lists of endpoints for events that posthorn.publish_batch has just stored without
-- deliveries: one list per org, type and channels. The function runs in the same transaction, so
-- that a list contains exactly the endpoints that match at that moment.
create or replace function posthorn.list_fan_outs(event_ids uuid[], at timestamptz) returns void
language plpgsql volatile as $$
#variable_conflict use_column
begin
  with wanted as materialized (
    select each.*, posthorn.is_visible(each.org_id, each.event_type) as is_visible
    from (
      select distinct org_id, event_type, channels from posthorn.fan_outs
      where event_id = any (event_ids) and list_id is null
    ) as each
  ), matching as materialized (
    select posthorn.uuid_v7(at) as id, wanted.org_id, wanted.event_type, wanted.channels,
           listed.endpoint_ids, listed.has_filters
    from wanted
    cross join lateral (
      select coalesce(array_agg(endpoint.id order by endpoint.id), '{}') as endpoint_ids,
             coalesce(bool_or(endpoint.filter_path is not null), false) as has_filters
      from posthorn.endpoints as endpoint
      where endpoint.org_id = wanted.org_id
        and endpoint.deleted_at is null
        and endpoint.is_active
        and posthorn.is_subscribed(
          endpoint.event_types, endpoint.event_prefixes, endpoint.event_groups,
          endpoint.channels, wanted.event_type, wanted.channels, wanted.is_visible)
    ) as listed
  ), list as (
    insert into posthorn.fan_out_lists
      (id, org_id, event_type, endpoint_ids, has_filters, created_at)
    select id, org_id, event_type, endpoint_ids, has_filters, at
    from matching
  )
  update posthorn.fan_outs as fan_out
  set list_id = matching.id, endpoints_total = cardinality(matching.endpoint_ids), channels = null
  from matching
  where fan_out.event_id = any (event_ids)
    and fan_out.list_id is null
    and fan_out.org_id = matching.org_id and fan_out.event_type = matching.event_type
    and fan_out.channels is not distinct from matching.channels;

  update posthorn.events as event
  set endpoints_matched = fan_out.endpoints_total
  from posthorn.fan_outs as fan_out
  where fan_out.event_id = any (event_ids)
    and event.id = any (event_ids) and event.id = fan_out.event_id;
end
$$;
