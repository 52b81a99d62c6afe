/** Fills a database as after months of work: finished deliveries, one partition for each week. */
import pg from "pg";

export interface History {
  readonly deliveries: number;
  readonly days: number;
  /** For how many days events keep their payload. */
  readonly payloadDays: number;
}

export interface HistoryFacts {
  readonly orgId: string;
  readonly endpointId: string;
  /** The id of a failed delivery. */
  readonly deliveryId: string;
  readonly bytesPerDelivery: number;
}

const endpoints = 1_000;
const orgs = 200;
const rowsPerInsert = 250_000;

/**
 * There are 1,000 endpoints and 200 orgs. The hexadecimal number of each is at the end of its id.
 * One delivery in ten belongs to endpoint 0, so that one endpoint is large. One delivery in twenty
 * is a dead letter.
 */
const insertSql = `
with generated as (
  select n, at, endpoint, endpoint % ${orgs} as org, md5(n::text) as hash
  from generate_series($1::bigint, $2::bigint) as n
  cross join lateral (
    select now() - interval '1 hour'
             - ($3::double precision * ($4 - n)) * interval '1 second' as at,
           case when n % 10 = 0 then 0 else n % ${endpoints} end as endpoint
  ) as placed
), event as (
  select generated.*,
         (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
           || left(hash, 3) || '8' || substr(hash, 4, 15))::uuid as id,
         ('00000000-0000-7000-8000-' || lpad(to_hex(endpoint), 12, '0'))::uuid as endpoint_id,
         ('00000000-0000-7000-9000-' || lpad(to_hex(org), 12, '0'))::uuid as org_id
  from generated
), stored as (
  insert into posthorn.events
    (id, org_id, event_type, "timestamp", data, endpoints_matched, created_at)
  select id, org_id, 'bench.happened', at, $5::json, 1, at
  from event
  where at > now() - make_interval(days => $6)
)
insert into posthorn.deliveries
  (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
   failed_at, attempted_at, duration_ms, response_status, succeeded, trigger,
   exchange, created_at)
select posthorn.delivery_id(id, endpoint_id), id, endpoint_id, org_id, 'bench.happened',
       case when n / 1000 % 20 = 1 then 'failed' else 'delivered' end, 1, 0,
       case when n / 1000 % 20 = 1 then at end, at, 12,
       case when n / 1000 % 20 = 1 then 500 else 204 end,
       n / 1000 % 20 <> 1,
       'schedule', '{"response_headers":{},"remote_address":"127.0.0.1"}', at
from event
`;

const endpointsSql = `
with org as (
  insert into posthorn.orgs (id, created_at)
  select ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid, now()
  from generate_series(0, ${orgs - 1}) as n
  on conflict do nothing
)
insert into posthorn.endpoints
  (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
   created_at, updated_at)
select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
       ('00000000-0000-7000-9000-' || lpad(to_hex(n % ${orgs}), 12, '0'))::uuid,
       'http://127.0.0.1:9/', false, 'cda', '', '{}', 16, 1, now(), now()
from generate_series(0, ${endpoints - 1}) as n
`;

/** Fills a database that Posthorn has set up. This takes minutes for millions of rows. */
export async function makeHistory(
  databaseUrl: string,
  history: History,
  payloadJson: string,
  progress: (text: string) => void,
): Promise<HistoryFacts> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "select posthorn.make_partitions(now() - make_interval(days => $1), now())",
      [history.days + 1],
    );
    await client.query("alter table posthorn.endpoints disable trigger all");
    await client.query(endpointsSql);
    await client.query("alter table posthorn.endpoints enable trigger all");
    const secondsEach = (history.days * 86_400) / history.deliveries;
    for (let first = 1; first <= history.deliveries; first += rowsPerInsert) {
      const last = Math.min(first + rowsPerInsert - 1, history.deliveries);
      progress(`${last.toLocaleString("en-US")} of ${history.deliveries.toLocaleString("en-US")}`);
      await client.query(insertSql, [
        first,
        last,
        secondsEach,
        history.deliveries,
        payloadJson,
        history.payloadDays,
      ]);
    }
    progress("vacuum and analyze");
    await client.query("vacuum (analyze) posthorn.deliveries, posthorn.events");
    return await factsOf(client);
  } finally {
    await client.end();
  }
}

async function factsOf(client: pg.Client): Promise<HistoryFacts> {
  const { rows } = await client.query<{ bytes: number; rows: number }>(
    `select sum(pg_total_relation_size(inhrelid))::double precision as bytes,
            sum(reltuples)::double precision as rows
     from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = 'posthorn.deliveries'::regclass and reltuples > 0`,
  );
  const endpointId = "00000000-0000-7000-8000-000000000007";
  const { rows: failed } = await client.query<{ id: string }>(
    `select id from posthorn.deliveries
     where failed_at is not null order by id desc limit 1`,
  );
  return {
    orgId: "00000000-0000-7000-9000-000000000007",
    endpointId,
    deliveryId: failed[0]?.id ?? endpointId,
    bytesPerDelivery: (rows[0]?.bytes ?? 0) / (rows[0]?.rows ?? 1),
  };
}
