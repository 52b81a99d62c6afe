/**
 * Take over: what a node that died had leased becomes due at once, instead of when its leases end.
 * The store decides who is dead; this asks it again and again.
 */
import { limits } from "../../limits.ts";
import type { Store, TakenOver } from "../../store/store.ts";

export interface TakeOverOptions {
  readonly store: Pick<Store, "takeOver">;
  /** Of the node that asks. */
  readonly nodeId: string;
  /** Called for each dead node, after its deliveries became due. */
  onTakenOver(taken: TakenOver): void;
}

/** Asks once. @returns how many deliveries became due. */
export async function takeOver(options: TakeOverOptions): Promise<number> {
  const taken = await options.store.takeOver(options.nodeId, limits.heartbeatLateMs);
  for (const each of taken) options.onTakenOver(each);
  return taken.reduce((sum, { deliveries }) => sum + deliveries, 0);
}
