/**
 * Combines many single calls into few store calls: items that arrive during a flush go into the
 * next one. Batches grow with the load; without load, no item waits. A second flush starts in
 * parallel only if the queued items fill a batch or the first flush is slow. If it always started
 * at once, 64 publishers would split into two half-full flushes, and the fixed cost of a flush is a
 * third of an event's cost (docs/performance.md). If it never started, one hanging flush would stop
 * all others.
 */
import type { Clock } from "./ports.ts";

export interface BatcherOptions<Item> {
  readonly clock: Clock;
  /** Total size of the items in one flush. A larger item gets its own flush. */
  readonly sizePerFlushMax: number;
  /** Maximum number of parallel flushes. */
  readonly flushesMax: number;
  /** If a flush takes longer than this, the next one starts in parallel. */
  readonly flushPatienceMs: number;
  /**
   * Minimum time between the starts of two flushes, unless the queued items fill a batch. For items
   * that are not urgent. The first item after a pause is flushed immediately. Default: 0.
   */
  readonly spacingMs?: number;
  /**
   * The group of an item. Groups take turns. If this is missing, items are flushed in order of
   * arrival.
   */
  groupOf?(item: Item): string;
  /** The size of an item. Default: 1. */
  sizeOf?(item: Item): number;
  /** Must report the result of each item to its caller, and must not reject. */
  flush(items: readonly Item[]): Promise<void>;
}

export class Batcher<Item> {
  readonly #options: BatcherOptions<Item>;
  /** The queued items by group. The order of the keys is the order of the groups' turns. */
  readonly #groups = new Map<string, Item[]>();
  #waiting = 0;
  #waitingSize = 0;
  #flushing = 0;
  /** The number of queued items that are past their deadline. */
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

  /** Takes an equal share from each group. Groups with items left move to the end of the order. */
  #take(): Item[] {
    const { sizePerFlushMax } = this.#options;
    const batch: Item[] = [];
    let room = sizePerFlushMax;
    for (let before = -1; batch.length > before && room > 0;) {
      before = batch.length;
      const share = Math.ceil(room / this.#groups.size);
      // The groups after the current position have already had their turn in this round.
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

  /** Resolves when no item is queued and no flush is running. */
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
    // Wait at least one turn of the event loop, so that a burst of socket reads shares a flush.
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

  /**
   * Returns how many items of a group fit: its first one, and then more within the group's share.
   */
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
