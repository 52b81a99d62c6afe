-- Configuration: the catalogue, contracts, orgs, and their endpoints with secrets.
--
-- Ids are UUID v7: `order by id` is order by time, and new rows are adjacent at the end of the
-- primary key's tree. Every table with an org's rows has `org_id`, so that orgs can be spread over
-- several databases; tools/schema-rules.test.ts checks the rules.

create table posthorn.settings (
  name text primary key,
  value text not null
);

comment on table posthorn.settings is
  'Facts about this installation, e.g. which encryption key it uses.';

-- Every version of a contract: what its requests depend on. Attempts name the version that built
-- them, so a version never changes and is never deleted.
create table posthorn.contract_versions (
  id integer primary key,
  -- The SHA-256 hash of everything else, in hex.
  hash text not null unique,
  name text not null,
  document json not null,
  -- The version of the program, which {sender.version} shows.
  sender_version text not null,
  -- The platform's keys if the contract signs with them, those with the latest start first.
  signing_keys json,
  -- The document's body with {sender.version} filled in, for posthorn.render_body. Null for forms.
  body json,
  created_at timestamptz not null
);

create table posthorn.contracts (
  name text primary key,
  -- The program and the operator's folder are read at each start; the API changes the others.
  origin text not null default 'shipped' check (origin in ('shipped', 'folder', 'api')),
  -- The version that the last started node uses.
  version integer references posthorn.contract_versions (id)
);

create table posthorn.event_types (
  name text primary key,
  description text not null,
  schema json,
  example json,
  schema_check text not null check (schema_check in ('refuse', 'warn')),
  group_name text,
  is_deprecated boolean not null default false,
  feature_flag text,
  -- What the Svix dialect adds: types that are hidden, a JSON Schema for each version by its name,
  -- and which tokens of applications see the type.
  archived boolean not null default false,
  schemas json,
  token_flags text[],
  created_at timestamptz not null,
  updated_at timestamptz not null
);

comment on column posthorn.event_types.feature_flag is
  'null = every org sees the type; otherwise only orgs with this feature flag';

create table posthorn.orgs (
  -- posthorn.org_id of the platform's own id.
  id uuid primary key,
  -- The platform's own id as text, where it is not the UUID itself. It is unique, because `id` is
  -- computed from it.
  external_id text,
  name text,
  tags text[],
  feature_flags text[],
  -- The contracts that its endpoints may use; the first is the default. Null: all of them, and the
  -- service's own default.
  contracts text[],
  -- The platform's own facts about the org: an object of texts.
  metadata json not null default '{}',
  created_at timestamptz not null,
  -- Null until the first change.
  updated_at timestamptz
);

create index orgs_by_tag on posthorn.orgs using gin (tags) where tags is not null;
-- Finds the orgs that name a contract which is to be deleted.
create index orgs_by_contract on posthorn.orgs using gin (contracts) where contracts is not null;
create index orgs_by_time on posthorn.orgs (created_at, id);

create table posthorn.endpoints (
  id uuid primary key,
  org_id uuid not null references posthorn.orgs (id),
  -- The platform's own id for the endpoint.
  external_id text,
  -- The kind of destination, which never changes. `cli` is a developer's terminal.
  destination text not null default 'http' check (destination in ('http', 'cli')),
  url text,
  event_types text[],
  -- The wildcards without their `*`: `scan.` for scan.*, and the empty text for *.
  event_prefixes text[],
  event_groups text[],
  channels text[],
  -- The filter as its user wrote it, and compiled (model/filter-path.ts), and the number of values
  -- that it compares with.
  filter json,
  filter_path jsonpath,
  filter_comparisons integer,
  -- Until then the endpoint's deliveries wait. Unlike an inactive endpoint, it still gets events.
  paused_until timestamptz,
  -- The endpoint's own retry schedule, timeout and statuses without retries; null: the contract's.
  retry_schedule text,
  timeout_seconds smallint check (timeout_seconds between 1 and 30),
  final_statuses text[],
  -- The source of the function that shapes what the endpoint gets (src/sandbox/).
  transformation text,
  is_active boolean not null,
  inactive_reason text,
  -- Every statement that changes is_active also changes this column.
  inactive_since timestamptz,
  contract text not null references posthorn.contracts (name),
  description text not null,
  headers json not null,
  -- The platform's own facts about the endpoint: an object of texts.
  metadata json not null default '{}',
  in_flight_max integer not null,
  rate_per_second integer check (rate_per_second between 1 and 10000),
  -- The time of the first failed attempt after the last success.
  failing_since timestamptz,
  failing_warned_at timestamptz,
  -- Grows with every change. Nodes cache endpoints by (id, version), and notice a stale copy
  -- because the publish and claim statements return the current version.
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  constraint endpoints_url check ((url is not null) = (destination = 'http')),
  constraint endpoints_filter check (num_nulls(filter, filter_path, filter_comparisons) in (0, 3))
);

comment on column posthorn.endpoints.event_types is
  'null = every event type; otherwise the types that it names, besides its wildcards and groups';
comment on column posthorn.endpoints.channels is
  'null = every event; otherwise only events that have one of these channels';
comment on column posthorn.endpoints.rate_per_second is 'null = no limit';
comment on column posthorn.endpoints.failing_since is
  'null = its last known attempt succeeded, or it is inactive';

create index endpoints_by_org on posthorn.endpoints (org_id, id) where deleted_at is null;
create unique index endpoints_by_external_id on posthorn.endpoints (org_id, external_id)
  where external_id is not null and deleted_at is null;

-- One row for each endpoint whose destination is a terminal. Only the node that the terminal is
-- connected to can send to it, so claims lease such an endpoint's deliveries only for the session
-- in this row. A terminal that connects again replaces the session, whichever node had it.
create table posthorn.terminals (
  endpoint_id uuid primary key references posthorn.endpoints (id) on delete cascade,
  org_id uuid not null,
  -- Null while no terminal is connected.
  session_id uuid,
  -- The SHA-256 hash of the session's token, which each of the session's answers must contain.
  token_hash bytea unique,
  -- The last time at which a terminal was connected. The endpoint is deleted some time later.
  seen_at timestamptz not null
);

create index terminals_by_org on posthorn.terminals (org_id);

-- Answers of terminals that reached another node than the one that sent the delivery. That node
-- reads and deletes them within a second. The table is unlogged, because a crash ends the attempts
-- as well.
create unlogged table posthorn.terminal_answers (
  attempt_token uuid primary key,
  session_id uuid not null,
  org_id uuid not null,
  answer json not null,
  created_at timestamptz not null
);

create index terminal_answers_by_session on posthorn.terminal_answers (session_id);

-- An endpoint has several rows while a rotation overlaps; the current secret of each name is the
-- one that does not expire. A secret signs the versions from `created_version` up to, but not
-- including, `replaced_version`; after that only until `expires_at`.
create table posthorn.endpoint_secrets (
  id uuid primary key,
  org_id uuid not null,
  endpoint_id uuid not null references posthorn.endpoints (id),
  -- The name that the contract gives it; null for the contract's first secret.
  name text,
  ciphertext text not null,
  created_version bigint not null default 0,
  replaced_version bigint,
  -- When the secret starts to sign headers that have room for one signature. Null: from its
  -- creation on.
  switch_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz
);

create unique index endpoint_secrets_current
  on posthorn.endpoint_secrets (endpoint_id, coalesce(name, '')) where expires_at is null;
create index endpoint_secrets_by_endpoint on posthorn.endpoint_secrets (endpoint_id);
create index endpoint_secrets_ended on posthorn.endpoint_secrets (expires_at)
  where expires_at is not null;

-- Every version of an endpoint. rpc/explain reads what an endpoint wanted when an event was
-- published, and rpc/sent_request rebuilds the request that an attempt sent. Every statement that
-- raises an endpoint's version is followed by postgres/endpoint-versions.ts.
create table posthorn.endpoint_history (
  org_id uuid not null,
  endpoint_id uuid not null references posthorn.endpoints (id),
  version bigint not null,
  valid_from timestamptz not null,
  event_types text[],
  event_prefixes text[],
  event_groups text[],
  channels text[],
  filter json,
  filter_path jsonpath,
  transformation text,
  is_active boolean not null,
  url text,
  contract text not null,
  headers json not null,
  primary key (endpoint_id, version)
);

-- The ids that imported applications and endpoints had on their Svix server. Svix's API accepts
-- them beside the ids that it computes.
create table posthorn.svix_aliases (
  svix_id text primary key,
  org_id uuid not null,
  endpoint_id uuid references posthorn.endpoints (id) on delete cascade,
  created_at timestamptz not null
);

comment on column posthorn.svix_aliases.endpoint_id is 'null for an application';

create index svix_aliases_by_org on posthorn.svix_aliases (org_id);
create index svix_aliases_by_endpoint on posthorn.svix_aliases (endpoint_id);

create table posthorn.api_keys (
  id uuid primary key,
  -- A key with the role metrics, publish_all or svix_api belongs to the installation, and every
  -- other key to an org.
  org_id uuid references posthorn.orgs (id)
    check ((org_id is null) = (role in ('metrics', 'publish_all', 'svix_api'))),
  name text not null,
  role text not null
    check (role in ('manage', 'publish', 'read', 'metrics', 'publish_all', 'svix_api')),
  key_hash bytea not null unique,
  key_hint text not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  -- Written at most once an hour, because it shows only whether a key is in use, not how much.
  last_used_at timestamptz
);

comment on column posthorn.api_keys.expires_at is 'null = never';

create index api_keys_by_org on posthorn.api_keys (org_id, id);

-- The answers to changes that a client may repeat with the same idempotency key, for some hours.
create table posthorn.stored_answers (
  -- The hash of the caller, the path and the key.
  key_hash bytea primary key,
  -- Null for a change that belongs to no org.
  org_id uuid,
  -- Null only inside the transaction that makes the change.
  answer json,
  created_at timestamptz not null
);

create index stored_answers_by_time on posthorn.stored_answers (created_at);
