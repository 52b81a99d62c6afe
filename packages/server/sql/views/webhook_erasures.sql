create view posthorn.webhook_erasures with (security_invoker = true) as
select org_id, external_id, case when finished_at is null then 'running' else 'done' end as state,
       rows_erased, requested_at, finished_at
from posthorn.erasures;
