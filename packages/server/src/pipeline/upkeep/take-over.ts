/**
 * Take over: makes the leased deliveries of a dead node due immediately, instead of at the end of
 * their leases. The store decides which node is dead; this file asks it repeatedly.
 */
import { limits } from "../../limits.ts";
import type { Store, TakenOver } from "../../store/store.ts";

export interface TakeOverOptions {
  readonly store: Pick<Store, "takeOver">;
  /** The id of the asking node. */
  readonly nodeId: string;
  /** Called for each dead node after its deliveries became due. */
  onTakenOver(taken: TakenOver): void;
}

/** Asks once. @returns the number of deliveries that became due. */
export async function takeOver(options: TakeOverOptions): Promise<number> {
  const taken = await options.store.takeOver(options.nodeId, limits.heartbeatLateMs);
  for (const each of taken) options.onTakenOver(each);
  return taken.reduce((sum, { deliveries }) => sum + deliveries, 0);
}
