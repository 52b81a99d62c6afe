import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { ObservedAttempt } from "../pipeline/ports.ts";
import { durationBoundsMs, percentileMs, Statistics, type Count } from "./statistics.ts";

const counts = (...pairs: readonly (readonly [bucket: number, count: number])[]): number[] => {
  const durations = Array.from({ length: durationBoundsMs.length + 1 }, () => 0);
  for (const [bucket, count] of pairs) durations[bucket] = count;
  return durations;
};

test("percentiles are interpolated inside their bucket", () => {
  expect(percentileMs(counts(), 0.5)).toBeNull();
  // The bucket from 5 to 10 ms: half of a hundred attempts are below its middle.
  expect(percentileMs(counts([1, 100]), 0.5)).toBe(7.5);
  expect(percentileMs(counts([0, 98], [5, 2]), 0.5)).toBeCloseTo(2.6, 1);
  expect(percentileMs(counts([0, 98], [5, 2]), 0.99)).toBe(175);
  // For durations above the last bound, only that is known.
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

const minuteAtMs = 3_600_000 * 5 + 60_000 * 7;

test("counts by endpoint, in the minute in which the attempt started", async () => {
  const written: (readonly Count[])[] = [];
  const statistics = new Statistics({ write: async (batch) => void written.push(batch) });
  statistics.observer.attempted(attempt("b", "delivered", 5));
  statistics.observer.attempted(attempt("a", "pending", 60_000));
  statistics.observer.attempted(attempt("a", "failed", 7));
  const late = attempt("a", "delivered", 4);
  statistics.observer.attempted({ ...late, startedAtMs: minuteAtMs - 1 });
  await statistics.flush();
  await statistics.flush();
  expect(written).toHaveLength(1);
  const none = { attempts: 1, delivered: 0, failedAttempts: 0, deadLetters: 0 };
  expect(written[0]).toMatchObject([
    { ...none, endpointId: "b", minuteAtMs, delivered: 1, durations: counts([0, 1]) },
    {
      ...none,
      endpointId: "a",
      minuteAtMs,
      attempts: 2,
      failedAttempts: 2,
      deadLetters: 1,
      durations: counts([1, 1], [durationBoundsMs.length, 1]),
      lastDeliveredAtMs: null,
      lastFailedAtMs: minuteAtMs + 1,
    },
    { ...none, endpointId: "a", minuteAtMs: minuteAtMs - 60_000, delivered: 1 },
  ]);
});

test("endpoints beyond the maximum are not counted", async () => {
  let written: readonly Count[] = [];
  const statistics = new Statistics({
    write: async (batch) => {
      written = batch;
    },
  });
  for (let number = 0; number <= limits.statisticsCountsMax; number += 1) {
    statistics.observer.attempted(attempt(`endpoint ${number}`, "delivered", 1));
  }
  statistics.observer.attempted(attempt("endpoint 0", "delivered", 1));
  await statistics.flush();
  expect(written).toHaveLength(limits.statisticsCountsMax);
  expect(written[0]?.attempts).toBe(2);
});

test("counts that could not be written are written with the next ones", async () => {
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
  expect(written).toMatchObject([
    [{ attempts: 2, delivered: 2, durations: counts([0, 1], [3, 1]) }],
  ]);
});
