-- Endpoints that only fail, and since when one is off.

alter table posthorn.endpoints
  add column inactive_since timestamptz,
  -- The first failed attempt after the last success, and the last one that was counted.
  add column failing_since timestamptz,
  add column failing_until timestamptz,
  -- In how many tenths of the period a failed attempt was seen: time without any does not count.
  add column failing_slices smallint not null default 0,
  add column failing_told_at timestamptz;

update posthorn.endpoints set inactive_since = updated_at where not is_active;

create index endpoints_failing on posthorn.endpoints (id) where failing_since is not null;

comment on column posthorn.endpoints.failing_since is
  'null = its last known attempt succeeded, or it is off';

-- Whoever turns it off or on, and by whatever statement: the time goes with the state.
create function posthorn.note_activity() returns trigger
language plpgsql as $$
begin
  if new.is_active then
    new.inactive_since := null;
  elsif new.inactive_since is null then
    new.inactive_since := new.updated_at;
  end if;
  if tg_op = 'UPDATE' and new.is_active <> old.is_active then
    new.failing_since := null;
    new.failing_until := null;
    new.failing_slices := 0;
    new.failing_told_at := null;
  end if;
  return new;
end
$$;

create trigger note_first_activity before insert on posthorn.endpoints
  for each row execute function posthorn.note_activity();
create trigger note_activity before update of is_active on posthorn.endpoints
  for each row execute function posthorn.note_activity();

-- When the failing endpoints were last looked for, by whichever node: what happened since is read.
create table posthorn.failing_checks (
  singleton boolean primary key default true check (singleton),
  checked_at timestamptz not null
);

create or replace view posthorn.webhook_endpoints as
select endpoint.id, endpoint.org_id, endpoint.url, endpoint.event_types as events,
       endpoint.is_active, endpoint.inactive_reason, endpoint.contract, endpoint.description,
       endpoint.headers, endpoint.in_flight_max, endpoint.created_at, endpoint.updated_at,
       endpoint.rate_per_second,
       (select max(secret.expires_at) from posthorn.endpoint_secrets as secret
        where secret.endpoint_id = endpoint.id and secret.expires_at > now())
         as previous_secret_expires_at,
       endpoint.inactive_since,
       endpoint.failing_since
from posthorn.endpoints as endpoint
where endpoint.deleted_at is null;
