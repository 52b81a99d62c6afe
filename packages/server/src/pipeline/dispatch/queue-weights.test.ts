import { expect, test } from "vitest";
import { deliveryTo, endpointOf, newQueue, StoppedClock } from "./testing/queue.ts";
import type { FairQueue, QueuedDelivery } from "./queue.ts";

const charsPerAttempt = 1_000;

function takeAll(queue: FairQueue): QueuedDelivery[] {
  const taken: QueuedDelivery[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
  return taken;
}

function push(queue: FairQueue, orgId: string, count: number, chars: number): void {
  const endpoint = endpointOf(`endpoint of ${orgId}`, orgId);
  for (let n = 0; n < count; n += 1) {
    const delivery = deliveryTo(endpoint, `${orgId} ${n}`);
    queue.push({ delivery, endpoint, data: { chars, waiting: 0, leaseEndsMs: Infinity } });
  }
}

test("attempts with large data count as several, so fewer run in parallel", () => {
  const queue = newQueue(new StoppedClock(), { inFlightMax: 20, charsPerAttempt });
  push(queue, "large", 20, 5_000);
  const taken = takeAll(queue);
  // An org may use as many attempts as are free: 5 of 20 at first, later 10 of 20, then no more.
  expect([taken.length, queue.inFlight]).toEqual([2, 2]);
  for (const each of taken) queue.done(each, false);
  expect(queue.inFlight).toBe(0);
  expect(takeAll(queue)).toHaveLength(2);
});

test("an event larger than the whole limit is sent alone, and other orgs' events after it", () => {
  const queue = newQueue(new StoppedClock(), { inFlightMax: 4, charsPerAttempt });
  push(queue, "large", 1, 50_000);
  push(queue, "small", 1, 10);
  const [first, ...others] = takeAll(queue);
  expect([first?.endpoint.orgId, others]).toEqual(["large", []]);
  if (first !== undefined) queue.done(first, false);
  expect(takeAll(queue).map(({ endpoint }) => endpoint.orgId)).toEqual(["small"]);
});

test("small events count as one each", () => {
  const queue = newQueue(new StoppedClock(), { inFlightMax: 20, charsPerAttempt });
  push(queue, "small", 20, charsPerAttempt);
  expect(takeAll(queue)).toHaveLength(10);
});
