/** Virtual time: events happen in the order of their times, and only events advance the time. */
import type { Clock } from "../pipeline/ports.ts";

interface Scheduled {
  readonly atMs: number;
  readonly sequence: number;
  callback: (() => void) | null;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #sequence = 0;
  /** A binary heap, whose root is the next event. */
  readonly #heap: Scheduled[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  /** The time in whole milliseconds, as every clock returns it. */
  now(): number {
    return Math.floor(this.#nowMs);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const scheduled: Scheduled = { atMs, sequence: this.#sequence, callback };
    this.#sequence += 1;
    this.#push(scheduled);
    return () => {
      scheduled.callback = null;
    };
  }

  /** Runs the events up to `untilMs`, or until `isOver` returns true. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    for (
      let next = this.#heap[0];
      next !== undefined && next.atMs <= untilMs;
      next = this.#heap[0]
    ) {
      this.#pop();
      if (next.callback === null) continue;
      this.#nowMs = next.atMs;
      next.callback();
      // Lets everything that follows from this event's promises run before the next event.
      await new Promise((resolve) => setImmediate(resolve));
      if (isOver()) return;
    }
    this.#nowMs = untilMs;
  }

  #push(scheduled: Scheduled): void {
    const heap = this.#heap;
    heap.push(scheduled);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      for (const child of [left, left + 1]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

/**
 * A node's view of time. When the node crashes, its timers never fire. While it is paused, they
 * fire late, as in a process that was stopped and continued.
 */
export class NodeClock implements Clock {
  readonly #world: Clock;
  #isCrashed = false;
  #pausedUntilMs = 0;
  #stepMs = 0;
  readonly #stepsMs: number[] = [];

  constructor(world: Clock) {
    this.#world = world;
  }

  now(): number {
    return this.#world.now() + this.#stepMs;
  }

  monotonicMs(): number {
    return this.#world.monotonicMs();
  }

  /** By how much the clock was wrong, each time that it was. */
  get stepsMs(): readonly number[] {
    return this.#stepsMs;
  }

  /** Makes the clock wrong by `stepMs`, until the node measures it again after `forMs`. */
  step(stepMs: number, forMs: number): void {
    this.#stepMs = stepMs;
    this.#stepsMs.push(stepMs);
    this.#world.after(forMs, () => {
      this.#stepMs = 0;
    });
  }

  after(delayMs: number, callback: () => void): () => void {
    let cancel = this.#world.after(delayMs, function fire(this: void) {
      run();
    });
    const run = (): void => {
      if (this.#isCrashed) return;
      const waitMs = this.#pausedUntilMs - this.#world.now();
      if (waitMs > 0) cancel = this.#world.after(waitMs, run);
      else callback();
    };
    return () => cancel();
  }

  crash(): void {
    this.#isCrashed = true;
  }

  pause(forMs: number): void {
    this.#pausedUntilMs = this.#world.now() + forMs;
  }
}
