/**
 * A running node. It carries each delivery that it published or claimed through sign, send and
 * settle, in fair order and within its limits.
 *
 * All work happens in `tick` and in the callbacks of attempts. Notifications and timers only
 * trigger a tick.
 */
import type { Verdict } from "../../contracts/render.ts";
import { limits } from "../../limits.ts";
import { isSendable, type Endpoint } from "../../model/endpoint.ts";
import type { PublishedEvent } from "../../model/event.ts";
import { uuidV7 } from "../../model/id.ts";
import type { LeasedDelivery, Settlement, UnreadableDelivery } from "../../store/store.ts";
import { reportOf, settlementOf, unsigned, type Attempt, type BegunAttempt } from "./attempt.ts";
import { claim } from "./claim.ts";
import { EndpointCache } from "./endpoint-cache.ts";
import { FanOut, usualFanOut } from "../publish/fan-out.ts";
import { fallbackContract, withoutContract } from "./unknown-contract.ts";
import { isSignOfTrouble } from "./endpoint-throttle.ts";
import type { Exchange } from "../ports.ts";
import { Publisher, type EventToPublish, type PublishResult } from "../publish/publish.ts";
import { leaseLeftMs } from "./endpoint-queue.ts";
import { FairQueue, type Held, type HeldData, type QueuedDelivery } from "./queue.ts";
import type { NodeOptions } from "./node-options.ts";
import { Poller } from "./poller.ts";
import { queueBounds, type NodeBounds } from "./queue-bounds.ts";
import { isOwnTrouble, notAboutReceiver, notCounted, Shortage } from "./shortage.ts";
import { AttemptMessage, failedInside, leaseNeededMs, type SendFacts } from "./send.ts";
import { bury, Settler } from "./settle.ts";
import { tooLate, transformed, type TransformedFacts } from "./transform.ts";

export class Node {
  /** A new id for each start, so a restarted process is another node. */
  readonly id: string;
  readonly poller: Poller;
  readonly #options: NodeOptions;
  readonly #leaseMs: number;
  readonly #queue: FairQueue;
  readonly #endpoints: EndpointCache;
  readonly #settler: Settler;
  readonly #publisher: Publisher;
  readonly #fanOut: FanOut;
  readonly #shortage: Shortage;
  /** How many attempts are in progress, plus leases that are being given back. */
  #working = 0;
  #onIdle: (() => void)[] = [];
  #stopping = false;
  #claiming: Promise<void> | null = null;
  #claimAgain = false;
  #claimWhenLow = false;
  #mustClaim = false;

  constructor(options: NodeOptions) {
    const { store, clock, random, observer, fanOut = usualFanOut } = options;
    this.#options = options;
    this.id = uuidV7(clock.now(), random.bytes(10));
    this.#leaseMs = options.leaseMs ?? limits.leaseMs;
    const bounds: NodeBounds = { ...limits, ...options.bounds };
    this.#queue = new FairQueue({
      clock,
      ...queueBounds(bounds),
      isStale: (queued) => {
        const { endpoint } = queued;
        const neededMs = leaseNeededMs(endpoint, options.contracts.get(endpoint.contract));
        return leaseLeftMs(queued, clock) < neededMs;
      },
      onStale: ({ delivery }) => this.#giveBack(delivery),
      onReady: () => this.#pump(),
    });
    this.#shortage = new Shortage({
      clock,
      random,
      inFlightMax: bounds.inFlightMax,
      onLimit: (count) => (this.#queue.inFlightMax = count),
      onRetry: (queued) => {
        this.#queue.push(queued);
        this.#pump();
      },
      onRested: () => this.#pump(),
    });
    this.#endpoints = new EndpointCache(store, limits.cachedEndpointsMax);
    this.#fanOut = new FanOut({
      ...options,
      deliveriesMax: fanOut.stepMax,
      onCreated: () => this.wake(),
    });
    this.poller = new Poller({
      ...options,
      nodeId: this.id,
      leaseMs: this.#leaseMs,
      mustClaim: () => this.#mustClaim,
      onDue: () => this.wake(),
      onFanOuts: () => this.#fanOut.wake(),
    });
    this.#settler = new Settler({ store, clock, observer });
    this.#publisher = new Publisher({
      ...options,
      leaseMs: this.#leaseMs,
      fanOut,
      onFanOutOpen: () => this.#fanOut.wake(),
      bytesWaitingMax: bounds.publishBytesWaitingMax,
      nodeId: this.id,
      spilledIds: () =>
        this.#stopping ? null : [...this.#queue.fullEndpointIds(), ...this.#queue.fullOrgIds()],
      accept: (deliveries, leasedAtMs) => void this.#accept(deliveries, leasedAtMs),
    });
  }

  /** See `Publisher.publish`. */
  publish(events: readonly EventToPublish[]): Promise<readonly PublishResult[]> {
    return this.#publisher.publish(events);
  }

  get inFlight(): number {
    return this.#queue.inFlight;
  }

  /** The number of running nodes. They share each endpoint's limits. */
  set nodes(count: number) {
    this.#queue.nodes = count;
  }

  get nodes(): number {
    return this.#queue.nodes;
  }

  get queued(): number {
    return this.#queue.size + this.#shortage.waiting;
  }

  /** Polls immediately and then regularly, until `drain`. */
  start(): void {
    this.poller.start();
  }

  /** Claims now instead of at the next poll, because something may have become due. */
  wake(): void {
    if (!this.#stopping) void this.tick();
  }

  /** Reloads changed endpoints. Their queued deliveries use the new version, or are given back. */
  async endpointsChanged(ids: readonly string[]): Promise<void> {
    try {
      await this.#endpoints.refresh(ids);
    } catch (error) {
      // The queue keeps the old version, which is safe because claims check the database.
      this.#options.observer.storeFailed("endpoints", error);
    }
    for (const id of ids) {
      const endpoint = this.#endpoints.latest(id);
      if (endpoint === undefined) continue;
      this.#queue.endpointChanged(endpoint);
      if (isSendable(endpoint, this.#options.clock.now())) continue;
      for (const queued of this.#queue.drain(id)) this.#giveBack(queued.delivery);
    }
  }

  /** Reloads every endpoint with queued deliveries, because notifications may have been lost. */
  refreshEndpoints(): Promise<void> {
    return this.endpointsChanged(this.#queue.endpointIds);
  }

  /** One round: claims what fits, and sends what the limits allow. */
  async tick(): Promise<void> {
    this.#fanOut.wake();
    if (this.#claiming !== null) {
      this.#claimAgain = true;
      return this.#claiming;
    }
    this.#claiming = this.#claim();
    try {
      await this.#claiming;
    } finally {
      this.#claiming = null;
    }
    this.#pump();
  }

  /**
   * Stops taking work and gives back queued deliveries. Attempts in progress may finish within
   * `withinMs`. Then they are aborted and given back, so that another node can make them.
   */
  async drain(withinMs: number): Promise<void> {
    this.#stopping = true;
    await this.poller.stop();
    await this.#publisher.idle();
    await this.#fanOut.stop();
    await this.#claiming;
    const waiting = [...this.#queue.drain(), ...this.#shortage.drain()];
    for (const { delivery } of waiting) this.#giveBack(delivery);
    let cancelDeadline = (): void => {};
    const deadline = new Promise<void>((resolve) => {
      cancelDeadline = this.#options.clock.after(withinMs, resolve);
    });
    await Promise.race([this.#idle(), deadline]);
    cancelDeadline();
    await Promise.all(Object.values(this.#options.destinations).map((each) => each.close()));
    await this.#idle();
  }

  #idle(): Promise<void> {
    if (this.#working === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  async #claim(): Promise<void> {
    const { clock, observer } = this.#options;
    try {
      do {
        this.#claimAgain = false;
        const options = { ...this.#options, leaseMs: this.#leaseMs, nodeId: this.id };
        const leasedAtMs = clock.monotonicMs();
        const { deliveries, unreadable, isCut } = await claim(options, this.#queue);
        this.#claimWhenLow = isCut;
        for (const each of unreadable) this.#bury(each);
        await this.#accept(deliveries, leasedAtMs);
        this.#mustClaim = false;
      } while (this.#claimAgain && !this.#stopping);
    } catch (error) {
      this.#mustClaim = true;
      observer.storeFailed("claim", error);
    }
  }

  /** Queues deliveries leased to this node. `leasedAtMs` is on the monotonic clock. */
  async #accept(deliveries: readonly LeasedDelivery[], leasedAtMs: number): Promise<void> {
    const unknown: Held[] = [];
    const leaseEndsMs = leasedAtMs + this.#leaseMs;
    let event: PublishedEvent | null = null;
    let data: HeldData = { chars: 0, waiting: 0, leaseEndsMs };
    for (const delivery of deliveries) {
      // All deliveries of an event are adjacent.
      if (delivery.event !== event) {
        event = delivery.event;
        data = { chars: event.dataJson.length, waiting: 0, leaseEndsMs };
      }
      const endpoint = this.#endpoints.cached(delivery.endpointId, delivery.endpointVersion);
      if (endpoint === undefined) unknown.push({ delivery, data });
      else this.#queue.push({ delivery, endpoint, data });
    }
    if (unknown.length > 0) await this.#acceptUnknown(unknown);
    this.poller.expectWithin(limits.claimPollMs);
    this.#pump();
  }

  /** Counts as work in progress, so that a stopping node waits and gives the leases back. */
  async #acceptUnknown(held: readonly Held[]): Promise<void> {
    this.#working += 1;
    const wanted = new Map(
      held.map(({ delivery }) => [delivery.endpointId, delivery.endpointVersion]),
    );
    let endpoints: ReadonlyMap<string, Endpoint>;
    try {
      endpoints = await this.#endpoints.load(wanted);
    } catch (error) {
      this.#options.observer.storeFailed("endpoints", error);
      endpoints = new Map();
    }
    for (const each of held) {
      const endpoint = endpoints.get(each.delivery.endpointId);
      if (endpoint === undefined || this.#stopping) this.#giveBack(each.delivery);
      else this.#queue.push({ ...each, endpoint });
    }
    this.#workEnded();
  }

  #pump(): void {
    if (this.#shortage.isResting && !this.#stopping) return;
    for (let queued = this.#queue.take(); queued !== undefined; queued = this.#queue.take()) {
      this.#attempt(queued);
    }
    if (!this.#claimWhenLow || this.#queue.size > limits.claimLowQueue) return;
    this.#claimWhenLow = false;
    this.wake();
  }

  /**
   * From here on, an attempt uses callbacks. Async functions for each step created seven promises
   * per attempt (docs/performance.md).
   */
  #attempt(queued: QueuedDelivery): void {
    const { delivery } = queued;
    const { clock, contracts, observer } = this.#options;
    const endpoint = this.#endpoints.latest(delivery.endpointId) ?? queued.endpoint;
    const known = contracts.get(endpoint.contract);
    const loading = known === undefined ? this.#options.loadContract?.(endpoint.contract) : null;
    if (loading instanceof Promise && !this.#stopping) {
      this.#working += 1;
      void loading.then(() => {
        this.#attempt(queued);
        this.#workEnded();
      });
      return;
    }
    const contract = known ?? fallbackContract(contracts);
    const startedAtMs = clock.now();
    // The queue has checked this for the endpoint and the contract that it knew. The present
    // contract may have been loaded for seconds, or may have a longer timeout.
    const isLate = leaseLeftMs(queued, clock) < leaseNeededMs(endpoint, contract);
    if (contract === undefined || isLate || this.#stopping || !isSendable(endpoint, startedAtMs)) {
      this.#queue.done(queued, null);
      this.#giveBack(delivery);
      return;
    }
    this.#working += 1;
    const target = known === undefined ? withoutContract(endpoint) : endpoint;
    const facts = { delivery, endpoint: target, contract, clock, observer };
    const begun = { queued, endpoint, contract, startedAtMs };
    if ((endpoint.transformation ?? null) === null) this.#send(begun, facts);
    else void transformed(this.#options, facts).then((done) => this.#transformed(begun, done));
  }

  #transformed(begun: BegunAttempt, { facts, error }: TransformedFacts): void {
    const leftMs = leaseLeftMs(begun.queued, this.#options.clock);
    const isLate = this.#stopping || leftMs < leaseNeededMs(begun.endpoint, begun.contract);
    const reason = error ?? (isLate ? tooLate : null);
    if (reason === null) this.#send(begun, facts);
    else this.#sent({ ...begun, message: unsigned }, failedInside(reason));
  }

  #send(begun: BegunAttempt, facts: SendFacts): void {
    const message = new AttemptMessage(facts);
    const attempt = { ...begun, message };
    const { destinations } = this.#options;
    void message.sendThrough(destinations).then((exchange) => this.#sent(attempt, exchange));
  }

  #sent(attempt: Attempt, exchange: Exchange): void {
    const { queued } = attempt;
    const { error } = exchange;
    const isCutOff = error !== null && notCounted.has(error.class);
    if (error?.class === "resources") this.#shortage.lower(this.#queue.inFlight);
    const isNeutral = error !== null && notAboutReceiver.has(error.class);
    const verdict = attempt.contract.judge(exchange);
    this.#queue.done(queued, isNeutral ? null : isSignOfTrouble(exchange, verdict));
    this.#pump();
    if (error !== null && isOwnTrouble.has(error.class)) this.#hold(queued, error);
    else if (isCutOff) this.#giveBack(queued.delivery);
    else this.#settle(attempt, exchange, verdict);
    this.#workEnded();
  }

  /** Called if Posthorn lacked a resource: it retries soon, and the attempt does not count. */
  #hold(queued: QueuedDelivery, error: NonNullable<Exchange["error"]>): void {
    this.#options.observer.attemptHeld(error.class, error.message, this.#shortage.inFlightMax);
    if (this.#stopping) this.#giveBack(queued.delivery);
    else this.#shortage.hold(queued);
  }

  #workEnded(): void {
    this.#working -= 1;
    if (this.#working === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #settle(attempt: Attempt, exchange: Exchange, verdict: Verdict): void {
    const { clock, random, retryScheduleMs = null } = this.#options;
    const settlement = settlementOf(attempt, exchange, {
      verdict,
      retryScheduleMs,
      finishedAtMs: clock.now(),
      randomFraction: random.fraction(),
    });
    this.#working += 1;
    this.#settler.settle(settlement, attempt.queued.delivery.lease.untilMs, (isSettled) => {
      if (isSettled) this.#settled(attempt, settlement);
      this.#workEnded();
    });
  }

  #settled(attempt: Attempt, settlement: Settlement): void {
    const { dueAtMs } = settlement;
    if (dueAtMs !== null) this.poller.expectWithin(dueAtMs - this.#options.clock.now());
    if (settlement.turnEndpointOff !== null) this.#turnedOff(attempt.endpoint.id);
    this.#options.observer.attempted(reportOf(attempt, settlement));
  }

  #turnedOff(endpointId: string): void {
    this.#working += 1;
    void this.endpointsChanged([endpointId]).then(() => this.#workEnded());
  }

  #bury(delivery: UnreadableDelivery): void {
    const settlement = bury(delivery, this.#options.clock.now());
    this.#working += 1;
    this.#settler.settle(settlement, delivery.lease.untilMs, (isSettled) => {
      if (isSettled) this.#options.observer.deliveryUnreadable(delivery.id, delivery.reason);
      this.#workEnded();
    });
  }

  #giveBack(delivery: LeasedDelivery): void {
    const handle = { deliveryId: delivery.id, leaseId: delivery.lease.id };
    this.#working += 1;
    this.#settler.release(handle, delivery.lease.untilMs, () => {
      this.poller.expectWithin(limits.claimPollMs);
      this.#workEnded();
    });
  }
}
