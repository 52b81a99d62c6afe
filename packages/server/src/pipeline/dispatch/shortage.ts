/**
 * What a node does if it lacks open files, ports, memory or CPU time. The affected deliveries are
 * attempted again a second later under the same lease, and the failed attempt does not count. The
 * node makes fewer parallel attempts until the shortage has been over for a while.
 */
import { limits } from "../../limits.ts";
import { errorsNotOfReceiver } from "../../model/attempt-errors.ts";
import type { Clock, ExchangeErrorClass, Random } from "../ports.ts";
import type { QueuedDelivery } from "./queue.ts";

/** Errors that mean that Posthorn itself lacked a resource. */
export const isOwnTrouble: ReadonlySet<ExchangeErrorClass> = new Set(["resources", "stalled"]);

/**
 * Errors for which an attempt does not count: it is not recorded, and the delivery is due again.
 */
export const notCounted: ReadonlySet<ExchangeErrorClass> = new Set([
  ...isOwnTrouble,
  "shutdown",
  "unsent",
]);

/** Errors that say nothing about the receiver, so they do not slow down the endpoint. */
export const notAboutReceiver: ReadonlySet<ExchangeErrorClass> = new Set([
  ...notCounted,
  ...errorsNotOfReceiver,
  "no_terminal",
]);

export interface ShortageOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The maximum number of parallel attempts without a shortage. */
  readonly inFlightMax: number;
  /** Called with the new maximum whenever the maximum of parallel attempts changes. */
  onLimit(inFlightMax: number): void;
  /** Called when the delay of an attempt is over. */
  onRetry(queued: QueuedDelivery): void;
  /** Called when attempts may start again. */
  onRested(): void;
}

export class Shortage {
  readonly #options: ShortageOptions;
  readonly #waiting = new Map<QueuedDelivery, () => void>();
  #inFlightMax: number;
  #cancelRest: (() => void) | null = null;
  #cancelRaise: (() => void) | null = null;
  #isClosed = false;
  #loweredAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ShortageOptions) {
    this.#options = options;
    this.#inFlightMax = options.inFlightMax;
  }

  get inFlightMax(): number {
    return this.#inFlightMax;
  }

  /**
   * True for a moment after a shortage. Otherwise a node with 20,000 queued deliveries would try
   * all of them, and each would fail.
   */
  get isResting(): boolean {
    return this.#cancelRest !== null;
  }

  /** The number of attempts that will be repeated. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Called with a delivery whose attempt could not be made. Calls `onRetry` with the delivery after
   * 1 to 2 s.
   */
  hold(queued: QueuedDelivery): void {
    const { clock, random } = this.#options;
    const delayMs = limits.shortageRetryMs * (1 + random.fraction());
    const cancel = clock.after(delayMs, () => {
      this.#waiting.delete(queued);
      this.#options.onRetry(queued);
    });
    this.#waiting.set(queued, cancel);
  }

  /** Called if a file, port or buffer was missing while this many attempts were in progress. */
  lower(inFlight: number): void {
    if (this.#isClosed) return;
    this.#rest();
    const nowMs = this.#options.clock.now();
    // Attempts that start together also fail together, so they count as one shortage.
    if (Math.abs(nowMs - this.#loweredAtMs) < limits.shortageRetryMs) return;
    this.#loweredAtMs = nowMs;
    this.#limit(Math.max(limits.inFlightLeast, Math.floor(inFlight * 0.9)));
    this.#raiseLater();
  }

  /**
   * Returns all deliveries that wait for a retry, and stops. From then on, the maximum does not
   * change.
   */
  drain(): QueuedDelivery[] {
    this.#isClosed = true;
    this.#cancelRest?.();
    this.#cancelRaise?.();
    this.#cancelRest = null;
    const drained = [...this.#waiting.keys()];
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
    return drained;
  }

  #rest(): void {
    if (this.isResting) return;
    this.#cancelRest = this.#options.clock.after(limits.shortageRestMs, () => {
      this.#cancelRest = null;
      this.#options.onRested();
    });
  }

  /** Raises the maximum by one step every `limits.shortageRaiseMs` without a shortage. */
  #raiseLater(): void {
    if (this.#cancelRaise !== null) return;
    const { clock, inFlightMax } = this.#options;
    this.#cancelRaise = clock.after(limits.shortageRaiseMs, () => {
      this.#cancelRaise = null;
      if (Math.abs(clock.now() - this.#loweredAtMs) >= limits.shortageRaiseMs) {
        this.#limit(Math.ceil(this.#inFlightMax * 1.1));
      }
      if (this.#inFlightMax < inFlightMax) this.#raiseLater();
    });
  }

  #limit(inFlightMax: number): void {
    const limit = Math.min(inFlightMax, this.#options.inFlightMax);
    if (limit === this.#inFlightMax) return;
    this.#inFlightMax = limit;
    this.#options.onLimit(limit);
  }
}
