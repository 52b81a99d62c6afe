-- Returns whether an event type belongs to one of the groups.
create or replace function posthorn.is_in_group(event_type text, groups text[]) returns boolean
language plpgsql stable parallel safe as $$
#variable_conflict use_variable
begin
  return exists (
    select from posthorn.event_types as type
    where type.name = event_type and type.group_name = any (groups));
end
$$;
