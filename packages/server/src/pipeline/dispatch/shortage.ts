/**
 * What a node does when it is short of open files, ports, memory or processor time itself: the
 * deliveries wait a moment under their lease and are attempted again, nothing is counted, and the
 * node makes fewer attempts at once until it has gone well for a while.
 */
import { limits } from "../../limits.ts";
import type { Clock, ExchangeErrorClass, Random } from "../ports.ts";
import type { QueuedDelivery } from "./queue.ts";

/** What Posthorn was short of itself. */
export const isOwnTrouble: ReadonlySet<ExchangeErrorClass> = new Set(["resources", "stalled"]);

/** What did not come to an end by anything that the receiver did or left undone. */
export const notMade: ReadonlySet<ExchangeErrorClass> = new Set([
  ...isOwnTrouble,
  "shutdown",
  "unsent",
]);

export interface ShortageOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Attempts at once, while nothing is short. */
  readonly inFlightMax: number;
  /** This many attempts may be under way from now on. */
  onLimit(inFlightMax: number): void;
  /** Its wait is over. */
  onRetry(queued: QueuedDelivery): void;
  /** Attempts may start again. */
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
   * True for a moment after something was short. Without it, a node with 20,000 deliveries queued
   * would try each of them in turn and find no file for any.
   */
  get isResting(): boolean {
    return this.#cancelRest !== null;
  }

  /** Attempts that wait to be made again. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The attempt could not be made: `onRetry` is called with it after 1 to 2 s. */
  hold(queued: QueuedDelivery): void {
    const { clock, random } = this.#options;
    const delayMs = limits.shortageRetryMs * (1 + random.fraction());
    const cancel = clock.after(delayMs, () => {
      this.#waiting.delete(queued);
      this.#options.onRetry(queued);
    });
    this.#waiting.set(queued, cancel);
  }

  /** A file, port or buffer was missing while this many attempts were under way. */
  lower(inFlight: number): void {
    if (this.#isClosed) return;
    this.#rest();
    const nowMs = this.#options.clock.now();
    // Those that start together fail together, and are one sign, not twenty.
    if (Math.abs(nowMs - this.#loweredAtMs) < limits.shortageRetryMs) return;
    this.#loweredAtMs = nowMs;
    this.#limit(Math.max(limits.inFlightLeast, Math.floor(inFlight * 0.9)));
    this.#raiseLater();
  }

  /** Takes out all that wait, and ends the rest; from then on nothing is lowered or raised. */
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

  /** One step up each `limits.shortageRaiseMs`, if nothing was short meanwhile. */
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
