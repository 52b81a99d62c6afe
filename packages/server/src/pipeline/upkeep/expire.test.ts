import { expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { expire } from "./expire.ts";

const dayMs = 86_400_000;

test("expire asks for the periods, and for the time that retries keep an event's data longer", async () => {
  const asked: unknown[] = [];
  const outcome = { cancelled: 0, weeksDropped: 0, auditEntriesRemoved: 0 };
  const nowMs = Date.UTC(2026, 6, 1);
  await expire({
    store: {
      expire: (request) => {
        asked.push(request);
        return Promise.resolve(outcome);
      },
    },
    clock: { now: () => nowMs, monotonicMs: () => 0, after: () => () => undefined },
    retention: { payloadDays: 7, ledgerDays: 90, auditDays: 365 },
  });
  expect(asked).toEqual([
    {
      atMs: nowMs,
      payloadsBeforeMs: nowMs - 7 * dayMs,
      retriedSinceMs: nowMs - (7 + limits.payloadHeldDaysMax) * dayMs,
      ledgerBeforeMs: nowMs - 90 * dayMs,
      auditBeforeMs: nowMs - 365 * dayMs,
    },
  ]);
});
