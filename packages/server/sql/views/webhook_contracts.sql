create view posthorn.webhook_contracts with (security_invoker = true) as
select contract.name,
       version.document ->> 'title' as title,
       version.document ->> 'description' as description,
       version.document,
       contract.origin,
       version.id as version,
       version.created_at as updated_at
from posthorn.contracts as contract
join posthorn.contract_versions as version on version.id = contract.version;
