-- The endpoints for callers who may only read: without the values of headers that contain
-- credentials, and without the source of transformations, which may contain some. Filters and
-- orders use these values, too, so they cannot find out the hidden ones.
create view posthorn.webhook_endpoints_of_reader with (security_invoker = true) as
select id, external_id, org_id, destination, url, events, channels, filter,
       case when transformation is not null then '[redacted]' end as transformation,
       retry_schedule, timeout_seconds, final_statuses, is_active, paused_until, inactive_reason,
       contract, description, posthorn.shown_headers(headers) as headers, in_flight_max, created_at,
       updated_at, rate_per_second, previous_secret_expires_at, inactive_since, failing_since,
       secret_switches_at, is_connected, metadata
from posthorn.webhook_endpoints;
