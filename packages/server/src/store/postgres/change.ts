/** Requeue and cancel: the changes of a delivery that somebody asks for. */
import { statusesBefore } from "../../model/delivery.ts";
import { limits } from "../../limits.ts";
import type { ChangeOutcome } from "../store.ts";
import { inTransaction, type Pool } from "../../postgres/pool.ts";
import { toTimestamp } from "./rows.ts";

interface Found {
  status: string;
  attempts: number;
  in_flight: boolean;
  endpoint_gone: boolean;
  payload_expired: boolean;
}

/** Locks the delivery. A lease that ran out is nobody's. */
const findSql = `
select delivery.status, delivery.attempts,
       delivery.status = 'pending' and coalesce(delivery.leased_until > $2, false) as in_flight,
       not exists (
         select from posthorn.endpoints
         where endpoints.id = delivery.endpoint_id and endpoints.deleted_at is null
       ) as endpoint_gone,
       not exists (
         select from posthorn.events where events.id = delivery.event_id
       ) as payload_expired
from posthorn.deliveries as delivery
where delivery.id = $1
for update of delivery
`;

const requeueSql = `
update posthorn.deliveries
set status = 'pending', due_at = $2, lease_id = null, leased_until = null, failed_at = null,
    attempts_before_round = attempts
where id = $1
`;

const cancelSql = `
update posthorn.deliveries
set status = 'cancelled', due_at = null, lease_id = null, leased_until = null
where id = $1
`;

export function requeue(pool: Pool, deliveryId: string, atMs: number): Promise<ChangeOutcome> {
  return change(pool, deliveryId, atMs, requeueSql, (found) => {
    if (found.endpoint_gone) return "endpoint_gone";
    if (found.payload_expired) return "payload_expired";
    if (!(statusesBefore("requeue") as readonly string[]).includes(found.status)) return "refused";
    return found.attempts >= limits.attemptsPerDeliveryMax ? "refused" : "changed";
  });
}

export function cancel(pool: Pool, deliveryId: string, atMs: number): Promise<ChangeOutcome> {
  return change(pool, deliveryId, atMs, cancelSql, (found) =>
    (statusesBefore("cancel") as readonly string[]).includes(found.status) ? "changed" : "refused",
  );
}

async function change(
  pool: Pool,
  deliveryId: string,
  atMs: number,
  sql: string,
  judge: (found: Found) => ChangeOutcome,
): Promise<ChangeOutcome> {
  return inTransaction(pool, async (transaction) => {
    const at = toTimestamp(atMs);
    const { rows } = await transaction.query<Found>(findSql, [deliveryId, at]);
    const found = rows[0];
    if (found === undefined) return "not_found";
    if (found.in_flight) return "in_flight";
    const outcome = judge(found);
    if (outcome !== "changed") return outcome;
    await transaction.query(sql, sql === requeueSql ? [deliveryId, at] : [deliveryId]);
    await transaction.query("select pg_notify('posthorn_due', '')");
    return outcome;
  });
}
