create view posthorn.webhook_event_types with (security_invoker = true) as
select name, description, schema, example, schema_check, group_name, is_deprecated,
       feature_flag, created_at, updated_at, archived, schemas, token_flags
from posthorn.event_types;
