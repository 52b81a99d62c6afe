/** The requirements for every store: `expire`. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { system } from "../../model/audit.ts";
import { deliveryId } from "../../model/id.ts";
import type { Heartbeat } from "../store.ts";
import {
  claimAt,
  newEvent,
  newId,
  newLease,
  settlementOf,
  startMs,
  type StoreTester,
} from "./store-tester.ts";

const dayMs = 86_400_000;
/** The suite's time is a Sunday, so that the week before it ends only on the next day. */
const sundayMs = startMs;
const long = Number.NEGATIVE_INFINITY;

export function describeExpiring(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  /** Publishes an event `days` days before the suite's time, with one delivery. */
  async function past(days: number, lease = newLease(sundayMs - days * dayMs + 60_000)) {
    const orgId = randomUUID();
    const endpointId = await on.fixture.addEndpoint({ orgId });
    const event = newEvent(orgId, { id: newId(sundayMs - days * dayMs) });
    await on.publishTo(orgId, lease, [event]);
    return { orgId, endpointId, event, id: deliveryId(event.id, endpointId), lease };
  }

  const expireAt = (
    payloadsBeforeMs: number,
    ledgerBeforeMs: number,
    retriedSinceMs = payloadsBeforeMs,
  ) =>
    on.store.expire({
      atMs: sundayMs,
      payloadsBeforeMs,
      retriedSinceMs,
      ledgerBeforeMs: Math.max(ledgerBeforeMs, 0),
      auditBeforeMs: 0,
    });

  describe("expire", () => {
    // Events are published from the oldest week to the newest, because a dropped week is not
    // created again.
    test("leaves nothing to send again, and requeue reports it", async () => {
      const old = await past(75);
      await on.store.settle([settlementOf(old.id, old.lease, 1)], sundayMs);
      await expireAt(sundayMs - 65 * dayMs, long);
      expect(await on.store.requeue(old.id, sundayMs, system)).toBe("payload_expired");
    });

    test("waits for a running attempt", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const event = newEvent(orgId, { id: newId(sundayMs - 60 * dayMs) });
      await on.publishTo(orgId, null, [event]);
      const [claimed] = await on.claimOf(endpointId, claimAt(sundayMs));
      // The ledger of the week is kept as well, even if its period is not longer than that of the
      // data.
      await expireAt(sundayMs - 50 * dayMs, sundayMs - 50 * dayMs);
      expect(await on.fixture.eventsOf(orgId)).toBe(1);

      const settlement = settlementOf(claimed!.id, claimed!.lease, 1);
      expect(await on.store.settle([settlement], sundayMs)).toEqual(new Set());
      await expireAt(sundayMs - 50 * dayMs, long);
      expect(await on.fixture.eventsOf(orgId)).toBe(0);
    });

    test("cancels deliveries whose payload expired, and nothing claims them", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const event = newEvent(orgId, { id: newId(sundayMs - 45 * dayMs) });
      await on.publishTo(orgId, null, [event]);
      const id = deliveryId(event.id, endpointId);
      await expireAt(sundayMs - 35 * dayMs, long);
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "cancelled", isLeased: false });
      expect(await on.claimOf(endpointId, claimAt(sundayMs + 1_000))).toEqual([]);
    });

    test("and a requeue at the same moment agree: nothing stays pending without a payload", async () => {
      const orgId = randomUUID();
      const endpointIds: string[] = [];
      while (endpointIds.length < 12) endpointIds.push(await on.fixture.addEndpoint({ orgId }));
      const event = newEvent(orgId, { id: newId(sundayMs - 40 * dayMs) });
      const lease = newLease(sundayMs - 40 * dayMs + 60_000);
      await on.publishTo(orgId, lease, [event]);
      const ids = endpointIds.map((endpointId) => deliveryId(event.id, endpointId));
      await on.store.settle(
        ids.map((id) => settlementOf(id, lease, 1, { status: "failed" })),
        sundayMs,
      );
      const requeueAll = async (): Promise<void> => {
        for (const id of ids) await on.store.requeue(id, sundayMs, system);
      };
      await Promise.all([expireAt(sundayMs - 32 * dayMs, long), requeueAll()]);
      const request = claimAt(sundayMs + 1_000, { deliveriesMax: 10_000 });
      const { deliveries, unreadable } = await on.store.claim(request);
      const sendable = deliveries.filter((each) => ids.includes(each.id));
      const lost = unreadable.filter((each) => ids.includes(each.id));
      // Either the requeues came first and the payload stays for them, or nothing can be sent any
      // more.
      if ((await on.fixture.eventsOf(orgId)) === 0) expect(sendable).toEqual([]);
      else expect(lost).toEqual([]);
      for (const each of [...sendable, ...lost]) {
        const fields = { status: "failed" } as const;
        const settlement = settlementOf(each.id, each.lease, each.attempts + 1, fields);
        await on.store.settle([settlement], sundayMs + 2_000);
      }
      await expireAt(sundayMs - 32 * dayMs, long);
      for (const id of ids) {
        const row = await on.fixture.delivery(id);
        expect(["failed", "cancelled"]).toContain(row?.status);
        expect(await on.store.requeue(id, sundayMs, system)).toBe("payload_expired");
      }
    });

    test("drops the payloads of whole weeks, then their deliveries and attempts", async () => {
      const old = await past(30);
      const younger = await past(20);
      for (const each of [old, younger]) {
        await on.store.settle([settlementOf(each.id, each.lease, 1)], sundayMs);
      }
      await expireAt(sundayMs - 21 * dayMs, long);
      expect(await on.fixture.eventsOf(old.orgId)).toBe(0);
      expect(await on.fixture.eventsOf(younger.orgId)).toBe(1);
      expect(await on.fixture.delivery(old.id)).toMatchObject({ status: "delivered" });
      expect(await on.fixture.attempts(old.id)).toHaveLength(1);

      await expireAt(sundayMs - 21 * dayMs, sundayMs - 21 * dayMs);
      expect(await on.fixture.delivery(old.id)).toBeNull();
      expect(await on.fixture.attempts(old.id)).toEqual([]);
      expect(await on.fixture.delivery(younger.id)).toMatchObject({ status: "delivered" });
    });

    test("keeps the payload while retries are left, up to a bound and if the endpoint is active", async () => {
      const retried = await past(15);
      const settlement = settlementOf(retried.id, retried.lease, 1, {
        status: "pending",
        dueAtMs: sundayMs + 60_000,
      });
      await on.store.settle([settlement], sundayMs);
      const bounds = [sundayMs - 12 * dayMs, long] as const;
      await expireAt(...bounds, sundayMs - 40 * dayMs);
      expect(await on.fixture.eventsOf(retried.orgId)).toBe(1);
      const [claimed] = await on.claimOf(retried.endpointId, claimAt(sundayMs + 61_000));
      expect(claimed?.event.dataJson).toBe(retried.event.dataJson);
      const again = settlementOf(retried.id, claimed!.lease, 2, {
        status: "pending",
        dueAtMs: sundayMs + 120_000,
      });
      await on.store.settle([again], sundayMs);
      await expireAt(...bounds, sundayMs - 40 * dayMs);
      expect(await on.fixture.delivery(retried.id)).toMatchObject({ status: "pending" });
      await expireAt(...bounds, sundayMs - 12 * dayMs);
      expect(await on.fixture.delivery(retried.id)).toMatchObject({ status: "cancelled" });
      expect(await on.fixture.eventsOf(retried.orgId)).toBe(0);
    });

    test("leaves a week that is not over at the bound", async () => {
      const inside = await past(6);
      // The time limit is in the middle of the week.
      await expireAt(sundayMs - 4 * dayMs, sundayMs - 4 * dayMs);
      expect(await on.fixture.eventsOf(inside.orgId)).toBe(1);
      expect(await on.fixture.delivery(inside.id)).not.toBeNull();
    });
  });
}

/** The requirements for every store: know which nodes are running. */
export function describeHeartbeat(tester: () => StoreTester): void {
  describe("heartbeat", () => {
    test("counts nodes with a recent heartbeat, until they report that they stopped", async () => {
      const { store } = tester();
      const [one, two] = [newId(), newId()];
      expect(await store.heartbeat(beat(one, startMs, 15_000))).toBe(1);
      expect(await store.heartbeat(beat(two, startMs + 5_000, 15_000))).toBe(2);
      expect(await store.heartbeat(beat(one, startMs + 10_000, 15_000))).toBe(2);
      await store.leave(two);
      expect(await store.heartbeat(beat(one, startMs + 11_000, 15_000))).toBe(1);
    });

    test("does not count a silent node", async () => {
      const { store } = tester();
      const [silent, alive] = [newId(), newId()];
      await store.heartbeat(beat(silent, startMs + 100_000, 15_000));
      expect(await store.heartbeat(beat(alive, startMs + 120_000, 15_000))).toBe(1);
    });
  });
}

function beat(nodeId: string, atMs: number, countsMs: number): Heartbeat {
  return { nodeId, atMs, sinceMs: atMs - countsMs, holdsLock: false };
}
