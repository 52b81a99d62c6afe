/**
 * How long this process's event loop was blocked, or the process frozen. Meanwhile answers lie
 * unread, so that time is not the receiver's.
 */

/** Between two looks. A look that comes this much late, or more, found a stall. */
const lookMs = 100;
/** Nobody has asked for so long: an idle service has no timer. Longer than any timeout. */
const unusedMs = 60_000;

export class LoopLag {
  #totalMs = 0;
  #lookedAtMs = 0;
  #usedAtMs = 0;
  #timer: NodeJS.Timeout | null = null;

  /** All stalls so far, in ms: only the difference of two readings means anything. */
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
