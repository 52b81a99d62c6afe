/** The requirements for every store: the deliveries of a paused endpoint wait. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { deliveryId } from "../../model/id.ts";
import { atOnce, claimAt, newEvent, newId, newLease, type StoreTester } from "./store-tester.ts";

/** Long enough for the calls during the pause. */
const pauseMs = 3_000;

export function describePauses(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  /** Publishes an event for an endpoint that is paused, with a lease for the publishing node. */
  async function publishPaused(): Promise<{ readonly endpointId: string; readonly id: string }> {
    const orgId = randomUUID();
    const pausedUntilMs = Date.now() + pauseMs;
    const endpointId = await on.fixture.addEndpoint({ orgId, pausedUntilMs });
    const event = newEvent(orgId, { id: newId(Date.now()), timestampMs: Date.now() });
    const [outcome] = await on.store.publish({
      events: [event],
      atMs: Date.now(),
      lease: newLease(Date.now() + 60_000),
      spilledIds: [],
      ...atOnce,
      allOrNothing: false,
    });
    const id = deliveryId(event.id, endpointId);
    expect(outcome).toMatchObject({
      kind: "stored",
      deliveries: [{ deliveryId: id, leased: false }],
    });
    return { endpointId, id };
  }

  describe("a pause", () => {
    test("holds back deliveries until it ends, and announces that", async () => {
      const { endpointId, id } = await publishPaused();
      expect(await on.claimOf(endpointId, claimAt(Date.now()))).toEqual([]);
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "pending", isLeased: false });
      await sleep(pauseMs);
      const [claimed] = await on.claimOf(endpointId, claimAt(Date.now()));
      expect(claimed?.id).toBe(id);
    });

    test("ends early if it is taken back", async () => {
      const { endpointId, id } = await publishPaused();
      expect(await on.claimOf(endpointId, claimAt(Date.now()))).toEqual([]);
      await on.fixture.changeEndpoint(endpointId, { pausedUntilMs: null });
      const [claimed] = await on.claimOf(endpointId, claimAt(Date.now()));
      expect(claimed?.id).toBe(id);
    });
  });
}
