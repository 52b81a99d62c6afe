-- Access, the audit, and statistics of deliveries.

-- Only hashes of tokens are stored, so that a copy of the database opens no session.
create table posthorn.portal_links (
  id uuid primary key,
  org_id uuid not null references posthorn.orgs (id) on delete cascade,
  -- The key that created the link. Deleting the key deletes the link. Null for links that the
  -- operator created.
  api_key_id uuid references posthorn.api_keys (id) on delete cascade,
  token_hash bytea not null unique,
  role text not null check (role in ('manage', 'read')),
  appearance text not null check (appearance in ('auto', 'light', 'dark')),
  session_seconds integer not null,
  return_url text,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

comment on column posthorn.portal_links.return_url is
  'where the console leads when its user leaves; null if unknown';

create index portal_links_by_org on posthorn.portal_links (org_id);
create index portal_links_by_key on posthorn.portal_links (api_key_id);
create index portal_links_by_expiry on posthorn.portal_links (expires_at);

-- A session ends with the key that opened it or that created its link. Other sessions end with
-- their org.
create table posthorn.sessions (
  id uuid primary key,
  token_hash bytea not null,
  kind text not null check (kind in ('admin', 'api_key', 'portal_link')),
  api_key_id uuid references posthorn.api_keys (id) on delete cascade,
  link_id uuid,
  org_id uuid references posthorn.orgs (id) on delete cascade,
  role text check (role in ('manage', 'read')),
  return_url text,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index sessions_by_expiry on posthorn.sessions (expires_at);
create index sessions_by_key on posthorn.sessions (api_key_id);
create index sessions_by_org on posthorn.sessions (org_id);

-- One row for each action through the API, written in the transaction of the action. No statement
-- of Posthorn changes an entry, as tools/schema-rules.test.ts checks.
create table posthorn.audit_entries (
  id uuid primary key,
  created_at timestamptz not null,
  -- null if it belongs to no org, e.g. an event type
  org_id uuid,
  -- The platform's text for the org at that time, which remains when the org is erased.
  org_external_id text,
  actor_kind text not null
    check (actor_kind in ('admin', 'api_key', 'portal_link', 'jwt', 'system')),
  actor_id uuid,
  actor_name text,
  action text not null,
  subject_kind text not null,
  subject_id text not null,
  changes json not null,
  remote_address text
);

comment on column posthorn.audit_entries.actor_name is
  'the name of the key when it was used; the subject of a token';

create index audit_entries_by_org on posthorn.audit_entries (org_id, id);
create index audit_entries_by_subject on posthorn.audit_entries (subject_id, id);

-- How many attempts there were and how long they took, by minute for two days and by hour for as
-- long as the ledger: charts must not read deliveries, of which there are millions.
--
-- Each attempt is counted three times: for its endpoint, for its org (the nil id in place of an
-- endpoint) and for all orgs (the nil id for the org, and in place of an endpoint the max id, which
-- no endpoint of an org with the nil id can have). So each point of a chart is one row.
create table posthorn.delivery_statistics (
  org_id uuid not null,
  endpoint_id uuid not null,
  resolution_seconds smallint not null check (resolution_seconds in (60, 3600)),
  bucket_at timestamptz not null,
  attempts integer not null,
  delivered integer not null,
  failed_attempts integer not null,
  dead_letters integer not null,
  last_delivered_at timestamptz,
  last_failed_at timestamptz,
  longest_ms integer not null,
  -- Attempts by duration, each counted in the first column that fits. observe/statistics.ts has the
  -- same bounds. There is a column for each bound, because adding arrays costs ten times as much.
  -- Null means zero, because a row uses few of the columns, and a null takes only one bit.
  within_1_ms integer,
  within_2_ms integer,
  within_3_ms integer,
  within_4_ms integer,
  within_6_ms integer,
  within_8_ms integer,
  within_10_ms integer,
  within_13_ms integer,
  within_16_ms integer,
  within_20_ms integer,
  within_25_ms integer,
  within_31_ms integer,
  within_38_ms integer,
  within_46_ms integer,
  within_56_ms integer,
  within_68_ms integer,
  within_82_ms integer,
  within_99_ms integer,
  within_120_ms integer,
  within_145_ms integer,
  within_175_ms integer,
  within_211_ms integer,
  within_254_ms integer,
  within_306_ms integer,
  within_368_ms integer,
  within_442_ms integer,
  within_531_ms integer,
  within_638_ms integer,
  within_766_ms integer,
  within_920_ms integer,
  within_1105_ms integer,
  within_1327_ms integer,
  within_1593_ms integer,
  within_1912_ms integer,
  within_2295_ms integer,
  within_2755_ms integer,
  within_3307_ms integer,
  within_3969_ms integer,
  within_4764_ms integer,
  within_5718_ms integer,
  within_6862_ms integer,
  within_8235_ms integer,
  within_9883_ms integer,
  within_11860_ms integer,
  within_14233_ms integer,
  within_17080_ms integer,
  within_20497_ms integer,
  within_24597_ms integer,
  within_29517_ms integer,
  within_30000_ms integer,
  longer integer,
  primary key (org_id, endpoint_id, resolution_seconds, bucket_at)
)
-- Rows are updated every few seconds, so each page has space for the next versions of its rows.
with (fillfactor = 60);

-- For queries of the health of all endpoints, and for removing old rows.
create index delivery_statistics_by_time
  on posthorn.delivery_statistics (resolution_seconds, bucket_at);
