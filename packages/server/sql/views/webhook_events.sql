create view posthorn.webhook_events with (security_invoker = true) as
select id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, created_at
from posthorn.events;
