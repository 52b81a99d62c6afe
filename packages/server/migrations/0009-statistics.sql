-- How many attempts there were and how long they took, by endpoint, in minutes for two days and in
-- hours for as long as the ledger: charts must not read deliveries, of which there are millions.
-- The rows of no endpoint (the nil id) are all endpoints together, so that a chart of everything
-- reads one row for each point.
create table posthorn.delivery_statistics (
  endpoint_id uuid not null,
  resolution_seconds smallint not null check (resolution_seconds in (60, 3600)),
  bucket_at timestamptz not null,
  org_id uuid not null,
  attempts integer not null,
  delivered integer not null,
  failed_attempts integer not null,
  dead_letters integer not null,
  -- Attempts by how long they took; the bounds are in observe/statistics.ts.
  durations integer[] not null,
  last_delivered_at timestamptz,
  last_failed_at timestamptz,
  primary key (endpoint_id, resolution_seconds, bucket_at)
);

create index delivery_statistics_by_org
  on posthorn.delivery_statistics (org_id, resolution_seconds, bucket_at);
create index delivery_statistics_by_time
  on posthorn.delivery_statistics (resolution_seconds, bucket_at);
