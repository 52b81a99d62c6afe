/**
 * The deliveries that this node holds under lease, in fair order: orgs take turns, and within an
 * org its endpoints take turns. An endpoint at its in-flight cap is not in the ring at all, so a
 * dead one with a full lane costs its neighbours nothing.
 */
import type { Endpoint } from "../model/endpoint.ts";
import type { LeasedDelivery } from "../store/store.ts";

export interface QueuedDelivery {
  readonly delivery: LeasedDelivery;
  readonly endpoint: Endpoint;
}

interface Lane {
  readonly endpointId: string;
  readonly orgId: string;
  inFlightMax: number;
  inFlight: number;
  /** Served from `head` on; a shifted array would cost its length each time. */
  items: QueuedDelivery[];
  head: number;
}

export interface FairQueueOptions {
  /** Deliveries that wait here for one endpoint; more are left in the database. */
  readonly perEndpointMax: number;
  readonly totalMax: number;
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Orgs with a lane that may send now, in turn order; each with those lanes in turn order. */
  readonly #ring = new Map<string, Set<Lane>>();
  #size = 0;
  #inFlight = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get isFull(): boolean {
    return this.#size >= this.#options.totalMax;
  }

  push(queued: QueuedDelivery): void {
    const { endpoint } = queued;
    let lane = this.#lanes.get(endpoint.id);
    if (lane === undefined) {
      lane = {
        endpointId: endpoint.id,
        orgId: endpoint.orgId,
        inFlightMax: endpoint.inFlightMax,
        inFlight: 0,
        items: [],
        head: 0,
      };
      this.#lanes.set(endpoint.id, lane);
    }
    lane.inFlightMax = endpoint.inFlightMax;
    lane.items.push(queued);
    this.#size += 1;
    this.#enterRing(lane);
  }

  /** The next delivery in turn, whose slot is taken until `done`; undefined if none may go. */
  take(): QueuedDelivery | undefined {
    const turn = this.#ring.entries().next();
    if (turn.done === true) return undefined;
    const [orgId, lanes] = turn.value;
    const lane = lanes.values().next().value as Lane;
    const queued = lane.items[lane.head] as QueuedDelivery;
    lane.head += 1;
    this.#compact(lane);
    lane.inFlight += 1;
    this.#inFlight += 1;
    this.#size -= 1;
    lanes.delete(lane);
    if (mayGo(lane)) lanes.add(lane);
    this.#ring.delete(orgId);
    if (lanes.size > 0) this.#ring.set(orgId, lanes);
    return queued;
  }

  /** Frees the slot that `take` took. */
  done(endpointId: string): void {
    const lane = this.#lanes.get(endpointId);
    if (lane === undefined) throw new Error(`No lane for endpoint ${endpointId}.`);
    lane.inFlight -= 1;
    this.#inFlight -= 1;
    if (mayGo(lane)) this.#enterRing(lane);
    else if (lane.inFlight === 0 && waiting(lane) === 0) this.#lanes.delete(endpointId);
  }

  /** Takes out all that waits, for one endpoint or for all. */
  drain(endpointId?: string): QueuedDelivery[] {
    const lanes =
      endpointId === undefined ? [...this.#lanes.values()] : [this.#lanes.get(endpointId)];
    const drained: QueuedDelivery[] = [];
    for (const lane of lanes) {
      if (lane === undefined) continue;
      drained.push(...lane.items.slice(lane.head));
      this.#size -= waiting(lane);
      lane.items = [];
      lane.head = 0;
      this.#leaveRing(lane);
      if (lane.inFlight === 0) this.#lanes.delete(lane.endpointId);
    }
    return drained;
  }

  /** Endpoints whose lane is full; if the queue as a whole is, every endpoint must wait. */
  fullEndpointIds(): string[] {
    const full: string[] = [];
    for (const lane of this.#lanes.values()) {
      if (waiting(lane) >= this.#options.perEndpointMax) full.push(lane.endpointId);
    }
    return full;
  }

  /** How many more each lane can take up to `perLaneMax`, for those that hold anything. */
  freePlaces(perLaneMax: number): Map<string, number> {
    const free = new Map<string, number>();
    for (const lane of this.#lanes.values()) {
      free.set(lane.endpointId, Math.max(0, perLaneMax - waiting(lane)));
    }
    return free;
  }

  #enterRing(lane: Lane): void {
    if (!mayGo(lane)) return;
    const lanes = this.#ring.get(lane.orgId);
    if (lanes === undefined) this.#ring.set(lane.orgId, new Set([lane]));
    else lanes.add(lane);
  }

  #leaveRing(lane: Lane): void {
    const lanes = this.#ring.get(lane.orgId);
    if (lanes === undefined) return;
    lanes.delete(lane);
    if (lanes.size === 0) this.#ring.delete(lane.orgId);
  }

  #compact(lane: Lane): void {
    if (lane.head < 64 || lane.head * 2 < lane.items.length) return;
    lane.items = lane.items.slice(lane.head);
    lane.head = 0;
  }
}

function waiting(lane: Lane): number {
  return lane.items.length - lane.head;
}

function mayGo(lane: Lane): boolean {
  return waiting(lane) > 0 && lane.inFlight < lane.inFlightMax;
}
