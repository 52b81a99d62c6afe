/**
 * Turns many single calls into few store calls: what comes in while a flush is under way goes
 * out together with the next one. Under load batches grow by themselves; at rest nothing waits.
 *
 * A second flush goes beside the first only if a whole batch waits, or if the first is slow: what
 * every flush costs, however small, is a third of an event's cost when 64 publishers fill two at
 * once by halves (docs/performance.md). And one that hangs must not stop the rest.
 */
import type { Clock } from "./ports.ts";

export interface BatcherOptions<Item, Result> {
  readonly clock: Clock;
  readonly itemsPerFlushMax: number;
  /** Flushes under way at once. */
  readonly flushesMax: number;
  /** A flush that takes longer is not waited for. */
  readonly flushPatienceMs: number;
  /** Items of different lanes take turns; without it, first come is first served. */
  laneOf?(item: Item): string;
  /** Answers one result for each item, in their order. A rejection fails all items alike. */
  flush(items: readonly Item[]): Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  /** In turn order. */
  readonly #lanes = new Map<string, Waiting<Item, Result>[]>();
  #waiting = 0;
  #flushing = 0;
  /** Those of them whose time is over. */
  #slow = 0;
  #scheduled = false;
  #idleCallbacks: (() => void)[] = [];

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const key = this.#options.laneOf?.(item) ?? "";
      const lane = this.#lanes.get(key);
      if (lane === undefined) this.#lanes.set(key, [{ item, resolve, reject }]);
      else lane.push({ item, resolve, reject });
      this.#waiting += 1;
      this.#schedule();
    });
  }

  /** The same share of every lane; those that have more left go to the end of the row. */
  #take(): Waiting<Item, Result>[] {
    const { itemsPerFlushMax } = this.#options;
    const batch: Waiting<Item, Result>[] = [];
    while (batch.length < itemsPerFlushMax && this.#lanes.size > 0) {
      const share = Math.ceil((itemsPerFlushMax - batch.length) / this.#lanes.size);
      for (const [key, lane] of this.#lanes) {
        batch.push(...lane.splice(0, Math.min(share, itemsPerFlushMax - batch.length)));
        this.#lanes.delete(key);
        if (lane.length > 0) this.#lanes.set(key, lane);
        if (batch.length >= itemsPerFlushMax) break;
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
    const { flushesMax, itemsPerFlushMax } = this.#options;
    if (this.#flushing >= flushesMax) return false;
    return this.#flushing === this.#slow || this.#waiting >= itemsPerFlushMax;
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting === 0 || !this.#mayFlush) return;
    this.#scheduled = true;
    // One turn of the event loop later: all that one burst of socket reads brings goes together.
    this.#options.clock.after(0, () => {
      this.#scheduled = false;
      if (this.#waiting > 0 && this.#mayFlush) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#take();
    this.#flushing += 1;
    let isSlow = false;
    const cancelPatience = this.#options.clock.after(this.#options.flushPatienceMs, () => {
      isSlow = true;
      this.#slow += 1;
      this.#schedule();
    });
    try {
      this.#schedule();
      const results = await this.#options.flush(batch.map((each) => each.item));
      if (results.length !== batch.length) {
        throw new Error(`A flush of ${batch.length} items answered ${results.length} results.`);
      }
      for (const [index, each] of batch.entries()) each.resolve(results[index] as Result);
    } catch (error) {
      for (const each of batch) each.reject(error);
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
}
