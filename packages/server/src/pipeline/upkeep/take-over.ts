/**
 * Take over: makes the leased deliveries of a dead node due immediately instead of when their
 * leases end. The store decides which nodes are dead.
 */
import { limits } from "../../limits.ts";
import type { Store, TakenOver } from "../../store/store.ts";

export interface TakeOverOptions {
  readonly store: Pick<Store, "takeOver">;
  /** The id of the node that calls. */
  readonly nodeId: string;
  /** Called for each dead node whose deliveries have become due. */
  onTakenOver(taken: TakenOver): void;
}

/**
 * Looks for dead nodes once.
 * @returns the number of deliveries that became due.
 */
export async function takeOver(options: TakeOverOptions): Promise<number> {
  const taken = await options.store.takeOver(options.nodeId, limits.heartbeatLateMs);
  for (const each of taken) options.onTakenOver(each);
  return taken.reduce((sum, { deliveries }) => sum + deliveries, 0);
}
