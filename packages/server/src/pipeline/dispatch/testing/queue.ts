/** A queue for tests, with a manual clock. */
import type { Endpoint } from "../../../model/endpoint.ts";
import type { LeasedDelivery } from "../../../store/store.ts";
import type { Clock } from "../../ports.ts";
import { FairQueue, type FairQueueOptions, type QueuedDelivery } from "../queue.ts";

export function endpointOf(
  id: string,
  orgId: string,
  inFlightMax = 1_000,
  ratePerSecond: number | null = null,
): Endpoint {
  return {
    ratePerSecond,
    id,
    orgId,
    destination: "http",
    url: "https://example.com/",
    isActive: true,
    contract: "standard",
    headers: {},
    inFlightMax,
    version: 1,
    secrets: [],
  };
}

export function deliveryTo(endpoint: Endpoint, id: string, attempts = 0): LeasedDelivery {
  return {
    id,
    event: { id, orgId: endpoint.orgId, type: "t", timestampMs: 0, dataJson: "{}" },
    endpointId: endpoint.id,
    endpointVersion: 1,
    lease: { id: "lease", untilMs: 1 },
    attempts,
    attemptsBeforeRound: 0,
  };
}

/** A clock that only the test advances. */
export class StoppedClock implements Clock {
  nowMs = 1_000_000;
  readonly #timers = new Set<{ readonly atMs: number; callback(): void }>();

  now(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  goOn(byMs: number): void {
    this.nowMs += byMs;
    for (const timer of this.#timers) {
      if (timer.atMs > this.nowMs) continue;
      this.#timers.delete(timer);
      timer.callback();
    }
  }
}

export function newQueue(
  clock: Clock = new StoppedClock(),
  options: Partial<FairQueueOptions> = {},
): FairQueue {
  return new FairQueue({
    clock,
    perEndpointMax: 3,
    totalMax: 1_000,
    charsMax: 1_000_000,
    endpointInFlightMax: 1_000,
    inFlightMax: 1_000,
    charsPerAttempt: 1_000,
    inFlightReserved: 0,
    retriesInFlightMax: 1_000,
    isStale: () => false,
    onStale: () => {},
    onReady: () => {},
    ...options,
  });
}

export function fill(queue: FairQueue, endpoint: Endpoint, count: number, attempts = 0): void {
  const mark = attempts > 0 ? "r" : "";
  for (let number = 1; number <= count; number += 1) {
    const delivery = deliveryTo(endpoint, `${endpoint.id}${mark}${number}`, attempts);
    queue.push({ delivery, endpoint, data: { chars: 2, waiting: 0, leaseEndsMs: Infinity } });
  }
}

/** Creates the same value that `take` returns. */
export function takenTo(endpoint: Endpoint, attempts = 0): QueuedDelivery {
  return {
    delivery: deliveryTo(endpoint, "", attempts),
    endpoint,
    data: { chars: 2, waiting: 1, leaseEndsMs: Infinity },
  };
}

/** Takes deliveries until none may start. Returns their ids. */
export function takeAll(queue: FairQueue, most = 100): string[] {
  const taken: string[] = [];
  while (taken.length < most) {
    const queued = queue.take();
    if (queued === undefined) break;
    taken.push(queued.delivery.id);
  }
  return taken;
}
