/** Requeue and cancel: changes of a delivery that a user requests. */
import type { Actor, AuditAction } from "../../model/audit.ts";
import { statusesBefore, type DeliveryStatus } from "../../model/delivery.ts";
import { limits } from "../../limits.ts";
import type { ChangeOutcome } from "../store.ts";
import { recordAudit } from "../../postgres/audit.ts";
import { announceDue } from "../../postgres/notify.ts";
import { inTransaction, type Client, type Pool } from "../../postgres/pool.ts";
import { toTimestamp } from "./rows.ts";
import { wakeupsOf } from "./wakeups.ts";

interface Found {
  org_id: string;
  status: string;
  attempts: number;
  in_flight: boolean;
  endpoint_gone: boolean;
  payload_expired: boolean;
}

/** Finds and locks the delivery. A lease that has expired counts as no lease. */
const findSql = `
select delivery.org_id, delivery.status, delivery.attempts,
       delivery.status = 'pending' and coalesce(delivery.leased_until > $2, false) as in_flight,
       not exists (
         select from posthorn.endpoints
         where endpoints.id = delivery.endpoint_id and endpoints.deleted_at is null
       ) as endpoint_gone,
       not exists (
         select from posthorn.events
         where events.id = delivery.event_id and events.data is not null
       ) as payload_expired
from posthorn.deliveries as delivery
where delivery.id = $1
for update of delivery
`;

const requeueSql = `
with requeued as (
  update posthorn.deliveries
  set status = 'pending', due_at = posthorn.bounded_clock($2), lease_id = null,
      leased_until = null, failed_at = null, attempts_before_round = attempts
  where id = $1
  returning org_id, endpoint_id, due_at
)
${wakeupsOf("requeued")}
`;

const cancelSql = `
update posthorn.deliveries
set status = 'cancelled', due_at = null, lease_id = null, leased_until = null
where id = $1
`;

/**
 * Cancels pending deliveries. The locking needs its own statement, because one statement for both
 * crashes PostgreSQL 18 (see `posthorn.claim_batch`).
 * @param lockSql selects the ids of deliveries and locks them.
 * @returns how many deliveries were cancelled.
 */
export async function cancelLocked(
  transaction: Client,
  lockSql: string,
  values: readonly unknown[],
): Promise<number> {
  const { rows } = await transaction.query<{ id: string }>(lockSql, [...values]);
  if (rows.length === 0) return 0;
  const { rowCount } = await transaction.query(
    `update posthorn.deliveries
     set status = 'cancelled', due_at = null, lease_id = null, leased_until = null
     where id = any ($1::uuid[]) and status = 'pending'`,
    [rows.map(({ id }) => id)],
  );
  return rowCount ?? 0;
}

/** A requested change: which delivery, when, and by whom. */
interface Asked {
  readonly deliveryId: string;
  readonly atMs: number;
  readonly by: Actor;
}

interface Change {
  readonly action: AuditAction;
  readonly to: DeliveryStatus;
  readonly sql: string;
  values(asked: Asked): readonly unknown[];
  judge(found: Found): ChangeOutcome;
}

const requeueing: Change = {
  action: "delivery.retried",
  to: "pending",
  sql: requeueSql,
  values: ({ deliveryId, atMs }) => [deliveryId, toTimestamp(atMs)],
  judge(found) {
    if (found.endpoint_gone) return "endpoint_gone";
    if (found.payload_expired) return "payload_expired";
    if (!(statusesBefore("requeue") as readonly string[]).includes(found.status)) return "refused";
    return found.attempts >= limits.attemptsPerDeliveryMax ? "refused" : "changed";
  },
};

const cancelling: Change = {
  action: "delivery.cancelled",
  to: "cancelled",
  sql: cancelSql,
  values: ({ deliveryId }) => [deliveryId],
  judge: (found) =>
    (statusesBefore("cancel") as readonly string[]).includes(found.status) ? "changed" : "refused",
};

export function requeue(pool: Pool, asked: Asked): Promise<ChangeOutcome> {
  return change(pool, asked, requeueing);
}

export function cancel(pool: Pool, asked: Asked): Promise<ChangeOutcome> {
  return change(pool, asked, cancelling);
}

async function change(
  pool: Pool,
  asked: Asked,
  { action, to, sql, values, judge }: Change,
): Promise<ChangeOutcome> {
  const { deliveryId, atMs, by } = asked;
  return inTransaction(pool, async (transaction) => {
    const { rows } = await transaction.query<Found>(findSql, [deliveryId, toTimestamp(atMs)]);
    const found = rows[0];
    if (found === undefined) return "not_found";
    if (found.in_flight) return "in_flight";
    const outcome = judge(found);
    if (outcome !== "changed") return outcome;
    await transaction.query(sql, [...values(asked)]);
    const changes = { status: { from: found.status, to } };
    await recordAudit(transaction, { action, by, atMs }, [
      { orgId: found.org_id, id: deliveryId, changes },
    ]);
    await announceDue(transaction);
    return outcome;
  });
}
