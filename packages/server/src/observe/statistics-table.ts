/** Statistics in the database. Every node adds its counts to them, and charts read them. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import {
  durationBoundsMs,
  percentileMs,
  type Count,
  type ResolutionSeconds,
} from "./statistics.ts";

/** As an endpoint, this id means all endpoints of the org. As an org, it means all orgs. */
const nilId = "00000000-0000-0000-0000-000000000000";
/** As an endpoint, this id means all endpoints of all orgs. */
const maxId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const durationColumns = [...durationBoundsMs.map((bound) => `within_${bound}_ms`), "longer"];
const countColumns = ["attempts", "delivered", "failed_attempts", "dead_letters"];
/** A duration column is null if there were no such attempts. */
const sumColumns = [...countColumns, ...durationColumns];
const timeColumns = ["last_delivered_at", "last_failed_at"];
const latestColumns = [...timeColumns, "longest_ms"];
const columns = [...latestColumns, ...sumColumns].join(", ");

const list = (names: readonly string[], each: (name: string, index: number) => string): string =>
  names.map(each).join(", ");

function nullableSum(name: string): string {
  return `coalesce(known.${name} + excluded.${name}, known.${name}, excluded.${name})`;
}

/**
 * Rows are updated in the order of their keys, so that nodes that update the same rows wait for
 * each other without a deadlock. Counts of an org that has been erased are dropped.
 */
const writeSql = `
with given as materialized (
  select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[],
    ${list(timeColumns, (_, index) => `$${4 + index}::timestamptz[]`)}, $6::integer[],
    ${list(sumColumns, (_, index) => `$${7 + index}::integer[]`)})
    as given (org_id, endpoint_id, minute_at, ${columns})
), added as (
  select place.org_id, place.endpoint_id, span.seconds as resolution_seconds,
         date_bin(span.width, given.minute_at, timestamptz 'epoch') as bucket_at,
         ${list(latestColumns, (name) => `max(given.${name}) as ${name}`)},
         ${list(sumColumns, (name) => `sum(given.${name})::integer as ${name}`)}
  from given
  cross join (values (60::smallint, interval '1 minute'), (3600::smallint, interval '1 hour'))
    as span (seconds, width)
  cross join lateral (
    values (given.org_id, given.endpoint_id), (given.org_id, uuid '${nilId}'),
           (uuid '${nilId}', uuid '${maxId}')
  ) as place (org_id, endpoint_id)
  group by 1, 2, 3, 4
)
insert into posthorn.delivery_statistics as known
  (org_id, endpoint_id, resolution_seconds, bucket_at, ${columns})
select org_id, endpoint_id, resolution_seconds, bucket_at, ${columns}
from added
left join posthorn.orgs as org on org.id = added.org_id
where endpoint_id = '${maxId}' or org.id is not null
order by org_id, endpoint_id, resolution_seconds, bucket_at
on conflict (org_id, endpoint_id, resolution_seconds, bucket_at) do update set
  ${list(latestColumns, (name) => `${name} = greatest(known.${name}, excluded.${name})`)},
  ${list(countColumns, (name) => `${name} = known.${name} + excluded.${name}`)},
  ${list(durationColumns, (name) => `${name} = ${nullableSum(name)}`)}
`;

/**
 * Adds the counts in one statement: by endpoint, by org and in total, and each of these by minute
 * and by hour.
 */
export async function writeStatistics(
  database: Queryable,
  counts: readonly Count[],
): Promise<void> {
  const time = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  await database.query({
    name: "write_statistics",
    text: writeSql,
    values: [
      counts.map((each) => each.orgId),
      counts.map((each) => each.endpointId),
      counts.map((each) => time(each.minuteAtMs)),
      counts.map((each) => time(each.lastDeliveredAtMs)),
      counts.map((each) => time(each.lastFailedAtMs)),
      counts.map((each) => each.longestMs),
      counts.map((each) => each.attempts),
      counts.map((each) => each.delivered),
      counts.map((each) => each.failedAttempts),
      counts.map((each) => each.deadLetters),
      ...durationColumns.map((_, index) => counts.map((each) => each.durations[index] || null)),
    ],
  });
}

const expireSql = `
delete from posthorn.delivery_statistics
where ctid = any (array(
  select ctid from posthorn.delivery_statistics
  where resolution_seconds = $1 and bucket_at < $2
  limit $3
  for update skip locked
))
`;

/**
 * Deletes counts that are older than the retention period of their resolution, in short
 * transactions.
 * @returns the number of deleted rows.
 */
export async function expireStatistics(
  database: Queryable,
  before: Readonly<Record<ResolutionSeconds, number>>,
): Promise<number> {
  let removed = 0;
  for (const [resolution, beforeMs] of Object.entries(before)) {
    const values = [resolution, new Date(beforeMs).toISOString(), limits.statisticsExpireBatchMax];
    for (;;) {
      const { rowCount } = await database.query(expireSql, values);
      removed += rowCount ?? 0;
      if ((rowCount ?? 0) < limits.statisticsExpireBatchMax) break;
    }
  }
  return removed;
}

export interface StatisticsQuestion {
  /** The org; null for all orgs. */
  readonly orgId: string | null;
  /** The endpoint; null for all endpoints. The result for an endpoint of another org is empty. */
  readonly endpointId: string | null;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly resolutionSeconds: ResolutionSeconds;
}

export interface StatisticsPoint {
  readonly at: string;
  readonly attempts: number;
  readonly delivered: number;
  readonly failed_attempts: number;
  readonly dead_letters: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
}

/**
 * Looks up the endpoint's org, because the key of the table starts with it. Deleted endpoints have
 * statistics as well.
 */
const readSql = `
select bucket_at, attempts, delivered, failed_attempts, dead_letters, longest_ms,
       ${durationColumns.join(", ")}
from posthorn.delivery_statistics
where resolution_seconds = $1 and bucket_at >= $2 and bucket_at < $3
  and org_id = case
    when $5::uuid is null then coalesce($4::uuid, '${nilId}')
    else (select org_id from posthorn.endpoints
          where id = $5 and ($4::uuid is null or org_id = $4))
  end
  and endpoint_id =
    case when $5::uuid is not null then $5
         when $4::uuid is not null then '${nilId}'::uuid
         else '${maxId}' end
`;

interface PointRow {
  readonly bucket_at: Date;
  readonly longest_ms: number;
  readonly attempts: number;
  readonly delivered: number;
  readonly failed_attempts: number;
  readonly dead_letters: number;
  /**
   * Each duration is a column of its own, because reading an array would take three times as long.
   */
  readonly [column: string]: unknown;
}

/**
 * Returns a point for each interval of the range, even if nothing happened in it.
 *
 * @throws PosthornError `PH_FIELD_INVALID` for a range with too many points.
 */
export async function readStatistics(
  database: Queryable,
  question: StatisticsQuestion,
): Promise<readonly StatisticsPoint[]> {
  const spanMs = question.resolutionSeconds * 1000;
  const firstMs = Math.floor(question.sinceMs / spanMs) * spanMs;
  const count = Math.ceil((question.untilMs - firstMs) / spanMs);
  if (count > limits.statisticsPointsMax) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "since",
      allowed: `at most ${limits.statisticsPointsMax} times the resolution before until`,
    });
  }
  const { rows } = await database.query<PointRow>(readSql, [
    question.resolutionSeconds,
    new Date(firstMs).toISOString(),
    new Date(question.untilMs).toISOString(),
    question.orgId,
    question.endpointId,
  ]);
  const byTime = new Map(rows.map((row) => [row.bucket_at.getTime(), row]));
  return Array.from({ length: Math.max(count, 0) }, (_, index) => {
    const atMs = firstMs + index * spanMs;
    return point(atMs, byTime.get(atMs));
  });
}

function point(atMs: number, row: PointRow | undefined): StatisticsPoint {
  const durations = row === undefined ? [] : durationColumns.map((name) => Number(row[name] ?? 0));
  const longestMs = row?.longest_ms ?? 0;
  return {
    at: new Date(atMs).toISOString(),
    attempts: row?.attempts ?? 0,
    delivered: row?.delivered ?? 0,
    failed_attempts: row?.failed_attempts ?? 0,
    dead_letters: row?.dead_letters ?? 0,
    p50_ms: percentileMs(durations, longestMs, 0.5),
    p95_ms: percentileMs(durations, longestMs, 0.95),
    p99_ms: percentileMs(durations, longestMs, 0.99),
  };
}
