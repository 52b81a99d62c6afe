/** One settlement in a commit cannot be stored, but the others can. */
import { expect, test } from "vitest";
import { UnstorableError, type Settlement } from "../../store/store.ts";
import { Settler } from "./settle.ts";
import { StoppedClock } from "./testing/queue.ts";

function settlement(id: string, exchangeJson: string): Settlement {
  return {
    deliveryId: id,
    leaseId: "lease",
    number: 1,
    status: "delivered",
    dueAtMs: null,
    attempt: {
      atMs: 0,
      durationMs: 1,
      responseStatus: 200,
      error: null,
      trigger: "schedule",
      exchangeJson,
    },
    turnEndpointOff: null,
  };
}

/**
 * A store that rejects a settlement with the details "bad", and any commit that contains "worst".
 */
function fussyStore(stored: Map<string, Settlement>) {
  return {
    async settle(settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
      const isBad = ({ attempt, deliveryId }: Settlement): boolean =>
        attempt.exchangeJson === "bad" || deliveryId.startsWith("worst");
      if (settlements.some(isBad)) throw new UnstorableError(new Error("no"));
      for (const each of settlements) stored.set(each.deliveryId, each);
      return new Set();
    },
    release: async () => {},
  };
}

test("does not fail the others; its outcome is stored without its details", async () => {
  const stored = new Map<string, Settlement>();
  const clock = new StoppedClock();
  const failures: unknown[] = [];
  const settler = new Settler({
    store: fussyStore(stored),
    clock,
    observer: {
      attempted: () => {},
      leaseLost: () => {},
      sendThrew: () => {},
      deliveryUnreadable: () => {},
      fanOutFailed: () => {},
      attemptHeld: () => {},
      storeFailed: (_, error) => failures.push(error),
    },
  });
  const done = new Map<string, boolean>();
  const ids = Array.from({ length: 100 }, (_, index) => `good ${index}`);
  for (const id of [...ids.slice(0, 40), "bad", ...ids.slice(40), "worst"]) {
    const given = settlement(id, id === "bad" ? "bad" : "{}");
    settler.settle(given, clock.nowMs + 60_000, (isSettled) => done.set(id, isSettled));
  }
  clock.goOn(10);
  for (let turn = 0; turn < 200 && done.size < 102; turn += 1) await Promise.resolve();
  expect([...done].filter(([, isSettled]) => !isSettled)).toEqual([["worst", false]]);
  expect(stored.size).toBe(101);
  expect(stored.get("bad")?.attempt.exchangeJson).toMatch(/could not store the details/);
  expect(failures.length).toBeGreaterThan(0);
});
