-- The event types, wildcards and groups of an endpoint as the API writes them; null for all types.
create or replace function posthorn.subscriptions(
  event_types text[], event_prefixes text[], event_groups text[]
) returns text[]
language sql immutable parallel safe as $$
  select case
    when event_types is null then null
    when event_prefixes is null and event_groups is null then event_types
    else event_types
      || array(select each || '*' from unnest(event_prefixes) as each)
      || array(select '@' || each from unnest(event_groups) as each)
  end
$$;
