-- The tables of Posthorn. Everything lives in the schema `posthorn`, so that it can share a
-- database with the platform's own tables.
--
-- Ids are UUID v7: `order by id` is order by time, and new rows land together at the end of the
-- primary key's tree instead of all over it.

create table posthorn.settings (
  name text primary key,
  value text not null
);

comment on table posthorn.settings is
  'Facts about this installation, e.g. which encryption key it uses.';

create table posthorn.contracts (
  name text primary key,
  document json not null
);

comment on table posthorn.contracts is
  'The contract documents of the program, written at its start; read by posthorn.render_body.';

create table posthorn.orgs (
  id uuid primary key,
  name text,
  created_at timestamptz not null
);

create table posthorn.event_types (
  name text primary key,
  description text not null,
  schema json,
  example json,
  schema_check text not null check (schema_check in ('refuse', 'warn')),
  created_at timestamptz not null,
  updated_at timestamptz not null
);

create table posthorn.endpoints (
  id uuid primary key,
  org_id uuid not null references posthorn.orgs (id),
  url text not null,
  event_types text[],
  is_active boolean not null,
  inactive_reason text,
  contract text not null references posthorn.contracts (name),
  description text not null,
  headers json not null,
  in_flight_max integer not null,
  -- Grows with every change. Nodes cache endpoints by (id, version), so a cache is never stale
  -- in silence: the publish and claim statements return the version that counts.
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz
);

comment on column posthorn.endpoints.event_types is 'null = every event type';

create index endpoints_by_org on posthorn.endpoints (org_id, id) where deleted_at is null;

-- Several rows while a rotation overlaps; the current secret is the one that does not expire.
create table posthorn.endpoint_secrets (
  id uuid primary key,
  endpoint_id uuid not null references posthorn.endpoints (id),
  ciphertext text not null,
  created_at timestamptz not null,
  expires_at timestamptz
);

create unique index endpoint_secrets_current
  on posthorn.endpoint_secrets (endpoint_id) where expires_at is null;
create index endpoint_secrets_by_endpoint on posthorn.endpoint_secrets (endpoint_id);

-- What an endpoint wanted, and since when: the evidence for rpc/explain, which must say why an
-- event was not sent *then*, not why it would not be sent now.
create table posthorn.endpoint_history (
  endpoint_id uuid not null references posthorn.endpoints (id),
  version bigint not null,
  valid_from timestamptz not null,
  event_types text[],
  is_active boolean not null,
  primary key (endpoint_id, version)
);

-- No foreign keys from here down: these tables take thousands of rows a second, and their
-- references are made by the one statement that also reads the referenced rows.

create table posthorn.events (
  id uuid primary key,
  org_id uuid not null,
  event_type text not null,
  "timestamp" timestamptz not null,
  -- json, not jsonb: the text is kept to the byte, so numbers and key order arrive as published.
  data json not null,
  endpoints_matched integer not null,
  idempotency_key text,
  schema_warning text,
  only_endpoint_id uuid,
  created_at timestamptz not null
);

create index events_by_org on posthorn.events (org_id, id);

-- Apart from events, so that the keys' uniqueness does not hinder expiring events by id range.
create table posthorn.idempotency_keys (
  org_id uuid not null,
  key text not null,
  event_id uuid not null,
  request_hash bytea not null,
  created_at timestamptz not null,
  primary key (org_id, key)
);

-- One row for each (event, endpoint). The id is computed from both (posthorn.delivery_id), so no
-- second row for a pair can ever be written, and an event's deliveries are a range of ids.
--
-- Nothing that the happy path changes is indexed, also not in an index's WHERE: the update from
-- pending to delivered stays on its page (HOT). `due_at` is null on that path; it is set only
-- for what somebody must come back for.
create table posthorn.deliveries (
  id uuid primary key,
  event_id uuid not null,
  endpoint_id uuid not null,
  org_id uuid not null,
  event_type text not null,
  status text not null check (status in ('pending', 'delivered', 'failed', 'cancelled')),
  -- Attempts made in all, and how many of them before the present round of the schedule.
  attempts smallint not null,
  attempts_before_round smallint not null,
  -- When any node may take it: the scheduled time, or the end of a claim's lease.
  due_at timestamptz,
  lease_id uuid,
  leased_until timestamptz,
  -- Set on dead letters only, to index them without indexing `status`.
  failed_at timestamptz,
  -- The latest attempt. Earlier ones move to posthorn.attempts when it is overwritten.
  attempted_at timestamptz,
  duration_ms integer,
  response_status smallint,
  error text,
  trigger text,
  exchange json,
  created_at timestamptz not null
) with (fillfactor = 70);

create index deliveries_by_endpoint on posthorn.deliveries (endpoint_id, id);
create index deliveries_by_org on posthorn.deliveries (org_id, id);
create index deliveries_due on posthorn.deliveries (endpoint_id, due_at) where due_at is not null;
create index deliveries_failed_by_endpoint
  on posthorn.deliveries (endpoint_id, id) where failed_at is not null;
create index deliveries_failed_by_org
  on posthorn.deliveries (org_id, id) where failed_at is not null;

create table posthorn.attempts (
  delivery_id uuid not null,
  number smallint not null,
  endpoint_id uuid not null,
  org_id uuid not null,
  event_id uuid not null,
  attempted_at timestamptz not null,
  duration_ms integer not null,
  response_status smallint,
  error text,
  trigger text not null,
  exchange json,
  primary key (delivery_id, number)
);

create index attempts_by_endpoint on posthorn.attempts (endpoint_id, delivery_id, number);
create index attempts_by_org on posthorn.attempts (org_id, delivery_id, number);

-- Below the watermark every pending delivery has a due_at; the reaper looks only above it.
create table posthorn.reap_state (
  singleton boolean primary key default true check (singleton),
  watermark uuid not null
);
insert into posthorn.reap_state (watermark) values ('00000000-0000-7000-8000-000000000000');

create table posthorn.replays (
  id uuid primary key,
  org_id uuid not null,
  endpoint_id uuid not null,
  since timestamptz,
  until timestamptz,
  status text,
  event_type text,
  state text not null check (state in ('running', 'done', 'cancelled')),
  -- Walked in order of id, i.e. of time; everything up to here is done.
  cursor uuid not null,
  last_id uuid not null,
  total integer not null,
  replayed integer not null,
  created_at timestamptz not null,
  finished_at timestamptz
);

create index replays_running on posthorn.replays (id) where state = 'running';
create index replays_by_org on posthorn.replays (org_id, id);

create table posthorn.api_keys (
  id uuid primary key,
  org_id uuid not null references posthorn.orgs (id),
  name text not null,
  role text not null check (role in ('manage', 'publish', 'read')),
  key_hash bytea not null unique,
  key_hint text not null,
  created_at timestamptz not null
);

create index api_keys_by_org on posthorn.api_keys (org_id, id);
