/**
 * Turns many single calls into few store calls: what comes in while a flush is under way goes
 * out together with the next one. Under load batches grow by themselves; at rest nothing waits.
 *
 * A second flush goes beside the first only if all that fits one waits, or if the first is slow:
 * what every flush costs, however small, is a third of an event's cost when 64 publishers fill two
 * at once by halves (docs/performance.md). And one that hangs must not stop the rest.
 */
import type { Clock } from "./ports.ts";

export interface BatcherOptions<Item> {
  readonly clock: Clock;
  /** Sizes of a flush's items, together; a larger item goes alone. */
  readonly sizePerFlushMax: number;
  /** Flushes under way at once. */
  readonly flushesMax: number;
  /** A flush that takes longer is not waited for. */
  readonly flushPatienceMs: number;
  /**
   * From the start of one flush to the next at least, unless all that fits one waits: for items
   * whose owners have time. After a rest the first goes at once. 0 without it.
   */
  readonly spacingMs?: number;
  /** Items of different groups take turns; without it, first come is first served. */
  groupOf?(item: Item): string;
  /** Without it every item counts as one. */
  sizeOf?(item: Item): number;
  /** Tells each item's owner what came of it. Must not reject. */
  flush(items: readonly Item[]): Promise<void>;
}

export class Batcher<Item> {
  readonly #options: BatcherOptions<Item>;
  /** In turn order. */
  readonly #groups = new Map<string, Item[]>();
  #waiting = 0;
  #waitingSize = 0;
  #flushing = 0;
  /** Those of them whose time is over. */
  #slow = 0;
  #scheduled: { readonly isSpaced: boolean; cancel(): void } | null = null;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #idleCallbacks: (() => void)[] = [];

  constructor(options: BatcherOptions<Item>) {
    this.#options = options;
  }

  add(item: Item): void {
    const key = this.#options.groupOf?.(item) ?? "";
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, [item]);
    else group.push(item);
    this.#waiting += 1;
    this.#waitingSize += this.#sizeOf(item);
    this.#schedule();
  }

  /** The same share of every group; those that have more left go to the end of the row. */
  #take(): Item[] {
    const { sizePerFlushMax } = this.#options;
    const batch: Item[] = [];
    let room = sizePerFlushMax;
    for (let before = -1; batch.length > before && room > 0;) {
      before = batch.length;
      const share = Math.ceil(room / this.#groups.size);
      // Those that go to the end have had their turn of this round.
      const inTurn = Array.from(this.#groups);
      for (const [key, group] of inTurn) {
        const { count, size } = this.#fitting(group, share, batch.length === 0 ? Infinity : room);
        if (count === 0) continue;
        batch.push(...group.splice(0, count));
        room -= size;
        this.#waitingSize -= size;
        this.#groups.delete(key);
        if (group.length > 0) this.#groups.set(key, group);
      }
    }
    this.#waiting -= batch.length;
    return batch;
  }

  /** Resolves when nothing waits and nothing is being flushed. */
  async idle(): Promise<void> {
    if (this.#waiting === 0 && this.#flushing === 0) return;
    await new Promise<void>((resolve) => this.#idleCallbacks.push(resolve));
  }

  get #mayFlush(): boolean {
    const { flushesMax, sizePerFlushMax } = this.#options;
    if (this.#flushing >= flushesMax) return false;
    return this.#flushing === this.#slow || this.#waitingSize >= sizePerFlushMax;
  }

  #schedule(): void {
    if (this.#waiting === 0 || !this.#mayFlush) return;
    const isFull = this.#waitingSize >= this.#options.sizePerFlushMax;
    if (this.#scheduled !== null) {
      if (!isFull || !this.#scheduled.isSpaced) return;
      this.#scheduled.cancel();
    }
    // At least one turn of the event loop later: all that one burst of socket reads brings goes
    // together.
    const delayMs = isFull ? 0 : this.#spacingLeftMs();
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#scheduled = null;
      if (this.#waiting > 0 && this.#mayFlush) void this.#flush();
    });
    this.#scheduled = { isSpaced: delayMs > 0, cancel };
  }

  #spacingLeftMs(): number {
    const { clock, spacingMs = 0 } = this.#options;
    if (spacingMs === 0) return 0;
    return Math.max(0, this.#nextAtMs - clock.monotonicMs());
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    this.#nextAtMs = this.#options.clock.monotonicMs() + (this.#options.spacingMs ?? 0);
    this.#flushing += 1;
    let isSlow = false;
    const cancelPatience = this.#options.clock.after(this.#options.flushPatienceMs, () => {
      isSlow = true;
      this.#slow += 1;
      this.#schedule();
    });
    try {
      this.#schedule();
      await this.#options.flush(batch);
    } finally {
      cancelPatience();
      this.#flushing -= 1;
      if (isSlow) this.#slow -= 1;
      this.#schedule();
      if (this.#waiting === 0 && this.#flushing === 0) {
        for (const callback of this.#idleCallbacks.splice(0)) callback();
      }
    }
  }

  /** The first of a group, if there is room for it, and those after it within the share. */
  #fitting(group: readonly Item[], share: number, room: number): { count: number; size: number } {
    let count = 0;
    let size = 0;
    for (const item of group) {
      const more = this.#sizeOf(item);
      if (size + more > (count === 0 ? room : Math.min(share, room))) break;
      size += more;
      count += 1;
    }
    return { count, size };
  }

  #sizeOf(item: Item): number {
    return this.#options.sizeOf?.(item) ?? 1;
  }
}
