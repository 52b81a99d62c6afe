/**
 * Starts and ends the state of failing endpoints with each write of statistics. The regular check
 * (`failing-endpoints.ts`) corrects what a node could not know or write.
 */
import type { Queryable } from "../../postgres/pool.ts";
import { toTimestamp } from "./rows.ts";

/** The outcomes that a node has seen at one endpoint since its last report. */
export interface SeenAttempts {
  readonly endpointId: string;
  readonly lastDeliveredAtMs: number | null;
  /** The first failure of the receiver after the last success; null if there is none. */
  readonly failingSinceMs: number | null;
}

/** Skips locked rows: the transaction that holds the lock changes them, or the next check does. */
const endFailingSql = `
update posthorn.endpoints as endpoint
set failing_since = null, failing_warned_at = null
from (
  select failing.id
  from unnest($1::uuid[], $2::timestamptz[]) as delivered (id, at)
  join posthorn.endpoints as failing on failing.id = delivered.id
  where failing.failing_since <= delivered.at
  for update of failing skip locked
) as recovered
where endpoint.id = recovered.id
`;

/**
 * The first failure of all nodes counts, unless one of them had a later success. Failures before
 * the endpoint's last change do not count, because the change may be the repair.
 */
const startFailingSql = `
update posthorn.endpoints as endpoint
set failing_since = begun.at
from (
  select failing.id, failed.at
  from unnest($1::uuid[], $2::timestamptz[]) as failed (id, at)
  join posthorn.endpoints as failing on failing.id = failed.id
  where failing.is_active and failing.deleted_at is null
    and failed.at >= failing.updated_at
    and (failing.failing_since is null or failing.failing_since > failed.at)
    and not exists (
      select from posthorn.delivery_statistics as seen
      where seen.org_id = failing.org_id and seen.endpoint_id = failing.id
        and seen.resolution_seconds = 60 and seen.bucket_at >= date_trunc('minute', failed.at)
        and seen.last_delivered_at >= failed.at
    )
  for update of failing skip locked
) as begun
where endpoint.id = begun.id
`;

/**
 * Ends the state "failing" immediately after a success, so that it does not last until the next
 * check.
 */
export async function endFailing(
  database: Queryable,
  seen: readonly SeenAttempts[],
): Promise<void> {
  const delivered = seen.flatMap(({ endpointId, lastDeliveredAtMs: atMs }) =>
    atMs === null ? [] : [{ id: endpointId, atMs }],
  );
  await run(database, "end_failing", endFailingSql, delivered);
}

/**
 * Starts the state "failing" immediately after a failure, with the time of the first failure.
 */
export async function startFailing(
  database: Queryable,
  seen: readonly SeenAttempts[],
): Promise<void> {
  const failed = new Map<string, number>();
  const deliveredAtMs = new Map<string, number>();
  for (const { endpointId, lastDeliveredAtMs } of seen) {
    const knownMs = deliveredAtMs.get(endpointId) ?? -Infinity;
    deliveredAtMs.set(endpointId, Math.max(knownMs, lastDeliveredAtMs ?? -Infinity));
  }
  for (const { endpointId, failingSinceMs } of seen) {
    const isAfter = (failingSinceMs ?? -Infinity) > (deliveredAtMs.get(endpointId) ?? -Infinity);
    if (failingSinceMs === null || !isAfter) continue;
    failed.set(endpointId, Math.min(failed.get(endpointId) ?? Infinity, failingSinceMs));
  }
  const rows = [...failed].map(([id, atMs]) => ({ id, atMs }));
  await run(database, "start_failing", startFailingSql, rows);
}

async function run(
  database: Queryable,
  name: string,
  text: string,
  rows: readonly { readonly id: string; readonly atMs: number }[],
): Promise<void> {
  if (rows.length === 0) return;
  const values = [rows.map(({ id }) => id), rows.map(({ atMs }) => toTimestamp(atMs))];
  await database.query({ name, text, values });
}
