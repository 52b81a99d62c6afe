/**
 * Fan out: an event with more endpoints than one commit can serve is stored without deliveries.
 * They are created here, a batch at a time. Orgs take turns. Every node takes part; the store makes
 * sure that no two create the same batch.
 */
import { limits } from "../../limits.ts";
import { ExpiringMap } from "../../model/expiring-map.ts";
import type { FanOutBounds, NewEvent, PublishOutcome, Store } from "../../store/store.ts";
import type { Clock, Observer } from "../ports.ts";

/** What a commit creates at once, and what one step in the background does. */
export interface FanOutSizing extends FanOutBounds {
  /** Deliveries of one step. */
  readonly stepMax: number;
}

export const usualFanOut: FanOutSizing = {
  endpointsMax: limits.publishEndpointsPerEventMax,
  deliveriesMax: limits.publishDeliveriesPerCommitMax,
  stepMax: limits.fanOutDeliveriesPerStepMax,
};

export interface FanOutOptions {
  readonly store: Pick<Store, "nextFanOut" | "fanOut">;
  readonly clock: Clock;
  readonly observer: Pick<Observer, "storeFailed">;
  /** Deliveries of one step. */
  readonly deliveriesMax: number;
  /** Called when there is something new to claim. */
  onCreated(): void;
}

export class FanOut {
  readonly #options: FanOutOptions;
  #running: Promise<void> | null = null;
  #isStopped = false;
  #again = false;
  #endPause = (): void => {};
  #afterOrgId: string | null = null;
  /** Orgs whose step failed. They must not keep the others from their turns. */
  readonly #resting: ExpiringMap<true>;

  constructor(options: FanOutOptions) {
    this.#options = options;
    const { fanOutRestMs, fanOutRestingOrgsMax } = limits;
    this.#resting = new ExpiringMap(
      () => options.clock.monotonicMs(),
      fanOutRestMs,
      fanOutRestingOrgsMax,
    );
  }

  /** Runs until nothing is left that this node can do, unless it is running already. */
  wake(): void {
    this.#again = true;
    if (this.#isStopped || this.#running !== null) return;
    this.#running = this.#run().finally(() => (this.#running = null));
  }

  /** Resolves when the step under way is done; no other follows. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, observer } = this.#options;
    // Orgs in a row with nothing to do: when one of them comes again, that was all of them.
    const idle = new Set<string>();
    try {
      while (this.#again && !this.#isStopped) {
        this.#again = false;
        const orgId = await store.nextFanOut(this.#afterOrgId);
        if (orgId === null || idle.has(orgId)) continue;
        this.#again = true;
        this.#afterOrgId = orgId;
        if (await this.#step(orgId)) idle.clear();
        else idle.add(orgId);
      }
    } catch (error) {
      observer.storeFailed("fan_out", error);
    }
  }

  /** @returns false if nothing was done: other nodes are at it, or the org rests. */
  async #step(orgId: string): Promise<boolean> {
    if (this.#resting.has(orgId)) return false;
    const { store, clock, observer, deliveriesMax, onCreated } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      const deliveries = await store.fanOut(orgId, deliveriesMax, clock.now());
      if (deliveries === null) return false;
      if (deliveries > 0) onCreated();
    } catch (error) {
      observer.storeFailed("fan_out", error);
      this.#resting.set(orgId, true);
      return false;
    }
    await this.#pause(clock.monotonicMs() - startMs);
    return true;
  }

  /** As long as the step took: at most half of a connection's time. Others publish meanwhile. */
  #pause(tookMs: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const pauseMs = Math.min(limits.claimPollMs, Math.max(limits.fanOutPauseMs, tookMs));
      const cancel = this.#options.clock.after(pauseMs, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** How many deliveries an event of each org made lately: commits are sized by it. */
export class FanOutSizes {
  /** Deliveries of an event, by org; Infinity if the org has too many endpoints for a commit. */
  readonly #sizes: ExpiringMap<number>;

  constructor(clock: Clock) {
    const { fanOutSizesMs, fanOutSizesMax } = limits;
    this.#sizes = new ExpiringMap(() => clock.monotonicMs(), fanOutSizesMs, fanOutSizesMax);
  }

  /**
   * In units of an event that makes few deliveries. A commit has room for
   * `limits.publishEventsPerCommitMax` of them, or for as many deliveries as it creates at once.
   */
  costOf(events: readonly NewEvent[]): number {
    const { publishEventsPerCommitMax, publishDeliveriesPerCommitMax } = limits;
    const deliveriesPerUnit = publishDeliveriesPerCommitMax / publishEventsPerCommitMax;
    let cost = 0;
    for (const { orgId } of events) {
      const deliveries = this.#sizeOf(orgId);
      // The commit creates no deliveries for an org with too many endpoints.
      cost += deliveries === Infinity ? 1 : Math.max(1, deliveries / deliveriesPerUnit);
    }
    return cost;
  }

  /** Those of the events' orgs that are known to have too many endpoints for a commit. */
  laterOrgIds(events: readonly NewEvent[]): readonly string[] {
    if (this.#sizes.isEmpty) return [];
    const orgIds = new Set(events.map(({ orgId }) => orgId));
    return [...orgIds].filter((orgId) => this.#sizeOf(orgId) === Infinity);
  }

  /** @param laterOrgIds those that were given to the commit: it did not look at their endpoints. */
  learn(
    events: readonly NewEvent[],
    outcomes: readonly PublishOutcome[],
    laterOrgIds: readonly string[],
  ): void {
    for (const [index, { orgId, onlyEndpointId }] of events.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind !== "stored" || onlyEndpointId !== null) continue;
      const { deliveries, fanOut } = outcome;
      if (fanOut === "wide") {
        if (!laterOrgIds.includes(orgId)) this.#sizes.set(orgId, Infinity);
      } else if (fanOut === "done" && (deliveries.length > 1 || this.#sizes.has(orgId))) {
        this.#sizes.set(orgId, deliveries.length);
      }
    }
  }

  #sizeOf(orgId: string): number {
    return this.#sizes.get(orgId) ?? 1;
  }
}
