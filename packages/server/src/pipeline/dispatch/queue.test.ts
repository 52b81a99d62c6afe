import { describe, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import type { Endpoint } from "../../model/endpoint.ts";
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

describe("turns", () => {
  test("orgs take turns, however many deliveries each has queued", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "flooding"), 6);
    fill(queue, endpointOf("b", "quiet"), 2);
    expect(takeAll(queue)).toEqual(["a1", "b1", "a2", "b2", "a3", "a4", "a5", "a6"]);
  });

  test("an org's endpoints take turns, and give the org no additional turns", () => {
    const queue = newQueue();
    for (const id of ["a", "b", "c"]) fill(queue, endpointOf(id, "many"), 2);
    fill(queue, endpointOf("x", "one"), 4);
    expect(takeAll(queue)).toEqual(["a1", "x1", "b1", "x2", "c1", "x3", "a2", "x4", "b2", "c2"]);
  });

  test("deliveries of one endpoint keep their order", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "org"), 200);
    expect(takeAll(queue, 200)).toEqual(Array.from({ length: 200 }, (_, at) => `a${at + 1}`));
  });
});

describe("the concurrency limit", () => {
  test("blocks only the endpoint that has reached it", () => {
    const queue = newQueue();
    const slow = endpointOf("slow", "org", 2);
    fill(queue, slow, 5);
    fill(queue, endpointOf("quick", "org"), 3);
    expect(takeAll(queue)).toEqual(["slow1", "quick1", "slow2", "quick2", "quick3"]);
    expect(queue.inFlight).toBe(5);
    expect(queue.size).toBe(3);
    queue.done(takenTo(slow), false);
    expect(takeAll(queue)).toEqual(["slow3"]);
  });

  test("is at most what the node can send to one endpoint", () => {
    const queue = newQueue(new StoppedClock(), { endpointInFlightMax: 4 });
    fill(queue, endpointOf("a", "org", 256), 10);
    expect(takeAll(queue)).toHaveLength(4);
  });

  test("of a changed endpoint applies immediately, also to waiting deliveries", () => {
    const readied: string[][] = [];
    const queue: FairQueue = newQueue(new StoppedClock(), {
      onReady: () => void readied.push(takeAll(queue)),
    });
    fill(queue, endpointOf("a", "org", 1), 6);
    expect(takeAll(queue)).toEqual(["a1"]);
    queue.endpointChanged(endpointOf("a", "org", 3));
    expect(readied).toEqual([["a2", "a3"]]);
    queue.endpointChanged(endpointOf("a", "org", 2));
    queue.done(takenTo(endpointOf("a", "org")), false);
    expect(takeAll(queue)).toEqual([]);
    queue.done(takenTo(endpointOf("a", "org")), false);
    expect(takeAll(queue)).toEqual(["a4"]);
    queue.nodes = 2;
    queue.done(takenTo(endpointOf("a", "org")), false);
    expect(takeAll(queue)).toEqual([]);
  });

  test("an older version of an endpoint changes nothing", () => {
    const queue = newQueue();
    const older = endpointOf("a", "org", 9);
    const newer = { ...endpointOf("a", "org", 1), version: 2 };
    fill(queue, newer, 2);
    fill(queue, older, 2);
    expect(takeAll(queue)).toHaveLength(1);
  });
});

describe("room", () => {
  test("is full by the number of deliveries, or by their data alone", () => {
    const endpoint = endpointOf("a", "org");
    const push = (queue: FairQueue, chars: number): void =>
      queue.push({
        delivery: deliveryTo(endpoint, "a"),
        endpoint,
        data: { chars, waiting: 0, leaseEndsMs: Infinity },
      });
    const many = newQueue();
    for (let count = 0; count < 998; count += 1) push(many, 0);
    expect(many.room).toBe(2);
    for (const room of [1, 0, 0]) {
      push(many, 0);
      expect(many.room).toBe(room);
    }
    const large = newQueue();
    push(large, 1_000_000 - limits.bodyBytesMax);
    expect(large.room).toBe(1);
    push(large, 1);
    expect(large.room).toBe(0);
    large.take();
    expect(large.room).toBe(3);
    push(large, 2_000_000);
    expect(large.room).toBe(0);
    large.drain();
    expect([large.room, large.size]).toEqual([3, 0]);
  });

  test("counts an event's data once, until the last of its deliveries has left", () => {
    const queue = newQueue();
    const data = { chars: 600_000, waiting: 0, leaseEndsMs: Infinity };
    for (const id of ["a", "b"]) {
      const endpoint = endpointOf(id, "org");
      queue.push({ delivery: deliveryTo(endpoint, id), endpoint, data });
    }
    const other = endpointOf("c", "org");
    expect(queue.room).toBe(1);
    queue.take();
    const more = { chars: 400_000, waiting: 0, leaseEndsMs: Infinity };
    queue.push({ delivery: deliveryTo(other, "c"), endpoint: other, data: more });
    expect(queue.room).toBe(0);
    queue.drain("b");
    expect(queue.room).toBe(2);
  });

  test("full endpoints are listed, and free places are counted", () => {
    const queue = newQueue();
    fill(queue, endpointOf("full", "org"), 3);
    fill(queue, endpointOf("half", "org"), 1);
    expect(queue.fullEndpointIds()).toEqual(["full"]);
    expect(queue.freePlaces(5)).toEqual(
      new Map([
        ["full", 0],
        ["half", 2],
      ]),
    );
  });

  test("draining removes waiting deliveries, and leaves those in flight", () => {
    const queue = newQueue();
    const a = endpointOf("a", "org");
    fill(queue, a, 3);
    fill(queue, endpointOf("b", "org"), 2);
    expect(queue.take()?.delivery.id).toBe("a1");
    expect(queue.drain("a").map((each) => each.delivery.id)).toEqual(["a2", "a3"]);
    expect(queue.size).toBe(2);
    expect(queue.drain().map((each) => each.delivery.id)).toEqual(["b1", "b2"]);
    expect(queue.inFlight).toBe(1);
    queue.done(takenTo(a), false);
    expect(queue.take()).toBeUndefined();
    expect(queue.freePlaces(5).size).toBe(0);
  });
});

describe("the rate", () => {
  /** How many attempts start in each tenth of a second while many are queued. */
  function perTenth(queue: FairQueue, clock: StoppedClock, tenths: number): number[] {
    return Array.from({ length: tenths }, () => {
      let count = 0;
      for (let step = 0; step < 10; step += 1) {
        count += takeAll(queue, 1_000).length;
        clock.goOn(10);
      }
      return count;
    });
  }

  test("is kept over time, without a burst after a rest", () => {
    const clock = new StoppedClock();
    const queue = newQueue(clock);
    const limited = endpointOf("a", "org", 1_000, 100);
    fill(queue, limited, 200);
    const counts = perTenth(queue, clock, 10);
    expect(counts.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(102);
    expect(counts.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(95);
    expect(Math.max(...counts)).toBeLessThanOrEqual(12);
    clock.goOn(5_000);
    expect(takeAll(queue).length).toBeLessThanOrEqual(3);
  });

  test("outlives the queue: it applies even to single deliveries", () => {
    const clock = new StoppedClock();
    const queue = newQueue(clock);
    const limited = endpointOf("a", "org", 1_000, 10);
    let sent = 0;
    for (let step = 0; step < 100; step += 1) {
      if (queue.size === 0) fill(queue, limited, 1);
      const queued = queue.take();
      if (queued !== undefined) {
        sent += 1;
        queue.done(queued, false);
      }
      clock.goOn(10);
    }
    expect(sent).toBeGreaterThanOrEqual(9);
    expect(sent).toBeLessThanOrEqual(11);
  });

  test("is not spent on a delivery that has waited too long, which is released", () => {
    const stale: string[] = [];
    const clock = new StoppedClock();
    const queue = newQueue(clock, {
      isStale: ({ delivery }) => delivery.id !== "a9" && delivery.id !== "a10",
      onStale: ({ delivery }) => void stale.push(delivery.id),
    });
    fill(queue, endpointOf("a", "org", 1_000, 1), 10);
    expect(takeAll(queue)).toEqual(["a9"]);
    expect(stale).toEqual(["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"]);
    clock.goOn(999);
    expect(takeAll(queue)).toEqual([]);
    clock.goOn(20);
    expect(takeAll(queue)).toEqual(["a10"]);
    const emptied = newQueue(clock, { isStale: () => true });
    fill(emptied, endpointOf("b", "org"), 3);
    expect(takeAll(emptied)).toEqual([]);
    expect([emptied.size, emptied.freePlaces(5).size]).toEqual([0, 0]);
  });

  test("limits the queue to what it allows before leases are too old", () => {
    const queue = newQueue(new StoppedClock(), { perEndpointMax: 2_000 });
    const places = (2 * limits.queuedAtRateMs) / 1000;
    fill(queue, endpointOf("a", "org", 1_000, 2), places - 1);
    expect([queue.fullEndpointIds(), queue.freePlaces(100).get("a")]).toEqual([[], 1]);
    fill(queue, endpointOf("a", "org", 1_000, 2), 1);
    expect([queue.fullEndpointIds(), queue.freePlaces(100).get("a")]).toEqual([["a"], 0]);
  });

  test("does not block other endpoints", () => {
    const queue = newQueue();
    fill(queue, endpointOf("a", "org", 1_000, 1), 3);
    fill(queue, endpointOf("b", "org"), 3);
    expect(takeAll(queue)).toEqual(["a1", "b1", "b2", "b3"]);
  });

  test("and the concurrency limit are shared among the live nodes", () => {
    const clock = new StoppedClock();
    const queue = newQueue(clock);
    queue.nodes = 4;
    fill(queue, endpointOf("capped", "org", 10), 10);
    expect(takeAll(queue)).toHaveLength(2);
    fill(queue, endpointOf("limited", "other", 1_000, 100), 100);
    const counts = perTenth(queue, clock, 10);
    expect(counts.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(27);
    expect(counts.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(22);
  });
});

describe("an endpoint that was down", () => {
  function failing(queue: FairQueue, endpoint: Endpoint, times: number): void {
    for (let n = 0; n < times; n += 1) {
      fill(queue, endpoint, 1);
      const queued = queue.take();
      if (queued !== undefined) queue.done(queued, true);
    }
  }

  test("gets one delivery at a time, slowly, then twice as many each second", () => {
    const clock = new StoppedClock();
    const queue = newQueue(clock);
    const endpoint = endpointOf("a", "org", 64);
    failing(queue, endpoint, 5);
    fill(queue, endpoint, 900);
    const perSecond: number[] = [];
    for (let second = 0; second < 6; second += 1) {
      let count = 0;
      for (let step = 0; step < 100; step += 1) {
        for (let queued = queue.take(); queued !== undefined; queued = queue.take()) {
          count += 1;
          queue.done(queued, false);
        }
        clock.goOn(10);
      }
      perSecond.push(count);
    }
    expect(perSecond[0]).toBeLessThanOrEqual(12);
    for (let second = 1; second < 6; second += 1) {
      const before = perSecond[second - 1] as number;
      expect(perSecond[second]).toBeGreaterThan(before * 1.5);
      expect(perSecond[second]).toBeLessThan(before * 2.6);
    }
  });

  test("has one attempt in flight until it responds", () => {
    const clock = new StoppedClock();
    const queue = newQueue(clock);
    const endpoint = endpointOf("a", "org", 64);
    failing(queue, endpoint, 5);
    fill(queue, endpoint, 10);
    clock.goOn(10_000);
    expect(takeAll(queue)).toHaveLength(1);
    queue.done(takenTo(endpoint), false);
    clock.goOn(10_000);
    expect(takeAll(queue)).toHaveLength(1);
  });

  test("is throttled immediately, including its waiting deliveries", () => {
    const queue = newQueue();
    const endpoint = endpointOf("a", "org", 64);
    fill(queue, endpoint, 20);
    expect(takeAll(queue, 6)).toHaveLength(6);
    for (let n = 0; n < 5; n += 1) queue.done(takenTo(endpoint), true);
    expect(queue.inFlight).toBe(1);
    expect(takeAll(queue)).toEqual([]);
  });

  test("does not include one that failed a few times", () => {
    const queue = newQueue();
    const endpoint = endpointOf("a", "org", 64);
    failing(queue, endpoint, 4);
    fill(queue, endpoint, 10);
    expect(takeAll(queue)).toHaveLength(10);
  });
});

describe("retries", () => {
  test("get their share next to first attempts, and everything without them", () => {
    const queue = newQueue();
    const endpoint = endpointOf("a", "org");
    fill(queue, endpoint, 6, 1);
    fill(queue, endpoint, 3);
    expect(takeAll(queue)).toEqual(["ar1", "a1", "ar2", "a2", "ar3", "a3", "ar4", "ar5", "ar6"]);
  });

  test("are not forgotten when the first attempts before them have waited too long", () => {
    const queue = newQueue(new StoppedClock(), {
      retriesInFlightMax: 1,
      isStale: ({ delivery }) => delivery.id === "b1",
    });
    const [a, b] = [endpointOf("a", "a"), endpointOf("b", "b")];
    fill(queue, a, 1, 1);
    expect(takeAll(queue)).toEqual(["ar1"]);
    fill(queue, b, 1);
    fill(queue, b, 1, 1);
    expect(takeAll(queue)).toEqual([]);
    queue.done(takenTo(a, 1), false);
    expect(takeAll(queue)).toEqual(["br1"]);
  });

  test("to all endpoints leave slots for first attempts", () => {
    const queue = newQueue(new StoppedClock(), { retriesInFlightMax: 4 });
    const endpoints = ["a", "b", "c"].map((id) => endpointOf(id, id));
    for (const endpoint of endpoints) fill(queue, endpoint, 3, 1);
    expect(takeAll(queue)).toHaveLength(4);
    fill(queue, endpointOf("x", "x"), 2);
    expect(takeAll(queue)).toEqual(["x1", "x2"]);
    queue.done(takenTo(endpoints[0]!, 1), true);
    queue.done(takenTo(endpoints[1]!, 1), true);
    expect(takeAll(queue)).toHaveLength(2);
    expect(queue.size).toBe(3);
  });
});
