/**
 * The queue of one endpoint in a node's memory. Retries and first attempts are queued separately.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import { Share } from "../../model/fair-allocator.ts";
import { LinkedList, type ListNode } from "../../model/linked-list.ts";
import { limits } from "../../limits.ts";
import type { EndpointThrottle } from "./endpoint-throttle.ts";
import type { Clock } from "../ports.ts";

/** The data of an event. It stays in memory while a delivery of the event is queued. */
export interface HeldData {
  /** The length in characters, each of which needs one or two bytes. */
  readonly chars: number;
  /** The number of queued deliveries of this event. Only the queue changes it. */
  waiting: number;
  /**
   * When the lease ends on the node's monotonic clock. The lease's duration counts from before the
   * request.
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
 * How long this node may still work on a delivery: until the earlier of two deadlines. One deadline
 * uses the database's clock, which a measurement may set back while the node is frozen. The other
 * uses the monotonic clock, which does not count the time that the machine is suspended.
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

/**
 * A queue that removes elements by moving a read position, because removing the first element of an
 * array copies the others.
 */
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
    // Drops the reference to the delivery. Otherwise its payload would stay in memory until the
    // queue is empty.
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

/** The state of one org, shared by all its endpoints. */
export class Org {
  readonly id: string;
  /** Endpoints that may send now, in round-robin order. */
  readonly ready = new LinkedList<EndpointQueue>();
  endpoints = 0;
  /**
   * The org's attempts in progress, weighted by size. The org is waiting for a slot while one of
   * its endpoints is ready.
   */
  readonly attempts = new Share<Org>(this);
  /** The org's queued deliveries, and the characters of their events' data. */
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
  /** The newest version of the endpoint that this node knows. */
  endpoint: Endpoint;
  inFlight = 0;
  /** True while the rate limit allows no attempt. The endpoint is then not scheduled. */
  isResting = false;
  /** The endpoint's position in its org's round robin. Only the queue changes it. */
  place: ListNode<EndpointQueue> | null = null;
  readonly #firsts = new Fifo();
  readonly #retries = new Fifo();
  /** How many retries may be sent before the next first attempt. */
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

  /** @param mayRetry false if the retries of this node have used up their share. */
  mayGo(mayRetry: boolean): boolean {
    if (this.isResting || this.inFlight >= this.throttle.inFlightMax) return false;
    return this.#firsts.length > 0 || (mayRetry && this.#retries.length > 0);
  }

  /** True if the only obstacle is the node's share of retries. */
  get hasOnlyRetries(): boolean {
    return this.#firsts.length === 0 && this.#retries.length > 0;
  }

  /**
   * Returns the next delivery to send. If retries and first attempts are queued, retries get at
   * most their share.
   */
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

  /** Removes deliveries at the front that have been queued too long. */
  shiftStale(isStale: (queued: QueuedDelivery) => boolean, onStale: Take): void {
    shiftStale(this.#firsts, isStale, onStale);
    shiftStale(this.#retries, isStale, onStale);
  }

  drain(): QueuedDelivery[] {
    return [...this.#firsts.drain(), ...this.#retries.drain()];
  }
}
