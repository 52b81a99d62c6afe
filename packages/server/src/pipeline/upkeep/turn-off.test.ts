import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import {
  checkPauseMs,
  failingSince,
  turnOffFailing,
  type FailingEndpoint,
  type TurnOffStore,
} from "./turn-off.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const periodMs = 5 * dayMs;

interface Attempt {
  readonly atMs: number;
  readonly isDelivered: boolean;
}

const failure = (atMs: number): Attempt => ({ atMs, isDelivered: false });
const success = (atMs: number): Attempt => ({ atMs, isDelivered: true });

/** The value of `failing_since` if a node checks the endpoint after each group of attempts. */
function sinceAfter(looks: readonly (readonly Attempt[])[]): number | null {
  let sinceMs: number | null = null;
  for (const attempts of looks) {
    const lastOf = (isDelivered: boolean): number | null =>
      attempts.findLast((each) => each.isDelivered === isDelivered)?.atMs ?? null;
    const recent = { lastDeliveredAtMs: lastOf(true), lastFailedAtMs: lastOf(false) };
    sinceMs = failingSince(sinceMs, recent);
  }
  return sinceMs;
}

describe("the start of a failing period", () => {
  test("is the first failure, however many follow", () => {
    expect(sinceAfter([[failure(5)], [failure(6), failure(7)], [failure(8)]])).toBe(5);
  });

  test("is reset by one success, even if the success is learnt of late", () => {
    expect(sinceAfter([[failure(5)], [success(6)]])).toBeNull();
    expect(sinceAfter([[failure(5)], [success(6), failure(7)]])).toBe(7);
    expect(sinceAfter([[failure(5)], [failure(9)], [success(7), failure(10)]])).toBe(10);
  });

  test("is a failure without a later success, in whatever order outcomes arrive", () => {
    const attempt = fc.record({
      atMs: fc.integer({ min: 0, max: 20 * dayMs }),
      isDelivered: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(attempt, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        (all, n) => {
          const attempts = all.toSorted((a, b) => a.atMs - b.atMs);
          const looks = attempts.flatMap((_, index) =>
            index % n === 0 ? [attempts.slice(index, index + n)] : [],
          );
          const sinceMs = sinceAfter(looks);
          if (attempts.at(-1)?.isDelivered === false && n === 1) expect(sinceMs).not.toBeNull();
          if (sinceMs === null) return;
          expect(attempts).toContainEqual(failure(sinceMs));
          expect(attempts.some((each) => each.isDelivered && each.atMs > sinceMs)).toBe(false);
        },
      ),
    );
  });
});

describe("an endpoint that only fails", () => {
  const act = (done: string[], what: string) => async (id: { readonly id: string }) =>
    done.push(`${id.id} ${what}`) > 0;
  const clock = { now: () => 0, monotonicMs: () => 0, after: () => () => undefined };
  const failing = (fields: Partial<FailingEndpoint>): FailingEndpoint => ({
    id: "e",
    sinceMs: 0,
    lastFailedAtMs: 0,
    warnedAtMs: null,
    ...fields,
  });

  /** Checks an endpoint that has enough failures and no success, and returns what happens. */
  async function outcomeOf(fields: Partial<FailingEndpoint>): Promise<readonly string[]> {
    const done: string[] = [];
    const store: TurnOffStore = {
      failingEndpoints: async () => [failing(fields)],
      turnOff: act(done, "off"),
      warn: act(done, "warned"),
    };
    await turnOffFailing({ store, clock, periodMs });
    return done;
  }

  test("is turned off after five days, and not a moment before", async () => {
    const warned = { warnedAtMs: periodMs / 2 };
    expect(await outcomeOf({ lastFailedAtMs: periodMs - 1, ...warned })).toEqual([]);
    expect(await outcomeOf({ lastFailedAtMs: periodMs, ...warned })).toEqual(["e off"]);
  });

  test("is warned of once before that", async () => {
    expect(await outcomeOf({ lastFailedAtMs: periodMs / 2 })).toEqual(["e warned"]);
    expect(await outcomeOf({ lastFailedAtMs: periodMs / 2, warnedAtMs: periodMs / 2 })).toEqual([]);
  });

  test("is not turned off for a burst long after an earlier failure, but a quarter later", async () => {
    expect(await outcomeOf({ lastFailedAtMs: 2 * periodMs })).toEqual(["e warned"]);
    const warned = { warnedAtMs: 2 * periodMs };
    const quarterMs = periodMs * limits.failingWarnedShare;
    expect(await outcomeOf({ lastFailedAtMs: 2 * periodMs + quarterMs - 1, ...warned })).toEqual(
      [],
    );
    expect(await outcomeOf({ lastFailedAtMs: 2 * periodMs + quarterMs, ...warned })).toEqual([
      "e off",
    ]);
  });

  test("is turned off although another endpoint's check fails", async () => {
    const done: string[] = [];
    const off = act(done, "off");
    const fault = new Error("a fault of the test");
    const store: TurnOffStore = {
      failingEndpoints: async () =>
        ["bad", "good"].map((id) => failing({ id, lastFailedAtMs: periodMs, warnedAtMs: 1 })),
      turnOff: async (endpoint) => {
        if (endpoint.id === "bad") throw fault;
        return off(endpoint);
      },
      warn: act(done, "warned"),
    };
    expect(await turnOffFailing({ store, clock, periodMs })).toEqual({
      turnedOff: ["good"],
      failures: [fault],
    });
    expect(done).toEqual(["good off"]);
  });
});

test("is checked 20 times in a period, at least once a minute, and never without a pause", () => {
  expect(checkPauseMs(periodMs)).toBe(60_000);
  expect(checkPauseMs(60_000)).toBe(3_000);
  expect(checkPauseMs(1_000)).toBe(250);
});
