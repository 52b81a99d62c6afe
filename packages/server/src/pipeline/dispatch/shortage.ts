/**
 * What a node does when it runs short of open files, ports, memory or CPU time. The affected
 * deliveries wait a moment under their lease and are attempted again; nothing is counted. The node
 * makes fewer parallel attempts until there was no shortage for a while.
 */
import { limits } from "../../limits.ts";
import type { Clock, ExchangeErrorClass, Random } from "../ports.ts";
import type { QueuedDelivery } from "./queue.ts";

/** The resource that Posthorn ran short of. */
export const isOwnTrouble: ReadonlySet<ExchangeErrorClass> = new Set(["resources", "stalled"]);

/** The attempt did not fail because of anything that the receiver did. */
export const notMade: ReadonlySet<ExchangeErrorClass> = new Set([
  ...isOwnTrouble,
  "shutdown",
  "unsent",
]);

export interface ShortageOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Maximum number of parallel attempts without a shortage. */
  readonly inFlightMax: number;
  /** Sets the maximum number of parallel attempts from now on. */
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
   * True for a moment after a shortage. Without it, a node with 20,000 queued deliveries would try
   * each of them in turn and fail each time.
   */
  get isResting(): boolean {
    return this.#cancelRest !== null;
  }

  /** Attempts that wait to be repeated. */
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

  /** A file, port or buffer was missing while this many attempts were in progress. */
  lower(inFlight: number): void {
    if (this.#isClosed) return;
    this.#rest();
    const nowMs = this.#options.clock.now();
    // Attempts that start together fail together, so they count as one shortage.
    if (Math.abs(nowMs - this.#loweredAtMs) < limits.shortageRetryMs) return;
    this.#loweredAtMs = nowMs;
    this.#limit(Math.max(limits.inFlightLeast, Math.floor(inFlight * 0.9)));
    this.#raiseLater();
  }

  /** Removes all waiting attempts and stops; from then on the limit no longer changes. */
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

  /**
   * Raises the limit by one step each `limits.shortageRaiseMs`, if there was no shortage meanwhile.
   */
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
