-- The contracts for an org's own keys: all, or those that the platform offers to the org.
create view posthorn.webhook_contracts_of_org with (security_invoker = true) as
select contract.name,
       version.document ->> 'title' as title,
       version.document ->> 'description' as description,
       version.document,
       contract.origin,
       version.id as version,
       version.created_at as updated_at
from posthorn.contracts as contract
join posthorn.contract_versions as version on version.id = contract.version
where not exists (
  select from posthorn.orgs as org
  where org.id = nullif(current_setting('posthorn.org_id', true), '')::uuid
    and contract.name <> all (org.contracts));
