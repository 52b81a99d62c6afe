-- Row security: a second wall between orgs. What is read for somebody of an org is read as a role
-- that owns nothing, and sees only the rows of the org that its transaction names. A statement
-- that forgot its condition then finds nothing instead of everything. The owner of the tables,
-- i.e. the service's own work, is not under it.

create or replace function posthorn.tenant_org() returns uuid
language sql stable parallel safe as $$
  select nullif(current_setting('posthorn.org_id', true), '')::uuid
$$;

-- The sub-select is evaluated once for a statement, not once for a row, so that an index on the
-- org serves.
do $$
declare
  name text;
begin
  foreach name in array array['endpoints', 'events', 'deliveries', 'attempts', 'replays',
                              'audit_entries', 'delivery_statistics'] loop
    execute format('alter table posthorn.%I enable row level security', name);
    execute format('drop policy if exists of_tenant on posthorn.%I', name);
    execute format(
      'create policy of_tenant on posthorn.%I using (org_id = (select posthorn.tenant_org()))',
      name);
  end loop;
  -- These have no org of their own, but that of their endpoint: the sub-select sees only those.
  foreach name in array array['endpoint_secrets', 'endpoint_history'] loop
    execute format('alter table posthorn.%I enable row level security', name);
    execute format('drop policy if exists of_tenant on posthorn.%I', name);
    execute format(
      'create policy of_tenant on posthorn.%1$I using (
         exists (select from posthorn.endpoints where endpoints.id = %1$I.endpoint_id))', name);
  end loop;
  -- No tenant reads these. Without a policy nobody but the owner sees a row, whatever is granted.
  foreach name in array array['api_keys', 'portal_links', 'sessions', 'idempotency_keys',
                              'erasures', 'settings', 'nodes', 'failing_checks'] loop
    execute format('alter table posthorn.%I enable row level security', name);
  end loop;
  -- A view is otherwise read with its owner's rights, whom no policy binds.
  for name in
    select relname from pg_class where relkind = 'v' and relnamespace = 'posthorn'::regnamespace
  loop
    execute format('alter view posthorn.%I set (security_invoker = true)', name);
  end loop;
end
$$;

alter table posthorn.orgs enable row level security;
drop policy if exists of_tenant on posthorn.orgs;
create policy of_tenant on posthorn.orgs using (id = (select posthorn.tenant_org()));

-- Makes the role where that is allowed, and grants it what tenants read. False: the service's user
-- may not, and somebody who may has to.
create or replace function posthorn.make_tenant() returns boolean
language plpgsql as $$
declare
  -- Before PostgreSQL 16, whoever is a member may take the role on.
  membership text :=
    case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end;
begin
  -- Nodes start together.
  perform pg_advisory_xact_lock(8420003);
  if not exists (select from pg_roles where rolname = 'posthorn_tenant') then
    begin
      create role posthorn_tenant nologin noinherit;
    exception
      -- A role belongs to all databases of a server: another one's service made it just now.
      when duplicate_object or unique_violation then null;
    end;
  end if;
  if not pg_has_role(current_user, 'posthorn_tenant', membership) then
    execute format('grant posthorn_tenant to %I', current_user);
  end if;
  if not has_table_privilege('posthorn_tenant', 'posthorn.webhook_audit_of_org', 'select') then
    grant usage on schema posthorn to posthorn_tenant;
    grant select on
      posthorn.orgs, posthorn.endpoints, posthorn.endpoint_secrets, posthorn.endpoint_history,
      posthorn.events, posthorn.deliveries, posthorn.attempts, posthorn.replays,
      posthorn.audit_entries, posthorn.delivery_statistics,
      posthorn.contracts, posthorn.event_types,
      posthorn.webhook_orgs, posthorn.webhook_endpoints, posthorn.webhook_events,
      posthorn.webhook_deliveries, posthorn.webhook_attempts, posthorn.webhook_replays,
      posthorn.webhook_contracts, posthorn.webhook_event_types
      to posthorn_tenant;
    -- Locks the rows that a change chooses; no tenant's statement changes one.
    grant update (id) on posthorn.endpoints, posthorn.webhook_endpoints to posthorn_tenant;
    grant select on posthorn.webhook_audit_of_org to posthorn_tenant;
  end if;
  return true;
exception
  when insufficient_privilege then return false;
end
$$;

comment on function posthorn.make_tenant is
  'called at each start, so that a role made later counts';
