-- Creates the role for reads of orgs, and grants the rights that these reads need. Returns false if
-- the service's user may not do that. An administrator must then do it.
create or replace function posthorn.make_tenant() returns boolean
language plpgsql as $$
declare
  -- Before PostgreSQL 16, every member of a role may use that role.
  membership text :=
    case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end;
begin
  -- Several nodes may start at the same time.
  perform pg_advisory_xact_lock(8420003);
  if not exists (select from pg_roles where rolname = 'posthorn_tenant') then
    begin
      create role posthorn_tenant nologin noinherit;
    exception
      -- A role belongs to all databases of a server. So the service of another database may have
      -- created it just now.
      when duplicate_object or unique_violation then null;
    end;
  end if;
  if not pg_has_role(current_user, 'posthorn_tenant', membership) then
    execute format('grant posthorn_tenant to %I', current_user);
  end if;
  if not has_table_privilege(
    'posthorn_tenant', 'posthorn.webhook_endpoints_of_reader', 'select') then
    grant usage on schema posthorn to posthorn_tenant;
    grant select on
      posthorn.orgs, posthorn.endpoints, posthorn.endpoint_secrets, posthorn.endpoint_history,
      posthorn.events, posthorn.deliveries, posthorn.attempts, posthorn.replays,
      posthorn.audit_entries, posthorn.delivery_statistics,
      posthorn.fan_outs, posthorn.fan_out_lists, posthorn.terminals,
      posthorn.contracts, posthorn.contract_versions, posthorn.event_types,
      posthorn.webhook_orgs, posthorn.webhook_endpoints, posthorn.webhook_events,
      posthorn.webhook_deliveries, posthorn.webhook_attempts, posthorn.webhook_replays,
      posthorn.webhook_contracts, posthorn.webhook_contracts_of_org,
      posthorn.webhook_event_types, posthorn.webhook_event_types_of_org
      to posthorn_tenant;
    -- This right only allows a change to lock the rows that it selects. No statement of this role
    -- changes a row.
    grant update (id) on posthorn.endpoints, posthorn.webhook_endpoints to posthorn_tenant;
    grant select on posthorn.webhook_audit_of_org, posthorn.webhook_endpoints_of_reader
      to posthorn_tenant;
  end if;
  return true;
exception
  when insufficient_privilege then return false;
end
$$;
