/** The end of a drill: everything settles by itself, and is judged. */
import type { FinalDelivery } from "../oracle.ts";
import type { DrillDatabase } from "./database.ts";
import { waitUntil } from "./wait.ts";

/**
 * Waits until no delivery is pending.
 *
 * @returns after how many ms; null if some still were after `withinMs`.
 */
export function waitUntilSettled(
  database: DrillDatabase,
  withinMs: number,
): Promise<number | null> {
  return waitUntil(async () => (await pendingCount(database)) === 0, withinMs, 250);
}

async function pendingCount(database: DrillDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.deliveries where status = 'pending'",
  );
  return row?.count ?? 0;
}

export function finalDeliveries(database: DrillDatabase): Promise<FinalDelivery[]> {
  return database.query<FinalDelivery>(
    "select id, event_id, endpoint_id, status, attempts from posthorn.deliveries",
  );
}
