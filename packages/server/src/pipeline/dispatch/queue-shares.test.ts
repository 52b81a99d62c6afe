import { describe, expect, test } from "vitest";
import type { FairQueue } from "./queue.ts";
import {
  deliveryTo,
  endpointOf,
  fill,
  newQueue,
  StoppedClock,
  takeAll,
  takenTo,
} from "./testing/queue.ts";

describe("an org's share", () => {
  /**
   * Creates an org with several endpoints, each with more queued deliveries than parallel attempts.
   */
  function hog(queue: FairQueue, id: string): void {
    for (const number of [1, 2, 3]) fill(queue, endpointOf(`${id}-${number}-`, id, 10), 20);
  }

  function end(queue: FairQueue, orgId: string): void {
    queue.done(takenTo(endpointOf(`${orgId}-1-`, orgId)), true);
  }

  test("of attempts is at most what is free", () => {
    const queue = newQueue(new StoppedClock(), { inFlightMax: 12 });
    hog(queue, "first");
    expect(takeAll(queue)).toHaveLength(6);
    fill(queue, endpointOf("quiet", "other"), 1);
    expect(takeAll(queue)).toEqual(["quiet1"]);
    hog(queue, "second");
    expect(takeAll(queue)).toHaveLength(3);
    fill(queue, endpointOf("quiet", "other"), 1);
    // With 10 attempts in progress and 2 free, an org that already has one or two may not start
    // another.
    expect(takeAll(queue)).toEqual(["quiet1"]);
    expect(queue.inFlight).toBe(11);
  });

  test("reserves the last attempts for orgs that have none", () => {
    const queue = newQueue(new StoppedClock(), { inFlightMax: 12, inFlightReserved: 2 });
    hog(queue, "first");
    expect(takeAll(queue)).toHaveLength(5);
    hog(queue, "second");
    // With 5 and 3 attempts in progress, 4 are free, and 2 of these are reserved.
    expect(takeAll(queue)).toHaveLength(3);
    for (const [orgId, count] of [
      ["third", 1],
      ["fourth", 1],
      ["fifth", 1],
      ["sixth", 1],
    ] as const) {
      hog(queue, orgId);
      expect(takeAll(queue), orgId).toHaveLength(count);
    }
    hog(queue, "seventh");
    expect(takeAll(queue)).toEqual([]);
    end(queue, "first");
    expect(takeAll(queue).map((id) => id.split("-")[0])).toEqual(["seventh"]);
  });

  test("returns as attempts end, to the orgs with the fewest first", () => {
    const queue = newQueue(new StoppedClock(), { inFlightMax: 12 });
    hog(queue, "first");
    takeAll(queue);
    hog(queue, "second");
    expect(takeAll(queue)).toHaveLength(3);
    // With 9 attempts in progress, 3 are free. The first org has 6, the second has 3.
    end(queue, "first");
    expect(takeAll(queue).map((id) => id.split("-")[0])).toEqual(["second"]);
    expect(takeAll(queue)).toEqual([]);
    end(queue, "first");
    expect(takeAll(queue)).toEqual([]);
    for (const orgId of ["first", "first", "first", "first"]) end(queue, orgId);
    expect(takeAll(queue).map((id) => id.split("-")[0])).toContain("first");
  });

  test("of the queue is at most what is free, by number and by data", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "first"), 499);
    expect(queue.fullOrgIds()).toEqual([]);
    fill(queue, endpointOf("a", "first"), 1);
    expect(queue.fullOrgIds()).toEqual(["first"]);
    fill(queue, endpointOf("b", "second"), 250);
    expect(queue.fullOrgIds().toSorted()).toEqual(["first", "second"]);
    queue.take();
    queue.take();
    expect(queue.fullOrgIds()).toEqual(["first"]);
    const byData = newQueue();
    const endpoint = endpointOf("a", "large");
    const data = { chars: 500_000, waiting: 0, leaseEndsMs: Infinity };
    byData.push({ delivery: deliveryTo(endpoint, "a1"), endpoint, data });
    fill(byData, endpointOf("b", "small"), 1);
    expect(byData.fullOrgIds()).toEqual(["large"]);
    // Beyond the limit, every org that has a delivery is full, and no other org is.
    fill(byData, endpointOf("c", "huge"), 1);
    byData.push({
      delivery: deliveryTo(endpoint, "a2"),
      endpoint,
      data: { chars: 600_000, waiting: 0, leaseEndsMs: Infinity },
    });
    expect(byData.room).toBe(0);
    expect(byData.fullOrgIds()).toEqual(["large", "small", "huge"]);
    byData.drain("a");
    expect(byData.fullOrgIds()).toEqual([]);
  });
});
