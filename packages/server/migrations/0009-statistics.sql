-- How many attempts there were and how long they took, in minutes for two days and in hours for as
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
  -- Attempts by how long they took, each in the first that fits: the bounds of
  -- observe/statistics.ts. Columns, because adding arrays costs ten times as much.
  within_5_ms integer not null,
  within_10_ms integer not null,
  within_25_ms integer not null,
  within_50_ms integer not null,
  within_100_ms integer not null,
  within_250_ms integer not null,
  within_500_ms integer not null,
  within_1000_ms integer not null,
  within_2500_ms integer not null,
  within_5000_ms integer not null,
  within_10000_ms integer not null,
  within_30000_ms integer not null,
  longer integer not null,
  primary key (org_id, endpoint_id, resolution_seconds, bucket_at)
)
-- Rows are added to every few seconds: the next version of one finds room on its page.
with (fillfactor = 60);

-- For the health of all endpoints at once, and for removing what is too old.
create index delivery_statistics_by_time
  on posthorn.delivery_statistics (resolution_seconds, bucket_at);
