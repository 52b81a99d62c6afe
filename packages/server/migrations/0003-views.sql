-- What the REST dialect exposes. Left joins on unique keys are dropped by the planner where a
-- query does not ask for their columns, so a count or a short select pays nothing for `payload`.

create view posthorn.webhook_orgs as
select id, name, created_at from posthorn.orgs;

create view posthorn.webhook_event_types as
select name, description, schema, example, schema_check, created_at, updated_at
from posthorn.event_types;

create view posthorn.webhook_endpoints as
select id, org_id, url, event_types as events, is_active, inactive_reason, contract, description,
       headers, in_flight_max, created_at, updated_at
from posthorn.endpoints
where deleted_at is null;

create view posthorn.webhook_events as
select id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, created_at
from posthorn.events;

create view posthorn.webhook_deliveries as
select delivery.id,
       delivery.endpoint_id,
       delivery.event_type,
       posthorn.render_body(contract.document -> 'body', event.id, event.event_type,
                            event."timestamp", event.data) as payload,
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
left join posthorn.contracts as contract on contract.name = endpoint.contract;

create view posthorn.webhook_attempts as
select posthorn.attempt_id(delivery_id, number) as id,
       delivery_id, number, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message' as error_message,
       exchange -> 'response_headers' as response_headers,
       exchange ->> 'response_body' as response_body,
       exchange ->> 'remote_address' as remote_address,
       duration_ms, trigger, attempted_at
from posthorn.attempts
union all
select posthorn.attempt_id(id, attempts),
       id, attempts, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message',
       exchange -> 'response_headers',
       exchange ->> 'response_body',
       exchange ->> 'remote_address',
       duration_ms, trigger, attempted_at
from posthorn.deliveries
where attempts > 0;

create view posthorn.webhook_replays as
select id, org_id, endpoint_id, since, until, status, event_type, state, total, replayed,
       created_at, finished_at
from posthorn.replays;

create view posthorn.api_keys_listed as
select id, org_id, name, role, key_hint, created_at from posthorn.api_keys;
