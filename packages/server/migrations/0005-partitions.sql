-- Events, deliveries and attempts in partitions of a week each, by range of id, i.e. by time: what
-- is too old goes by dropping a table, which costs the same for ten rows as for ten million.
--
-- Weeks, because every partition costs each statement that cannot rule it out: 90 days are 13 of
-- them. `(fillfactor = 40)` leaves room on the page for a delivery's second version, which has its
-- attempt in it and is half as long again; with 70, two of three updates left their page.

create table posthorn.partitions (
  parent text not null check (parent in ('events', 'deliveries', 'attempts')),
  name text primary key,
  -- Null: from the beginning.
  since timestamptz,
  until timestamptz not null
);

comment on table posthorn.partitions is
  'What posthorn.make_partitions made, and retention has not dropped yet.';

alter table posthorn.events rename to events_before;
alter table posthorn.deliveries rename to deliveries_before;
alter table posthorn.attempts rename to attempts_before;

alter index posthorn.events_pkey rename to events_before_pkey;
alter index posthorn.events_by_org rename to events_before_by_org;
alter index posthorn.deliveries_pkey rename to deliveries_before_pkey;
alter index posthorn.deliveries_by_endpoint rename to deliveries_before_by_endpoint;
alter index posthorn.deliveries_by_org rename to deliveries_before_by_org;
alter index posthorn.deliveries_due rename to deliveries_before_due;
alter index posthorn.deliveries_failed_by_endpoint rename to deliveries_before_failed_by_endpoint;
alter index posthorn.deliveries_failed_by_org rename to deliveries_before_failed_by_org;
alter index posthorn.attempts_pkey rename to attempts_before_pkey;
alter index posthorn.attempts_by_endpoint rename to attempts_before_by_endpoint;
alter index posthorn.attempts_by_org rename to attempts_before_by_org;

create table posthorn.events (like posthorn.events_before, primary key (id))
  partition by range (id);
create index events_by_org on posthorn.events (org_id, id);

create table posthorn.deliveries
  (like posthorn.deliveries_before including constraints, primary key (id))
  partition by range (id);
create index deliveries_by_endpoint on posthorn.deliveries (endpoint_id, id);
create index deliveries_by_org on posthorn.deliveries (org_id, id);
create index deliveries_due on posthorn.deliveries (endpoint_id, due_at) where due_at is not null;
create index deliveries_failed_by_endpoint
  on posthorn.deliveries (endpoint_id, id) where failed_at is not null;
create index deliveries_failed_by_org
  on posthorn.deliveries (org_id, id) where failed_at is not null;

create table posthorn.attempts
  (like posthorn.attempts_before, primary key (delivery_id, number))
  partition by range (delivery_id);
create index attempts_by_endpoint on posthorn.attempts (endpoint_id, delivery_id, number);
create index attempts_by_org on posthorn.attempts (org_id, delivery_id, number);

-- Makes the partitions of every week that touches the range, where they are missing. Attaching an
-- empty table takes a lock that lets reads and writes of the parent go on.
create function posthorn.make_partitions(since timestamptz, until timestamptz) returns integer
language plpgsql as $$
declare
  week_start timestamptz;
  week_end timestamptz;
  parent_name text;
  child text;
  made integer := 0;
begin
  -- Nodes start together and would make the same ones.
  perform pg_advisory_xact_lock(8420002);
  for week_start in
    select generate_series(
      date_trunc('week', since at time zone 'UTC') at time zone 'UTC', until, interval '7 days')
  loop
    week_end := week_start + interval '7 days';
    foreach parent_name in array array['events', 'deliveries', 'attempts'] loop
      child := parent_name || '_' || to_char(week_start at time zone 'UTC', 'YYYYMMDD');
      continue when exists (
        select from posthorn.partitions as known
        where known.parent = parent_name
          and coalesce(known.since, '-infinity') < week_end and known.until > week_start
      );
      execute format(
        'create table posthorn.%I (like posthorn.%I including constraints) %s', child, parent_name,
        case when parent_name = 'deliveries' then 'with (fillfactor = 40)' else '' end);
      execute format(
        'alter table posthorn.%I attach partition posthorn.%I for values from (%L) to (%L)',
        parent_name, child, posthorn.uuid_floor(week_start), posthorn.uuid_floor(week_end));
      insert into posthorn.partitions (parent, name, since, until)
      values (parent_name, child, week_start, week_end);
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;

-- What was there before becomes one partition from the beginning to the end of this week; if
-- there was nothing, there is nothing to keep.
do $$
declare
  parent text;
  week_end timestamptz :=
    date_trunc('week', now() at time zone 'UTC') at time zone 'UTC' + interval '7 days';
begin
  if exists (select from posthorn.events_before) then
    foreach parent in array array['events', 'deliveries', 'attempts'] loop
      execute format(
        'alter table posthorn.%I attach partition posthorn.%I for values from (minvalue) to (%L)',
        parent, parent || '_before', posthorn.uuid_floor(week_end));
      insert into posthorn.partitions (parent, name, until)
      values (parent, parent || '_before', week_end);
    end loop;
  end if;
end
$$;

-- Views and functions hold on to a table by its id, not its name: they are made anew.
create or replace view posthorn.waiting as
with recursive waiting as (
  (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null
    order by endpoint_id, due_at limit 1
  )
  union all
  select next.endpoint_id, next.due_at
  from waiting
  cross join lateral (
    select endpoint_id, due_at from posthorn.deliveries
    where due_at is not null and endpoint_id > waiting.endpoint_id
    order by endpoint_id, due_at limit 1
  ) as next
)
select endpoint_id, due_at from waiting;

create or replace view posthorn.webhook_events as
select id, org_id, event_type, "timestamp", data, endpoints_matched, idempotency_key,
       schema_warning, created_at
from posthorn.events;

create or replace view posthorn.webhook_deliveries as
select delivery.id,
       delivery.endpoint_id,
       delivery.event_type,
       posthorn.render_body(contract.document -> 'body', event.id, event.event_type,
                            event."timestamp", event.data) as payload,
       delivery.status,
       delivery.response_status,
       delivery.attempts,
       case
         when delivery.status = 'pending' and delivery.leased_until is null then delivery.due_at
       end as next_retry_at,
       delivery.created_at,
       delivery.event_id,
       delivery.org_id,
       delivery.error,
       delivery.attempted_at as last_attempt_at,
       delivery.failed_at,
       delivery.due_at
from posthorn.deliveries as delivery
left join posthorn.events as event on event.id = delivery.event_id
left join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id
left join posthorn.contracts as contract on contract.name = endpoint.contract;

create or replace view posthorn.webhook_attempts as
select posthorn.attempt_id(delivery_id, number) as id,
       delivery_id, number, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message' as error_message,
       exchange -> 'response_headers' as response_headers,
       exchange ->> 'response_body' as response_body,
       exchange ->> 'remote_address' as remote_address,
       duration_ms, trigger, attempted_at
from posthorn.attempts
union all
select posthorn.attempt_id(id, attempts),
       id, attempts, endpoint_id, event_id, org_id, response_status, error,
       exchange ->> 'error_message',
       exchange -> 'response_headers',
       exchange ->> 'response_body',
       exchange ->> 'remote_address',
       duration_ms, trigger, attempted_at
from posthorn.deliveries
where attempts > 0;

do $$
begin
  if not exists (select from posthorn.partitions) then
    drop table posthorn.events_before, posthorn.deliveries_before, posthorn.attempts_before;
  end if;
end
$$;

-- This week's, and those that a service which is started now and then needs.
select posthorn.make_partitions(now() - interval '1 day', now() + interval '28 days');

-- Keys expire with the payloads. They arrive in order of time, so the smallest kind of index will
-- do, and costs a publish next to nothing.
create index idempotency_keys_by_time on posthorn.idempotency_keys using brin (created_at);

-- The least id whose payload is still there. Older deliveries cannot be sent again.
create function posthorn.oldest_payload_id() returns uuid
language sql stable as $$
  select case
    when count(*) = 0 or bool_or(since is null) then '00000000-0000-0000-0000-000000000000'
    else posthorn.uuid_floor(min(since))
  end
  from posthorn.partitions
  where parent = 'events'
$$;
