create view posthorn.api_keys_listed with (security_invoker = true) as
select id, org_id, name, role, key_hint, created_at, expires_at, last_used_at
from posthorn.api_keys;
