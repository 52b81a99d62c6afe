/**
 * Claim: leases what is due and nobody holds, i.e. retries, events published from SQL, and the
 * work of nodes that died. Fresh events do not come this way: the node that stored them sends.
 */
import { limits } from "../limits.ts";
import { uuidV7 } from "../model/id.ts";
import type { LeasedDelivery, Store } from "../store/store.ts";
import type { Clock, Random } from "./ports.ts";
import type { FairQueue } from "./queue.ts";

export interface ClaimOptions {
  readonly store: Pick<Store, "claim">;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseMs: number;
}

export interface Claimed {
  readonly deliveries: readonly LeasedDelivery[];
  /** True if a bound cut it short: more may be due than was leased. */
  readonly isCut: boolean;
}

/** Claims as much as the queue has room for. */
export async function claim(options: ClaimOptions, queue: FairQueue): Promise<Claimed> {
  const { store, clock, random, leaseMs } = options;
  if (queue.isFull) return { deliveries: [], isCut: true };
  const deliveriesMax = Math.min(limits.claimDeliveriesMax, queue.room);
  const atMs = clock.now();
  const places = queue.freePlaces(limits.claimPerEndpointMax);
  const deliveries = await store.claim({
    atMs,
    lease: { id: uuidV7(atMs, random.bytes(10)), untilMs: atMs + leaseMs },
    deliveriesMax,
    perEndpointMax: limits.claimPerEndpointMax,
    freePlaces: places,
    fullOrgIds: queue.fullOrgIds(),
  });
  return {
    deliveries,
    isCut: deliveries.length === deliveriesMax || isLaneFull(deliveries, places),
  };
}

/** True if some endpoint got as many as its lane may hold. */
function isLaneFull(
  deliveries: readonly LeasedDelivery[],
  places: ReadonlyMap<string, number>,
): boolean {
  const counts = new Map<string, number>();
  for (const { endpointId } of deliveries) {
    const count = (counts.get(endpointId) ?? 0) + 1;
    if (count >= (places.get(endpointId) ?? limits.claimPerEndpointMax)) return true;
    counts.set(endpointId, count);
  }
  return false;
}
