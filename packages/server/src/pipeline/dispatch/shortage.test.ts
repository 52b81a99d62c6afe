import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import type { QueuedDelivery } from "./queue.ts";
import { Shortage } from "./shortage.ts";
import { deliveryTo, endpointOf, StoppedClock } from "./testing/queue.ts";

function newShortage(clock: StoppedClock, inFlightMax = 1_000) {
  const seen = { limits: [] as number[], retried: [] as string[], rested: 0 };
  const shortage = new Shortage({
    clock,
    random: { fraction: () => 0.5, bytes: () => new Uint8Array() },
    inFlightMax,
    onLimit: (count) => seen.limits.push(count),
    onRetry: ({ delivery }) => seen.retried.push(delivery.id),
    onRested: () => (seen.rested += 1),
  });
  return { shortage, seen };
}

function queued(id: string): QueuedDelivery {
  const endpoint = endpointOf("endpoint", "org");
  return {
    delivery: deliveryTo(endpoint, id),
    endpoint,
    data: { chars: 2, waiting: 0, leaseEndsMs: Infinity },
  };
}

test("held attempts are retried after 1 to 2 s, not immediately", () => {
  const clock = new StoppedClock();
  const { shortage, seen } = newShortage(clock);
  shortage.hold(queued("a"));
  clock.goOn(limits.shortageRetryMs);
  expect([seen.retried, shortage.waiting]).toEqual([[], 1]);
  clock.goOn(limits.shortageRetryMs);
  expect([seen.retried, shortage.waiting]).toEqual([["a"], 0]);
});

test("held attempts of a stopping node are handed out, and not retried", () => {
  const clock = new StoppedClock();
  const { shortage, seen } = newShortage(clock);
  shortage.hold(queued("a"));
  shortage.lower(100);
  expect(shortage.drain().map(({ delivery }) => delivery.id)).toEqual(["a"]);
  clock.goOn(60_000);
  expect(seen).toEqual({ limits: [90], retried: [], rested: 0 });
  shortage.lower(50);
  expect([shortage.isResting, shortage.inFlightMax]).toEqual([false, 90]);
});

test("a node learns how many attempts it can make, and pauses for a moment", () => {
  const clock = new StoppedClock();
  const { shortage, seen } = newShortage(clock);
  shortage.lower(160);
  // Twenty failures at the same time count as one shortage.
  for (let n = 0; n < 20; n += 1) shortage.lower(159 - n);
  expect([seen.limits, shortage.isResting]).toEqual([[144], true]);
  clock.goOn(limits.shortageRestMs);
  expect([seen.rested, shortage.isResting]).toEqual([1, false]);
  clock.goOn(limits.shortageRetryMs);
  shortage.lower(4);
  expect(shortage.inFlightMax).toBe(limits.inFlightLeast);
});

test("raises the limit step by step when the shortage is over", () => {
  const clock = new StoppedClock();
  const { shortage, seen } = newShortage(clock, 120);
  shortage.lower(110);
  for (let n = 0; n < 5; n += 1) clock.goOn(limits.shortageRaiseMs);
  expect(seen.limits).toEqual([99, 109, 120]);
});
