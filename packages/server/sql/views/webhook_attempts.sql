-- The condition is outside the union. Inside its second part, it would prevent reading in index
-- order, and PostgreSQL would sort all attempts of an org to find the newest.
create view posthorn.webhook_attempts with (security_invoker = true) as
select *
from (
  select posthorn.attempt_id(delivery_id, number) as id,
         delivery_id, number, endpoint_id, event_id, org_id, response_status, succeeded, error,
         exchange ->> 'error_message' as error_message,
         exchange -> 'response_headers' as response_headers,
         exchange ->> 'response_body' as response_body,
         exchange ->> 'remote_address' as remote_address,
         duration_ms, trigger, attempted_at,
         (exchange ->> 'response_body_cut')::boolean is true as response_body_cut,
         (exchange ->> 'dns_ms')::numeric as dns_ms,
         (exchange ->> 'wait_ms')::numeric as wait_ms,
         (exchange ->> 'connect_ms')::numeric as connect_ms,
         (exchange ->> 'tls_ms')::numeric as tls_ms,
         (exchange ->> 'first_byte_ms')::numeric as first_byte_ms,
         (exchange ->> 'resent')::boolean is true as resent
  from posthorn.attempts
  union all
  select posthorn.attempt_id(id, attempts),
         id, attempts, endpoint_id, event_id, org_id, response_status, succeeded, error,
         exchange ->> 'error_message',
         exchange -> 'response_headers',
         exchange ->> 'response_body',
         exchange ->> 'remote_address',
         duration_ms, trigger, attempted_at,
         (exchange ->> 'response_body_cut')::boolean is true,
         (exchange ->> 'dns_ms')::numeric,
         (exchange ->> 'wait_ms')::numeric,
         (exchange ->> 'connect_ms')::numeric,
         (exchange ->> 'tls_ms')::numeric,
         (exchange ->> 'first_byte_ms')::numeric,
         (exchange ->> 'resent')::boolean is true
  from posthorn.deliveries
) as every
where number > 0;
