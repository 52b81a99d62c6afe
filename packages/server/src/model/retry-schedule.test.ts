import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import {
  nextAttemptDelayMs,
  parseDuration,
  parseRetryAfter,
  parseSchedule,
  type NextAttemptFacts,
} from "./retry-schedule.ts";

const minuteMs = 60_000;
const scheduleMs = [0, minuteMs, 5 * minuteMs, 30 * minuteMs, 120 * minuteMs];
const facts: NextAttemptFacts = {
  scheduleMs,
  jitter: { below: 0, above: 0 },
  attemptsMade: 1,
  random: 0,
  retryAfterMs: null,
};

describe("the delay to the next attempt", () => {
  test.each([
    [0, 0],
    [1, minuteMs],
    [2, 5 * minuteMs],
    [3, 30 * minuteMs],
    [4, 120 * minuteMs],
    [5, null],
    [6, null],
  ])("after %i attempts is the schedule's step: %s", (attemptsMade, expected) => {
    expect(nextAttemptDelayMs({ ...facts, attemptsMade })).toBe(expected);
  });

  test("lies within the jitter, from its lower bound up", () => {
    const jitter = { below: 0.2, above: 0.1 };
    const at = (random: number): number | null => nextAttemptDelayMs({ ...facts, jitter, random });
    expect(at(0)).toBe(48_000);
    expect(at(2 / 3)).toBe(minuteMs);
    expect(at(1 - Number.EPSILON)).toBe(66_000);
  });

  test("is never less than scheduled if the jitter is only upward", () => {
    const jitter = { below: 0, above: 0.05 };
    fc.assert(
      fc.property(fraction(), fc.integer({ min: 1, max: 4 }), (random, attemptsMade) => {
        const delayMs = nextAttemptDelayMs({ ...facts, jitter, random, attemptsMade });
        expect(delayMs).toBeGreaterThanOrEqual(scheduleMs[attemptsMade] ?? Number.NaN);
      }),
    );
  });

  test("spreads simultaneous failures evenly over the jitter, without a spike", () => {
    const jitter = { below: 0, above: 0.1 };
    const perTenth = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 10_000; n += 1) {
      const delayMs = nextAttemptDelayMs({ ...facts, jitter, random: n / 10_000 }) ?? Number.NaN;
      const tenth = Math.floor((delayMs - minuteMs) / 600);
      perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
    }
    expect(perTenth).toHaveLength(10);
    for (const count of perTenth) expect(Math.abs(count - 1_000)).toBeLessThanOrEqual(10);
  });

  test("of the first attempt is 0, whatever the jitter", () => {
    const jitter = { below: 0.2, above: 0.2 };
    expect(nextAttemptDelayMs({ ...facts, jitter, attemptsMade: 0, random: 0.9 })).toBe(0);
  });
});

describe("a receiver's Retry-After", () => {
  test("makes the delay longer, up to the schedule's longest step", () => {
    const after = (retryAfterMs: number): number | null =>
      nextAttemptDelayMs({ ...facts, retryAfterMs });
    expect(after(0)).toBe(minuteMs);
    expect(after(minuteMs + 1)).toBe(minuteMs + 1);
    expect(after(120 * minuteMs)).toBe(120 * minuteMs);
    expect(after(120 * minuteMs + 1)).toBe(120 * minuteMs);
  });

  test("adds no attempt to the schedule", () => {
    expect(nextAttemptDelayMs({ ...facts, attemptsMade: 5, retryAfterMs: 1 })).toBeNull();
  });

  test("never shortens a delay that jitter extended beyond the longest step", () => {
    const late = { ...facts, attemptsMade: 4, random: 0.5, jitter: { below: 0, above: 0.2 } };
    expect(nextAttemptDelayMs({ ...late, retryAfterMs: 1e12 })).toBe(132 * minuteMs);
  });

  test("keeps the delay within bounds, for any facts", () => {
    const anyFacts = fc.record({
      scheduleMs: fc.array(fc.integer({ min: 0, max: limits.retryDelayMsMax }), { minLength: 1 }),
      jitter: fc.record({ below: fraction(), above: fraction() }),
      attemptsMade: fc.nat({ max: 12 }),
      random: fraction(),
      retryAfterMs: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(anyFacts, (any) => {
        const delayMs = nextAttemptDelayMs(any);
        const scheduledMs = any.scheduleMs[any.attemptsMade];
        if (scheduledMs === undefined) {
          expect(delayMs).toBeNull();
          return;
        }
        const leastMs = Math.round(scheduledMs * (1 - any.jitter.below));
        const mostMs = Math.round(scheduledMs * (1 + any.jitter.above));
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(leastMs);
        expect(delayMs).toBeLessThanOrEqual(
          any.retryAfterMs === null ? mostMs : Math.max(mostMs, ...any.scheduleMs),
        );
        const without = nextAttemptDelayMs({ ...any, retryAfterMs: null });
        expect(delayMs).toBeGreaterThanOrEqual(without ?? Number.NaN);
      }),
    );
  });
});

describe("parseRetryAfter", () => {
  const nowMs = Date.UTC(1994, 10, 6, 8, 49, 0);

  test.each([
    ["0", 0],
    ["120", 120_000],
    [" 120 ", 120_000],
    ["1.5", 1_500],
    ["0.0001", 1],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Mon Nov 07 08:49:00 1994", 86_400_000],
    ["Sun, 06 Nov 1994 08:48:00 GMT", 0],
    ["Monday, 06-Nov-45 08:49:37 GMT", 0],
    ["Sunday, 06-Nov-44 08:49:37 GMT", limits.retryDelayMsMax],
    ["99999999999999999999", limits.retryDelayMsMax],
    ["9".repeat(400), limits.retryDelayMsMax],
    ["Fri, 31 Dec 9999 23:59:60 GMT", limits.retryDelayMsMax],
  ])("reads %j", (value, expected) => {
    expect(parseRetryAfter(value, nowMs)).toBe(expected);
  });

  test.each([
    "",
    "-5",
    "+5",
    "1e3",
    "0x10",
    "5 s",
    "soon",
    "1.",
    "Infinity",
    "NaN",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "120, 120",
  ])("returns null for %j", (value) => {
    expect(parseRetryAfter(value, nowMs)).toBeNull();
  });

  test("reads back every date that JavaScript writes", () => {
    const date = fc.date({
      min: new Date(nowMs),
      max: new Date("2100-01-01"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (at) => {
        const untilMs = Math.floor(at.getTime() / 1000) * 1000 - nowMs;
        const expected = Math.min(untilMs, limits.retryDelayMsMax);
        expect(parseRetryAfter(at.toUTCString(), nowMs)).toBe(expected);
      }),
    );
  });

  test("never throws, and never gives anything but null or a delay", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const afterMs = parseRetryAfter(value, nowMs);
        if (afterMs === null) return;
        expect(afterMs).toBeGreaterThanOrEqual(0);
        expect(afterMs).toBeLessThanOrEqual(limits.retryDelayMsMax);
      }),
    );
  });
});

describe("parseSchedule", () => {
  test.each([
    ["0s", [0]],
    ["0s,1s,2s", [0, 1_000, 2_000]],
    [" 0ms , 250ms,5m,2h ,1d", [0, 250, 300_000, 7_200_000, 86_400_000]],
    ["0s,30d", [0, limits.retryDelayMsMax]],
    ["0s,5s,1s", [0, 5_000, 1_000]],
    ["0s,1h then every 8h until 1d", [0, 3_600_000, 28_800_000, 28_800_000]],
    ["0s,1h then every 8h until 1h", [0, 3_600_000]],
  ])("reads %j", (text, expected) => {
    expect(parseSchedule(text)).toEqual(expected);
  });

  test.each([
    ["", '""'],
    ["0s,", '""'],
    ["0s,,1s", '""'],
    ["0s,5", '"5"'],
    ["0s,5x", '"5x"'],
    ["0s,-5s", '"-5s"'],
    ["0s,1.5s", '"1.5s"'],
    ["0s,1s 2s", '"1s 2s"'],
    ["0s,31d", "31d is longer"],
    ["0s,99999999999999d", '"99999999999999d"'],
    ["1s,2s", "not 1s"],
    ["0s then every 0s until 1d", "longer than 0s"],
    ["0s then every 8h", '"0s then every 8h"'],
    ["0s then every 1s until 1d", "steps"],
  ])("rejects %j, and names the part %s", (text, named) => {
    expect(() => parseSchedule(text)).toThrow(PosthornError);
    expect(() => parseSchedule(text)).toThrow(
      expect.objectContaining({
        code: "PH_SCHEDULE_INVALID",
        message: expect.stringContaining(named),
      }),
    );
  });

  test("accepts as many steps as the limit, and no more", () => {
    const steps = (count: number): string => Array.from({ length: count }, () => "0s").join(",");
    expect(parseSchedule(steps(limits.retryScheduleStepsMax))).toHaveLength(120);
    expect(() => parseSchedule(steps(limits.retryScheduleStepsMax + 1))).toThrow("121 steps");
  });
});

describe("parseDuration", () => {
  test("reads every unit, and nothing else", () => {
    const read = ["20s", "1ms", "2m", "3h", "4d", " 0s "].map((text) => parseDuration(text));
    expect(read).toEqual([20_000, 1, 120_000, 10_800_000, 345_600_000, 0]);
    for (const text of ["", "20", "s", "20S", "2 s", "1s,2s", "999999999999d"]) {
      expect(parseDuration(text)).toBeNull();
    }
  });
});

function fraction(): fc.Arbitrary<number> {
  return fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
}
