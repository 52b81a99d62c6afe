/**
 * Fan out: an event with more endpoints than one commit can serve is stored without deliveries.
 * They are created here, a batch at a time. Every node takes part; the store makes sure that no two
 * create the same batch, and that orgs take turns.
 */
import { limits } from "../../limits.ts";
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
  readonly store: Pick<Store, "fanOut">;
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

  constructor(options: FanOutOptions) {
    this.#options = options;
  }

  /** Runs until every fan-out is complete, unless it is running already. */
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
    const { store, clock, observer, deliveriesMax, onCreated } = this.#options;
    try {
      while (this.#again && !this.#isStopped) {
        this.#again = false;
        const startMs = clock.monotonicMs();
        const step = await store.fanOut(this.#afterOrgId, deliveriesMax, clock.now());
        if (step === null) continue;
        this.#again = true;
        this.#afterOrgId = step.orgId;
        if (step.deliveries > 0) onCreated();
        await this.#pause(clock.monotonicMs() - startMs);
      }
    } catch (error) {
      observer.storeFailed("fan_out", error);
    }
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
  readonly #clock: Clock;
  /** The org that was updated longest ago comes first. */
  readonly #sizes = new Map<string, { readonly deliveries: number; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
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
    if (this.#sizes.size === 0) return [];
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
        if (!laterOrgIds.includes(orgId)) this.#remember(orgId, Infinity);
      } else if (fanOut === "done" && (deliveries.length > 1 || this.#sizes.has(orgId))) {
        this.#remember(orgId, deliveries.length);
      }
    }
  }

  #sizeOf(orgId: string): number {
    const known = this.#sizes.get(orgId);
    return known === undefined || known.untilMs < this.#clock.monotonicMs() ? 1 : known.deliveries;
  }

  #remember(orgId: string, deliveries: number): void {
    this.#sizes.delete(orgId);
    const untilMs = this.#clock.monotonicMs() + limits.fanOutSizesMs;
    this.#sizes.set(orgId, { deliveries, untilMs });
    if (this.#sizes.size <= limits.fanOutSizesMax) return;
    const oldest = this.#sizes.keys().next();
    if (oldest.done !== true) this.#sizes.delete(oldest.value);
  }
}
