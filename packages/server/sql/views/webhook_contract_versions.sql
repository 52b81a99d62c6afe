create view posthorn.webhook_contract_versions with (security_invoker = true) as
select id, name, document, sender_version, created_at from posthorn.contract_versions;
