/**
 * The requirements for every store: `waitingWork` reports the kinds of work that are waiting. At
 * every claim, the whole suite also checks that `waitingWork` has announced the claimed deliveries.
 */
import { beforeAll, describe, expect, test } from "vitest";
import type { WaitingWork } from "../store.ts";
import { claimAt, newId, newLease, settlementOf, type StoreTester } from "./store-tester.ts";

export function describeWaiting(tester: () => StoreTester): void {
  let on: StoreTester;
  const nodeId = newId();
  beforeAll(() => {
    on = tester();
  });

  const looked = (): Promise<WaitingWork> => on.store.waitingWork(nodeId, Date.now());

  describe("waiting work", () => {
    test("the time until a retry is due, and no longer", async () => {
      const { endpointId } = await on.waiting();
      const lease = newLease(Date.now() + 60_000);
      const [claimed] = await on.claimOf(endpointId, claimAt(Date.now(), { lease }));
      const before = (await looked()).dueInMs ?? Number.POSITIVE_INFINITY;
      const dueAtMs = Date.now() + 20_000;
      const fields = { status: "pending", dueAtMs } as const;
      await on.store.settle([settlementOf(claimed!.id, lease, 1, fields)], Date.now());
      const { dueInMs } = await looked();
      expect(dueInMs).toBeLessThanOrEqual(20_000);
      // Other tests' deliveries may be due earlier.
      if (before > 20_000) expect(dueInMs).toBeGreaterThan(0);
    });

    test("another node, until it has stopped", async () => {
      const other = newId();
      const beat = { atMs: Date.now(), sinceMs: Date.now(), holdsLock: false };
      await on.store.heartbeat({ nodeId, ...beat });
      await on.store.heartbeat({ nodeId: other, ...beat });
      expect(await looked()).toMatchObject({ hasOtherNodes: true });
      await on.store.leave(other);
      await on.store.leave(nodeId);
    });
  });
}
