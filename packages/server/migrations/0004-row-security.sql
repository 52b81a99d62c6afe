-- Row security, a second barrier between orgs. Reads for an org run as a role that owns nothing and
-- sees only the rows of the org that its transaction names. So a statement that lacks its condition
-- on the org finds no rows of other orgs. Row security does not apply to the owner of the tables,
-- and so not to the service's own work. The policies compare `org_id` with a stable expression and
-- contain no subquery, so they can use an index on `org_id` and also work on a distributed table.
do $$
declare
  name text;
begin
  foreach name in array array['endpoints', 'endpoint_secrets', 'endpoint_history', 'events',
                              'deliveries', 'attempts', 'replays', 'audit_entries',
                              'delivery_statistics', 'fan_outs', 'fan_out_lists', 'terminals'] loop
    execute format('alter table posthorn.%I enable row level security', name);
    execute format(
      'create policy of_tenant on posthorn.%I
         using (org_id = nullif(current_setting(''posthorn.org_id'', true), '''')::uuid)',
      name);
  end loop;
  -- Tenants do not read these tables. Without a policy only the owner can see a row, whatever
  -- rights are granted.
  foreach name in array array['api_keys', 'portal_links', 'sessions', 'idempotency_keys',
                              'erasures', 'settings', 'nodes', 'endpoint_wakeups',
                              'claim_horizon', 'terminal_answers', 'stored_answers',
                              'svix_aliases'] loop
    execute format('alter table posthorn.%I enable row level security', name);
  end loop;
end
$$;

alter table posthorn.orgs enable row level security;
create policy of_tenant on posthorn.orgs
  using (id = nullif(current_setting('posthorn.org_id', true), '')::uuid);
