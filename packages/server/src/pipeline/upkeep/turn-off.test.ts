import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkPauseMs, fills, nextStreak, type FailureStreak } from "./turn-off.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const periodMs = 5 * dayMs;

interface Attempt {
  readonly atMs: number;
  readonly isDelivered: boolean;
}

/** The streak as a node would keep it that checks after each attempt. */
function streakAfter(attempts: readonly Attempt[]): FailureStreak | null {
  let streak: FailureStreak | null = null;
  for (const { atMs, isDelivered } of attempts) {
    const recent = {
      lastDeliveredAtMs: isDelivered ? atMs : null,
      lastFailedAtMs: isDelivered ? null : atMs,
    };
    streak = nextStreak(streak, recent, periodMs);
  }
  return streak;
}

const failuresAt = (...times: readonly number[]): readonly Attempt[] =>
  times.map((atMs) => ({ atMs, isDelivered: false }));

const isOff = (attempts: readonly Attempt[]): boolean => {
  const streak = streakAfter(attempts);
  return streak !== null && fills(streak, periodMs, 1);
};

const hourly = (hours: number, fromMs = 0): number[] =>
  Array.from({ length: hours + 1 }, (_, hour) => fromMs + hour * hourMs);

describe("an endpoint that only fails", () => {
  test("is off after five days, and not an hour earlier", () => {
    expect(isOff(failuresAt(...hourly(119)))).toBe(false);
    expect(isOff(failuresAt(...hourly(120)))).toBe(true);
  });

  test("is not off after 40 failures in a second", () => {
    expect(isOff(failuresAt(...Array.from({ length: 40 }, (_, n) => n * 25)))).toBe(false);
  });

  test("is not off because nothing was attempted for five days", () => {
    const before = hourly(3);
    expect(isOff(failuresAt(...before, ...hourly(3, 5 * dayMs)))).toBe(false);
    expect(isOff(failuresAt(...before, ...hourly(54, 5 * dayMs)))).toBe(false);
    expect(isOff(failuresAt(...before, ...hourly(120, 5 * dayMs)))).toBe(true);
  });

  test("starts again after one success, even if it is reported late", () => {
    const failures = failuresAt(...hourly(119));
    const success = { atMs: 119 * hourMs + 1, isDelivered: true };
    expect(streakAfter([...failures, success])).toBeNull();
    expect(isOff([...failures, success, ...failuresAt(...hourly(119, 120 * hourMs))])).toBe(false);
    const streak = streakAfter(failures);
    const late = { lastDeliveredAtMs: 50 * hourMs, lastFailedAtMs: 120 * hourMs };
    expect(nextStreak(streak, late, periodMs)).toEqual({
      sinceMs: 120 * hourMs,
      untilMs: 120 * hourMs,
      failedParts: 1,
    });
  });

  test("gets a warning after half of the time", () => {
    const at = (hours: number): boolean => {
      const streak = streakAfter(failuresAt(...hourly(hours)));
      return streak !== null && fills(streak, periodMs, 0.5);
    };
    expect(at(59)).toBe(false);
    expect(at(60)).toBe(true);
  });

  test("is never off without ten failures spread over the whole period", () => {
    const attempt = fc.record({
      atMs: fc.integer({ min: 0, max: 20 * dayMs }),
      isDelivered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 60 }), (given) => {
        const attempts = given.toSorted((a, b) => a.atMs - b.atMs);
        if (!isOff(attempts)) return;
        const lastSuccess = attempts.findLastIndex(({ isDelivered }) => isDelivered);
        const failures = attempts.slice(lastSuccess + 1);
        expect(failures.length).toBeGreaterThanOrEqual(10);
        expect(failures.at(-1)!.atMs - failures[0]!.atMs).toBeGreaterThanOrEqual(periodMs);
      }),
    );
  });
});

test("is checked twice in each tenth, at least once a minute, and not continuously", () => {
  expect(checkPauseMs(periodMs)).toBe(60_000);
  expect(checkPauseMs(60_000)).toBe(3_000);
  expect(checkPauseMs(1_000)).toBe(250);
});
