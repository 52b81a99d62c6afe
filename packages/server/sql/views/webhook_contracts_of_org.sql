-- The contracts for an org's own keys: all, or those that the platform offers to the org.
create view posthorn.webhook_contracts_of_org with (security_invoker = true) as
select name, title, description, document, origin, version, updated_at
from posthorn.webhook_contracts as contract
where not exists (
  select from posthorn.orgs as org
  where org.id = nullif(current_setting('posthorn.org_id', true), '')::uuid
    and contract.name <> all (org.contracts));
