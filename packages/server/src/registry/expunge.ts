/** Deletes the contents of one event, or of one attempt's response. The rows remain. */
import { createdWith, type Actor } from "../model/audit.ts";
import { recordAudit } from "../postgres/audit.ts";
import type { Queryable } from "../postgres/pool.ts";

interface Change {
  readonly nowMs: number;
  readonly by: Actor;
}

/**
 * Deletes the data of an event of an org. Deliveries that a node already holds are still sent.
 * Those that are claimed later become dead letters.
 */
export async function expungeEvent(
  transaction: Queryable,
  { orgId, eventId }: { readonly orgId: string; readonly eventId: string },
  { nowMs, by }: Change,
): Promise<void> {
  await transaction.query("update posthorn.events set data = null where id = $1 and org_id = $2", [
    eventId,
    orgId,
  ]);
  await recordAudit(transaction, { action: "event.expunged", by, atMs: nowMs }, [
    { orgId, id: eventId, changes: {} },
  ]);
}

/** An attempt of an org's delivery. The latest one is stored in the delivery. */
export interface AttemptToExpunge {
  readonly orgId: string;
  readonly attemptId: string;
  readonly deliveryId: string;
  readonly number: number;
}

const expunged = `case when exchange is not null then
  ((exchange::jsonb - 'response_headers') || '{"response_body": "EXPUNGED"}')::json end`;

/** Deletes the response of an attempt. */
export async function expungeAttempt(
  transaction: Queryable,
  { orgId, attemptId, deliveryId, number }: AttemptToExpunge,
  { nowMs, by }: Change,
): Promise<void> {
  const values = [deliveryId, number, orgId];
  await transaction.query(
    `update posthorn.attempts set exchange = ${expunged}
     where delivery_id = $1 and number = $2 and org_id = $3`,
    values,
  );
  await transaction.query(
    `update posthorn.deliveries set exchange = ${expunged}
     where id = $1 and attempts = $2 and org_id = $3`,
    values,
  );
  await recordAudit(transaction, { action: "attempt.expunged", by, atMs: nowMs }, [
    { orgId, id: attemptId, changes: createdWith({ delivery_id: deliveryId }) },
  ]);
}
