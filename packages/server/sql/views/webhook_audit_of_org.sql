-- The audit for an org's own keys. It omits the operator's addresses.
create view posthorn.webhook_audit_of_org with (security_invoker = true) as
select id, created_at, org_id, org_external_id, actor_kind, actor_id, actor_name, action,
       subject_kind, subject_id, changes,
       case when actor_kind in ('api_key', 'portal_link', 'jwt') then remote_address end
         as remote_address
from posthorn.audit_entries;
