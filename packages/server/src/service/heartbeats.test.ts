import { describe, expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { Heartbeat } from "../store/store.ts";
import { Heartbeats } from "./heartbeats.ts";

const { heartbeatMs, quietHeartbeatMs } = limits;
const roundsPerBeat = Math.ceil(quietHeartbeatMs / heartbeatMs);

/** A node whose rounds follow each other as in a service, without waiting. */
function setUp() {
  let nowMs = 0;
  const state = { holdsLock: true, hasOtherNodes: false, workCount: 0, isAway: false };
  const sent: Heartbeat[] = [];
  const heartbeats = new Heartbeats(
    {
      node: {
        id: "one",
        nodes: 1,
        poller: {
          get waiting() {
            const nothing = { hasFanOuts: false, hasReplays: false, hasErasures: false };
            const { hasOtherNodes } = state;
            return { ...nothing, dueInMs: null, hasTerminals: false, hasOtherNodes };
          },
          get workCount() {
            return state.workCount;
          },
        },
      },
      store: {
        async heartbeat(given) {
          if (state.isAway) throw new Error("The database is away.");
          sent.push(given);
          return 1;
        },
      },
      clock: { now: () => nowMs, monotonicMs: () => nowMs },
    },
    { holdsLock: () => state.holdsLock },
  );
  const rounds = async (count: number): Promise<number> => {
    const before = sent.length;
    for (let round = 0; round < count; round += 1) {
      await heartbeats.round();
      nowMs += heartbeatMs;
    }
    return sent.length - before;
  };
  return { state, sent, rounds, round: () => heartbeats.round() };
}

describe("heartbeats of a node that has its lock", () => {
  test("are rare while it is alone and has no work", async () => {
    const { rounds } = setUp();
    expect(await rounds(10 * roundsPerBeat)).toBe(10);
  });

  test("are sent in each round while another node is running", async () => {
    const { state, rounds } = setUp();
    await rounds(2);
    state.hasOtherNodes = true;
    expect(await rounds(20)).toBe(20);
  });

  test("are sent in each round in which it has had work", async () => {
    const { state, rounds } = setUp();
    await rounds(2);
    for (let round = 0; round < 20; round += 1) {
      state.workCount += 1;
      expect(await rounds(1)).toBe(1);
    }
    expect(await rounds(1)).toBe(0);
  });
});

describe("heartbeats of a node that is alone", () => {
  test("are sent in each round without its lock, and at once when it has the lock again", async () => {
    const { state, rounds, sent } = setUp();
    await rounds(2);
    state.holdsLock = false;
    expect(await rounds(5)).toBe(5);
    expect(sent.at(-1)?.holdsLock).toBe(false);
    state.holdsLock = true;
    expect(await rounds(1)).toBe(1);
    expect(sent.at(-1)?.holdsLock).toBe(true);
  });

  test("are repeated in the next round if one failed", async () => {
    const { state, rounds, round } = setUp();
    state.isAway = true;
    await expect(round()).rejects.toThrow("away");
    state.isAway = false;
    expect(await rounds(1)).toBe(1);
  });
});
