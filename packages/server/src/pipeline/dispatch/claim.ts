/**
 * Claim: leases due deliveries that no node holds. These are retries, events published from SQL,
 * and the work of dead nodes. A claim does not lease new events, because the node that stored them
 * sends them.
 */
import { limits } from "../../limits.ts";
import { leaseId } from "../../model/id.ts";
import type { Claimed, Store } from "../../store/store.ts";
import type { Clock, Destinations, Random } from "../ports.ts";
import type { FairQueue } from "./queue.ts";

export interface ClaimOptions {
  readonly store: Pick<Store, "claim">;
  readonly clock: Clock;
  readonly random: Random;
  readonly leaseMs: number;
  readonly nodeId: string;
  readonly destinations: Destinations;
}

/** Claims as many deliveries as fit into the queue. */
export async function claim(options: ClaimOptions, queue: FairQueue): Promise<Claimed> {
  const { store, clock, random, leaseMs } = options;
  const atMs = clock.now();
  return store.claim({
    atMs,
    lease: { id: leaseId(options.nodeId, random.bytes(8)), untilMs: atMs + leaseMs },
    // Takes at least a few deliveries even if memory is full, so that orgs with an empty queue are
    // served.
    deliveriesMax: Math.min(limits.claimDeliveriesMax, Math.max(limits.claimLeast, queue.room)),
    perEndpointMax: limits.claimPerEndpointMax,
    freePlaces: queue.freePlaces(limits.claimPerEndpointMax),
    fullOrgIds: queue.fullOrgIds(),
    sessionIds: Object.values(options.destinations).flatMap((each) => each.sessionIds?.() ?? []),
  });
}
