import { expect, test } from "vitest";
import type { ObservedAttempt } from "../pipeline/ports.ts";
import { durationBoundsMs, nilId, percentileMs, Statistics, type Count } from "./statistics.ts";

const counts = (...pairs: readonly (readonly [bucket: number, count: number])[]): number[] => {
  const durations = Array.from({ length: durationBoundsMs.length + 1 }, () => 0);
  for (const [bucket, count] of pairs) durations[bucket] = count;
  return durations;
};

test("percentiles are interpolated inside their bucket", () => {
  expect(percentileMs(counts(), 0.5)).toBeNull();
  // 5 to 10 ms: half of a hundred is the middle of it.
  expect(percentileMs(counts([1, 100]), 0.5)).toBe(7.5);
  expect(percentileMs(counts([0, 98], [5, 2]), 0.5)).toBeCloseTo(2.6, 1);
  expect(percentileMs(counts([0, 98], [5, 2]), 0.99)).toBe(175);
  // Beyond the last bound nothing is known but that.
  expect(percentileMs(counts([durationBoundsMs.length, 1]), 0.5)).toBe(30_000);
});

function attempt(endpointId: string, status: string, durationMs: number): ObservedAttempt {
  return {
    deliveryId: "d",
    eventId: "e",
    eventType: "t",
    orgId: "org",
    endpointId,
    contract: "standard",
    number: 1,
    status,
    responseStatus: 200,
    error: null,
    startedAtMs: 3_600_000 * 5 + 60_000 * 7 + 1,
    durationMs,
    nextAttemptAtMs: null,
  };
}

test("counts by endpoint and over all, in minutes and hours, in a fixed order", async () => {
  const written: (readonly Count[])[] = [];
  const statistics = new Statistics({ write: async (batch) => void written.push(batch) });
  statistics.observer.attempted(attempt("b", "delivered", 4));
  statistics.observer.attempted(attempt("a", "pending", 60_000));
  statistics.observer.attempted(attempt("a", "failed", 7));
  await statistics.flush();
  await statistics.flush();
  expect(written).toHaveLength(1);
  const told = written[0]?.map((each) => [
    each.endpointId,
    each.resolutionSeconds,
    each.bucketAtMs,
    each.attempts,
    each.delivered,
    each.failedAttempts,
    each.deadLetters,
  ]);
  const minute = 3_600_000 * 5 + 60_000 * 7;
  const hour = 3_600_000 * 5;
  expect(told).toEqual([
    [nilId, 3_600, hour, 3, 1, 2, 1],
    [nilId, 60, minute, 3, 1, 2, 1],
    ["a", 3_600, hour, 2, 0, 2, 1],
    ["a", 60, minute, 2, 0, 2, 1],
    ["b", 3_600, hour, 1, 1, 0, 0],
    ["b", 60, minute, 1, 1, 0, 0],
  ]);
});

test("what could not be written is written with the next", async () => {
  const written: (readonly Count[])[] = [];
  let isBroken = true;
  const statistics = new Statistics({
    write: async (batch) => {
      if (isBroken) throw new Error("away");
      written.push(batch);
    },
  });
  statistics.observer.attempted(attempt("a", "delivered", 4));
  await expect(statistics.flush()).rejects.toThrow("away");
  statistics.observer.attempted(attempt("a", "delivered", 40));
  isBroken = false;
  await statistics.flush();
  const minute = written[0]?.find(
    (each) => each.endpointId === "a" && each.resolutionSeconds === 60,
  );
  expect(minute).toMatchObject({ attempts: 2, delivered: 2 });
  expect(minute?.durations.reduce((sum, count) => sum + count, 0)).toBe(2);
});
