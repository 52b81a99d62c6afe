create view posthorn.webhook_endpoints with (security_invoker = true) as
select endpoint.id, endpoint.external_id, endpoint.org_id, endpoint.destination, endpoint.url,
       posthorn.subscriptions(
         endpoint.event_types, endpoint.event_prefixes, endpoint.event_groups) as events,
       endpoint.channels, endpoint.filter, endpoint.transformation,
       endpoint.retry_schedule, endpoint.timeout_seconds, endpoint.final_statuses,
       endpoint.is_active, endpoint.paused_until, endpoint.inactive_reason, endpoint.contract,
       endpoint.description,
       endpoint.headers, endpoint.in_flight_max, endpoint.created_at, endpoint.updated_at,
       endpoint.rate_per_second,
       (select max(secret.expires_at) from posthorn.endpoint_secrets as secret
        where secret.endpoint_id = endpoint.id and secret.expires_at > now())
         as previous_secret_expires_at,
       endpoint.inactive_since,
       endpoint.failing_since,
       (select min(secret.switch_at) from posthorn.endpoint_secrets as secret
        where secret.endpoint_id = endpoint.id and secret.expires_at is null
          and secret.switch_at > now())
         as secret_switches_at,
       -- A terminal does not count as connected if its node has died and no longer updates this
       -- row.
       (select terminal.session_id is not null and terminal.seen_at > now() - interval '20 seconds'
        from posthorn.terminals as terminal
        where terminal.endpoint_id = endpoint.id)
         as is_connected,
       endpoint.metadata
from posthorn.endpoints as endpoint
-- The second condition hides the probe's endpoint, which belongs to Posthorn itself.
where endpoint.deleted_at is null and endpoint.id <> '00000000-0000-7000-8000-70726f626501';
