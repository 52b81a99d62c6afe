-- Who changed what: one row for each thing that somebody did through the API, written in the
-- transaction that did it. And keys that end.

create table posthorn.audit_entries (
  id uuid primary key,
  created_at timestamptz not null,
  -- null for what belongs to no org, e.g. an event type
  org_id uuid,
  actor_kind text not null check (actor_kind in ('admin', 'api_key', 'portal_link', 'system')),
  actor_id uuid,
  actor_name text,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  changes json not null,
  remote_address text
);

comment on column posthorn.audit_entries.actor_name is 'the name of the key when it was used';

create index audit_entries_by_org on posthorn.audit_entries (org_id, id);
create index audit_entries_by_subject on posthorn.audit_entries (subject_id, id);

-- Against mistakes and against whoever got hold of an application's connection, not against the
-- table's owner: an owner can drop a trigger, and can make the setting himself.
create function posthorn.refuse_audit_change() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('posthorn.may_erase_audit', true) = 'yes' then
    return old;
  end if;
  raise exception 'posthorn.audit_entries is append-only: % is refused.', tg_op
    using errcode = 'insufficient_privilege',
          hint = 'Entries go after POSTHORN_AUDIT_DAYS, or with rpc/erase_org.';
end
$$;

create trigger append_only before update or delete on posthorn.audit_entries
  for each row execute function posthorn.refuse_audit_change();
create trigger append_only_table before truncate on posthorn.audit_entries
  for each statement execute function posthorn.refuse_audit_change();

-- What differs between two states of a thing, each an object of its fields; '{}' for none:
-- {field: {from, to}}. Of values that nobody is told there is a digest in the states, and in the
-- answer only that it changed; of headers the names, and which of them has another value.
create function posthorn.changes_between(before jsonb, after jsonb) returns json
language sql immutable parallel safe as $$
  select coalesce(
    json_object_agg(
      field,
      case
        when field in ('schema', 'example') then json_build_object('changed', true)
        when field = 'headers' then json_build_object(
          'from', (select json_agg(name order by name) from jsonb_object_keys(was) as name),
          'to', (select json_agg(name order by name) from jsonb_object_keys(is_now) as name),
          'changed', coalesce(
            (select json_agg(name order by name) from jsonb_object_keys(was) as name
             where is_now -> name <> was -> name), '[]'))
        else json_build_object('from', was, 'to', is_now)
      end
      order by field
    ),
    '{}'
  )
  from (
    select field, nullif(before -> field, 'null') as was, nullif(after -> field, 'null') as is_now
    from (select jsonb_object_keys(before) union select jsonb_object_keys(after)) as fields (field)
  ) as pair
  where was is distinct from is_now
$$;

create view posthorn.webhook_audit as
select id, created_at, org_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
       changes, remote_address
from posthorn.audit_entries;

-- What an org's own key sees: not from where the operator works.
create view posthorn.webhook_audit_of_org as
select id, created_at, org_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
       changes,
       case when actor_kind in ('api_key', 'portal_link') then remote_address end as remote_address
from posthorn.audit_entries;

alter table posthorn.api_keys
  add column expires_at timestamptz,
  -- At most once an hour: it says whether a key is in use, not how much.
  add column last_used_at timestamptz;

comment on column posthorn.api_keys.expires_at is 'null = never';

create or replace view posthorn.api_keys_listed as
select id, org_id, name, role, key_hint, created_at, expires_at, last_used_at
from posthorn.api_keys;
