import { describe, expect, test } from "vitest";
import { sometimes, Violation } from "./ledger.ts";
import { simulate, stopAtRandom } from "./run.ts";
import type { Mutation } from "./watched-store.ts";

/** `npm run simulate` runs 200 seeds. Here a few are enough, if everything has happened in them. */
const seedsLeast = 20;
const seedsMax = 100;

test("nothing is lost, and everything that may happen has happened", async () => {
  const missing = new Set<string>(sometimes);
  for (let seed = 1; seed <= seedsLeast || (missing.size > 0 && seed <= seedsMax); seed += 1) {
    const { seen } = await simulate(seed);
    for (const what of seen) missing.delete(what);
  }
  expect([...missing]).toEqual([]);
}, 120_000);

test("the same seed gives the same run", async () => {
  expect(await simulate(7)).toEqual(await simulate(7));
});

test("a node that stops at any moment releases everything", async () => {
  for (let seed = 1; seed <= 2 * seedsLeast; seed += 1) {
    expect([seed, await stopAtRandom(seed)]).toEqual([seed, []]);
  }
}, 60_000);

describe("a deliberate break is detected", () => {
  const cases: readonly (readonly [Mutation, RegExp])[] = [
    ["no fence", /settled without its lease|changed from/],
    ["acknowledges what is not stored", /acknowledged, and is not stored/],
    ["claims too early", /before its time|was claimed while/],
    ["forgets fan-outs", /lacks deliveries for ever/],
    ["a failed fan-out holds back its org", /is held back by another/],
    ["leases ids below the watermark", /out of the reaper's sight/],
  ];

  test.each(cases)(
    "%s",
    async (broken, message) => {
      const failures: string[] = [];
      const isNoticed = (): boolean => failures.some((failure) => message.test(failure));
      for (let seed = 1; seed <= 40 && !isNoticed(); seed += 1) {
        try {
          await simulate(seed, broken);
        } catch (error) {
          if (!(error instanceof Violation)) throw error;
          failures.push(error.message);
        }
      }
      expect(isNoticed()).toBe(true);
    },
    60_000,
  );
});
