-- The catalogue for an org's own keys: the types without a feature flag, and those whose flag the
-- org has. It does not show the names of flags.
create view posthorn.webhook_event_types_of_org with (security_invoker = true) as
select name, description, schema, example, schema_check, group_name, is_deprecated,
       null::text as feature_flag, created_at, updated_at
from posthorn.event_types as type
where type.feature_flag is null
  or exists (
    select from posthorn.orgs as org
    where org.id = nullif(current_setting('posthorn.org_id', true), '')::uuid
      and type.feature_flag = any (org.feature_flags));
