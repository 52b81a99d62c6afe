/**
 * Settlement: whatever the outcomes are, a delivery changes its state only as the table of states
 * allows.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { usualJudge } from "../../src/contracts/success.ts";
import { limits } from "../../src/limits.ts";
import {
  deliveryChanges,
  deliveryStatuses,
  nextStatus,
  statusesBefore,
} from "../../src/model/delivery.ts";
import { noTimings, type Exchange } from "../../src/pipeline/ports.ts";
import { decide, type RetryPolicy } from "../../src/pipeline/dispatch/settle.ts";
import type { LeasedDelivery, Settlement } from "../../src/store/store.ts";
import { place } from "./json.ts";
import type { PureTarget } from "./target.ts";

const errorClass = fc.constantFrom(
  ...(["address", "dns", "connect", "tls", "timeout", "closed", "protocol"] as const),
  ...(["shutdown", "internal"] as const),
);
const retryAfter = fc.oneof(
  fc.nat(100_000).map(String),
  fc.double({ noNaN: true }).map(String),
  fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  fc.constantFrom("", "-5", "1e9", "9".repeat(400), "Sun, 06 Nov 1994 08:49:60 GMT", "2 days"),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const exchange: fc.Arbitrary<Exchange> = fc.record({
  responseStatus: fc.oneof(
    fc.constant(null),
    fc.constantFrom(200, 299, 300, 410, 429, 500),
    fc.integer({ min: 100, max: 999 }),
  ),
  responseHeaders: fc.oneof(
    fc.constant({}),
    retryAfter.map((text) => ({ "retry-after": text })),
  ),
  responseBody: fc.string({ maxLength: 20 }),
  responseBodyCut: fc.boolean(),
  isResent: fc.boolean(),
  error: fc.oneof(
    fc.constant(null),
    errorClass.map((name) => ({ class: name, message: name })),
  ),
  durationMs: fc.double({ min: 0, max: 60_000, noNaN: true }),
  timings: fc.constant(noTimings),
  remoteAddress: fc.constantFrom(null, "192.0.2.1"),
});

const retry: fc.Arbitrary<RetryPolicy> = fc.record({
  scheduleMs: fc
    .array(fc.nat(limits.retryDelayMsMax), { maxLength: limits.retryScheduleStepsMax - 1 })
    .map((steps) => [0].concat(steps)),
  jitter: fc.record({
    below: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    above: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
});

const startMs = 1_700_000_000_000;

function deliveryAfter(attempts: number, attemptsBeforeRound: number): LeasedDelivery {
  return {
    id: "d",
    event: {
      id: "e",
      orgId: "o",
      type: "t",
      timestampMs: startMs,
      dataJson: "{}",
    },
    endpointId: "p",
    endpointVersion: 1,
    lease: { id: "l", untilMs: startMs },
    attempts,
    attemptsBeforeRound,
  };
}

/** The earliest and the latest time of the next attempt that the schedule and its jitter allow. */
function window(policy: RetryPolicy, madeInRound: number): readonly [number, number] | null {
  const stepMs = policy.scheduleMs[madeInRound];
  if (stepMs === undefined) return null;
  const { below, above } = policy.jitter;
  const longestMs = Math.max(...policy.scheduleMs);
  return [Math.floor(stepMs * (1 - below)), Math.max(Math.ceil(stepMs * (1 + above)), longestMs)];
}

interface Step {
  readonly outcome: Exchange;
  readonly random: number;
  readonly requeue: boolean;
}

function checkSettlement(
  settlement: Settlement,
  facts: {
    readonly delivery: LeasedDelivery;
    readonly policy: RetryPolicy;
    readonly outcome: Exchange;
    readonly finishedAtMs: number;
  },
): void {
  const { delivery, policy, outcome, finishedAtMs } = facts;
  const { responseStatus } = outcome;
  const isAnswered2xx = responseStatus !== null && responseStatus >= 200 && responseStatus < 300;
  assert.equal(settlement.number, delivery.attempts + 1);
  assert.ok(settlement.number <= limits.attemptsPerDeliveryMax, "an attempt too many");
  assert.equal(settlement.status === "delivered", isAnswered2xx);
  assert.notEqual(settlement.status, "cancelled");
  assert.equal(settlement.dueAtMs === null, settlement.status !== "pending");
  assert.equal(settlement.turnEndpointOff !== null, responseStatus === 410);
  assert.equal(settlement.attempt.error === null, responseStatus !== null);
  JSON.parse(settlement.attempt.exchangeJson ?? "null");
  const allowed = window(policy, settlement.number - delivery.attemptsBeforeRound);
  if (settlement.dueAtMs !== null) {
    assert.ok(allowed !== null, "it goes on after the schedule's end");
    assert.ok(Number.isSafeInteger(settlement.dueAtMs), `due at ${settlement.dueAtMs}`);
    const delayMs = settlement.dueAtMs - finishedAtMs;
    assert.ok(delayMs >= allowed[0], `${delayMs} ms is sooner than ${allowed[0]} ms`);
    assert.ok(delayMs <= allowed[1], `${delayMs} ms is later than ${allowed[1]} ms`);
  } else if (settlement.status === "failed") {
    const isLast = settlement.number === limits.attemptsPerDeliveryMax;
    assert.ok(allowed === null || isLast, "it gave up before the schedule's end");
  }
}

const settleProperty = fc.property(
  retry,
  fc.array(
    fc.record({
      outcome: exchange,
      random: place,
      requeue: fc.boolean(),
    }),
    { minLength: 1, maxLength: 20 },
  ),
  fc.oneof(fc.constant(0), fc.integer({ min: 0, max: limits.attemptsPerDeliveryMax - 1 })),
  (policy, steps: readonly Step[], attemptsBefore) => {
    let delivery = deliveryAfter(attemptsBefore, attemptsBefore);
    let nowMs = startMs;
    for (const { outcome, random, requeue } of steps) {
      // The store starts no new round at this limit: see `retry_delivery`.
      if (delivery.attempts >= limits.attemptsPerDeliveryMax) return;
      const finishedAtMs = nowMs + Math.round(outcome.durationMs);
      const facts = { policy, outcome, delivery, finishedAtMs };
      const settlement = decide({
        delivery,
        exchange: outcome,
        verdict: usualJudge(outcome),
        retry: policy,
        endpointVersion: 1,
        startedAtMs: nowMs,
        signedAtMs: nowMs,
        finishedAtMs,
        randomFraction: random,
      });
      checkSettlement(settlement, facts);
      const isOver = settlement.status !== "pending";
      if (isOver && !requeue) return;
      nowMs = settlement.dueAtMs ?? finishedAtMs;
      const made = settlement.number;
      delivery = deliveryAfter(made, isOver ? made : delivery.attemptsBeforeRound);
    }
  },
);

/** Once a delivery has a terminal status, only an explicit `requeue` changes it. */
const statesProperty = fc.property(
  fc.array(fc.constantFrom(...deliveryChanges), { maxLength: 30 }),
  (changes) => {
    let status: (typeof deliveryStatuses)[number] = "pending";
    for (const change of changes) {
      const next = nextStatus(status, change);
      assert.equal(next !== null, statusesBefore(change).includes(status));
      if (status !== "pending") assert.equal(next, change === "requeue" ? "pending" : null);
      else assert.ok(next !== null && deliveryStatuses.includes(next));
      status = next ?? status;
    }
  },
);

export const settleTargets: readonly PureTarget[] = [
  { name: "settle", share: 3, shortCases: 300, open: async () => ({ property: settleProperty }) },
  { name: "states", share: 1, shortCases: 300, open: async () => ({ property: statesProperty }) },
];
