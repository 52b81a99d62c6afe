create view posthorn.webhook_contracts with (security_invoker = true) as
select name,
       document ->> 'title' as title,
       document ->> 'description' as description,
       document
from posthorn.contracts;
