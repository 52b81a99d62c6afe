/** The queue of one endpoint in a node's memory. Retries wait separately from first attempts. */
import type { Endpoint } from "../../model/endpoint.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import { Share } from "../../model/fair-allocator.ts";
import { LinkedList, type ListNode } from "../../model/linked-list.ts";
import { limits } from "../../limits.ts";
import type { EndpointThrottle } from "./endpoint-throttle.ts";
import type { Clock } from "../ports.ts";

/** The data of an event. It stays in memory while any delivery of the event waits. */
export interface HeldData {
  /** In characters; each takes one or two bytes. */
  readonly chars: number;
  /** The number of waiting deliveries of this event. Only the queue writes it. */
  waiting: number;
  /**
   * The end of the lease on the node's monotonic clock, counted from before the lease was
   * requested.
   */
  readonly leaseEndsMs: number;
}

export interface QueuedDelivery {
  readonly delivery: LeasedDelivery;
  readonly endpoint: Endpoint;
  readonly data: HeldData;
}

/** A delivery whose endpoint is not loaded yet. */
export type Held = Omit<QueuedDelivery, "endpoint">;

/**
 * How long this node may still work on a delivery: until the earlier of two ends. The lease's own
 * end uses the wall clock, which can be set back while the node is frozen. The monotonic clock
 * cannot be set back, but it stops while the machine sleeps. After a sleep, the next measurement of
 * the database's clock corrects the wall clock.
 */
export function leaseLeftMs(
  { delivery, data }: QueuedDelivery,
  clock: Pick<Clock, "now" | "monotonicMs">,
): number {
  return Math.min(delivery.lease.untilMs - clock.now(), data.leaseEndsMs - clock.monotonicMs());
}

export function isRetry({ delivery }: QueuedDelivery): boolean {
  return delivery.attempts > 0;
}

/** FIFO, read from `head`: shifting an array would cost its length each time. */
class Fifo {
  #items: (QueuedDelivery | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(queued: QueuedDelivery): void {
    this.#items.push(queued);
  }

  get first(): QueuedDelivery | undefined {
    return this.#items[this.#head];
  }

  shift(): QueuedDelivery {
    const queued = this.#items[this.#head] as QueuedDelivery;
    // Otherwise sent payloads would stay in memory as long as the queue is never empty.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return queued;
  }

  drain(): QueuedDelivery[] {
    const rest = this.#items.slice(this.#head) as QueuedDelivery[];
    this.#items = [];
    this.#head = 0;
    return rest;
  }
}

type Take = (queued: QueuedDelivery) => void;

function shiftStale(fifo: Fifo, isStale: (queued: QueuedDelivery) => boolean, onStale: Take): void {
  while (fifo.first !== undefined && isStale(fifo.first)) onStale(fifo.shift());
}

/** The state of one org over all of its endpoints. */
export class Org {
  readonly id: string;
  /** Endpoints that may send now, in round-robin order. */
  readonly ready = new LinkedList<EndpointQueue>();
  endpoints = 0;
  /** Attempts in progress, weighted by size. It waits for more while any endpoint is ready. */
  readonly attempts = new Share<Org>(this);
  /** Waiting deliveries, and the characters of their events' data. */
  readonly places = new Share<Org>(this);
  readonly chars = new Share<Org>(this);

  constructor(id: string) {
    this.id = id;
  }
}

export class EndpointQueue {
  readonly endpointId: string;
  readonly org: Org;
  readonly throttle: EndpointThrottle;
  /** The newest version that this node knows. */
  endpoint: Endpoint;
  inFlight = 0;
  /** Not schedulable until the rate limit refills. */
  isResting = false;
  /** The endpoint's place in its org's ring. Only the queue writes it. */
  place: ListNode<EndpointQueue> | null = null;
  readonly #firsts = new Fifo();
  readonly #retries = new Fifo();
  /** Retries that may be sent before the next first attempt. */
  #retryCredit = 1;

  constructor(endpoint: Endpoint, org: Org, throttle: EndpointThrottle) {
    this.endpointId = endpoint.id;
    this.endpoint = endpoint;
    this.org = org;
    this.throttle = throttle;
  }

  get waiting(): number {
    return this.#firsts.length + this.#retries.length;
  }

  push(queued: QueuedDelivery): void {
    if (isRetry(queued)) this.#retries.push(queued);
    else this.#firsts.push(queued);
  }

  /** @param mayRetry false while the node's share of retries is used up. */
  mayGo(mayRetry: boolean): boolean {
    if (this.isResting || this.inFlight >= this.throttle.inFlightMax) return false;
    return this.#firsts.length > 0 || (mayRetry && this.#retries.length > 0);
  }

  /** True if only the node's share of retries blocks it. */
  get hasOnlyRetries(): boolean {
    return this.#firsts.length === 0 && this.#retries.length > 0;
  }

  /** Returns the next delivery to send. If both kinds wait, retries get at most their share. */
  shift(mayRetry: boolean): QueuedDelivery {
    const hasRetry = mayRetry && this.#retries.length > 0;
    if (hasRetry && (this.#firsts.length === 0 || this.#retryCredit >= 1)) {
      this.#retryCredit = Math.max(0, this.#retryCredit - 1);
      return this.#retries.shift();
    }
    const { retryShareMax } = limits;
    this.#retryCredit = Math.min(1, this.#retryCredit + retryShareMax / (1 - retryShareMax));
    return this.#firsts.shift();
  }

  /** Removes deliveries from the front that have waited too long. */
  shiftStale(isStale: (queued: QueuedDelivery) => boolean, onStale: Take): void {
    shiftStale(this.#firsts, isStale, onStale);
    shiftStale(this.#retries, isStale, onStale);
  }

  drain(): QueuedDelivery[] {
    return [...this.#firsts.drain(), ...this.#retries.drain()];
  }
}
