import { describe, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { VirtualClock } from "../../simulation/clock.ts";
import type { WaitingWork } from "../../store/store.ts";
import { Poller } from "./poller.ts";

const nothing: WaitingWork = {
  dueInMs: null,
  hasFanOuts: false,
  hasReplays: false,
  hasErasures: false,
  hasTerminals: false,
  hasOtherNodes: false,
};

/** A poller on virtual time, and what it has called. */
async function setUp(
  answer: () => WaitingWork | Promise<WaitingWork> = () => nothing,
  claimFails = () => false,
) {
  const clock = new VirtualClock(0);
  const called = {
    polls: 0,
    dues: [] as number[],
    fanOuts: 0,
    reaps: 0,
    failures: 0,
    reapFails: false,
  };
  const poller = new Poller({
    clock,
    nodeId: "one",
    leaseMs: 60_000,
    store: {
      async waitingWork() {
        called.polls += 1;
        return answer();
      },
      async reap() {
        called.reaps += 1;
        if (called.reapFails) throw new Error("The database is away.");
        return 0;
      },
    },
    observer: { storeFailed: () => (called.failures += 1) },
    mustClaim: claimFails,
    onDue: () => void called.dues.push(clock.now()),
    onFanOuts: () => (called.fanOuts += 1),
  });
  poller.isNotified = true;
  poller.start();
  // The first poll needs no timer, and virtual time only advances from timer to timer.
  await new Promise((resolve) => setImmediate(resolve));
  return { clock, called, poller };
}

describe("the poller", () => {
  test("polls each second while nothing waits, and claims nothing", async () => {
    const { clock, called } = await setUp();
    await clock.run(60_000);
    expect(called.polls).toBeGreaterThanOrEqual(60_000 / limits.idlePollMs);
    expect(called.polls).toBeLessThanOrEqual(60_000 / limits.idlePollMs + 1);
    expect(called).toMatchObject({ dues: [], fanOuts: 0, failures: 0 });
  });

  test("polls often without notifications", async () => {
    const { clock, called, poller } = await setUp();
    poller.isNotified = false;
    await clock.run(60_000);
    expect(called.polls).toBeGreaterThanOrEqual(60_000 / limits.claimPollMs - 4);
  });

  test("claims again and again while something is due", async () => {
    const { clock, called } = await setUp(() => ({ ...nothing, dueInMs: 0 }));
    await clock.run(1_000);
    expect(called.dues).toEqual([0, 250, 500, 750, 1_000]);
  });

  test("polls when the next delivery is due, not later", async () => {
    const dueAtMs = 1_730;
    let clock: VirtualClock | null = null;
    const fixture = await setUp(() => {
      const dueInMs = Math.max(0, dueAtMs - (clock?.now() ?? 0));
      return { ...nothing, dueInMs };
    });
    clock = fixture.clock;
    await clock.run(dueAtMs);
    expect(fixture.called.dues).toEqual([dueAtMs]);
  });

  test("polls earlier if this process expects something, also during a poll", async () => {
    const { clock, called, poller } = await setUp();
    await clock.run(100);
    poller.expectWithin(300);
    await clock.run(400);
    expect(called.polls).toBe(2);

    let answer: (work: WaitingWork) => void = () => undefined;
    const slow = await setUp(() => new Promise((resolve) => (answer = resolve)));
    slow.poller.expectWithin(300);
    answer(nothing);
    await new Promise((resolve) => setImmediate(resolve));
    await slow.clock.run(300);
    expect(slow.called.polls).toBe(2);
  });

  test("polls no more often for a thousand retries than for one", async () => {
    const { clock, called, poller } = await setUp();
    for (let atMs = 10; atMs <= 10_000; atMs += 10) {
      await clock.run(atMs);
      poller.expectWithin(0);
    }
    expect(called.polls).toBeLessThanOrEqual(10_000 / limits.claimPollMs + 1);
    expect(called.polls).toBeGreaterThanOrEqual(10_000 / limits.claimPollMs - 1);
  });

  test("claims until a failed claim has succeeded, although nothing is due", async () => {
    let fails = true;
    const { clock, called } = await setUp(
      () => nothing,
      () => fails,
    );
    await clock.run(1_000);
    expect(called.dues).toHaveLength(5);
    fails = false;
    await clock.run(10_000);
    expect(called.dues.length).toBeLessThanOrEqual(6);
  });

  test("if the store does not answer, everything may wait", async () => {
    const { clock, called, poller } = await setUp(() => {
      throw new Error("The database is away.");
    });
    await clock.run(1_000);
    expect(called.failures).toBe(5);
    expect(called.dues).toHaveLength(5);
    expect(called.fanOuts).toBe(5);
    expect(poller.waiting).toMatchObject({ hasReplays: true, hasOtherNodes: true });
  });

  test("says at once what this process has announced, until a poll knows better", async () => {
    const { clock, poller } = await setUp();
    let changes = 0;
    await clock.run(500);
    poller.subscribe(() => (changes += 1));
    poller.announce({ hasReplays: true });
    expect(poller.waiting.hasReplays).toBe(true);
    expect(changes).toBe(1);
    await clock.run(500 + limits.claimPollMs);
    expect(poller.waiting.hasReplays).toBe(false);
  });

  test("reaps every limits.reapPollMs, also after a reap that failed", async () => {
    const { clock, called } = await setUp();
    called.reapFails = true;
    await clock.run(30_000);
    called.reapFails = false;
    await clock.run(60_000);
    expect(called.failures).toBeGreaterThanOrEqual(5);
    expect(called.reaps).toBeGreaterThanOrEqual(60_000 / limits.reapPollMs - 2);
    expect(called.reaps).toBeLessThanOrEqual(60_000 / limits.reapPollMs + 1);
  });

  test("a stop waits for the poll in progress, which then triggers nothing", async () => {
    let answer: (work: WaitingWork) => void = () => undefined;
    const { clock, called, poller } = await setUp(
      () => new Promise((resolve) => (answer = resolve)),
    );
    let hasStopped = false;
    const stopping = poller.stop().then(() => (hasStopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasStopped).toBe(false);
    answer({ ...nothing, dueInMs: 0, hasFanOuts: true });
    await stopping;
    await clock.run(60_000);
    expect(called).toMatchObject({ polls: 1, reaps: 0, dues: [], fanOuts: 0 });
  });

  test("does nothing after it was stopped", async () => {
    const { clock, called, poller } = await setUp();
    await clock.run(500);
    const { polls } = called;
    await poller.stop();
    poller.expectWithin(0);
    await clock.run(10_000);
    expect(called.polls).toBe(polls);
  });
});
