import { describe, expect, test } from "vitest";
import type { Endpoint } from "../model/endpoint.ts";
import type { LeasedDelivery } from "../store/store.ts";
import { FairQueue } from "./queue.ts";

function endpointOf(id: string, orgId: string, inFlightMax = 1_000): Endpoint {
  return {
    id,
    orgId,
    url: "https://example.com/",
    isActive: true,
    contract: "standard",
    headers: {},
    inFlightMax,
    version: 1,
    secrets: [],
  };
}

function deliveryTo(endpoint: Endpoint, id: string): LeasedDelivery {
  return {
    id,
    event: { id, orgId: endpoint.orgId, type: "t", timestampMs: 0, dataJson: "{}" },
    endpointId: endpoint.id,
    endpointVersion: 1,
    lease: { id: "lease", untilMs: 1 },
    attempts: 0,
    attemptsBeforeRound: 0,
  };
}

function newQueue(): FairQueue {
  return new FairQueue({ perEndpointMax: 3, totalMax: 1_000 });
}

function fill(queue: FairQueue, endpoint: Endpoint, count: number): void {
  for (let number = 1; number <= count; number += 1) {
    queue.push({ delivery: deliveryTo(endpoint, `${endpoint.id}${number}`), endpoint });
  }
}

function takeAll(queue: FairQueue, most = 100): string[] {
  const taken: string[] = [];
  while (taken.length < most) {
    const queued = queue.take();
    if (queued === undefined) break;
    taken.push(queued.delivery.id);
  }
  return taken;
}

describe("turns", () => {
  test("orgs take turns, whatever each has waiting", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "flooding"), 6);
    fill(queue, endpointOf("b", "quiet"), 2);
    expect(takeAll(queue)).toEqual(["a1", "b1", "a2", "b2", "a3", "a4", "a5", "a6"]);
  });

  test("an org's endpoints take turns, and do not give it more of them", () => {
    const queue = newQueue();
    for (const id of ["a", "b", "c"]) fill(queue, endpointOf(id, "many"), 2);
    fill(queue, endpointOf("x", "one"), 4);
    expect(takeAll(queue)).toEqual(["a1", "x1", "b1", "x2", "c1", "x3", "a2", "x4", "b2", "c2"]);
  });

  test("within an endpoint, first come is first served", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "org"), 200);
    expect(takeAll(queue, 200)).toEqual(Array.from({ length: 200 }, (_, at) => `a${at + 1}`));
  });
});

describe("the in-flight cap", () => {
  test("holds back the endpoint that is at it, and no other", () => {
    const queue = newQueue();
    fill(queue, endpointOf("slow", "org", 2), 5);
    fill(queue, endpointOf("quick", "org"), 3);
    expect(takeAll(queue)).toEqual(["slow1", "quick1", "slow2", "quick2", "quick3"]);
    expect(queue.inFlight).toBe(5);
    expect(queue.size).toBe(3);
    queue.done("slow");
    expect(takeAll(queue)).toEqual(["slow3"]);
  });

  test("of a changed endpoint counts from the next delivery on", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "org", 1), 3);
    expect(takeAll(queue)).toHaveLength(1);
    queue.push({
      delivery: deliveryTo(endpointOf("a", "org"), "a4"),
      endpoint: endpointOf("a", "org", 3),
    });
    expect(takeAll(queue)).toEqual(["a2", "a3"]);
  });
});

describe("room", () => {
  test("full lanes are named, and places counted", () => {
    const queue = newQueue();
    fill(queue, endpointOf("full", "org"), 3);
    fill(queue, endpointOf("half", "org"), 1);
    expect(queue.fullEndpointIds()).toEqual(["full"]);
    expect(queue.freePlaces(5)).toEqual(
      new Map([
        ["full", 2],
        ["half", 4],
      ]),
    );
  });

  test("draining takes out what waits, and leaves what is in flight", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "org"), 3);
    fill(queue, endpointOf("b", "org"), 2);
    expect(queue.take()?.delivery.id).toBe("a1");
    expect(queue.drain("a").map((each) => each.delivery.id)).toEqual(["a2", "a3"]);
    expect(queue.size).toBe(2);
    expect(queue.drain().map((each) => each.delivery.id)).toEqual(["b1", "b2"]);
    expect(queue.inFlight).toBe(1);
    queue.done("a");
    expect(queue.take()).toBeUndefined();
    expect(queue.freePlaces(5).size).toBe(0);
  });
});
