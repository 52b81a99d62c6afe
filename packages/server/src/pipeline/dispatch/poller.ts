/**
 * Polls the store for waiting work, and starts it. Polls are frequent while there is some, and rare
 * otherwise. A notification starts a claim at once; the node's own work brings the next poll
 * forward.
 */
import { limits } from "../../limits.ts";
import type { Store, WaitingWork } from "../../store/store.ts";
import type { Clock, Observer } from "../ports.ts";
import { reap } from "../upkeep/reap.ts";

export interface PollerOptions {
  readonly store: Pick<Store, "waitingWork" | "reap">;
  readonly clock: Clock;
  readonly observer: Pick<Observer, "storeFailed">;
  readonly nodeId: string;
  readonly leaseMs: number;
  /** Whether to call `onDue` even if nothing is due, because the last claim failed. */
  mustClaim(): boolean;
  /** Called when deliveries may be due. */
  onDue(): void;
  /** Called when events wait for their fan-out. */
  onFanOuts(): void;
}

/** Assumed until the store has answered, so that nothing waits for its answer. */
const everything: WaitingWork = {
  dueInMs: 0,
  hasFanOuts: true,
  hasReplays: true,
  hasErasures: true,
  hasTerminals: true,
  hasOtherNodes: true,
};

export class Poller {
  /** Whether notifications announce other nodes' work. Without them, all pauses are short. */
  isNotified = false;
  /** Grows whenever this process has work, or creates some. */
  workCount = 0;
  readonly #options: PollerOptions;
  #waiting = everything;
  #isStopped = false;
  #isPolling = false;
  #cancelTimer = (): void => {};
  #running: Promise<void> = Promise.resolve();
  /** All times use the monotonic clock, so that a jump of the wall clock cannot stop the polls. */
  #pollAtMs = Number.POSITIVE_INFINITY;
  #polledAtMs = Number.NEGATIVE_INFINITY;
  #expectedAtMs = Number.POSITIVE_INFINITY;
  #reapedAtMs = Number.NEGATIVE_INFINITY;
  readonly #subscribers: (() => void)[] = [];

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** The work that the last poll found, plus the work that this process has announced since. */
  get waiting(): WaitingWork {
    return this.#waiting;
  }

  /** Calls `changed` whenever `waiting` may have changed. */
  subscribe(changed: () => void): void {
    this.#subscribers.push(changed);
  }

  /** Polls immediately, and then regularly until `stop`. */
  start(): void {
    this.#running = this.#poll();
  }

  /** Resolves when the current poll is done. Nothing is called afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    await this.#running;
  }

  /** Records that this process has created work of these kinds. */
  announce(work: Partial<WaitingWork>): void {
    this.#changed({ ...this.#waiting, ...work });
    this.expectWithin(limits.claimPollMs);
  }

  /**
   * Polls after this time, or as soon as polls may follow each other, because something may be due
   * then: a retry, or deliveries that did not fit into the node's memory.
   */
  expectWithin(delayMs: number): void {
    this.workCount += 1;
    const atMs = this.#options.clock.monotonicMs() + Math.max(0, delayMs);
    if (this.#isPolling) this.#expectedAtMs = Math.min(this.#expectedAtMs, atMs);
    else if (atMs < this.#pollAtMs) this.#pollAt(atMs);
  }

  /** Not sooner than `limits.claimPollMs` after the last poll, so that claims stay large. */
  #pollAt(atMs: number): void {
    this.#cancelTimer();
    if (this.#isStopped) return;
    const { clock } = this.#options;
    this.#pollAtMs = Math.max(atMs, this.#polledAtMs + limits.claimPollMs);
    const delayMs = Math.max(0, this.#pollAtMs - clock.monotonicMs());
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#running = this.#poll();
    });
  }

  async #poll(): Promise<void> {
    const { clock } = this.#options;
    this.#isPolling = true;
    this.#polledAtMs = clock.monotonicMs();
    this.#expectedAtMs = Number.POSITIVE_INFINITY;
    const waiting = await this.#look();
    if (!this.#isStopped && this.#isReapTime()) await this.#reap();
    if (this.#isStopped) return;
    if (waiting.hasFanOuts) this.#options.onFanOuts();
    if (waiting.dueInMs === 0 || this.#options.mustClaim()) this.#options.onDue();
    this.#isPolling = false;
    const nextMs = clock.monotonicMs() + this.#pauseMs(waiting);
    this.#pollAt(Math.min(nextMs, this.#expectedAtMs));
  }

  #changed(waiting: WaitingWork): void {
    this.#waiting = waiting;
    for (const changed of this.#subscribers) changed();
  }

  #isReapTime(): boolean {
    return this.#options.clock.monotonicMs() - this.#reapedAtMs >= limits.reapPollMs;
  }

  async #reap(): Promise<void> {
    const { store, clock, leaseMs, observer } = this.#options;
    this.#reapedAtMs = clock.monotonicMs();
    try {
      const reaped = await reap({ store, clock, leaseMs });
      if (reaped > 0 && !this.#isStopped) this.#options.onDue();
    } catch (error) {
      observer.storeFailed("reap", error);
    }
  }

  /** If the store does not answer, everything may wait. */
  async #look(): Promise<WaitingWork> {
    const { store, clock, observer, nodeId } = this.#options;
    try {
      this.#changed(await store.waitingWork(nodeId, clock.now()));
    } catch (error) {
      observer.storeFailed("waiting_work", error);
      this.#changed(everything);
    }
    return this.#waiting;
  }

  #pauseMs({ dueInMs, hasFanOuts }: WaitingWork): number {
    const { claimPollMs, idlePollMs } = limits;
    const isBusy = hasFanOuts || dueInMs === 0 || this.#options.mustClaim();
    if (isBusy || !this.isNotified) return claimPollMs;
    return Math.min(idlePollMs, dueInMs ?? idlePollMs);
  }
}
