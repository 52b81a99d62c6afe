/**
 * Reap: makes deliveries due that a node leased at their publish and did not send because it died.
 */
import type { Store } from "../../store/store.ts";
import type { Clock } from "../ports.ts";

export interface ReapOptions {
  readonly store: Pick<Store, "reap">;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** @returns the number of deliveries that became due. */
export function reap({ store, clock, leaseMs }: ReapOptions): Promise<number> {
  const atMs = clock.now();
  return store.reap({ atMs, leasesGrantedBeforeMs: atMs - leaseMs });
}
