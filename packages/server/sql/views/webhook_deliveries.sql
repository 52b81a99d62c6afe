create view posthorn.webhook_deliveries with (security_invoker = true) as
select delivery.id,
       delivery.endpoint_id,
       delivery.event_type,
       posthorn.render_body(version.body, event.id, event.event_type,
                            event."timestamp", event.data, event.external_id) as payload,
       delivery.status,
       delivery.response_status,
       delivery.attempts,
       case
         when delivery.status = 'pending' and delivery.leased_until is null then delivery.due_at
       end as next_retry_at,
       delivery.created_at,
       delivery.event_id,
       delivery.org_id,
       delivery.error,
       delivery.attempted_at as last_attempt_at,
       delivery.failed_at,
       delivery.due_at
from posthorn.deliveries as delivery
left join posthorn.events as event on event.id = delivery.event_id
left join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id
left join posthorn.contracts as contract on contract.name = endpoint.contract
-- The version that made the latest attempt; before the first one, the version for the next.
left join posthorn.contract_versions as version
  on version.id =
     coalesce((delivery.exchange -> 'versions' ->> 1)::integer, contract.version);
