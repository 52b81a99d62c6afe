/**
 * Reap: deliveries that a node leased to itself when it stored them, and did not come to send
 * because it died, become due for everybody.
 */
import type { Store } from "../../store/store.ts";
import type { Clock } from "../ports.ts";

export interface ReapOptions {
  readonly store: Pick<Store, "reap">;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** @returns how many deliveries became due. */
export function reap({ store, clock, leaseMs }: ReapOptions): Promise<number> {
  const atMs = clock.now();
  return store.reap({ atMs, leasesGrantedBeforeMs: atMs - leaseMs });
}
