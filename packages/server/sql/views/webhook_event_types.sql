create view posthorn.webhook_event_types with (security_invoker = true) as
select name, description, schema, example, schema_check, created_at, updated_at, archived,
       deprecated, schemas, feature_flags
from posthorn.event_types;
