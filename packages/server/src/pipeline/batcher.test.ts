import { describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { Batcher } from "./batcher.ts";

/** Batches of items named by lane and number, e.g. "a1", in the order in which they were flushed. */
function batcherOf(itemsPerFlushMax: number): {
  readonly batcher: Batcher<string, string>;
  readonly flushed: string[][];
} {
  const flushed: string[][] = [];
  const batcher = new Batcher<string, string>({
    clock: systemClock,
    itemsPerFlushMax,
    flushesMax: 1,
    laneOf: (item) => item.charAt(0),
    flush: async (items) => {
      flushed.push([...items]);
      return items.map((item) => item.toUpperCase());
    },
  });
  return { batcher, flushed };
}

const items = (lane: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${lane}${index + 1}`);

describe("a batch", () => {
  test("has the same share of every lane, and each lane in its order", async () => {
    const { batcher, flushed } = batcherOf(4);
    await Promise.all(
      [...items("a", 6), ...items("b", 2), ...items("c", 1)].map((each) => batcher.add(each)),
    );
    expect(flushed[0]).toEqual(["a1", "a2", "b1", "b2"]);
    expect(flushed[1]).toEqual(["c1", "a3", "a4", "a5"]);
    expect(flushed[2]).toEqual(["a6"]);
  });

  test("is filled by who has more when others have less than their share", async () => {
    const { batcher, flushed } = batcherOf(6);
    await Promise.all([...items("a", 9), ...items("b", 1)].map((each) => batcher.add(each)));
    expect(flushed[0]).toEqual(["a1", "a2", "a3", "b1", "a4", "a5"]);
  });

  test("answers each caller with its own result", async () => {
    const { batcher } = batcherOf(3);
    const given = [...items("a", 5), ...items("b", 5)];
    expect(await Promise.all(given.map((each) => batcher.add(each)))).toEqual(
      given.map((each) => each.toUpperCase()),
    );
    await batcher.idle();
  });
});
