/** Statistics in the database: written by every node, read for charts. */
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import type { Queryable } from "../postgres/pool.ts";
import { nilId, percentileMs, type Count, type ResolutionSeconds } from "./statistics.ts";

const writeSql = `
insert into posthorn.delivery_statistics as known
  (endpoint_id, resolution_seconds, bucket_at, org_id, attempts, delivered, failed_attempts,
   dead_letters, durations, last_delivered_at, last_failed_at)
select endpoint_id, resolution_seconds, bucket_at, org_id, attempts, delivered, failed_attempts,
       dead_letters, durations::integer[], last_delivered_at, last_failed_at
from unnest($1::uuid[], $2::smallint[], $3::timestamptz[], $4::uuid[], $5::integer[],
            $6::integer[], $7::integer[], $8::integer[], $9::text[], $10::timestamptz[],
            $11::timestamptz[])
  as given (endpoint_id, resolution_seconds, bucket_at, org_id, attempts, delivered,
            failed_attempts, dead_letters, durations, last_delivered_at, last_failed_at)
on conflict (endpoint_id, resolution_seconds, bucket_at) do update
set attempts = known.attempts + excluded.attempts,
    delivered = known.delivered + excluded.delivered,
    failed_attempts = known.failed_attempts + excluded.failed_attempts,
    dead_letters = known.dead_letters + excluded.dead_letters,
    durations = (
      select array_agg(coalesce(a, 0) + coalesce(b, 0) order by place)
      from unnest(known.durations, excluded.durations) with ordinality as pair (a, b, place)),
    last_delivered_at = greatest(known.last_delivered_at, excluded.last_delivered_at),
    last_failed_at = greatest(known.last_failed_at, excluded.last_failed_at)
`;

export async function writeStatistics(
  database: Queryable,
  counts: readonly Count[],
): Promise<void> {
  const time = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  await database.query(writeSql, [
    counts.map((each) => each.endpointId),
    counts.map((each) => each.resolutionSeconds),
    counts.map((each) => time(each.bucketAtMs)),
    counts.map((each) => each.orgId),
    counts.map((each) => each.attempts),
    counts.map((each) => each.delivered),
    counts.map((each) => each.failedAttempts),
    counts.map((each) => each.deadLetters),
    counts.map((each) => `{${each.durations.join(",")}}`),
    counts.map((each) => time(each.lastDeliveredAtMs)),
    counts.map((each) => time(each.lastFailedAtMs)),
  ]);
}

const expireSql = `
delete from posthorn.delivery_statistics
where (resolution_seconds = 60 and bucket_at < $1)
   or (resolution_seconds = 3600 and bucket_at < $2)
`;

/** Removes what is older than its resolution is kept. */
export async function expireStatistics(
  database: Queryable,
  before: { readonly minutesMs: number; readonly hoursMs: number },
): Promise<void> {
  await database.query(expireSql, [
    new Date(before.minutesMs).toISOString(),
    new Date(before.hoursMs).toISOString(),
  ]);
}

export interface StatisticsQuestion {
  /** Null for all. */
  readonly orgId: string | null;
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

const sumsSql = `
select bucket_at, sum(attempts)::integer as attempts, sum(delivered)::integer as delivered,
       sum(failed_attempts)::integer as failed_attempts,
       sum(dead_letters)::integer as dead_letters,
       json_agg(durations) as durations
from posthorn.delivery_statistics
where resolution_seconds = $1 and bucket_at >= $2 and bucket_at < $3
  and ($4::uuid is null or org_id = $4)
  and ($5::uuid is null or endpoint_id = $5)
group by bucket_at
`;

interface SumsRow {
  bucket_at: Date;
  attempts: number;
  delivered: number;
  failed_attempts: number;
  dead_letters: number;
  durations: number[][];
}

/**
 * A point for each span of the range, also where nothing happened.
 *
 * @throws PosthornError `PH_FIELD_INVALID` for a range with more points than are answered.
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
  const isOfAll = question.orgId === null && question.endpointId === null;
  const { rows } = await database.query<SumsRow>(sumsSql, [
    question.resolutionSeconds,
    new Date(firstMs).toISOString(),
    new Date(question.untilMs).toISOString(),
    question.orgId,
    isOfAll ? nilId : question.endpointId,
  ]);
  const byTime = new Map(rows.map((row) => [row.bucket_at.getTime(), row]));
  return Array.from({ length: Math.max(count, 0) }, (_, index) => {
    const atMs = firstMs + index * spanMs;
    return point(atMs, byTime.get(atMs));
  });
}

function point(atMs: number, row: SumsRow | undefined): StatisticsPoint {
  const durations = (row?.durations ?? []).reduce<number[]>(
    (sums, each) => each.map((count, index) => count + (sums[index] ?? 0)),
    [],
  );
  return {
    at: new Date(atMs).toISOString(),
    attempts: row?.attempts ?? 0,
    delivered: row?.delivered ?? 0,
    failed_attempts: row?.failed_attempts ?? 0,
    dead_letters: row?.dead_letters ?? 0,
    p50_ms: percentileMs(durations, 0.5),
    p95_ms: percentileMs(durations, 0.95),
    p99_ms: percentileMs(durations, 0.99),
  };
}
