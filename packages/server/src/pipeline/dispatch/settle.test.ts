import { describe, expect, test } from "vitest";
import { usualJudge } from "../../contracts/success.ts";
import { systemClock } from "../../service/database-clock.ts";
import { limits } from "../../limits.ts";
import type { LeasedDelivery } from "../../store/store.ts";
import { noTimings, type Exchange } from "../ports.ts";
import { decide, Settler, type ExchangeFacts } from "./settle.ts";
import { StoppedClock } from "./testing/queue.ts";

const nowMs = Date.UTC(2026, 2, 22, 12);
const retry = { scheduleMs: [0, 60_000, 300_000], jitter: { below: 0, above: 0.05 } };

function deliveryWith(attempts: number, attemptsBeforeRound = 0): LeasedDelivery {
  return {
    id: "delivery",
    event: { id: "event", orgId: "org", type: "t", timestampMs: 0, dataJson: "{}" },
    endpointId: "endpoint",
    endpointVersion: 1,
    lease: { id: "lease", untilMs: nowMs + 60_000 },
    attempts,
    attemptsBeforeRound,
  };
}

function answered(responseStatus: number | null, headers: Record<string, string> = {}): Exchange {
  return {
    responseStatus,
    responseHeaders: headers,
    responseBody: "",
    responseBodyCut: false,
    isResent: false,
    error: responseStatus === null ? { class: "timeout", message: "It took too long." } : null,
    durationMs: 12.4,
    timings: noTimings,
    remoteAddress: null,
  };
}

function factsOf(exchange: Exchange): ExchangeFacts {
  return {
    delivery: deliveryWith(0),
    exchange,
    verdict: usualJudge(exchange),
    retry,
    endpointVersion: 3,
    startedAtMs: nowMs - 12,
    signedAtMs: nowMs - 12,
    finishedAtMs: nowMs,
    randomFraction: 0,
  };
}

function decideOn(
  exchange: Exchange,
  delivery = deliveryWith(0),
  randomFraction = 0,
  verdict = usualJudge(exchange),
) {
  return decide({ ...factsOf(exchange), delivery, randomFraction, verdict });
}

describe("an attempt", () => {
  test("with a 2xx response delivers", () => {
    expect(decideOn(answered(204))).toMatchObject({
      status: "delivered",
      number: 1,
      dueAtMs: null,
      leaseId: "lease",
      turnEndpointOff: null,
      attempt: { responseStatus: 204, error: null, durationMs: 12, trigger: "schedule" },
    });
  });

  test("stores how long after its start the request was signed", () => {
    const exchange = answered(200);
    const signedLater = decide({
      ...factsOf(exchange),
      signedAtMs: nowMs - 12 + 2_500,
    });
    const stored = JSON.parse(signedLater.attempt.exchangeJson ?? "") as object;
    expect(stored).toMatchObject({ signed_after_ms: 2_500 });
    const usual = JSON.parse(decideOn(exchange).attempt.exchangeJson ?? "") as object;
    expect(usual).not.toHaveProperty("signed_after_ms");
  });

  test("is judged by the contract, not by its status", () => {
    const reason = "The contract says so.";
    const final = { isSuccess: false, isFinal: true, reason };
    const buried = decideOn(answered(204), deliveryWith(0), 0, final);
    expect(buried).toMatchObject({ status: "failed", dueAtMs: null });
    expect(JSON.parse(buried.attempt.exchangeJson ?? "")).toMatchObject({ error_message: reason });
    const success = { isSuccess: true, isFinal: false, reason: null };
    const delivered = decideOn(answered(410), deliveryWith(0), 0, success);
    expect(delivered).toMatchObject({ status: "delivered", turnEndpointOff: null });
  });

  test("that every further attempt would repeat is the last one", () => {
    const error = { class: "internal", message: "The data is no object.", isFinal: true } as const;
    expect(decideOn({ ...answered(null), error })).toMatchObject({
      status: "failed",
      dueAtMs: null,
      attempt: { error: "internal" },
    });
    const unknown = { ...error, isFinal: false };
    expect(decideOn({ ...answered(null), error: unknown }).status).toBe("pending");
  });

  test("a failed attempt is repeated after the schedule's step, counted from its end", () => {
    expect(decideOn(answered(500))).toMatchObject({ status: "pending", dueAtMs: nowMs + 60_000 });
    const second = decideOn(answered(500), deliveryWith(1));
    expect(second).toMatchObject({ number: 2, dueAtMs: nowMs + 300_000 });
  });

  test("is never repeated earlier than scheduled, and at most 5 % later", () => {
    for (const fraction of [0, 0.5, 0.999_999]) {
      const { dueAtMs } = decideOn(answered(500), deliveryWith(0), fraction);
      expect(dueAtMs).toBeGreaterThanOrEqual(nowMs + 60_000);
      expect(dueAtMs).toBeLessThanOrEqual(nowMs + 63_000);
    }
  });

  test("that was the schedule's last makes a dead letter", () => {
    expect(decideOn(answered(500), deliveryWith(2))).toMatchObject({
      status: "failed",
      number: 3,
      dueAtMs: null,
    });
  });

  test("without a response names the reason", () => {
    const { attempt } = decideOn(answered(null));
    expect(attempt).toMatchObject({ responseStatus: null, error: "timeout" });
    expect(JSON.parse(attempt.exchangeJson ?? "")).toEqual({
      endpoint_version: 3,
      error_message: "It took too long.",
    });
  });

  test("that has number 255 is the last, whatever the schedule says", () => {
    expect(decideOn(answered(500), deliveryWith(254, 254))).toMatchObject({ status: "failed" });
  });
});

describe("a new round", () => {
  test("has the whole schedule ahead, and its first attempt is manual", () => {
    const first = decideOn(answered(500), deliveryWith(3, 3));
    expect(first).toMatchObject({ number: 4, status: "pending", dueAtMs: nowMs + 60_000 });
    expect(first.attempt.trigger).toBe("manual");
    const second = decideOn(answered(500), deliveryWith(4, 3));
    expect(second).toMatchObject({ dueAtMs: nowMs + 300_000 });
    expect(second.attempt.trigger).toBe("schedule");
    expect(decideOn(answered(500), deliveryWith(5, 3)).status).toBe("failed");
  });
});

describe("the receiver's instructions", () => {
  test("Retry-After is honoured between the step and the schedule's longest step", () => {
    const dueAfter = (retryAfter: string) =>
      (decideOn(answered(429, { "retry-after": retryAfter })).dueAtMs ?? 0) - nowMs;
    expect(dueAfter("1")).toBe(60_000);
    expect(dueAfter("120")).toBe(120_000);
    expect(dueAfter("99999999999")).toBe(300_000);
    expect(dueAfter("soon")).toBe(60_000);
  });

  test("410 turns the endpoint off; the delivery stays pending", () => {
    expect(decideOn(answered(410))).toMatchObject({
      status: "pending",
      turnEndpointOff: { endpointId: "endpoint" },
    });
  });
});

test("limits the settlements per transaction, and the parallel transactions", async () => {
  const sizes: number[] = [];
  let underWay = 0;
  let underWayMost = 0;
  const settler = new Settler({
    clock: systemClock,
    observer: {
      attempted: () => {},
      leaseLost: () => {},
      deliveryUnreadable: () => {},
      fanOutFailed: () => {},
      attemptHeld: () => {},
      storeFailed: () => {},
      sendThrew: () => {},
    },
    store: {
      async settle(settlements) {
        sizes.push(settlements.length);
        underWay += 1;
        underWayMost = Math.max(underWayMost, underWay);
        await new Promise((resolve) => setTimeout(resolve, 5));
        underWay -= 1;
        return new Set();
      },
      release: () => Promise.resolve(),
    },
  });
  const [most, commits] = [limits.settlementsPerCommitMax, limits.settleCommitsMax];
  const settlement = decideOn(answered(200));
  const all = Array.from(
    { length: most * (commits + 1) + 1 },
    () =>
      new Promise<boolean>((resolve) =>
        settler.settle(settlement, Number.POSITIVE_INFINITY, resolve),
      ),
  );
  expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  expect([Math.max(...sizes), underWayMost]).toEqual([most, commits]);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
});

test("settlements that a failing store has not written are retried until their lease ends", async () => {
  const clock = new StoppedClock();
  const failures: string[] = [];
  const lost: string[] = [];
  const written: string[][] = [];
  let isBroken = true;
  const settler = new Settler({
    clock,
    observer: {
      attempted: () => {},
      leaseLost: (id) => lost.push(id),
      deliveryUnreadable: () => {},
      fanOutFailed: () => {},
      attemptHeld: () => {},
      storeFailed: (operation) => failures.push(operation),
      sendThrew: () => {},
    },
    store: {
      async settle(settlements) {
        if (isBroken) throw new Error("away");
        written.push(settlements.map(({ deliveryId }) => deliveryId));
        return new Set(["taken over"]);
      },
      release: () => (isBroken ? Promise.reject(new Error("away")) : Promise.resolve()),
    },
  });
  const told = new Map<string, boolean[]>();
  const settle = (deliveryId: string, leaseMs: number): void =>
    settler.settle(
      { ...decideOn(answered(200)), deliveryId },
      clock.now() + leaseMs,
      (isSettled) => void told.set(deliveryId, [...(told.get(deliveryId) ?? []), isSettled]),
    );
  let released = 0;
  settle("kept", 60_000);
  settle("taken over", 60_000);
  settle("over", limits.storeRetryMs - 1);
  settler.release({ deliveryId: "unsent", leaseId: "lease" }, clock.now() + 60_000, () => {
    released += 1;
  });
  await passing(clock, 0);
  expect([failures, lost, [...told]]).toEqual([
    ["settle", "release"],
    ["over"],
    [["over", [false]]],
  ]);
  await passing(clock, limits.storeRetryMs);
  expect(failures).toEqual(["settle", "release", "settle", "release"]);
  isBroken = false;
  await passing(clock, limits.storeRetryMs);
  expect(written).toEqual([["kept", "taken over"]]);
  expect(Object.fromEntries(told)).toEqual({
    over: [false],
    kept: [true],
    "taken over": [false],
  });
  expect([released, lost]).toEqual([1, ["over", "taken over"]]);
});

/** Advances the clock, and runs all callbacks that become due, including nested ones. */
async function passing(clock: StoppedClock, ms: number): Promise<void> {
  clock.goOn(ms);
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.goOn(0);
  }
}
