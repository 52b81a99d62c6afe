/**
 * Fan out: an event with too many endpoints for one commit is stored without deliveries. This
 * module creates them one batch at a time. Orgs take turns, and an org whose batch took long misses
 * turns. All nodes take part; the store ensures that no two nodes create the same batch.
 */
import { limits } from "../../limits.ts";
import { ExpiringMap } from "../../model/expiring-map.ts";
import type { FanOutBounds, NewEvent, PublishOutcome, Store } from "../../store/store.ts";
import type { Clock, Observer } from "../ports.ts";

/** How many deliveries a commit and one background step create. */
export interface FanOutSizing extends FanOutBounds {
  /** How many deliveries one background step creates. */
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
  readonly observer: Pick<Observer, "storeFailed" | "fanOutFailed">;
  /** How many deliveries one step creates. */
  readonly deliveriesMax: number;
  /** Called after a step, because there are new deliveries to claim. */
  onCreated(): void;
}

export class FanOut {
  readonly #options: FanOutOptions;
  #running: Promise<void> | null = null;
  #isStopped = false;
  #again = false;
  #endPause = (): void => {};
  #afterOrgId: string | null = null;
  /**
   * Orgs whose last step failed. They are skipped for a while, so that they do not delay others.
   */
  readonly #resting: ExpiringMap<true>;
  /**
   * How much longer than `limits.fanOutTurnMs` the last steps of each org took. Such an org misses
   * turns until the others have had as much time.
   */
  readonly #debtsMs = new Map<string, number>();

  constructor(options: FanOutOptions) {
    this.#options = options;
    const { fanOutRestMs, fanOutRestingOrgsMax } = limits;
    this.#resting = new ExpiringMap(
      () => options.clock.monotonicMs(),
      fanOutRestMs,
      fanOutRestingOrgsMax,
    );
  }

  /**
   * Creates batches until this node finds no more work. Does nothing if that is already in
   * progress.
   */
  wake(): void {
    this.#again = true;
    if (this.#isStopped || this.#running !== null) return;
    this.#running = this.#run().finally(() => (this.#running = null));
  }

  /** Resolves when the current step is done. Afterwards no step starts. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#isStopped) {
        this.#again = false;
        await this.#workOff();
        // Pauses first, because `wake` may be called without end, e.g. once for each publish in
        // SQL.
        if (this.#again) await this.#pause(0);
      }
    } catch (error) {
      this.#options.observer.storeFailed("fan_out", error);
    }
  }

  /** Visits the orgs in turn until none of them has work. */
  async #workOff(): Promise<void> {
    const idle = new Set<string>();
    while (!this.#isStopped) {
      const { store, clock } = this.#options;
      const orgId = await store.nextFanOut(this.#afterOrgId, clock.now());
      if (orgId === null || idle.has(orgId)) {
        this.#debtsMs.clear();
        return;
      }
      const isAlone = orgId === this.#afterOrgId;
      this.#afterOrgId = orgId;
      if (!isAlone && this.#missesTurn(orgId)) continue;
      if (await this.#step(orgId)) idle.clear();
      else idle.add(orgId);
    }
  }

  #missesTurn(orgId: string): boolean {
    const debtMs = this.#debtsMs.get(orgId) ?? 0;
    if (debtMs <= 0) return false;
    this.#debtsMs.set(orgId, debtMs - limits.fanOutTurnMs);
    return true;
  }

  /**
   * @returns false if there was nothing to do, because other nodes are doing the work or the org is
   * paused.
   */
  async #step(orgId: string): Promise<boolean> {
    if (this.#resting.has(orgId)) return false;
    const { store, clock, observer, deliveriesMax, onCreated } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      const step = await store.fanOut(orgId, deliveriesMax, clock.now());
      if (step === null) return false;
      for (const failed of step.failed) observer.fanOutFailed(failed);
      if (step.created > 0) onCreated();
    } catch (error) {
      observer.storeFailed("fan_out", error);
      this.#resting.set(orgId, true);
      return false;
    }
    const tookMs = clock.monotonicMs() - startMs;
    if (tookMs > limits.fanOutTurnMs) this.#debtsMs.set(orgId, tookMs - limits.fanOutTurnMs);
    await this.#pause(tookMs);
    return true;
  }

  /**
   * Pauses for as long as the step took, so that fan-out uses a connection for at most half of the
   * time.
   */
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

/**
 * Remembers how many deliveries an event of each org creates, to decide how many events fit into a
 * commit.
 */
export class FanOutSizes {
  /**
   * Deliveries per event for each org. Infinity if the org has too many endpoints for one commit.
   */
  readonly #sizes: ExpiringMap<number>;

  constructor(clock: Clock) {
    const { fanOutSizesMs, fanOutSizesMax } = limits;
    this.#sizes = new ExpiringMap(() => clock.monotonicMs(), fanOutSizesMs, fanOutSizesMax);
  }

  /**
   * Returns the cost of events for a commit, in units of an event with few deliveries. A commit has
   * room for `limits.publishEventsPerCommitMax` units.
   */
  costOf(events: readonly NewEvent[]): number {
    const { publishEventsPerCommitMax, publishDeliveriesPerCommitMax } = limits;
    const deliveriesPerUnit = publishDeliveriesPerCommitMax / publishEventsPerCommitMax;
    let cost = 0;
    for (const { orgId } of events) {
      const deliveries = this.#sizeOf(orgId);
      // If the org has too many endpoints for one commit, the commit creates no deliveries for the
      // event.
      cost += deliveries === Infinity ? 1 : Math.max(1, deliveries / deliveriesPerUnit);
    }
    return cost;
  }

  /** The orgs of these events that are known to have too many endpoints for one commit. */
  laterOrgIds(events: readonly NewEvent[]): readonly string[] {
    if (this.#sizes.isEmpty) return [];
    const orgIds = new Set(events.map(({ orgId }) => orgId));
    return [...orgIds].filter((orgId) => this.#sizeOf(orgId) === Infinity);
  }

  /**
   * @param laterOrgIds the orgs that the commit was told to skip. The commit did not read their
   * endpoints.
   */
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
