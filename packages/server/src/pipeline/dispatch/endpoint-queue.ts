/** What waits for one endpoint in a node's memory: first attempts, and retries apart from them. */
import type { Endpoint } from "../../model/endpoint.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import { LinkedList, type ListNode } from "../../model/linked-list.ts";
import { limits } from "../../limits.ts";
import type { EndpointThrottle } from "./endpoint-throttle.ts";
import type { Clock } from "../ports.ts";

/** An event's data, which stays in memory as long as any delivery that came with it waits. */
export interface HeldData {
  /** Characters, of one byte each or two. */
  readonly chars: number;
  /** Of the event's deliveries; the queue's to write. */
  waiting: number;
  /** The leases' end on the node's monotonic clock, counted from before they were asked for. */
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
 * How long this node may still work on a delivery. The lease's own end is on a clock that can be
 * set back while the node is frozen. The monotonic clock cannot, but it stops while the machine
 * sleeps; then the next measurement of the database's clock corrects the other one. The earlier end
 * counts.
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

/** First in, first out, served from `head` on: a shifted array would cost its length each time. */
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
    // Or the payload of what was sent long ago stays in memory, as long as the queue is not idle.
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

/** What an org has here, over all of its endpoints. */
export class Org {
  readonly id: string;
  /** Endpoints that may send now, in turn order. */
  readonly ready = new LinkedList<EndpointQueue>();
  endpoints = 0;
  /** Attempts under way. */
  inFlight = 0;
  /** Deliveries that wait, and the characters of their events' data. */
  waiting = 0;
  chars = 0;
  /**
   * Its place while any endpoint is ready: in the ring, or held back. `OrgScheduler` writes both.
   */
  place: ListNode<Org> | null = null;
  heldBack: { readonly row: LinkedList<Org>; readonly place: ListNode<Org> } | null = null;

  constructor(id: string) {
    this.id = id;
  }
}

export class EndpointQueue {
  readonly endpointId: string;
  readonly org: Org;
  readonly throttle: EndpointThrottle;
  /** In the newest version that is known here. */
  endpoint: Endpoint;
  inFlight = 0;
  /** Out of the ring until its rate allows another attempt. */
  isResting = false;
  /** Among its org's endpoints that may send now; written by the queue alone. */
  place: ListNode<EndpointQueue> | null = null;
  readonly #firsts = new Fifo();
  readonly #retries = new Fifo();
  /** Retries that may go before the next first attempt. */
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

  /** @param mayRetry false while the node makes as many retries as it may. */
  mayGo(mayRetry: boolean): boolean {
    if (this.isResting || this.inFlight >= this.throttle.inFlightMax) return false;
    return this.#firsts.length > 0 || (mayRetry && this.#retries.length > 0);
  }

  /** True if it waits only for the node's retries to become fewer. */
  get hasOnlyRetries(): boolean {
    return this.#firsts.length === 0 && this.#retries.length > 0;
  }

  /** The next delivery to send: where both kinds wait, retries have at most their share. */
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

  /** Takes out those at the front that have waited for too long. */
  shiftStale(isStale: (queued: QueuedDelivery) => boolean, onStale: Take): void {
    shiftStale(this.#firsts, isStale, onStale);
    shiftStale(this.#retries, isStale, onStale);
  }

  drain(): QueuedDelivery[] {
    return [...this.#firsts.drain(), ...this.#retries.drain()];
  }
}
