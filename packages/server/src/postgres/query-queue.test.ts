import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { VirtualClock } from "../simulation/clock.ts";
import { operator, QueryQueue } from "./query-queue.ts";

/** Lets the callbacks of settled promises run. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Running {
  readonly org: string;
  end(): void;
}

/** Creates a queue, and records the queries that it has started, rejected and ended. */
function observed(runningMax: number, mayRefuse = true) {
  const clock = new VirtualClock(0);
  const started: string[] = [];
  const refused: string[] = [];
  const running: Running[] = [];
  let refusals = 0;
  const queue = new QueryQueue({
    clock,
    runningMax,
    mayRefuse,
    onRefused: () => (refusals += 1),
  });
  const ask = (org: string): void => {
    queue
      .run(org, () => {
        started.push(org);
        return new Promise<void>((resolve) => {
          const query: Running = {
            org,
            end() {
              running.splice(running.indexOf(query), 1);
              resolve();
            },
          };
          running.push(query);
        });
      })
      .catch((error: unknown) => {
        expect(error).toMatchObject({ code: "PH_TOO_MANY_QUERIES", status: 429 });
        expect(error).toMatchObject({ retryAfterSeconds: limits.queryWaitMs / 1000 });
        refused.push(org);
      });
  };
  const runningOf = (org: string): number => running.filter((each) => each.org === org).length;
  return { clock, queue, started, refused, running, ask, runningOf, refusals: () => refusals };
}

describe("one org alone", () => {
  test("has one slot, the operator half of them; the next query starts when one ends", async () => {
    for (const [caller, most] of [
      ["a", limits.queriesRunningPerOrgMax],
      [operator, 2],
    ] as const) {
      const seen = observed(4);
      for (let count = 0; count < 5; count += 1) seen.ask(caller);
      await settle();
      expect([seen.queue.running, seen.queue.waiting]).toEqual([most, 5 - most]);
      seen.running[0]?.end();
      await settle();
      expect([seen.queue.running, seen.queue.waiting]).toEqual([most, 4 - most]);
    }
  });

  test.each([1, 2, 3])("has at least one slot of %i", async (slots) => {
    const seen = observed(slots);
    seen.ask("a");
    await settle();
    expect(seen.queue.running).toBe(1);
  });

  test("may have as many waiting queries as its limit; the next is rejected immediately", async () => {
    const seen = observed(4);
    for (
      let count = 0;
      count < limits.queriesRunningPerOrgMax + limits.queriesWaitingPerOrgMax;
      count += 1
    )
      seen.ask("a");
    await settle();
    expect([seen.queue.waiting, seen.refused.length]).toEqual([limits.queriesWaitingPerOrgMax, 0]);
    seen.ask("a");
    seen.ask("b");
    await settle();
    expect(seen.refused).toEqual(["a"]);
    expect(seen.refusals()).toBe(1);
    expect(seen.runningOf("b")).toBe(1);
  });

  test("waits as long as its limit, and is then rejected; the operator may have more waiting", async () => {
    const seen = observed(2);
    for (let count = 0; count < 1 + limits.operatorQueriesWaitingMax; count += 1) {
      seen.ask(operator);
    }
    await settle();
    expect(seen.queue.waiting).toBe(limits.operatorQueriesWaitingMax);
    seen.ask(operator);
    await settle();
    expect(seen.refused).toHaveLength(1);
    await seen.clock.run(limits.queryWaitMs - 1);
    expect(seen.refused).toHaveLength(1);
    await seen.clock.run(limits.queryWaitMs);
    await settle();
    expect(seen.refused).toHaveLength(1 + limits.operatorQueriesWaitingMax);
    expect([seen.queue.running, seen.queue.waiting]).toEqual([1, 0]);
  });
});

test("a query that must not be rejected waits as long as it takes", async () => {
  const seen = observed(2, false);
  const queries = limits.queriesWaitingPerOrgMax * 2;
  for (let count = 0; count < queries; count += 1) seen.ask("a");
  await seen.clock.run(limits.queryWaitMs * 2);
  for (let count = 0; count < queries; count += 1) {
    seen.running[0]?.end();
    await settle();
  }
  expect([seen.started.length, seen.refused.length]).toEqual([queries, 0]);
});

test("a failed query releases its slot", async () => {
  const { queue } = observed(2);
  const failing = queue.run("a", () => Promise.reject(new Error("no such column")));
  await expect(failing).rejects.toThrow("no such column");
  expect(queue.running).toBe(0);
});

test("waiting orgs take turns, however many queries each has waiting", async () => {
  const seen = observed(2);
  for (let count = 0; count < 50; count += 1) seen.ask("greedy");
  for (const org of ["b", "c", "d"]) for (let count = 0; count < 4; count += 1) seen.ask(org);
  await settle();
  for (let count = 0; count < 18; count += 1) {
    seen.running[0]?.end();
    await settle();
  }
  // From the third query on, all four callers have queued queries.
  const inTurn = seen.started.slice(2, 14);
  for (const org of ["greedy", "b", "c", "d"]) {
    expect(inTurn.filter((each) => each === org)).toHaveLength(3);
  }
});

type Step = readonly ["ask", string] | readonly ["end", number] | readonly ["wait", number];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(
      fc.constant("ask" as const),
      fc.constantFrom("a", "a", "b", "c", "d", operator, operator),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant("end" as const), fc.nat(3)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("wait" as const), fc.nat(limits.queryWaitMs)) },
);

test("in any order of queries: no slot too many, none idle while somebody may have it, none lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step), async (slots, steps) => {
      const seen = observed(slots);
      const asked = new Map<string, number>();
      for (const [what, value] of steps) {
        if (what === "ask") {
          asked.set(value, (asked.get(value) ?? 0) + 1);
          seen.ask(value);
        } else if (what === "end") seen.running[value % Math.max(1, seen.running.length)]?.end();
        else await seen.clock.run(seen.clock.now() + value);
        await settle();
        const free = slots - seen.running.length;
        expect(free).toBeGreaterThanOrEqual(0);
        expect(seen.queue.running).toBe(seen.running.length);
        for (const [org, count] of asked) {
          const finished = (list: readonly string[]): number =>
            list.filter((each) => each === org).length;
          const waits = finished(seen.started) + finished(seen.refused) < count;
          // A free slot is reserved only for an org that has fewer slots.
          const most = org === operator ? free : Math.min(free, limits.queriesRunningPerOrgMax);
          if (waits) expect(seen.runningOf(org)).toBeGreaterThanOrEqual(most);
          if (org !== operator) {
            expect(seen.runningOf(org)).toBeLessThanOrEqual(limits.queriesRunningPerOrgMax);
          }
          // If there are several slots, no org has all of them.
          if (slots > 1) expect(seen.runningOf(org)).toBeLessThan(slots);
        }
      }
      await seen.clock.run(seen.clock.now() + limits.queryWaitMs);
      while (seen.running.length > 0) {
        seen.running[0]?.end();
        await settle();
      }
      const total = [...asked.values()].reduce((sum, count) => sum + count, 0);
      expect(seen.started.length + seen.refused.length).toBe(total);
      expect([seen.queue.running, seen.queue.waiting]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});
