-- Returns whether an endpoint subscribes to an event: by its type, and by its channels.
-- `wanted_types` null means all types; otherwise the wildcards and groups count as well. An
-- endpoint with channels gets only events that have one of them, and so no event without channels.
-- An endpoint gets events of a type that is hidden from its org only if it names the type.
-- registry/explain-routing.ts and store/memory/rows.ts apply the same rules.
--
-- The function is a single expression, so that the planner inlines it: an endpoint that names its
-- types costs a publish what it would cost without wildcards, groups and channels. It may return
-- null instead of false.
create or replace function posthorn.is_subscribed(
  wanted_types text[], wanted_prefixes text[], wanted_groups text[], wanted_channels text[],
  event_type text, event_channels text[], is_visible boolean
) returns boolean
language sql stable parallel safe as $$
  select (wanted_types is null and is_visible
          or event_type = any (wanted_types)
          or is_visible
             and (event_type ^@ any (wanted_prefixes)
                  or wanted_groups is not null
                     and posthorn.is_in_group(event_type, wanted_groups)))
     and (wanted_channels is null or wanted_channels && event_channels)
$$;
