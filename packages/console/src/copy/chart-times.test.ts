import { describe, expect, test } from "vitest";
import { barsOf, ticksOf } from "./chart-times.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function pointsFrom(first: string, stepMs: number, count: number) {
  return Array.from({ length: count }, (_, index) => ({
    at: new Date(Date.parse(first) + index * stepMs).toISOString(),
    delivered: 2,
    failed_attempts: 1,
  }));
}

describe("bars", () => {
  test("add up to the points, without gaps, at most 73 of them", () => {
    for (const [stepMs, count] of [
      [minuteMs, 61],
      [minuteMs, 419],
      [hourMs, 25],
      [hourMs, 168],
    ] as const) {
      const points = pointsFrom("2026-11-23T03:36:00.000Z", stepMs, count);
      const bars = barsOf(points);
      expect(bars.length).toBeLessThanOrEqual(73);
      expect(bars.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(2 * count);
      expect(bars.reduce((sum, { failed }) => sum + failed, 0)).toBe(count);
      expect(bars.slice(1).map(({ at }) => at)).toEqual(bars.slice(0, -1).map((bar) => bar.until));
      expect(bars.at(-1)?.until).toBe(
        new Date(Date.parse(points[0]!.at) + count * stepMs).toISOString(),
      );
    }
    expect(barsOf([])).toEqual([]);
  });

  test("of a week start at midnight, where the day's label is", () => {
    const bars = barsOf(pointsFrom("2026-11-23T13:00:00.000Z", hourMs, 168));
    const ticks = ticksOf(bars.map(({ at }) => at));
    expect(ticks).toHaveLength(7);
    for (const at of ticks) expect(new Date(at).getHours()).toBe(0);
  });
});
