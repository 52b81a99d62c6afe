/** The requirements for every store: `settle`, `release`, `requeue`, `cancel` and `reap`. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { system } from "../../model/audit.ts";
import { deliveryId } from "../../model/id.ts";
import {
  claimAt,
  newEvent,
  newId,
  newLease,
  settlementOf,
  startMs,
  type StoreTester,
} from "./store-tester.ts";

export function describeSettling(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  describe("settle", () => {
    test("keeps every attempt, and makes the last one a dead letter", async () => {
      const { endpointId, id } = await on.waiting();
      for (const number of [1, 2, 3]) {
        const atMs = startMs + number * 1_000;
        const [claimed] = await on.claimOf(endpointId, claimAt(atMs));
        expect(claimed?.attempts).toBe(number - 1);
        const isLast = number === 3;
        const settlement = settlementOf(id, claimed!.lease, number, {
          status: isLast ? "failed" : "pending",
          dueAtMs: isLast ? null : atMs + 500,
          attempt: {
            atMs,
            durationMs: 1,
            responseStatus: 500 + number,
            error: null,
            trigger: "schedule",
            exchangeJson: null,
          },
        });
        expect(await on.store.settle([settlement], atMs)).toEqual(new Set());
      }
      expect(await on.fixture.delivery(id)).toEqual({
        status: "failed",
        attempts: 3,
        dueAtMs: null,
        isLeased: false,
      });
      expect(await on.fixture.attempts(id)).toEqual([
        { number: 1, responseStatus: 501 },
        { number: 2, responseStatus: 502 },
        { number: 3, responseStatus: 503 },
      ]);
    });

    test("writes nothing with another lease or attempt number", async () => {
      const { endpointId, id } = await on.waiting();
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      const wrong = [
        settlementOf(id, newLease(), 1),
        settlementOf(id, claimed!.lease, 2),
        settlementOf(newId(), claimed!.lease, 1),
      ];
      for (const each of wrong) {
        expect(await on.store.settle([each], startMs)).toEqual(new Set([each.deliveryId]));
      }
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "pending", attempts: 0 });
      expect(await on.fixture.attempts(id)).toEqual([]);
    });

    test("recognises a settlement that it has already written", async () => {
      const { endpointId, id } = await on.waiting();
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      const settlement = settlementOf(id, claimed!.lease, 1);
      expect(await on.store.settle([settlement], startMs)).toEqual(new Set());
      expect(await on.store.settle([settlement], startMs)).toEqual(new Set());
      expect(await on.fixture.attempts(id)).toHaveLength(1);
      const other = settlementOf(id, claimed!.lease, 1, { status: "failed" });
      expect(await on.store.settle([other], startMs)).toEqual(new Set([id]));
    });

    test("settles what it can, and returns what it could not", async () => {
      const [one, two] = [await on.waiting(), await on.waiting()];
      const [ofOne] = await on.claimOf(one.endpointId, claimAt(startMs));
      const lost = await on.store.settle(
        [settlementOf(one.id, ofOne!.lease, 1), settlementOf(two.id, newLease(), 1)],
        startMs,
      );
      expect(lost).toEqual(new Set([two.id]));
      expect(await on.fixture.delivery(one.id)).toMatchObject({ status: "delivered" });
    });

    test("turns the endpoint off in the same transaction", async () => {
      const { endpointId, id } = await on.waiting();
      const [before] = await on.store.endpoints([endpointId]);
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      const turnEndpointOff = {
        endpointId,
        cause: "gone",
        reason: "The endpoint answered 410.",
      } as const;
      const settlement = settlementOf(id, claimed!.lease, 1, {
        status: "pending",
        dueAtMs: startMs,
        turnEndpointOff,
      });
      await on.store.settle([settlement], startMs);
      const [after] = await on.store.endpoints([endpointId]);
      expect(after?.isActive).toBe(false);
      expect(after?.version).toBeGreaterThan(before?.version ?? 0);
      expect(await on.claimOf(endpointId, claimAt(startMs))).toEqual([]);
    });
  });

  test("release makes deliveries due immediately, and ignores lost leases", async () => {
    const { endpointId, id } = await on.waiting();
    const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
    await on.store.release([{ deliveryId: id, leaseId: newId() }], startMs);
    expect(await on.claimOf(endpointId, claimAt(startMs))).toEqual([]);
    await on.store.release([{ deliveryId: id, leaseId: claimed!.lease.id }], startMs);
    const [again] = await on.claimOf(endpointId, claimAt(startMs));
    expect(again).toMatchObject({ id, attempts: 0 });
  });

  describe("requeue and cancel", () => {
    test("requeue immediately starts a new round of a finished delivery", async () => {
      const { endpointId, id } = await on.waiting();
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      const failed = settlementOf(id, claimed!.lease, 1, { status: "failed" });
      await on.store.settle([failed], startMs);
      expect(await on.store.requeue(id, startMs + 1, system)).toBe("changed");
      const [again] = await on.claimOf(endpointId, claimAt(startMs + 1));
      expect(again).toMatchObject({ id, attempts: 1, attemptsBeforeRound: 1 });
    });

    test("neither touches a delivery while an attempt runs", async () => {
      const { endpointId, id } = await on.waiting();
      await on.claimOf(endpointId, claimAt(startMs));
      expect(await on.store.requeue(id, startMs + 1, system)).toBe("in_flight");
      expect(await on.store.cancel(id, startMs + 1, system)).toBe("in_flight");
    });

    test("cancel ends a pending delivery, and rejects a finished one", async () => {
      const { endpointId, id } = await on.waiting();
      expect(await on.store.cancel(id, startMs, system)).toBe("changed");
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "cancelled", dueAtMs: null });
      expect(await on.store.cancel(id, startMs, system)).toBe("refused");
      expect(await on.claimOf(endpointId, claimAt(startMs))).toEqual([]);
      expect(await on.store.requeue(id, startMs, system)).toBe("changed");
    });

    test("an unknown delivery is not found; one of a deleted endpoint stays finished", async () => {
      expect(await on.store.requeue(newId(), startMs, system)).toBe("not_found");
      expect(await on.store.cancel(newId(), startMs, system)).toBe("not_found");
      const { endpointId, id } = await on.waiting();
      await on.fixture.changeEndpoint(endpointId, { isDeleted: true });
      expect(await on.store.requeue(id, startMs, system)).toBe("endpoint_gone");
    });

    test("a delivery with 255 attempts has no number left for another", async () => {
      const { endpointId, id } = await on.waiting();
      for (let number = 1; number <= 255; number += 1) {
        const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
        const isLast = number === 255;
        const settlement = settlementOf(id, claimed!.lease, number, {
          status: isLast ? "failed" : "pending",
          dueAtMs: isLast ? null : startMs,
        });
        await on.store.settle([settlement], startMs);
      }
      expect(await on.store.requeue(id, startMs, system)).toBe("refused");
      expect(await on.fixture.attempts(id)).toHaveLength(255);
    });
  });

  // These tests come last, because the reaper moves the watermark, and a publish leases nothing
  // below it.
  describe("reap", () => {
    test("cancels pending deliveries of a deleted endpoint", async () => {
      const { endpointId, id } = await on.waiting();
      await on.fixture.changeEndpoint(endpointId, { isDeleted: true });
      await on.store.reap({ atMs: startMs + 9_000, leasesGrantedBeforeMs: startMs - 9_000 });
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "cancelled", dueAtMs: null });
    });

    test("makes due what was leased at its publish and never sent", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const lease = newLease(startMs + 1_000);
      const event = newEvent(orgId);
      await on.publishTo(orgId, lease, [event]);
      const id = deliveryId(event.id, endpointId);
      expect(await on.claimOf(endpointId, claimAt(startMs + 5_000))).toEqual([]);
      await on.store.reap({ atMs: startMs + 500, leasesGrantedBeforeMs: startMs - 500 });
      expect(await on.fixture.delivery(id)).toMatchObject({ isLeased: true });
      const atMs = startMs + 5_000;
      await on.store.reap({ atMs, leasesGrantedBeforeMs: atMs - 1_000 });
      const [claimed] = await on.claimOf(endpointId, claimAt(atMs));
      expect(claimed?.id).toBe(id);
      const lost = await on.store.settle([settlementOf(id, lease, 1)], atMs);
      expect(lost).toEqual(new Set([id]));
    });
  });
}
