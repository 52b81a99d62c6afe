/**
 * The deliveries that this node holds under lease, in fair order: orgs take turns, and within an
 * org its endpoints take turns. An endpoint at its in-flight cap or its rate is not in the ring at
 * all, so a dead one with a full lane costs its neighbours nothing. Of the attempts under way and
 * of the room for those that wait an org has at most as much as is left free, so the first org with
 * dead endpoints stops at half. Retries, over all endpoints, never take more than their share of
 * the attempts under way.
 */
import type { Endpoint } from "../../model/endpoint.ts";
import { limits } from "../../limits.ts";
import { isRetry, Lane, Org, type QueuedDelivery } from "./endpoint-queue.ts";
import { Pace, type PaceLimits } from "./endpoint-throttle.ts";
import type { Clock } from "../ports.ts";
import { Turns } from "./org-scheduler.ts";

export type { Held, HeldData, QueuedDelivery } from "./endpoint-queue.ts";

export interface FairQueueOptions {
  readonly clock: Clock;
  /** Deliveries that wait here for one endpoint; more are left in the database. */
  readonly perEndpointMax: number;
  readonly totalMax: number;
  /** Of the data of all events with a delivery that waits. */
  readonly charsMax: number;
  /** Attempts to one endpoint at once, whatever it allows. */
  readonly endpointInFlightMax: number;
  /** Attempts under way at once, at first, and how many of them may be retries. */
  readonly inFlightMax: number;
  /** An attempt with more characters of data counts as several of `inFlightMax`. */
  readonly charsPerAttempt: number;
  /** Of these, kept for orgs with none under way. */
  readonly inFlightReserved: number;
  readonly retriesInFlightMax: number;
  /** True if it has waited for so long that it cannot be sent under its lease any more. */
  isStale(queued: QueuedDelivery): boolean;
  /** Takes one that is: it does not wait here any more. */
  onStale(queued: QueuedDelivery): void;
  /** A lane that rested may go again. */
  onReady(): void;
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Of endpoints whose lane is gone, in order of that; only those that are worth keeping. */
  readonly #paces = new Map<string, Pace>();
  /** Of orgs with a lane that may send now. */
  readonly #turns: Turns;
  /** All orgs that have a lane. */
  readonly #orgs = new Map<string, Org>();
  /** Lanes with nothing but retries, while there are too many of them under way. */
  readonly #heldBack = new Set<Lane>();
  readonly #cancelRests = new Map<Lane, () => void>();
  #size = 0;
  #chars = 0;
  /** Attempts under way, and what they count as. */
  #attempts = 0;
  #inFlight = 0;
  #inFlightMax: number;
  #retriesInFlight = 0;
  #nodes = 1;

  constructor(options: FairQueueOptions) {
    this.#options = options;
    this.#inFlightMax = options.inFlightMax;
    this.#turns = new Turns(options.inFlightReserved);
  }

  /** Of the endpoints that have deliveries waiting or under way. */
  get endpointIds(): readonly string[] {
    return [...this.#lanes.keys()];
  }

  get size(): number {
    return this.#size;
  }

  /** Attempts under way, however large each is. */
  get inFlight(): number {
    return this.#attempts;
  }

  /** How many more it takes now, each as large as an event may be. */
  get room(): number {
    const { totalMax, charsMax } = this.#options;
    const byData = Math.floor((charsMax - this.#chars) / limits.bodyBytesMax);
    return Math.max(0, Math.min(totalMax - this.#size, byData));
  }

  /** What is under way beyond a lower limit goes on to its end. */
  set inFlightMax(count: number) {
    this.#inFlightMax = count;
    this.#letRetriesGo();
    this.#options.onReady();
  }

  get inFlightMax(): number {
    return this.#inFlightMax;
  }

  /** How many nodes are at work: each takes its part of what an endpoint allows. */
  get nodes(): number {
    return this.#nodes;
  }

  set nodes(count: number) {
    const nodes = Math.max(1, count);
    if (nodes === this.#nodes) return;
    this.#nodes = nodes;
    for (const lane of this.#lanes.values()) this.#limit(lane);
    this.#options.onReady();
  }

  /** Its limits hold from now on, for what waits already, too. */
  endpointChanged(endpoint: Endpoint): void {
    const lane = this.#lanes.get(endpoint.id);
    if (lane === undefined) return;
    this.#follow(lane, endpoint);
    this.#options.onReady();
  }

  push(queued: QueuedDelivery): void {
    const { endpoint } = queued;
    let lane = this.#lanes.get(endpoint.id);
    if (lane === undefined) lane = this.#addLane(endpoint);
    if (endpoint !== lane.endpoint) this.#follow(lane, endpoint);
    lane.push(queued);
    this.#size += 1;
    lane.org.waiting += 1;
    if (queued.data.waiting === 0) {
      this.#chars += queued.data.chars;
      lane.org.chars += queued.data.chars;
    }
    queued.data.waiting += 1;
    this.#enterRing(lane);
  }

  /** The next delivery in turn, whose slot is taken until `done`; undefined if none may go. */
  take(): QueuedDelivery | undefined {
    const turns = this.#turns;
    for (let org = turns.next(this.#free); org !== null; org = turns.next(this.#free)) {
      const lane = org.ready.first?.item;
      if (lane === undefined) throw new Error("An org without a ready lane has a turn.");
      const queued = this.#takeFrom(lane);
      if (!lane.mayGo(this.#mayRetry)) this.#leaveRing(lane);
      else if (lane.place !== null) org.ready.goToEnd(lane.place);
      turns.goToEnd(org);
      if (queued !== undefined) return queued;
      this.#forgetIfIdle(lane);
    }
    return undefined;
  }

  /** Undefined if something came to hold the lane back while it stood in the ring. */
  #takeFrom(lane: Lane): QueuedDelivery | undefined {
    // First of all: of what its rate allows nothing is taken for one that is not sent.
    lane.shiftStale(this.#options.isStale, this.#onStale);
    if (!lane.mayGo(this.#mayRetry)) {
      if (!this.#mayRetry && lane.hasOnlyRetries) this.#heldBack.add(lane);
      return undefined;
    }
    const restMs = lane.pace.waitMs(this.#options.clock.monotonicMs());
    if (restMs > 0) {
      this.#rest(lane, restMs);
      return undefined;
    }
    const queued = lane.shift(this.#mayRetry);
    lane.inFlight += 1;
    const weight = this.#weightOf(queued);
    lane.org.inFlight += weight;
    this.#inFlight += weight;
    this.#attempts += 1;
    if (isRetry(queued)) this.#retriesInFlight += weight;
    this.#leaves(queued, lane.org);
    return queued;
  }

  readonly #onStale = (queued: QueuedDelivery): void => {
    const org = this.#orgs.get(queued.endpoint.orgId);
    if (org !== undefined) this.#leaves(queued, org);
    this.#options.onStale(queued);
  };

  /** It does not wait any more. */
  #leaves({ data }: QueuedDelivery, org: Org): void {
    this.#size -= 1;
    org.waiting -= 1;
    data.waiting -= 1;
    if (data.waiting > 0) return;
    this.#chars -= data.chars;
    org.chars -= data.chars;
  }

  /**
   * Frees the slot that `take` took.
   *
   * @param isTrouble whether the attempt found the endpoint in trouble; null if none was made.
   */
  done(queued: QueuedDelivery, isTrouble: boolean | null): void {
    const lane = this.#lanes.get(queued.delivery.endpointId);
    if (lane === undefined) throw new Error(`No lane for ${queued.delivery.endpointId}.`);
    lane.inFlight -= 1;
    const weight = this.#weightOf(queued);
    lane.org.inFlight -= weight;
    this.#inFlight -= weight;
    this.#attempts -= 1;
    this.#turns.counted(lane.org);
    if (isTrouble !== null) lane.pace.attempted(isTrouble, this.#options.clock.monotonicMs());
    if (isRetry(queued)) {
      this.#retriesInFlight -= weight;
      this.#letRetriesGo();
    }
    this.#enterRing(lane);
    this.#forgetIfIdle(lane);
  }

  /** Takes out all that waits, for one endpoint or for all. */
  drain(endpointId?: string): QueuedDelivery[] {
    const lanes =
      endpointId === undefined ? [...this.#lanes.values()] : [this.#lanes.get(endpointId)];
    const drained: QueuedDelivery[] = [];
    for (const lane of lanes) {
      if (lane === undefined) continue;
      for (const queued of lane.drain()) {
        this.#leaves(queued, lane.org);
        drained.push(queued);
      }
      this.#heldBack.delete(lane);
      this.#leaveRing(lane);
      this.#endRest(lane);
      this.#forgetIfIdle(lane);
    }
    return drained;
  }

  /**
   * Orgs that have as much waiting as is left free: nothing more is held for them. Who has nothing
   * waiting is never among them, however full it is: one fan-out can be larger than all of the
   * room, and would shut everybody out.
   */
  fullOrgIds(): string[] {
    const { totalMax, charsMax } = this.#options;
    // Below half of the room nobody can have that much.
    if (this.#size * 2 < totalMax && this.#chars * 2 < charsMax) return [];
    const full: string[] = [];
    for (const { id, waiting, chars } of this.#orgs.values()) {
      if (waiting === 0) continue;
      if (waiting >= totalMax - this.#size || chars >= charsMax - this.#chars) full.push(id);
    }
    return full;
  }

  /** Endpoints whose lane is full. */
  fullEndpointIds(): string[] {
    const full: string[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.waiting >= this.#placesOf(lane)) full.push(lane.endpointId);
    }
    return full;
  }

  /** How many more each lane can take up to `perLaneMax`, for those that hold anything. */
  freePlaces(perLaneMax: number): Map<string, number> {
    const free = new Map<string, number>();
    for (const lane of this.#lanes.values()) {
      const places = Math.min(perLaneMax, this.#placesOf(lane));
      free.set(lane.endpointId, Math.max(0, places - lane.waiting));
    }
    return free;
  }

  /** With a rate only as many as can be sent before their leases are too old. */
  #placesOf({ pace: { ratePerSecond } }: Lane): number {
    const { perEndpointMax } = this.#options;
    if (ratePerSecond === null) return perEndpointMax;
    return Math.min(perEndpointMax, Math.ceil((ratePerSecond * limits.queuedAtRateMs) / 1000));
  }

  /** Large data takes memory that several small attempts would have: 1 for nearly all events. */
  #weightOf({ data }: QueuedDelivery): number {
    return Math.max(1, Math.ceil(data.chars / this.#options.charsPerAttempt));
  }

  get #free(): number {
    return this.#inFlightMax - this.#inFlight;
  }

  get #mayRetry(): boolean {
    const { inFlightMax, retriesInFlightMax } = this.#options;
    return this.#retriesInFlight < (retriesInFlightMax * this.#inFlightMax) / inFlightMax;
  }

  #limitsOf(endpoint: Endpoint): PaceLimits {
    const { inFlightMax, ratePerSecond } = endpoint;
    return {
      inFlightMax: Math.min(
        Math.max(1, Math.floor(inFlightMax / this.#nodes)),
        this.#options.endpointInFlightMax,
      ),
      ratePerSecond: ratePerSecond === null ? null : ratePerSecond / this.#nodes,
    };
  }

  #follow(lane: Lane, endpoint: Endpoint): void {
    if (endpoint.version < lane.endpoint.version) return;
    lane.endpoint = endpoint;
    this.#limit(lane);
  }

  /** What the lane's endpoint allows holds from now on. */
  #limit(lane: Lane): void {
    lane.pace.limits = this.#limitsOf(lane.endpoint);
    // It may have to rest for less time now.
    this.#endRest(lane);
    this.#enterRing(lane);
  }

  #addLane(endpoint: Endpoint): Lane {
    let org = this.#orgs.get(endpoint.orgId);
    if (org === undefined) {
      org = new Org(endpoint.orgId);
      this.#orgs.set(org.id, org);
    }
    org.lanes += 1;
    const lane = new Lane(endpoint, org, this.#takePace(endpoint));
    this.#lanes.set(lane.endpointId, lane);
    return lane;
  }

  #removeLane(lane: Lane): void {
    const { org } = lane;
    this.#leaveRing(lane);
    this.#heldBack.delete(lane);
    this.#lanes.delete(lane.endpointId);
    org.lanes -= 1;
    if (org.lanes === 0) this.#orgs.delete(org.id);
  }

  #takePace(endpoint: Endpoint): Pace {
    const kept = this.#paces.get(endpoint.id);
    this.#paces.delete(endpoint.id);
    if (kept === undefined) return new Pace(this.#limitsOf(endpoint));
    kept.limits = this.#limitsOf(endpoint);
    return kept;
  }

  #forgetIfIdle(lane: Lane): void {
    if (lane.inFlight > 0 || lane.waiting > 0) return;
    this.#removeLane(lane);
    if (!lane.pace.isWorthKeeping) return;
    this.#paces.set(lane.endpointId, lane.pace);
    if (this.#paces.size <= limits.cachedEndpointsMax) return;
    const oldest = this.#paces.keys().next();
    if (oldest.done !== true) this.#paces.delete(oldest.value);
  }

  #rest(lane: Lane, restMs: number): void {
    lane.isResting = true;
    const cancel = this.#options.clock.after(restMs, () => {
      this.#cancelRests.delete(lane);
      lane.isResting = false;
      this.#enterRing(lane);
      this.#options.onReady();
    });
    this.#cancelRests.set(lane, cancel);
  }

  #endRest(lane: Lane): void {
    this.#cancelRests.get(lane)?.();
    this.#cancelRests.delete(lane);
    lane.isResting = false;
  }

  #letRetriesGo(): void {
    if (this.#heldBack.size === 0 || !this.#mayRetry) return;
    for (const lane of this.#heldBack) this.#enterRing(lane);
    this.#heldBack.clear();
  }

  #enterRing(lane: Lane): void {
    if (!lane.mayGo(this.#mayRetry)) {
      if (lane.hasOnlyRetries && !this.#mayRetry) this.#heldBack.add(lane);
      return;
    }
    if (lane.place !== null) return;
    const { org } = lane;
    lane.place = org.ready.join(lane);
    this.#turns.join(org);
  }

  #leaveRing(lane: Lane): void {
    if (lane.place === null) return;
    const { org } = lane;
    org.ready.leave(lane.place);
    lane.place = null;
    if (org.ready.size === 0) this.#turns.leave(org);
  }
}
