create view posthorn.webhook_orgs with (security_invoker = true) as
select id, name, created_at from posthorn.orgs;
