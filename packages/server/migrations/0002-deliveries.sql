-- Event delivery: the ledger, and the pipeline's own tables.
--
-- No foreign keys from here on: these tables take thousands of rows per second, and one statement
-- both reads the referenced rows and writes the references.
--
-- Events, deliveries and attempts are partitioned by week, by ranges of ids and therefore by time.
-- Dropping a table removes ten million rows at the cost of ten. Weeks, because every partition adds
-- cost to each statement that cannot rule it out: 90 days are 13.

create table posthorn.events (
  id uuid primary key,
  org_id uuid not null,
  -- The publisher's own id for the event.
  external_id text,
  event_type text not null,
  "timestamp" timestamptz not null,
  -- json, not jsonb, because json keeps the exact text, so that numbers and the order of keys stay
  -- as published. Null after somebody has expunged it.
  data json,
  endpoints_matched integer not null,
  idempotency_key text,
  schema_warning text,
  only_endpoint_id uuid,
  channels text[],
  tags text[],
  created_at timestamptz not null
) partition by range (id);

create index events_by_org on posthorn.events (org_id, id);
-- Events without an external id are not in it.
create index events_by_external_id on posthorn.events (external_id, org_id)
  where external_id is not null;
-- Events without channels or tags are not in these.
create index events_by_channel on posthorn.events using gin (channels) where channels is not null;
create index events_by_tag on posthorn.events using gin (tags) where tags is not null;

-- The idempotency keys and external ids of events. A separate table, so that their uniqueness
-- does not prevent dropping events by week.
create table posthorn.idempotency_keys (
  org_id uuid not null,
  key text not null,
  is_external_id boolean not null default false,
  event_id uuid not null,
  request_hash bytea not null,
  created_at timestamptz not null,
  primary key (org_id, key, is_external_id)
);

-- Keys are deleted after their events. They arrive in order of time, so the smallest kind of index
-- is enough, and it adds almost no cost to a publish.
create index idempotency_keys_by_time on posthorn.idempotency_keys using brin (created_at);

-- One row for each (event, endpoint). posthorn.delivery_id computes the id from both, so a pair can
-- never have a second row, and an event's deliveries are a range of ids.
--
-- The happy path changes no column that appears in an index or in an index's WHERE: the update from
-- pending to delivered stays on its page (HOT). `due_at` is null on that path; it is set only when
-- somebody must come back for the delivery.
create table posthorn.deliveries (
  id uuid primary key,
  event_id uuid not null,
  endpoint_id uuid not null,
  org_id uuid not null,
  event_type text not null,
  status text not null check (status in ('pending', 'delivered', 'failed', 'cancelled')),
  -- The total number of attempts, and how many of them were before the current round of the
  -- schedule. An attempt's number is one byte of its id: a row beyond 255 would break every list
  -- that contains it.
  attempts smallint not null check (attempts between 0 and 255),
  attempts_before_round smallint not null,
  -- When any node may claim the delivery: the scheduled time, or the end of a claim's lease.
  due_at timestamptz,
  lease_id uuid,
  leased_until timestamptz,
  -- How many times within a minute the delivery was taken over from a dead node, and when it was
  -- last taken over.
  takeovers smallint,
  taken_over_at timestamptz,
  -- Set only on dead letters, so that an index can find them without an index on `status`.
  failed_at timestamptz,
  -- The latest attempt. It moves to posthorn.attempts when the next one overwrites it.
  attempted_at timestamptz,
  duration_ms integer,
  response_status smallint,
  -- What the contract's success rules decided, whatever the status was.
  succeeded boolean,
  error text,
  trigger text,
  exchange json,
  created_at timestamptz not null,
  -- Another attempt could not be stored, so the delivery would be leased every minute forever.
  constraint deliveries_attempts_left check (attempts < 255 or status <> 'pending')
) partition by range (id);

create index deliveries_by_endpoint on posthorn.deliveries (endpoint_id, id);
create index deliveries_by_org on posthorn.deliveries (org_id, id);
create index deliveries_due on posthorn.deliveries (endpoint_id, due_at) where due_at is not null;
-- First attempts that wait in the database, apart from retries: those of events published from SQL,
-- and of an endpoint or org that has used its share of a node's memory. Their due time is their
-- creation time; a retry is due later, and a delivery that its publisher sends at once is never
-- due. So the index adds no cost to a normal delivery: neither column changes.
create index deliveries_due_first on posthorn.deliveries (endpoint_id, due_at)
  where due_at = created_at;
-- Deliveries that a dead node had claimed. A settled delivery keeps its lease's id, and one that
-- its publisher sends immediately has no due_at: neither changes this index.
create index deliveries_leased on posthorn.deliveries (lease_id)
  where due_at is not null and lease_id is not null;
create index deliveries_failed_by_endpoint
  on posthorn.deliveries (endpoint_id, id) where failed_at is not null;
create index deliveries_failed_by_org
  on posthorn.deliveries (org_id, id) where failed_at is not null;
-- The operator's list of all dead letters, newest first: 48 ms among 10 million without it.
create index deliveries_failed on posthorn.deliveries (id) where failed_at is not null;

-- Events with more endpoints than one statement can serve: nodes create their deliveries in the
-- background, in batches. The endpoints are those that matched when the event was stored. Events of
-- one type and with the same channels that share a commit share a list.
create table posthorn.fan_out_lists (
  id uuid primary key,
  org_id uuid not null,
  event_type text not null,
  endpoint_ids uuid[] not null,
  -- True if endpoints of the list had filters then. These are evaluated when the deliveries are
  -- created.
  has_filters boolean not null default false,
  created_at timestamptz not null
);

create index fan_out_lists_by_org on posthorn.fan_out_lists (org_id);

-- One row for each event with deliveries that have not been created yet.
create table posthorn.fan_outs (
  event_id uuid primary key,
  org_id uuid not null,
  event_type text not null,
  -- The event's channels. Null once the event has its list.
  channels text[],
  -- Null only inside the transaction that stores the event.
  list_id uuid,
  -- How many endpoints of the list, in its order, already have their delivery.
  endpoints_done integer not null,
  endpoints_total integer not null,
  -- The endpoints among them whose delivery could not be created in this round.
  failed_endpoint_ids uuid[] not null default '{}',
  -- How many rounds have failed, when the next one is due, and the SQLSTATE of the last failure.
  failures integer not null default 0,
  retry_at timestamptz,
  error_code text,
  created_at timestamptz not null
);

create index fan_outs_by_org on posthorn.fan_outs (org_id, event_id) where retry_at is null;
create index fan_outs_postponed on posthorn.fan_outs (retry_at, org_id) where retry_at is not null;
create index fan_outs_by_list on posthorn.fan_outs (list_id);
create index fan_outs_unlisted on posthorn.fan_outs (event_id) where list_id is null;

-- At `wake_at` a claim must look at this endpoint. Claims read these rows instead of every endpoint
-- with pending deliveries, so the cost of a claim depends only on the number of due deliveries.
--
-- For each pending delivery with a `due_at` whose endpoint is active there is a row of the endpoint
-- with `wake_at <= due_at`, stored in the same transaction or before: every statement that sets
-- `due_at` inserts one row for each endpoint, with the earliest. An endpoint that becomes active
-- gets one at '-infinity'. A superfluous row costs one look. Only claims delete rows, and insert
-- the next one.
--
-- Nothing is unique, so an insert never waits for another transaction: posthorn.publish may run in
-- one that stays open for minutes. A delivery that succeeds at the first attempt never gets a row.
create table posthorn.endpoint_wakeups (
  org_id uuid not null,
  endpoint_id uuid not null,
  wake_at timestamptz not null,
  -- True if the endpoint is deleted. The reaper then cancels its pending deliveries.
  is_deleted boolean not null default false
) with (
  -- Rows are inserted and deleted at the rate of retries. Each claim reads the dead rows at the
  -- start of the index until vacuum removes them.
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_cost_delay = 0
);

create index endpoint_wakeups_due on posthorn.endpoint_wakeups (wake_at) where not is_deleted;
create index endpoint_wakeups_of_deleted on posthorn.endpoint_wakeups (wake_at) where is_deleted;

-- Where scans of the wakeups start, and until when that applies: see take_wakeups.sql. Usually
-- empty.
create table posthorn.claim_horizon (
  singleton boolean primary key default true check (singleton),
  read_from timestamptz not null,
  until timestamptz not null
);

create table posthorn.attempts (
  delivery_id uuid not null,
  number smallint not null check (number between 1 and 255),
  endpoint_id uuid not null,
  org_id uuid not null,
  event_id uuid not null,
  attempted_at timestamptz not null,
  duration_ms integer not null,
  response_status smallint,
  succeeded boolean not null,
  error text,
  trigger text not null,
  exchange json,
  primary key (delivery_id, number)
) partition by range (delivery_id);

create index attempts_by_endpoint on posthorn.attempts (endpoint_id, delivery_id, number);
create index attempts_by_org on posthorn.attempts (org_id, delivery_id, number);

create table posthorn.partitions (
  parent text not null check (parent in ('events', 'deliveries', 'attempts')),
  name text primary key,
  since timestamptz not null,
  until timestamptz not null
);

comment on table posthorn.partitions is
  'The partitions that posthorn.make_partitions created and retention has not dropped yet.';

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
  -- The id up to which the replay is done. Deliveries are replayed in order of their ids, i.e. of
  -- time.
  cursor uuid not null,
  last_id uuid not null,
  -- Null until the end of the replay if counting the deliveries would take more than a few seconds.
  total integer,
  replayed integer not null,
  created_at timestamptz not null,
  finished_at timestamptz
);

create index replays_running on posthorn.replays (org_id, id) where state = 'running';
create index replays_by_org on posthorn.replays (org_id, id);

-- Orgs whose data is being erased, or was. The row itself remains: the audit says who asked for the
-- erasure, this table says that it happened.
create table posthorn.erasures (
  org_id uuid primary key,
  -- Copied from the org, whose row is deleted.
  external_id text,
  requested_at timestamptz not null,
  finished_at timestamptz,
  rows_erased bigint not null
);

-- Running nodes. They share an endpoint's limits, so that two nodes do not send it twice as much as
-- one. When one dies, the others find its leases by its id (posthorn.take_over).
create table posthorn.nodes (
  id uuid primary key,
  seen_at timestamptz not null,
  -- The time of the last heartbeat, by the database server's clock.
  beat_at timestamptz not null,
  -- True while the node's listening session holds its advisory lock.
  has_lock boolean not null,
  -- The value of posthorn.server_incarnation() at the last heartbeat.
  incarnation text not null,
  taken_over_at timestamptz
);

-- Contains at most one row. Unlogged, so that it is empty after a crash of the server and after a
-- failover.
create unlogged table posthorn.server_life (
  singleton boolean primary key default true check (singleton),
  id uuid not null
);
