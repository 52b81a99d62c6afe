/**
 * The SQL of `pipeline/upkeep/turn-off.ts`. All other ways to turn an endpoint off use it as well.
 */
import { system } from "../../model/audit.ts";
import type { TurnOff } from "../../model/operational-event.ts";
import { endOf, type FailingEndpoint, type TurnOffStore } from "../../pipeline/upkeep/turn-off.ts";
import { recordAudit } from "../../postgres/audit.ts";
import { activityAssignments, recordEndpointVersions } from "../../postgres/endpoint-versions.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import { failingEndpoints, isStillFailing } from "./failing-endpoints.ts";
import { notify } from "./operational-events.ts";
import { toTimestamp } from "./rows.ts";

const turnOffSql = `
with endpoint as (
  select id, failing_since from posthorn.endpoints
  where id = $1 and is_active and deleted_at is null
  for update
)
update posthorn.endpoints
set is_active = false, inactive_reason = $2, version = version + 1, updated_at = $3,
    ${activityAssignments("false", "$3::timestamptz").join(", ")}
from endpoint
where endpoints.id = endpoint.id
returning endpoints.org_id, endpoint.failing_since
`;

export interface TurnOffNow extends TurnOff {
  readonly operationalOrgId: string | null;
  readonly atMs: number;
}

/**
 * Turns the endpoint off in the caller's transaction, with an audit entry and an operational event.
 * @returns false if the endpoint was already off or deleted; nothing is written in that case.
 */
export async function turnOff(transaction: Queryable, given: TurnOffNow): Promise<boolean> {
  const { endpointId, cause, reason, operationalOrgId, atMs } = given;
  const { rows } = await transaction.query<{ org_id: string; failing_since: Date | null }>(
    turnOffSql,
    [endpointId, reason, toTimestamp(atMs)],
  );
  const row = rows[0];
  if (row === undefined) return false;
  const changes = {
    is_active: { from: true, to: false },
    inactive_reason: { from: null, to: reason },
  };
  await recordAudit(transaction, { action: "endpoint.turned_off", by: system, atMs }, [
    { orgId: row.org_id, id: endpointId, changes },
  ]);
  await notify(transaction, {
    type: "endpoint.disabled",
    endpointId,
    sinceMs: row.failing_since?.getTime() ?? null,
    facts: { reason: cause, message: reason, disabled_at: toTimestamp(atMs) },
    operationalOrgId,
    atMs,
  });
  await recordEndpointVersions(transaction, [endpointId]);
  return true;
}

export function createPostgresTurnOffStore(
  pool: Pool,
  operationalOrgId: string | null,
): TurnOffStore {
  return {
    failingEndpoints: (atMs, periodMs) =>
      inTransaction(pool, (transaction) => failingEndpoints(transaction, atMs, periodMs)),
    turnOff: (endpoint, atMs, periodMs) =>
      inTransaction(pool, async (transaction) => {
        if (!(await isStillFailing(transaction, endpoint))) return false;
        const reason = `Every attempt failed for ${inWords(periodMs)}.`;
        const { id: endpointId } = endpoint;
        const given = { endpointId, cause: "failing", reason, operationalOrgId, atMs } as const;
        return turnOff(transaction, given);
      }),
    warn: (endpoint, atMs, periodMs) =>
      inTransaction(pool, (transaction) =>
        warn(transaction, { endpoint, atMs, periodMs, operationalOrgId }),
      ),
  };
}

interface Warning {
  readonly endpoint: FailingEndpoint;
  readonly atMs: number;
  readonly periodMs: number;
  readonly operationalOrgId: string | null;
}

async function warn(transaction: Queryable, warning: Warning): Promise<boolean> {
  const { endpoint, atMs, periodMs, operationalOrgId } = warning;
  if (!(await isStillFailing(transaction, endpoint))) return false;
  const { rowCount } = await transaction.query(
    `update posthorn.endpoints set failing_warned_at = $2
     where id = $1 and failing_warned_at is null`,
    [endpoint.id, toTimestamp(atMs)],
  );
  if (rowCount === 0) return false;
  const { sinceMs } = endpoint;
  await notify(transaction, {
    type: "endpoint.failing",
    endpointId: endpoint.id,
    sinceMs,
    facts: { disabled_from: toTimestamp(endOf(endpoint, atMs, periodMs)) },
    operationalOrgId,
    atMs,
  });
  return true;
}

const units = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
];

/**
 * Writes a duration as `5 days`, `36 hours` or `30 seconds`, with the largest unit that gives a
 * whole number.
 */
function inWords(durationMs: number): string {
  const unit = units.find(({ ms }) => durationMs % ms === 0) ?? { name: "second", ms: 1_000 };
  const count = durationMs / unit.ms;
  return `${count} ${unit.name}${count === 1 ? "" : "s"}`;
}
