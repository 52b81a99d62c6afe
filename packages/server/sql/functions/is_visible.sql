-- Returns whether an org may see an event type: the type has no feature flag, or the org has it.
create or replace function posthorn.is_visible(org uuid, event_type text) returns boolean
language plpgsql stable parallel safe as $$
#variable_conflict use_variable
begin
  return not exists (
    select from posthorn.event_types as type
    where type.name = event_type and type.feature_flag is not null
      and not exists (
        select from posthorn.orgs
        where orgs.id = org and type.feature_flag = any (orgs.feature_flags)));
end
$$;
