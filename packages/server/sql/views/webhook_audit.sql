create view posthorn.webhook_audit with (security_invoker = true) as
select id, created_at, org_id, org_external_id, actor_kind, actor_id, actor_name, action,
       subject_kind, subject_id, changes, remote_address
from posthorn.audit_entries;
