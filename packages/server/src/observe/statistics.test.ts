import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { probeOrgId } from "../model/probe.ts";
import type { ObservedAttempt } from "../pipeline/ports.ts";
import { durationBoundsMs, percentileMs, Statistics, type Count } from "./statistics.ts";

const counts = (...pairs: readonly (readonly [bucket: number, count: number])[]): number[] => {
  const durations = Array.from({ length: durationBoundsMs.length + 1 }, () => 0);
  for (const [bucket, count] of pairs) durations[bucket] = count;
  return durations;
};

const bucketOf = (ms: number): number => durationBoundsMs.findIndex((bound) => ms <= bound);

test("a percentile is at most 10 % off, and never above the longest duration", () => {
  expect(percentileMs(counts(), 0, 0.5)).toBeNull();
  // The longest duration of each bucket, and the shortest of the next one.
  const edges = durationBoundsMs.flatMap((bound) => [bound, bound + 1]);
  for (const ms of [1, ...edges.slice(0, -1)]) {
    const durations = counts([bucketOf(ms), 3]);
    // Tests each duration alone, and together with a far longer one that is above the percentile.
    for (const longestMs of [ms, 60_000]) {
      const percentile = percentileMs(durations, longestMs, 0.5) ?? 0;
      expect(Math.abs(percentile - ms) / ms).toBeLessThanOrEqual(0.1);
      expect(percentile).toBeLessThanOrEqual(longestMs);
    }
  }
  const durations = counts([bucketOf(3), 98], [bucketOf(200), 2]);
  expect(percentileMs(durations, 200, 0.98)).toBe(3);
  expect(percentileMs(durations, 200, 0.99)).toBeCloseTo(187.6, 1);
  // Above the last bound, only the longest duration is known.
  expect(percentileMs(counts([durationBoundsMs.length, 1]), 40_000, 0.5)).toBeCloseTo(34_641.6, 1);
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

const clock = { monotonicMs: () => 0 };
const minuteAtMs = 3_600_000 * 5 + 60_000 * 7;

test("counts by endpoint, in the minute in which the attempt started", async () => {
  const written: (readonly Count[])[] = [];
  const statistics = new Statistics({ clock, write: async (batch) => void written.push(batch) });
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
    { ...none, endpointId: "b", minuteAtMs, delivered: 1, durations: counts([bucketOf(5), 1]) },
    {
      ...none,
      endpointId: "a",
      minuteAtMs,
      attempts: 2,
      failedAttempts: 2,
      deadLetters: 1,
      durations: counts([bucketOf(7), 1], [durationBoundsMs.length, 1]),
      longestMs: 60_000,
      lastDeliveredAtMs: null,
      lastFailedAtMs: minuteAtMs + 1,
    },
    { ...none, endpointId: "a", minuteAtMs: minuteAtMs - 60_000, delivered: 1 },
  ]);
});

test("failingSinceMs is the first failure of the receiver after the last success", async () => {
  type Outcome = readonly [status: string, atMs: number, error?: ObservedAttempt["error"]];
  const sinceAfter = async (...outcomes: readonly Outcome[]): Promise<number | null> => {
    let found: number | null = null;
    const write = async ([count]: readonly Count[]) => void (found = count!.failingSinceMs);
    const statistics = new Statistics({ clock, write });
    for (const [status, atMs, error = null] of outcomes) {
      const startedAtMs = minuteAtMs + atMs;
      statistics.observer.attempted({ ...attempt("a", status, 1), startedAtMs, error });
    }
    await statistics.flush();
    return found === null ? null : found - minuteAtMs;
  };
  expect(await sinceAfter(["pending", 5], ["failed", 6])).toBe(5);
  expect(await sinceAfter(["pending", 5], ["delivered", 6])).toBeNull();
  expect(await sinceAfter(["pending", 5], ["delivered", 6], ["pending", 7], ["pending", 8])).toBe(
    7,
  );
  // Outcomes arrive in another order than attempts start.
  expect(await sinceAfter(["pending", 7], ["delivered", 6], ["pending", 5])).toBe(7);
  expect(await sinceAfter(["pending", 5], ["pending", 8], ["delivered", 7])).toBe(8);
  expect(await sinceAfter(["pending", 5, "shutdown"])).toBeNull();
});

test("endpoints beyond the maximum are not counted", async () => {
  let written: readonly Count[] = [];
  const statistics = new Statistics({
    clock,
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
    clock,
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
    [{ attempts: 2, delivered: 2, durations: counts([bucketOf(4), 1], [bucketOf(40), 1]) }],
  ]);
});

test("reading writes the counts first, at most once a second, and hides a failure", async () => {
  let nowMs = 0;
  let writes = 0;
  const statistics = new Statistics({
    clock: { monotonicMs: () => nowMs },
    async write() {
      writes += 1;
      if (writes === 2) throw new Error("away");
    },
  });
  const readAt = async (ms: number): Promise<number> => {
    nowMs = ms;
    statistics.observer.attempted(attempt("a", "delivered", 4));
    await statistics.flushBeforeRead();
    return writes;
  };
  expect(await readAt(0)).toBe(1);
  expect(await readAt(limits.statisticsReadFlushMs - 1)).toBe(1);
  expect(await readAt(limits.statisticsReadFlushMs)).toBe(2);
  expect(await readAt(2 * limits.statisticsReadFlushMs)).toBe(3);
});

test("the probe is not counted", async () => {
  let written: readonly Count[] = [];
  const statistics = new Statistics({
    clock,
    async write(batch) {
      written = batch;
    },
  });
  statistics.observer.attempted({ ...attempt("probe", "delivered", 1), orgId: probeOrgId });
  await statistics.flush();
  expect(written).toEqual([]);
});
