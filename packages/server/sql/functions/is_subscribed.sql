-- Returns whether an endpoint that gets `wanted_types` on `wanted_channels` gets an event. Both are
-- null for no restriction. An endpoint with channels gets only events that have one of them, and so
-- no event without channels. registry/explain.ts and store/memory/rows.ts apply the same rule.
--
-- The function is a single expression, so that the planner inlines it: without channels, a publish
-- only tests one more column for null. It returns null instead of false for an event without
-- channels.
create or replace function posthorn.is_subscribed(
  wanted_types text[], wanted_channels text[], event_type text, event_channels text[]
) returns boolean
language sql immutable parallel safe as $$
  select (wanted_types is null or event_type = any (wanted_types))
     and (wanted_channels is null or wanted_channels && event_channels)
$$;
