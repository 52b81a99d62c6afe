/**
 * Measures for how long this process's event loop was blocked or the process was frozen. Responses
 * are not read during that time, so a timeout is not the receiver's fault.
 */

/** The interval of checks. A check that is late by at least this much has found a stall. */
const lookMs = 100;
/**
 * The timer stops if nobody has read the value for this long, so that an idle service has no timer.
 * Longer than any timeout.
 */
const unusedMs = 60_000;

export class LoopLag {
  #totalMs = 0;
  #lookedAtMs = 0;
  #usedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  /** The total duration of all stalls in ms. Only differences are meaningful. */
  get totalMs(): number {
    const nowMs = performance.now();
    this.#usedAtMs = nowMs;
    if (this.#timer === null) this.#start(nowMs);
    return this.#totalMs + this.#lateMs(nowMs);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #start(nowMs: number): void {
    this.#lookedAtMs = nowMs;
    this.#timer = setInterval(() => this.#look(), lookMs);
    this.#timer.unref();
  }

  #look(): void {
    const nowMs = performance.now();
    this.#totalMs += this.#lateMs(nowMs);
    this.#lookedAtMs = nowMs;
    if (nowMs - this.#usedAtMs > unusedMs) this.close();
  }

  #lateMs(nowMs: number): number {
    const lateMs = nowMs - this.#lookedAtMs - lookMs;
    return lateMs >= lookMs ? lateMs : 0;
  }
}
