/** Ends the state of failing endpoints that delivered something. */
import type { Queryable } from "../../postgres/pool.ts";
import { toTimestampOrNull } from "./rows.ts";

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
 * Ends the state "failing" immediately after a success, so that it does not last until the next
 * check.
 */
export async function endFailing(
  database: Queryable,
  attempts: readonly { readonly endpointId: string; readonly lastDeliveredAtMs: number | null }[],
): Promise<void> {
  const delivered = attempts.filter((each) => each.lastDeliveredAtMs !== null);
  if (delivered.length === 0) return;
  await database.query({
    name: "end_failing",
    text: endFailingSql,
    values: [
      delivered.map(({ endpointId }) => endpointId),
      delivered.map(({ lastDeliveredAtMs }) => toTimestampOrNull(lastDeliveredAtMs)),
    ],
  });
}
