import { describe, expect, test } from "vitest";
import { systemClock } from "../service/database-clock.ts";
import { limits } from "../limits.ts";
import { Batcher } from "./batcher.ts";
import type { Clock } from "./ports.ts";

/**
 * Creates a batcher and records what each flush contains. The id of an item is its group and a
 * number, e.g. "a1".
 */
function batcherOf(sizePerFlushMax: number): {
  readonly batcher: Batcher<string>;
  readonly flushed: string[][];
} {
  const flushed: string[][] = [];
  const batcher = new Batcher<string>({
    clock: systemClock,
    sizePerFlushMax,
    flushesMax: 1,
    flushPatienceMs: 60_000,
    groupOf: (item) => item.charAt(0),
    flush: async (items) => void flushed.push([...items]),
  });
  return { batcher, flushed };
}

const items = (group: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${group}${index + 1}`);

describe("a batch", () => {
  test("takes the same share of every group, and keeps the order within each group", async () => {
    const { batcher, flushed } = batcherOf(4);
    for (const each of [...items("a", 6), ...items("b", 2), ...items("c", 1)]) batcher.add(each);
    await batcher.idle();
    expect(flushed[0]).toEqual(["a1", "a2", "b1", "b2"]);
    expect(flushed[1]).toEqual(["c1", "a3", "a4", "a5"]);
    expect(flushed[2]).toEqual(["a6"]);
  });

  test("is filled by larger groups when others have less than their share", async () => {
    const { batcher, flushed } = batcherOf(6);
    for (const each of [...items("a", 9), ...items("b", 1)]) batcher.add(each);
    await batcher.idle();
    expect(flushed[0]).toEqual(["a1", "a2", "a3", "b1", "a4", "a5"]);
  });

  test("is full by the sizes of its items, and a larger item goes alone", async () => {
    const flushed: string[][] = [];
    const batcher = new Batcher<string>({
      clock: systemClock,
      sizePerFlushMax: 10,
      flushesMax: 1,
      flushPatienceMs: limits.commitPatienceMs,
      groupOf: (item) => item.charAt(0),
      sizeOf: (item) => Number(item.slice(1)),
      flush: async (batch) => void flushed.push([...batch]),
    });
    for (const each of ["a4", "a7", "b25", "b1", "c6", "c3"]) batcher.add(each);
    await batcher.idle();
    // The first item of b does not fit into the flush that starts with a4, so the next flush starts
    // with it.
    expect(flushed).toEqual([["a4", "c6"], ["b25"], ["a7", "c3"], ["b1"]]);
  });
});

/**
 * Creates a batcher with batches of three and two parallel flushes. The test decides when each
 * flush ends.
 */
function slowBatcher(): {
  readonly batcher: Batcher<string>;
  readonly flushed: string[][];
  end(index: number): void;
  losePatience(): void;
} {
  const flushed: string[][] = [];
  const ends: (() => void)[] = [];
  const patience = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    after(delayMs, callback) {
      if (delayMs === 0) return systemClock.after(0, callback);
      expect(delayMs).toBe(limits.commitPatienceMs);
      patience.add(callback);
      return () => void patience.delete(callback);
    },
  };
  const batcher = new Batcher<string>({
    clock,
    sizePerFlushMax: 3,
    flushesMax: 2,
    flushPatienceMs: limits.commitPatienceMs,
    flush: async (batch) => {
      flushed.push([...batch]);
      await new Promise<void>((resolve) => ends.push(resolve));
    },
  });
  return {
    batcher,
    flushed,
    end: (index) => ends[index]?.(),
    losePatience() {
      for (const callback of patience) {
        patience.delete(callback);
        callback();
      }
    },
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a second flush", () => {
  test("waits for the first, and contains all items that arrived meanwhile", async () => {
    const { batcher, flushed, end } = slowBatcher();
    batcher.add("a1");
    await turns();
    batcher.add("a2");
    await turns();
    batcher.add("a3");
    await turns();
    expect(flushed).toEqual([["a1"]]);
    end(0);
    await turns();
    expect(flushed).toEqual([["a1"], ["a2", "a3"]]);
    end(1);
    await batcher.idle();
    expect(flushed).toHaveLength(2);
  });

  test("does not wait when it is full", async () => {
    const { batcher, flushed, end } = slowBatcher();
    batcher.add("a1");
    await turns();
    for (const each of ["a2", "a3", "a4", "a5"]) batcher.add(each);
    await turns();
    expect(flushed).toEqual([["a1"], ["a2", "a3", "a4"]]);
    for (const index of [1, 0]) end(index);
    await turns();
    expect(flushed[2]).toEqual(["a5"]);
    end(2);
    await batcher.idle();
  });

  test("does not wait for a slow one, and a third waits for both", async () => {
    const { batcher, flushed, end, losePatience } = slowBatcher();
    batcher.add("a1");
    await turns();
    batcher.add("a2");
    losePatience();
    await turns();
    expect(flushed).toEqual([["a1"], ["a2"]]);
    batcher.add("a3");
    losePatience();
    await turns();
    expect(flushed).toHaveLength(2);
    end(1);
    await turns();
    expect(flushed[2]).toEqual(["a3"]);
    for (const index of [0, 2]) end(index);
    await batcher.idle();
  });
});

describe("flushes with a spacing", () => {
  /**
   * Creates a batcher with a manual clock. Callbacks run when the test advances the time past them.
   */
  function spacedBatcher() {
    let nowMs = 1_000_000;
    let stepMs = 0;
    const later: { atMs: number; callback: () => void }[] = [];
    const flushed: string[][] = [];
    const batcher = new Batcher<string>({
      clock: {
        now: () => nowMs + stepMs,
        monotonicMs: () => nowMs,
        after(delayMs, callback) {
          if (delayMs === 0) return systemClock.after(0, callback);
          const entry = { atMs: nowMs + delayMs, callback };
          later.push(entry);
          return () => void later.splice(later.indexOf(entry), 1);
        },
      },
      sizePerFlushMax: 3,
      flushesMax: 1,
      flushPatienceMs: 60_000,
      spacingMs: 10,
      flush: async (batch) => void flushed.push([...batch]),
    });
    const pass = async (ms: number): Promise<void> => {
      nowMs += ms;
      for (const entry of later.filter(({ atMs }) => atMs <= nowMs)) {
        later.splice(later.indexOf(entry), 1);
        entry.callback();
      }
      await turns();
    };
    /** Moves only the wall clock, not the monotonic clock. */
    const step = (byMs: number): void => void (stepMs += byMs);
    return { batcher, flushed, pass, step };
  }

  test("flushes the first item immediately after a pause, and the next ones together later", async () => {
    const { batcher, flushed, pass } = spacedBatcher();
    batcher.add("a1");
    await pass(0);
    expect(flushed).toEqual([["a1"]]);
    batcher.add("a2");
    await pass(4);
    batcher.add("a3");
    await pass(5);
    expect(flushed).toHaveLength(1);
    await pass(1);
    expect(flushed).toEqual([["a1"], ["a2", "a3"]]);
    await pass(30);
    batcher.add("a4");
    await pass(0);
    expect(flushed).toHaveLength(3);
  });

  test("a full batch does not wait, and a clock that jumps delays nothing", async () => {
    const { batcher, flushed, pass, step } = spacedBatcher();
    batcher.add("a1");
    await pass(0);
    for (const each of ["a2", "a3", "a4"]) batcher.add(each);
    await pass(0);
    expect(flushed).toEqual([["a1"], ["a2", "a3", "a4"]]);
    step(-60_000);
    batcher.add("a5");
    await pass(10);
    expect(flushed[2]).toEqual(["a5"]);
    await batcher.idle();
  });
});
