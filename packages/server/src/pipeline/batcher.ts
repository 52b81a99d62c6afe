/**
 * Turns many single calls into few store calls: what comes in while a flush is under way goes
 * out together with the next one. Under load batches grow by themselves; at rest nothing waits.
 */
import type { Clock } from "./ports.ts";

export interface BatcherOptions<Item, Result> {
  readonly clock: Clock;
  readonly itemsPerFlushMax: number;
  /** Flushes under way at once. */
  readonly flushesMax: number;
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
  #waiting: Waiting<Item, Result>[] = [];
  #flushing = 0;
  #scheduled = false;
  #idleCallbacks: (() => void)[] = [];

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is being flushed. */
  async idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#flushing === 0) return;
    await new Promise<void>((resolve) => this.#idleCallbacks.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing >= this.#options.flushesMax) return;
    this.#scheduled = true;
    // One turn of the event loop later: all that one burst of socket reads brings goes together.
    this.#options.clock.after(0, () => {
      this.#scheduled = false;
      if (this.#waiting.length > 0) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting.splice(0, this.#options.itemsPerFlushMax);
    this.#flushing += 1;
    try {
      if (this.#waiting.length > 0) this.#schedule();
      const results = await this.#options.flush(batch.map((each) => each.item));
      if (results.length !== batch.length) {
        throw new Error(`A flush of ${batch.length} items answered ${results.length} results.`);
      }
      for (const [index, each] of batch.entries()) each.resolve(results[index] as Result);
    } catch (error) {
      for (const each of batch) each.reject(error);
    } finally {
      this.#flushing -= 1;
      if (this.#waiting.length > 0) this.#schedule();
      else if (this.#flushing === 0) {
        for (const callback of this.#idleCallbacks.splice(0)) callback();
      }
    }
  }
}
