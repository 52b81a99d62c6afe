create view posthorn.webhook_replays with (security_invoker = true) as
select id, org_id, endpoint_id, since, until, status, event_type, state, total, replayed,
       created_at, finished_at
from posthorn.replays;
