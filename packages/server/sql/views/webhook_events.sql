create view posthorn.webhook_events with (security_invoker = true) as
select event.id, event.external_id, event.org_id, event.event_type, event."timestamp", event.data,
       event.endpoints_matched,
       coalesce(fan_out.endpoints_total - fan_out.endpoints_done
                  + cardinality(fan_out.failed_endpoint_ids), 0) as endpoints_pending,
       event.idempotency_key, event.schema_warning, event.channels, event.tags, event.created_at
from posthorn.events as event
left join posthorn.fan_outs as fan_out on fan_out.event_id = event.id;
