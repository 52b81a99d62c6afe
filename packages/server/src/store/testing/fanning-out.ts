/** The requirements for every store: create deliveries in the background. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../limits.ts";
import { deliveryId } from "../../model/id.ts";
import type { FanOutBounds, NewEvent, PublishOutcome } from "../store.ts";
import { claimAt, newEvent, newLease, startMs, type StoreTester } from "./store-tester.ts";

const bounds: FanOutBounds = { endpointsMax: 4, deliveriesMax: 6 };

export function describeFanningOut(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  async function endpoints(
    orgId: string,
    count: number,
    eventTypes?: readonly string[],
  ): Promise<readonly string[]> {
    const ids: string[] = [];
    while (ids.length < count) {
      ids.push(await on.fixture.addEndpoint({ orgId, ...(eventTypes && { eventTypes }) }));
    }
    return ids.toSorted();
  }

  function publish(
    events: readonly NewEvent[],
    laterOrgIds: readonly string[] = [],
  ): Promise<readonly PublishOutcome[]> {
    return on.store.publish({
      events,
      atMs: startMs,
      lease: newLease(),
      spilledIds: [],
      laterOrgIds,
      fanOut: bounds,
      allOrNothing: false,
    });
  }

  const fanOutOf = (outcome: PublishOutcome | undefined): string =>
    outcome?.kind === "stored" ? outcome.fanOut : `not stored: ${outcome?.kind}`;

  /** Returns which of the given endpoints have a delivery of the event. */
  async function reached(event: NewEvent, ids: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const id of ids) {
      if ((await on.fixture.delivery(deliveryId(event.id, id))) !== null) found.push(id);
    }
    return found.toSorted();
  }

  /**
   * Repeats steps until no work is left.
   * @returns the orgs in the order of their turns.
   */
  async function finish(deliveriesMax: number): Promise<readonly string[]> {
    const turns: string[] = [];
    for (;;) {
      const orgId = await on.store.nextFanOut(turns.at(-1) ?? null, startMs);
      if (orgId === null) return turns;
      turns.push(orgId);
      expect(await on.store.fanOut(orgId, deliveriesMax, startMs)).not.toBeNull();
    }
  }

  describe("fan-out in the background", () => {
    test("an org with too many endpoints: the event is stored, and its deliveries follow", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 5);
      const event = newEvent(orgId);
      const [outcome] = await publish([event]);
      expect(outcome).toEqual({ kind: "stored", deliveries: [], fanOut: "wide" });
      expect(await on.fixture.endpointsMatched(event.id)).toBe(5);
      // After each step, the fan-out is either complete or known to be unfinished.
      for (let done = 0; done < 5; done = Math.min(done + 2, 5)) {
        expect(await reached(event, wanting)).toEqual(wanting.slice(0, done));
        expect(await on.fixture.isFanOutOpen(event.id)).toBe(true);
        expect(await on.store.nextFanOut(null, startMs)).toBe(orgId);
        expect(await on.store.fanOut(orgId, 2, startMs)).toMatchObject({
          created: done < 4 ? 2 : 1,
        });
      }
      expect(await reached(event, wanting)).toEqual(wanting);
      expect(await on.fixture.isFanOutOpen(event.id)).toBe(false);
      expect(await on.store.nextFanOut(null, startMs)).toBeNull();
      expect(await on.store.fanOut(orgId, 2, startMs)).toBeNull();
      expect(await on.fixture.endpointsMatched(event.id)).toBe(5);
      const { deliveries } = await on.store.claim(claimAt(startMs, { deliveriesMax: 10_000 }));
      const mine = deliveries.filter((each) => each.event.id === event.id);
      expect(mine.map((each) => each.endpointId).toSorted()).toEqual(wanting);
    });

    test("goes to the endpoints that matched when it was stored, and to no other", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 4);
      const typed = await endpoints(orgId, 1, ["scan.completed"]);
      const other = await endpoints(orgId, 1, ["mission.rated"]);
      const inactive = [await on.fixture.addEndpoint({ orgId, isActive: false })];
      const event = newEvent(orgId);
      await publish([event]);
      const later = await endpoints(orgId, 1);
      await on.fixture.changeEndpoint(inactive[0]!, { isActive: true });
      await on.fixture.changeEndpoint(wanting[0]!, { isActive: false });
      await on.fixture.changeEndpoint(wanting[1]!, { isDeleted: true });
      await finish(100);
      const all = [...wanting, ...typed, ...other, ...inactive, ...later];
      expect(await reached(event, all)).toEqual([...wanting, ...typed].toSorted());
      const deleted = deliveryId(event.id, wanting[1]!);
      expect(await on.fixture.delivery(deleted)).toMatchObject({ status: "cancelled" });
      const off = deliveryId(event.id, wanting[0]!);
      expect(await on.fixture.delivery(off)).toMatchObject({ status: "pending" });
      expect(await on.claimOf(wanting[0]!, claimAt(startMs))).toEqual([]);
    });

    test("the commit does not even read the endpoints of an org known to be wide", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 1);
      const event = newEvent(orgId);
      const [outcome] = await publish([event], [orgId]);
      expect(fanOutOf(outcome)).toBe("wide");
      await finish(100);
      expect(await reached(event, wanting)).toEqual(wanting);
    });

    test("what does not fit into a commit follows later; small fan-outs go first", async () => {
      const [large, small] = [randomUUID(), randomUUID()];
      const ofLarge = await endpoints(large, 4);
      const ofSmall = await endpoints(small, 1);
      const events = [newEvent(large), newEvent(large), newEvent(small), newEvent(small)];
      const outcomes = await publish(events);
      expect(outcomes.map((each) => fanOutOf(each))).toEqual(["done", "open", "done", "done"]);
      await finish(100);
      for (const event of events.slice(0, 2))
        expect(await reached(event, ofLarge)).toEqual(ofLarge);
      for (const event of events.slice(2)) expect(await reached(event, ofSmall)).toEqual(ofSmall);
    });

    test("a test event goes to its one endpoint immediately, however many the org has", async () => {
      const orgId = randomUUID();
      const [onlyEndpointId] = await endpoints(orgId, 6);
      const [outcome] = await publish([newEvent(orgId, { onlyEndpointId: onlyEndpointId! })]);
      expect(fanOutOf(outcome)).toBe("done");
      expect(await on.store.nextFanOut(null, startMs)).toBeNull();
    });

    test("an event that matches no endpoint is done after the first step", async () => {
      const orgId = randomUUID();
      await endpoints(orgId, 5, ["mission.rated"]);
      const event = newEvent(orgId);
      await publish([event]);
      expect(await on.fixture.endpointsMatched(event.id)).toBe(0);
      await finish(10);
      expect(await on.fixture.isFanOutOpen(event.id)).toBe(false);
    });

    test("orgs take turns, each with its oldest event", async () => {
      const orgs = [randomUUID(), randomUUID(), randomUUID()].toSorted();
      for (const orgId of orgs) await endpoints(orgId, 5);
      await publish(orgs.flatMap((orgId) => [newEvent(orgId), newEvent(orgId)]));
      // Each org has 10 deliveries to create: three steps of 3, and one of 1.
      expect(await finish(3)).toEqual([...orgs, ...orgs, ...orgs, ...orgs]);
    });

    test("events that match few endpoints of a wide org share a step", async () => {
      const orgId = randomUUID();
      await endpoints(orgId, 5, ["mission.rated"]);
      const [wanting] = await endpoints(orgId, 1);
      const events = Array.from({ length: 7 }, () => newEvent(orgId));
      await publish(events);
      expect(await on.store.fanOut(orgId, 5, startMs)).toEqual({ created: 5, failed: [] });
      expect(await on.store.fanOut(orgId, 5, startMs)).toEqual({ created: 2, failed: [] });
      expect(await on.store.fanOut(orgId, 5, startMs)).toBeNull();
      for (const event of events) expect(await reached(event, [wanting!])).toEqual([wanting]);
    });

    test("an event stored twice under one key is fanned out once", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 5);
      const keyed = () => newEvent(orgId, { idempotencyKey: "k", requestHash: Buffer.of(1) });
      const [first, second] = [keyed(), keyed()];
      await publish([first]);
      expect(await publish([second])).toMatchObject([{ kind: "duplicate", eventId: first.id }]);
      await finish(100);
      expect(await reached(first, wanting)).toEqual(wanting);
      expect(await on.fixture.isFanOutOpen(second.id)).toBe(false);
    });

    test("a delivery that cannot be created delays no other delivery, and is tried again", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 5);
      const events = [newEvent(orgId), newEvent(orgId)].toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const [broken, sound] = [events[0]!, events[1]!];
      const refused = [wanting[1]!, wanting[4]!];
      await on.fixture.refuseDeliveries(refused.map((id) => deliveryId(broken.id, id)));
      await publish(events);
      const failed: unknown[] = [];
      while ((await on.store.nextFanOut(null, startMs)) !== null) {
        failed.push(...(await on.store.fanOut(orgId, 2, startMs))!.failed);
      }
      const failure = { orgId, eventId: broken.id, reason: expect.any(String) };
      expect(failed).toEqual([{ ...failure, endpoints: 2, failures: 1 }]);
      expect(await reached(sound, wanting)).toEqual(wanting);
      const others = wanting.filter((id) => !refused.includes(id));
      expect(await reached(broken, wanting)).toEqual(others);
      expect(await on.fixture.isFanOutOpen(broken.id)).toBe(true);

      await on.fixture.refuseDeliveries([deliveryId(broken.id, refused[0]!)]);
      const againMs = startMs + limits.fanOutRestMs;
      expect(await on.store.fanOut(orgId, 9, againMs - 1)).toBeNull();
      expect(await on.store.fanOut(orgId, 9, againMs)).toEqual({
        created: 1,
        failed: [{ ...failure, endpoints: 1, failures: 2 }],
      });
      await on.fixture.refuseDeliveries([]);
      expect(await on.store.fanOut(orgId, 9, againMs + 2 * limits.fanOutRestMs)).toEqual({
        created: 1,
        failed: [],
      });
      expect(await reached(broken, wanting)).toEqual(wanting);
      expect(await on.fixture.isFanOutOpen(broken.id)).toBe(false);
    });

    test("a delivery that can never be created is tried again at least once an hour", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 5);
      const event = newEvent(orgId);
      await on.fixture.refuseDeliveries([deliveryId(event.id, wanting[0]!)]);
      await publish([event]);
      let atMs = startMs;
      await on.store.fanOut(orgId, 9, atMs);
      const { fanOutRestMs, fanOutRestMsMax } = limits;
      for (let restMs = fanOutRestMs; restMs < 4 * fanOutRestMsMax; restMs *= 2) {
        atMs += Math.min(restMs, fanOutRestMsMax);
        expect(await on.store.fanOut(orgId, 9, atMs - 1)).toBeNull();
        expect(await on.store.fanOut(orgId, 9, atMs)).not.toBeNull();
      }
      await on.fixture.refuseDeliveries([]);
      await on.store.fanOut(orgId, 9, atMs + fanOutRestMsMax);
    });

    test("parallel callers create each delivery once", async () => {
      const orgId = randomUUID();
      const wanting = await endpoints(orgId, 9);
      const events = Array.from({ length: 6 }, () => newEvent(orgId));
      await publish(events);
      let created = 0;
      const caller = async (): Promise<void> => {
        while ((await on.store.nextFanOut(null, startMs)) !== null) {
          const ofStep = await on.store.fanOut(orgId, 2, startMs);
          created += ofStep?.created ?? 0;
        }
      };
      await Promise.all([caller(), caller(), caller()]);
      expect(created).toBe(events.length * wanting.length);
      for (const event of events) expect(await reached(event, wanting)).toEqual(wanting);
    });
  });
}
