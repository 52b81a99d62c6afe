-- Omits the org of the probe (model/probe.ts), because nobody can do anything with it.
create view posthorn.webhook_orgs with (security_invoker = true) as
select id, external_id, name, tags, feature_flags, contracts, created_at, metadata, updated_at
from posthorn.orgs
where id <> '00000000-0000-7000-8000-70726f626500';
