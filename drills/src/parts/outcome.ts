/** The end of a drill: waits until everything has settled, then judges. */
import type { FinalDelivery } from "../oracle.ts";
import type { DrillDatabase } from "./database.ts";
import { waitUntil } from "./wait.ts";

/**
 * Waits until no replay is running, every event has its deliveries, and only deliveries of inactive
 * endpoints are pending.
 * @returns how many ms this took, or null if other deliveries were still pending after `withinMs`.
 */
export function waitUntilSettled(
  database: Pick<DrillDatabase, "query">,
  withinMs: number,
): Promise<number | null> {
  return waitUntil(async () => (await unfinishedCount(database)) === 0, withinMs, 250);
}

async function unfinishedCount(database: Pick<DrillDatabase, "query">): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select ((select count(*) from posthorn.deliveries as delivery
              join posthorn.endpoints as endpoint
                on endpoint.id = delivery.endpoint_id and endpoint.is_active
              where delivery.status = 'pending')
           + (select count(*) from posthorn.replays where state = 'running')
           + (select count(*) from posthorn.fan_outs))::integer as count`,
  );
  return row?.count ?? 0;
}

export function finalDeliveries(database: Pick<DrillDatabase, "query">): Promise<FinalDelivery[]> {
  return database.query<FinalDelivery>(
    `select delivery.id, event_id, endpoint_id, attempts,
            case when status = 'pending' and not endpoint.is_active then 'held' else status end
              as status
     from posthorn.deliveries as delivery
     join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id`,
  );
}
