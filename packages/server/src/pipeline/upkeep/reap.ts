/** Reap: makes deliveries due whose node died after it had leased them in their publish. */
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
