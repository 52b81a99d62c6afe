/**
 * The deliveries that this node holds under lease, in fair order: orgs take turns, and endpoints
 * within an org take turns. An endpoint at its concurrency or rate limit is not scheduled, so a
 * dead endpoint with a full queue does not affect others. An org may use at most as many attempts
 * and as much memory as are free. So if all endpoints of one org are dead, it uses at most half.
 * All retries together never exceed their share of the attempts.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import { limits } from "../../limits.ts";
import { EndpointQueue, isRetry, Org, type QueuedDelivery } from "./endpoint-queue.ts";
import { EndpointThrottle, type ThrottleLimits } from "./endpoint-throttle.ts";
import { FairAllocator } from "../../model/fair-allocator.ts";
import type { Clock } from "../ports.ts";

export type { Held, HeldData, QueuedDelivery } from "./endpoint-queue.ts";

export interface FairQueueOptions {
  readonly clock: Clock;
  /** Maximum number of queued deliveries of one endpoint. The others stay in the database. */
  readonly perEndpointMax: number;
  readonly totalMax: number;
  /** Maximum total data of the events with a queued delivery, in characters. */
  readonly charsMax: number;
  /** Maximum number of parallel attempts to one endpoint, even if it allows more. */
  readonly endpointInFlightMax: number;
  /** Initial maximum of parallel attempts, and how many of them may be retries. */
  readonly inFlightMax: number;
  /** An attempt whose data has more characters than this counts as several. */
  readonly charsPerAttempt: number;
  /** How many attempts are reserved for orgs with none in progress. */
  readonly inFlightReserved: number;
  readonly retriesInFlightMax: number;
  /** Returns true if a delivery was queued for so long that its lease does not allow sending it. */
  isStale(queued: QueuedDelivery): boolean;
  /** Called with a delivery that was queued too long, after the queue has removed it. */
  onStale(queued: QueuedDelivery): void;
  /** Called when a throttled endpoint may send again. */
  onReady(): void;
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #queues = new Map<string, EndpointQueue>();
  /**
   * The throttles of endpoints that have no queue but would exceed their limits without their
   * throttle. The oldest comes first.
   */
  readonly #throttles = new Map<string, EndpointThrottle>();
  /**
   * Attempts in progress, weighted by size. Orgs with an endpoint that may send now are waiting for
   * a slot.
   */
  readonly #slots: FairAllocator<Org>;
  /** Queued deliveries. */
  readonly #places: FairAllocator<Org>;
  /** The characters of the queued deliveries' data. */
  readonly #chars: FairAllocator<Org>;
  /** All orgs with a queued delivery or an attempt in progress. */
  readonly #orgs = new Map<string, Org>();
  /**
   * Endpoints that have only retries queued, while the maximum number of retries is in progress.
   */
  readonly #heldBack = new Set<EndpointQueue>();
  readonly #cancelRests = new Map<EndpointQueue, () => void>();
  #inFlight = 0;
  #retriesInFlight = 0;
  #nodes = 1;

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#slots = new FairAllocator(options.inFlightMax, options.inFlightReserved);
    this.#places = new FairAllocator(options.totalMax);
    this.#chars = new FairAllocator(options.charsMax);
  }

  /** The ids of endpoints with a queued delivery or an attempt in progress. */
  get endpointIds(): readonly string[] {
    return [...this.#queues.keys()];
  }

  get size(): number {
    return this.#places.taken;
  }

  /** The number of attempts in progress, not weighted by size. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many more deliveries fit if each of them has an event of the maximum size. */
  get room(): number {
    const byData = Math.floor(this.#chars.free / limits.bodyBytesMax);
    return Math.max(0, Math.min(this.#places.free, byData));
  }

  /** If the limit is lowered, attempts above the new limit can still finish. */
  set inFlightMax(count: number) {
    this.#slots.capacity = count;
    this.#letRetriesGo();
    this.#options.onReady();
  }

  get inFlightMax(): number {
    return this.#slots.capacity;
  }

  /** The number of running nodes. Each node gets an equal part of an endpoint's limits. */
  get nodes(): number {
    return this.#nodes;
  }

  set nodes(count: number) {
    const nodes = Math.max(1, count);
    if (nodes === this.#nodes) return;
    this.#nodes = nodes;
    for (const queue of this.#queues.values()) this.#limit(queue);
    this.#options.onReady();
  }

  /** The endpoint's new limits apply immediately, also to queued deliveries. */
  endpointChanged(endpoint: Endpoint): void {
    const queue = this.#queues.get(endpoint.id);
    if (queue === undefined) return;
    this.#follow(queue, endpoint);
    this.#options.onReady();
  }

  push(queued: QueuedDelivery): void {
    const { endpoint } = queued;
    let queue = this.#queues.get(endpoint.id);
    if (queue === undefined) queue = this.#addQueue(endpoint);
    if (endpoint !== queue.endpoint) this.#follow(queue, endpoint);
    queue.push(queued);
    this.#places.take(queue.org.places);
    if (queued.data.waiting === 0) this.#chars.take(queue.org.chars, queued.data.chars);
    queued.data.waiting += 1;
    this.#enterRing(queue);
  }

  /** Returns the next delivery, which occupies a slot until `done`; undefined if none may start. */
  take(): QueuedDelivery | undefined {
    const slots = this.#slots;
    for (let org = slots.next(); org !== null; org = slots.next()) {
      const queue = org.ready.first?.item;
      if (queue === undefined)
        throw new Error("An org was scheduled although none of its endpoints is ready.");
      const queued = this.#takeFrom(queue);
      if (!queue.mayGo(this.#mayRetry)) this.#leaveRing(queue);
      else if (queue.place !== null) org.ready.moveToEnd(queue.place);
      if (queued !== undefined) return queued;
      slots.moveToEnd(org.attempts);
      this.#forgetIfIdle(queue);
    }
    return undefined;
  }

  /** Returns undefined if the endpoint became blocked since it was scheduled. */
  #takeFrom(queue: EndpointQueue): QueuedDelivery | undefined {
    // Removes stale deliveries first, so that they do not use up tokens of the rate limit.
    queue.shiftStale(this.#options.isStale, this.#onStale);
    if (!queue.mayGo(this.#mayRetry)) {
      if (!this.#mayRetry && queue.hasOnlyRetries) this.#heldBack.add(queue);
      return undefined;
    }
    const restMs = queue.throttle.waitMs(this.#options.clock.monotonicMs());
    if (restMs > 0) {
      this.#rest(queue, restMs);
      return undefined;
    }
    const queued = queue.shift(this.#mayRetry);
    queue.inFlight += 1;
    const weight = this.#weightOf(queued);
    this.#slots.take(queue.org.attempts, weight);
    this.#inFlight += 1;
    if (isRetry(queued)) this.#retriesInFlight += weight;
    this.#leaves(queued, queue.org);
    return queued;
  }

  readonly #onStale = (queued: QueuedDelivery): void => {
    const org = this.#orgs.get(queued.endpoint.orgId);
    if (org !== undefined) this.#leaves(queued, org);
    this.#options.onStale(queued);
  };

  /** Called when a delivery leaves the queue. */
  #leaves({ data }: QueuedDelivery, org: Org): void {
    this.#places.giveBack(org.places);
    data.waiting -= 1;
    if (data.waiting === 0) this.#chars.giveBack(org.chars, data.chars);
  }

  /**
   * Frees the slot that `take` occupied.
   *
   * @param isTrouble whether the attempt showed that the endpoint is in trouble; null if there
   * was no attempt.
   */
  done(queued: QueuedDelivery, isTrouble: boolean | null): void {
    const queue = this.#queues.get(queued.delivery.endpointId);
    if (queue === undefined) throw new Error(`No queue for ${queued.delivery.endpointId}.`);
    queue.inFlight -= 1;
    const weight = this.#weightOf(queued);
    this.#slots.giveBack(queue.org.attempts, weight);
    this.#inFlight -= 1;
    if (isTrouble !== null) queue.throttle.attempted(isTrouble, this.#options.clock.monotonicMs());
    if (isRetry(queued)) {
      this.#retriesInFlight -= weight;
      this.#letRetriesGo();
    }
    this.#enterRing(queue);
    this.#forgetIfIdle(queue);
  }

  /** Removes all queued deliveries of one endpoint, or of all endpoints. */
  drain(endpointId?: string): QueuedDelivery[] {
    const queues =
      endpointId === undefined ? [...this.#queues.values()] : [this.#queues.get(endpointId)];
    const drained: QueuedDelivery[] = [];
    for (const queue of queues) {
      if (queue === undefined) continue;
      for (const queued of queue.drain()) {
        this.#leaves(queued, queue.org);
        drained.push(queued);
      }
      this.#heldBack.delete(queue);
      this.#leaveRing(queue);
      this.#endRest(queue);
      this.#forgetIfIdle(queue);
    }
    return drained;
  }

  /**
   * The orgs that hold as many deliveries as are free. The node takes no more deliveries of these
   * orgs. An org with an empty queue is never in this list. Otherwise a single fan-out larger than
   * the whole queue would block every org.
   */
  fullOrgIds(): string[] {
    // If less than half is used, no org can hold that much.
    const isHalfFull = ({ taken, free }: FairAllocator<Org>): boolean => taken >= free;
    if (!isHalfFull(this.#places) && !isHalfFull(this.#chars)) return [];
    const full: string[] = [];
    for (const { id, places, chars } of this.#orgs.values()) {
      if (places.held === 0) continue;
      if (!this.#places.mayTake(places) || !this.#chars.mayTake(chars)) full.push(id);
    }
    return full;
  }

  /** Endpoints whose queue is full. */
  fullEndpointIds(): string[] {
    const full: string[] = [];
    for (const queue of this.#queues.values()) {
      if (queue.waiting >= this.#placesOf(queue)) full.push(queue.endpointId);
    }
    return full;
  }

  /** How many more deliveries fit into each non-empty queue, up to `perEndpointMax`. */
  freePlaces(perEndpointMax: number): Map<string, number> {
    const free = new Map<string, number>();
    for (const queue of this.#queues.values()) {
      const places = Math.min(perEndpointMax, this.#placesOf(queue));
      free.set(queue.endpointId, Math.max(0, places - queue.waiting));
    }
    return free;
  }

  /**
   * With a rate limit, an endpoint may queue only as many as can be sent before their leases are
   * too old.
   */
  #placesOf({ throttle: { ratePerSecond } }: EndpointQueue): number {
    const { perEndpointMax } = this.#options;
    if (ratePerSecond === null) return perEndpointMax;
    return Math.min(perEndpointMax, Math.ceil((ratePerSecond * limits.queuedAtRateMs) / 1000));
  }

  /** Large data needs as much memory as several small attempts. Nearly all events have weight 1. */
  #weightOf({ data }: QueuedDelivery): number {
    return Math.max(1, Math.ceil(data.chars / this.#options.charsPerAttempt));
  }

  get #mayRetry(): boolean {
    const { inFlightMax, retriesInFlightMax } = this.#options;
    return this.#retriesInFlight < (retriesInFlightMax * this.#slots.capacity) / inFlightMax;
  }

  #limitsOf(endpoint: Endpoint): ThrottleLimits {
    const { inFlightMax, ratePerSecond } = endpoint;
    return {
      inFlightMax: Math.min(
        Math.max(1, Math.floor(inFlightMax / this.#nodes)),
        this.#options.endpointInFlightMax,
      ),
      ratePerSecond: ratePerSecond === null ? null : ratePerSecond / this.#nodes,
    };
  }

  #follow(queue: EndpointQueue, endpoint: Endpoint): void {
    if (endpoint.version < queue.endpoint.version) return;
    queue.endpoint = endpoint;
    this.#limit(queue);
  }

  /** Applies the endpoint's new limits. */
  #limit(queue: EndpointQueue): void {
    queue.throttle.limits = this.#limitsOf(queue.endpoint);
    // The new limits may end the endpoint's pause earlier.
    this.#endRest(queue);
    this.#enterRing(queue);
  }

  #addQueue(endpoint: Endpoint): EndpointQueue {
    let org = this.#orgs.get(endpoint.orgId);
    if (org === undefined) {
      org = new Org(endpoint.orgId);
      this.#orgs.set(org.id, org);
    }
    org.endpoints += 1;
    const queue = new EndpointQueue(endpoint, org, this.#takeThrottle(endpoint));
    this.#queues.set(queue.endpointId, queue);
    return queue;
  }

  #removeQueue(queue: EndpointQueue): void {
    const { org } = queue;
    this.#leaveRing(queue);
    this.#heldBack.delete(queue);
    this.#queues.delete(queue.endpointId);
    org.endpoints -= 1;
    if (org.endpoints === 0) this.#orgs.delete(org.id);
  }

  #takeThrottle(endpoint: Endpoint): EndpointThrottle {
    const kept = this.#throttles.get(endpoint.id);
    this.#throttles.delete(endpoint.id);
    if (kept === undefined) return new EndpointThrottle(this.#limitsOf(endpoint));
    kept.limits = this.#limitsOf(endpoint);
    return kept;
  }

  #forgetIfIdle(queue: EndpointQueue): void {
    if (queue.inFlight > 0 || queue.waiting > 0) return;
    this.#removeQueue(queue);
    if (!queue.throttle.isWorthKeeping) return;
    this.#throttles.set(queue.endpointId, queue.throttle);
    if (this.#throttles.size <= limits.cachedEndpointsMax) return;
    const oldest = this.#throttles.keys().next();
    if (oldest.done !== true) this.#throttles.delete(oldest.value);
  }

  #rest(queue: EndpointQueue, restMs: number): void {
    queue.isResting = true;
    const cancel = this.#options.clock.after(restMs, () => {
      this.#cancelRests.delete(queue);
      queue.isResting = false;
      this.#enterRing(queue);
      this.#options.onReady();
    });
    this.#cancelRests.set(queue, cancel);
  }

  #endRest(queue: EndpointQueue): void {
    this.#cancelRests.get(queue)?.();
    this.#cancelRests.delete(queue);
    queue.isResting = false;
  }

  #letRetriesGo(): void {
    if (this.#heldBack.size === 0 || !this.#mayRetry) return;
    for (const queue of this.#heldBack) this.#enterRing(queue);
    this.#heldBack.clear();
  }

  #enterRing(queue: EndpointQueue): void {
    if (!queue.mayGo(this.#mayRetry)) {
      if (queue.hasOnlyRetries && !this.#mayRetry) this.#heldBack.add(queue);
      return;
    }
    if (queue.place !== null) return;
    const { org } = queue;
    queue.place = org.ready.append(queue);
    this.#slots.wait(org.attempts);
  }

  #leaveRing(queue: EndpointQueue): void {
    if (queue.place === null) return;
    const { org } = queue;
    org.ready.remove(queue.place);
    queue.place = null;
    if (org.ready.size === 0) this.#slots.leave(org.attempts);
  }
}
