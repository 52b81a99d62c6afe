/**
 * How orgs take turns in the background fan-out, and how long a node remembers how wide an org is.
 */
import { describe, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import type { NewEvent, PublishOutcome } from "../../store/store.ts";
import type { Clock } from "../ports.ts";
import { FanOut, FanOutSizes } from "./fan-out.ts";

const event: NewEvent = {
  id: "01890000-0000-7000-8000-000000000001",
  orgId: "org",
  type: "scan.completed",
  timestampMs: 0,
  dataJson: "{}",
  idempotencyKey: null,
  requestHash: null,
  schemaWarning: null,
  onlyEndpointId: null,
};
const wide: PublishOutcome = { kind: "stored", deliveries: [], fanOut: "wide" };

test("checks again an org that shrank, although it continues to publish", () => {
  let nowMs = 0;
  const sizes = new FanOutSizes({
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: () => () => undefined,
  });
  const publish = (): readonly string[] => {
    const laterOrgIds = sizes.laterOrgIds([event]);
    sizes.learn([event], [wide], laterOrgIds);
    return laterOrgIds;
  };
  expect(publish()).toEqual([]);
  nowMs = limits.fanOutSizesMs / 2;
  expect(publish()).toEqual(["org"]);
  nowMs = limits.fanOutSizesMs + 1;
  expect(publish()).toEqual([]);
});

test("an org whose steps take long misses turns, and alone it misses none", async () => {
  let nowMs = 0;
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: (_ms, run) => {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    },
  };
  const left = new Map([
    ["cheap", 60],
    ["dear", 5],
  ]);
  const stepMs: Readonly<Record<string, number>> = {
    cheap: limits.fanOutTurnMs,
    dear: 20 * limits.fanOutTurnMs,
  };
  const turns: string[] = [];
  const fanOut = new FanOut({
    store: {
      nextFanOut: async (after) => {
        const open = [...left.keys()].toSorted();
        return open.find((id) => after === null || id > after) ?? open[0] ?? null;
      },
      fanOut: async (orgId) => {
        turns.push(orgId);
        nowMs += stepMs[orgId] ?? 0;
        const steps = (left.get(orgId) ?? 0) - 1;
        if (steps > 0) left.set(orgId, steps);
        else left.delete(orgId);
        return { created: 1, failed: [] };
      },
    },
    clock,
    observer: { storeFailed: () => undefined, fanOutFailed: () => undefined },
    deliveriesMax: 1,
    onCreated: () => undefined,
  });
  fanOut.wake();
  await expect.poll(() => left.size).toBe(0);
  await fanOut.stop();
  const dear = turns.flatMap((orgId, index) => (orgId === "dear" ? [index] : []));
  // Each of its steps lasts as long as 20 turns. At the end it is alone.
  expect(dear).toEqual([1, 22, 43, 63, 64]);
});

describe("an org whose step fails", () => {
  let skippedMs = 0;
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => performance.now() + skippedMs,
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };

  function fanOutOver(left: Map<string, number>, fails: (orgId: string) => boolean) {
    const turns: string[] = [];
    const failures: string[] = [];
    const fanOut = new FanOut({
      store: {
        nextFanOut: async (after) => {
          await new Promise((resolve) => setTimeout(resolve, 2));
          const open = [...left.keys()].toSorted();
          return open.find((id) => after === null || id > after) ?? open[0] ?? null;
        },
        fanOut: async (orgId) => {
          turns.push(orgId);
          if (fails(orgId)) throw new Error(orgId);
          const steps = left.get(orgId) ?? 0;
          if (steps > 1) left.set(orgId, steps - 1);
          else left.delete(orgId);
          return { created: 1, failed: [] };
        },
      },
      clock,
      observer: {
        storeFailed: (_, error) => failures.push((error as Error).message),
        fanOutFailed: () => undefined,
      },
      deliveriesMax: 1,
      onCreated: () => undefined,
    });
    const settled = async (): Promise<void> => {
      for (let length = -1; length !== turns.length;) {
        length = turns.length;
        await new Promise((resolve) => setTimeout(resolve, limits.fanOutPauseMs * 5));
      }
    };
    return { fanOut, turns, failures, settled };
  }

  test("does not delay the others, is reported once, and pauses", async () => {
    const left = new Map(["a", "b", "c"].map((id) => [id, 3]));
    const { fanOut, turns, failures, settled } = fanOutOver(left, (orgId) => orgId === "a");
    fanOut.wake();
    await settled();
    expect(turns).toEqual(["a", "b", "c", "b", "c", "b", "c"]);
    expect(failures).toEqual(["a"]);
    expect([...left.keys()]).toEqual(["a"]);

    skippedMs += limits.fanOutRestMs;
    fanOut.wake();
    await settled();
    await fanOut.stop();
    expect(failures).toEqual(["a", "a"]);
  });

  test("gets its turn again after its pause, although wake-ups never stop", async () => {
    const left = new Map([["a", 3]]);
    let fails = true;
    const { fanOut, turns } = fanOutOver(left, () => fails);
    let looks = 0;
    const waking = setInterval(() => {
      looks += 1;
      fanOut.wake();
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, limits.fanOutPauseMs * 10));
    expect(turns).toEqual(["a"]);
    fails = false;
    skippedMs += limits.fanOutRestMs;
    await new Promise((resolve) => setTimeout(resolve, limits.fanOutPauseMs * 30));
    clearInterval(waking);
    await fanOut.stop();
    expect(looks).toBeGreaterThan(50);
    expect(turns).toEqual(["a", "a", "a", "a"]);
  });

  test("of which there are several, ends the run instead of looping forever", async () => {
    const left = new Map(["a", "b", "c"].map((id) => [id, 1]));
    const { fanOut, turns, settled } = fanOutOver(left, () => true);
    fanOut.wake();
    await settled();
    expect(turns).toEqual(["a", "b", "c"]);
    await fanOut.stop();
  });
});
