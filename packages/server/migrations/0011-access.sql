-- Tokens of other issuers, beside keys: who did something with one is in the audit, too.

alter table posthorn.audit_entries drop constraint audit_entries_actor_kind_check;
alter table posthorn.audit_entries add constraint audit_entries_actor_kind_check
  check (actor_kind in ('admin', 'api_key', 'portal_link', 'jwt', 'system'));

comment on column posthorn.audit_entries.actor_name is
  'the name of the key when it was used; the subject of a token';

-- What an org's own key sees: not from where the operator works.
create or replace view posthorn.webhook_audit_of_org as
select id, created_at, org_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
       changes,
       case when actor_kind in ('api_key', 'portal_link', 'jwt') then remote_address end
         as remote_address
from posthorn.audit_entries;
