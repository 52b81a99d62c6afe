/** When a probe is sent, arrives or is missed, and when it makes the node not ready. */
import { beforeEach, expect, test } from "vitest";
import { limits } from "../limits.ts";
import { VirtualClock } from "../simulation/clock.ts";
import { Prober } from "./prober.ts";

const minuteMs = 60_000;

let clock: VirtualClock;
let arrives: boolean;
let published: number[];
let prober: Prober;
beforeEach(() => {
  clock = new VirtualClock(0);
  arrives = true;
  published = [];
  prober = new Prober({
    store: { prepare: () => Promise.resolve(), isDelivered: () => Promise.resolve(arrives) },
    clock,
    nodeId: "node",
    periodMs: minuteMs,
    publish: (events) => {
      published.push(clock.now());
      return Promise.resolve(events.map(() => ({ eventId: "event", duplicate: false })));
    },
    onArrived: () => undefined,
  });
  const step = async (): Promise<void> => {
    await prober.step();
    clock.after(limits.probeStepMs, () => void step());
  };
  void step();
});

const isStaleAt = async (atMs: number): Promise<boolean> => {
  await clock.run(atMs);
  clock.after(0, () => undefined);
  return prober.isStale;
};

test("one is sent each period, the first after one period", async () => {
  await clock.run(3 * minuteMs + limits.probeStepMs);
  expect(published).toEqual([minuteMs, 2 * minuteMs, 3 * minuteMs]);
});

test("one that does not arrive in time is missed, and the next is sent sooner", async () => {
  arrives = false;
  await clock.run(2 * minuteMs);
  const [first = 0, second = 0] = published;
  expect(first).toBe(minuteMs);
  const againMs = second - first - limits.probeArrivalMs;
  expect(againMs).toBeGreaterThanOrEqual(limits.probeAgainMs);
  expect(againMs).toBeLessThanOrEqual(limits.probeAgainMs + limits.probeStepMs);
});

test("it is stale after three periods and the time of an arrival, and not before", async () => {
  arrives = false;
  const bound = limits.probesMissedMax * minuteMs + limits.probeArrivalMs;
  clock.after(bound, () => undefined);
  expect(await isStaleAt(bound)).toBe(false);
  clock.after(1, () => undefined);
  expect(await isStaleAt(bound + 1)).toBe(true);
  arrives = true;
  await clock.run(bound + limits.probeArrivalMs + limits.probeAgainMs + limits.probeStepMs);
  expect(prober.isStale).toBe(false);
});
