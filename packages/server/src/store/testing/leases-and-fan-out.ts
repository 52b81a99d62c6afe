/** The requirements for every store: `publish` and `claim`. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { deliveryId } from "../../model/id.ts";
import { contentHash } from "../../model/event-content.ts";
import type { LeasedDelivery, NewEvent } from "../store.ts";
import {
  atOnce,
  claimAt,
  deliveriesOf,
  newEvent,
  newLease,
  settlementOf,
  startMs,
  type StoreTester,
} from "./store-tester.ts";

export function describePublishAndClaim(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  describe("publish", () => {
    test("creates a delivery for each active endpoint that matches the type", async () => {
      const orgId = randomUUID();
      const all = await on.fixture.addEndpoint({ orgId });
      const one = await on.fixture.addEndpoint({ orgId, eventTypes: ["scan.completed"] });
      await on.fixture.addEndpoint({ orgId, eventTypes: ["mission.rated"] });
      await on.fixture.addEndpoint({ orgId, isActive: false });
      const deleted = await on.fixture.addEndpoint({ orgId });
      await on.fixture.changeEndpoint(deleted, { isDeleted: true });
      await on.fixture.addEndpoint({ orgId: randomUUID() });
      const event = newEvent(orgId);
      const [outcome] = await on.publishTo(orgId, newLease(), [event]);
      const deliveries = deliveriesOf(outcome);
      expect(new Set(deliveries.map((each) => each.endpointId))).toEqual(new Set([all, one]));
      for (const { deliveryId: id, endpointId, leased } of deliveries) {
        expect(id).toBe(deliveryId(event.id, endpointId));
        expect(leased).toBe(true);
        expect(await on.fixture.delivery(id)).toMatchObject({ status: "pending", isLeased: true });
      }
    });

    test("keeps an event that matches no endpoint", async () => {
      const orgId = randomUUID();
      const [outcome] = await on.publishTo(orgId, newLease());
      expect(deliveriesOf(outcome)).toEqual([]);
      expect(await on.fixture.eventsOf(orgId)).toBe(1);
    });

    test("sends a test event to its one endpoint, whatever its event types", async () => {
      const orgId = randomUUID();
      await on.fixture.addEndpoint({ orgId });
      const only = await on.fixture.addEndpoint({ orgId, eventTypes: ["mission.rated"] });
      const [outcome] = await on.publishTo(orgId, null, [
        newEvent(orgId, { onlyEndpointId: only }),
      ]);
      expect(deliveriesOf(outcome).map((each) => each.endpointId)).toEqual([only]);
    });

    test("leaves deliveries of endpoints that the caller cannot hold to be claimed", async () => {
      const orgId = randomUUID();
      const full = await on.fixture.addEndpoint({ orgId });
      const free = await on.fixture.addEndpoint({ orgId });
      const [outcome] = await on.store.publish({
        events: [newEvent(orgId)],
        atMs: startMs,
        lease: newLease(),
        spilledIds: [full],
        ...atOnce,
        allOrNothing: false,
      });
      const leased = new Map(deliveriesOf(outcome).map((each) => [each.endpointId, each.leased]));
      expect(leased.get(full)).toBe(false);
      expect(leased.get(free)).toBe(true);
      expect(await on.claimOf(full, claimAt(startMs))).toHaveLength(1);
      expect(await on.claimOf(free, claimAt(startMs))).toHaveLength(0);
    });

    test("leaves deliveries of orgs that the caller cannot hold to be claimed", async () => {
      const [full, free] = [randomUUID(), randomUUID()];
      for (const orgId of [full, free]) await on.fixture.addEndpoint({ orgId });
      const outcomes = await on.store.publish({
        events: [newEvent(full), newEvent(free)],
        atMs: startMs,
        lease: newLease(),
        spilledIds: [full],
        ...atOnce,
        allOrNothing: false,
      });
      const leased = outcomes.map((each) => deliveriesOf(each).map((delivery) => delivery.leased));
      expect(leased).toEqual([[false], [true]]);
    });

    test("stores an event once for each key, and recognises a different event", async () => {
      const orgId = randomUUID();
      const keyed = (hash: number) =>
        newEvent(orgId, { idempotencyKey: "k", requestHash: Buffer.of(hash) });
      const first = keyed(1);
      const [stored] = await on.publishTo(orgId, null, [first]);
      expect(stored?.kind).toBe("stored");
      const outcomes = await on.publishTo(orgId, null, [keyed(1), keyed(2), newEvent(orgId)]);
      expect(outcomes.map((each) => each.kind)).toEqual(["duplicate", "key_reused", "stored"]);
      expect(outcomes[0]).toMatchObject({ eventId: first.id });
      expect(await on.fixture.eventsOf(orgId)).toBe(2);
      const elsewhere = randomUUID();
      const other = newEvent(elsewhere, { idempotencyKey: "k", requestHash: Buffer.of(9) });
      const [ofOther] = await on.publishTo(elsewhere, null, [other]);
      expect(ofOther?.kind).toBe("stored");
    });

    test("recognises the same data in another spelling, and keeps the first", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const keyed = (dataJson: string, content: Partial<NewEvent> = {}) => {
        const event = newEvent(orgId, {
          idempotencyKey: "k",
          externalId: "e",
          ...content,
          dataJson,
        });
        return { ...event, requestHash: contentHash(event) };
      };
      const first = '{"a":1,"b":[12345678901234567890.1]}';
      await on.publishTo(orgId, null, [keyed(first)]);
      const outcomes = await on.publishTo(orgId, null, [
        keyed('{ "b": [12345678901234567890.10], "a": 1.0 }'),
        keyed('{"a":1,"b":[12345678901234567890.10001]}'),
        keyed('{"a": 1,"b":[12345678901234567890.1]}', { givenTimestampMs: startMs }),
        keyed('{"a": 1,"b":[12345678901234567890.1]}', { type: "mission.rated" }),
      ]);
      const kinds = ["duplicate", "key_reused", "key_reused", "key_reused"];
      expect(outcomes.map(({ kind }) => kind)).toEqual(kinds);
      expect((await on.claimOf(endpointId, claimAt(startMs)))[0]?.event.dataJson).toBe(first);
    });

    test("stores an event once for each external id, apart from idempotency keys", async () => {
      const orgId = randomUUID();
      const named = (externalId: string | null, hash: number, key: string | null = null) =>
        newEvent(orgId, { externalId, requestHash: Buffer.of(hash), idempotencyKey: key });
      const first = named("e", 1);
      const stored = await on.publishTo(orgId, null, [first, named(null, 2, "e"), named("f", 3)]);
      expect(stored.map(({ kind }) => kind)).toEqual(["stored", "stored", "stored"]);
      const again = await on.publishTo(orgId, null, [named("e", 1), named("e", 9)]);
      expect(again).toEqual([
        { kind: "duplicate", eventId: first.id },
        { kind: "key_reused", isExternalId: true },
      ]);
      expect(await on.fixture.eventsOf(orgId)).toBe(3);
      const other = newEvent(randomUUID(), { externalId: "e", requestHash: Buffer.of(9) });
      expect((await on.publishTo(other.orgId, null, [other]))[0]?.kind).toBe("stored");
    });

    test("an event that is refused because of one of its keys leaves the other free", async () => {
      const orgId = randomUUID();
      const both = (externalId: string, idempotencyKey: string, hash: number) =>
        newEvent(orgId, { externalId, idempotencyKey, requestHash: Buffer.of(hash) });
      await on.publishTo(orgId, null, [both("e", "k", 1)]);
      const refused = await on.publishTo(orgId, null, [both("e2", "k", 2), both("e", "k2", 3)]);
      expect(refused).toEqual([
        { kind: "key_reused", isExternalId: false },
        { kind: "key_reused", isExternalId: true },
      ]);
      const free = await on.publishTo(orgId, null, [both("e2", "k2", 4)]);
      expect(free.map(({ kind }) => kind)).toEqual(["stored"]);
      const [same] = await on.publishTo(orgId, null, [both("e", "k3", 1)]);
      expect(same?.kind).toBe("duplicate");
      expect(await on.fixture.eventsOf(orgId)).toBe(2);
    });

    test("all or nothing stores nothing if one key was used for another event", async () => {
      const orgId = randomUUID();
      const used = newEvent(orgId, { idempotencyKey: "k", requestHash: Buffer.of(1) });
      await on.publishTo(orgId, null, [used]);
      const outcomes = await on.store.publish({
        events: [
          newEvent(orgId, { idempotencyKey: "fresh", requestHash: Buffer.of(1) }),
          newEvent(orgId, { idempotencyKey: "k", requestHash: Buffer.of(2) }),
        ],
        atMs: startMs,
        lease: newLease(),
        spilledIds: [],
        ...atOnce,
        allOrNothing: true,
      });
      expect(outcomes.map((each) => each.kind)).toEqual(["not_stored", "key_reused"]);
      expect(await on.fixture.eventsOf(orgId)).toBe(1);
    });
  });

  describe("claim", () => {
    test("returns the event's external id", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const event = newEvent(orgId, { externalId: "evt_1", requestHash: Buffer.of(1) });
      await on.publishTo(orgId, null, [event]);
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      expect(claimed?.event).toMatchObject({ id: event.id, externalId: "evt_1" });
    });

    test("leases due deliveries with everything that the attempt needs", async () => {
      const { endpointId, event, id } = await on.waiting();
      expect(await on.claimOf(endpointId, claimAt(startMs - 1))).toEqual([]);
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      expect(claimed).toMatchObject({ id, endpointId, attempts: 0, attemptsBeforeRound: 0 });
      expect(claimed?.event).toMatchObject({ id: event.id, dataJson: '{"n":1}' });
      expect(claimed?.event.externalId ?? null).toBe(null);
      expect(claimed?.event.timestampMs).toBe(startMs);
      expect(await on.claimOf(endpointId, claimAt(startMs))).toEqual([]);
    });

    test("gives no delivery to two callers", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const events = Array.from({ length: 60 }, () => newEvent(orgId));
      await on.publishTo(orgId, null, events);
      const rounds = await Promise.all(
        Array.from({ length: 6 }, () => on.store.claim(claimAt(startMs, { perEndpointMax: 20 }))),
      );
      const all = rounds.flatMap(({ deliveries }) => deliveries);
      const ids = all.filter((each) => each.endpointId === endpointId);
      expect(new Set(ids.map((each) => each.id)).size).toBe(ids.length);
    });

    test("claims a delivery again after its lease", async () => {
      const { endpointId, id } = await on.waiting();
      const lease = newLease(startMs + 1_000);
      const [first] = await on.claimOf(endpointId, claimAt(startMs, { lease }));
      expect(first?.id).toBe(id);
      expect(await on.claimOf(endpointId, claimAt(startMs + 999))).toEqual([]);
      const [second] = await on.claimOf(endpointId, claimAt(startMs + 1_000));
      expect(second?.id).toBe(id);
      const lost = await on.store.settle([settlementOf(id, lease, 1)], startMs + 1_001);
      expect(lost).toEqual(new Set([id]));
      expect(await on.fixture.delivery(id)).toMatchObject({ status: "pending", attempts: 0 });
    });

    test("takes one delivery of each endpoint before two of any", async () => {
      const orgId = randomUUID();
      const busy = await on.fixture.addEndpoint({ orgId });
      await on.publishTo(
        orgId,
        null,
        Array.from({ length: 50 }, () => newEvent(orgId)),
      );
      const quiet = await Promise.all(
        Array.from({ length: 5 }, () => on.fixture.addEndpoint({ orgId })),
      );
      await on.publishTo(orgId, null, [newEvent(orgId)]);
      const wanted = new Set([busy, ...quiet]);
      const { deliveries } = await on.store.claim(
        claimAt(startMs, { deliveriesMax: 1_000, perEndpointMax: 1 }),
      );
      const mine = deliveries.filter((each) => wanted.has(each.endpointId));
      expect(mine.map((each) => each.endpointId).toSorted()).toEqual([...wanted].toSorted());
    });

    test("takes one delivery of each org before two of any, however many endpoints it has", async () => {
      const [large, small] = [randomUUID(), randomUUID()];
      for (let count = 0; count < 8; count += 1) await on.fixture.addEndpoint({ orgId: large });
      await on.fixture.addEndpoint({ orgId: small });
      await on.publishTo(large, null, [newEvent(large), newEvent(large)]);
      await on.publishTo(small, null, [newEvent(small), newEvent(small)]);
      const fullOrgIds = [large, small];
      // Leases what other tests left behind, so that it does not interfere.
      const others = await on.store.claim(
        claimAt(startMs, { deliveriesMax: 10_000, perEndpointMax: 10_000, fullOrgIds }),
      );
      const { deliveries, isCut } = await on.store.claim(claimAt(startMs, { deliveriesMax: 4 }));
      expect(isCut).toBe(true);
      expect(deliveries.map(({ event }) => event.orgId).toSorted()).toEqual(
        [large, large, small, small].toSorted(),
      );
      const handles = others.deliveries.map(({ id, lease }) => ({
        deliveryId: id,
        leaseId: lease.id,
      }));
      await on.store.release(handles, startMs);
    });

    test("keeps half of an endpoint's room for first attempts, whatever was due before", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      const publishMany = (count: number, atMs: number) =>
        on.store.publish({
          events: Array.from({ length: count }, () => newEvent(orgId)),
          atMs,
          lease: null,
          spilledIds: [],
          ...atOnce,
          allOrNothing: false,
        });
      await publishMany(6, startMs);
      const tried = await on.claimOf(endpointId, claimAt(startMs));
      const failed = tried.map(({ id, lease }) =>
        settlementOf(id, lease, 1, { status: "pending", dueAtMs: startMs + 10 }),
      );
      await on.store.settle(failed, startMs + 5);
      await publishMany(3, startMs + 20);
      const freePlaces = new Map([[endpointId, 4]]);
      const attemptsOf = (claimed: readonly LeasedDelivery[]) =>
        claimed.map(({ attempts }) => attempts).toSorted((a, b) => a - b);
      const first = await on.claimOf(endpointId, claimAt(startMs + 30, { freePlaces }));
      expect(attemptsOf(first)).toEqual([0, 0, 1, 1]);
      // After the delivery was given back, it still counts as a first attempt.
      const handles = first.map(({ id, lease }) => ({ deliveryId: id, leaseId: lease.id }));
      await on.store.release(handles, startMs + 40);
      const again = await on.claimOf(endpointId, claimAt(startMs + 50, { freePlaces }));
      expect(attemptsOf(again)).toEqual([0, 0, 1, 1]);
      const rest = await on.claimOf(endpointId, claimAt(startMs + 60));
      expect(attemptsOf(rest)).toEqual([0, 1, 1, 1, 1]);
    });

    test("leases deliveries for a terminal only to the node with its session", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId, destination: "cli" });
      const published = await on.publishTo(orgId, newLease());
      expect(published.flatMap(deliveriesOf)).toMatchObject([{ endpointId, leased: false }]);
      const claimWith = (...sessionIds: readonly string[]) =>
        on.claimOf(endpointId, claimAt(startMs, { sessionIds }));
      const [first, second] = [randomUUID(), randomUUID()];
      expect(await claimWith()).toEqual([]);
      expect(await claimWith(first)).toEqual([]);
      await on.fixture.connectTerminal(endpointId, first);
      expect(await claimWith(second)).toEqual([]);
      const [claimed] = await claimWith(first, randomUUID());
      expect(claimed).toMatchObject({ endpointId, attempts: 0 });
      const { id, lease } = claimed!;
      await on.store.release([{ deliveryId: id, leaseId: lease.id }], startMs);
      // Another terminal replaces the first one.
      await on.fixture.connectTerminal(endpointId, second);
      expect(await claimWith(first)).toEqual([]);
      expect(await claimWith(second)).toHaveLength(1);
    });

    test("keeps deliveries for a terminal due until one connects", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId, destination: "cli" });
      const sessionId = randomUUID();
      await on.fixture.connectTerminal(endpointId, sessionId);
      await on.publishTo(orgId, null, [newEvent(orgId), newEvent(orgId)]);
      const request = claimAt(startMs, { sessionIds: [sessionId] });
      const claimed = await on.claimOf(endpointId, request);
      expect(claimed).toHaveLength(2);
      await on.fixture.connectTerminal(endpointId, null);
      const handles = claimed.map(({ id, lease }) => ({ deliveryId: id, leaseId: lease.id }));
      await on.store.release(handles, startMs);
      expect(await on.claimOf(endpointId, request)).toEqual([]);
      await on.fixture.connectTerminal(endpointId, sessionId);
      expect(await on.claimOf(endpointId, request)).toHaveLength(2);
    });

    test("skips orgs that have enough", async () => {
      const { endpointId, event } = await on.waiting();
      const request = claimAt(startMs, { fullOrgIds: [event.orgId] });
      expect(await on.claimOf(endpointId, request)).toHaveLength(0);
      expect(await on.claimOf(endpointId, claimAt(startMs))).toHaveLength(1);
    });

    test("respects the free places", async () => {
      const orgId = randomUUID();
      const endpointId = await on.fixture.addEndpoint({ orgId });
      await on.publishTo(
        orgId,
        null,
        Array.from({ length: 5 }, () => newEvent(orgId)),
      );
      const none = claimAt(startMs, { freePlaces: new Map([[endpointId, 0]]) });
      expect(await on.claimOf(endpointId, none)).toHaveLength(0);
      const two = claimAt(startMs, { freePlaces: new Map([[endpointId, 2]]) });
      expect(await on.claimOf(endpointId, two)).toHaveLength(2);
    });

    test("says whether more may be due than was leased", async () => {
      const { endpointId, event } = await on.waiting();
      await on.publishTo(event.orgId, null, [newEvent(event.orgId), newEvent(event.orgId)]);
      const isCutWith = async (places: number): Promise<boolean> => {
        const freePlaces = new Map([[endpointId, places]]);
        const { deliveries, isCut } = await on.store.claim(
          claimAt(startMs, { deliveriesMax: 10_000, freePlaces }),
        );
        const handles = deliveries.map(({ id, lease }) => ({ deliveryId: id, leaseId: lease.id }));
        await on.store.release(handles, startMs);
        return isCut;
      };
      expect([await isCutWith(0), await isCutWith(4)]).toEqual([false, false]);
      expect([await isCutWith(3), await isCutWith(2)]).toEqual([true, true]);
    });

    test("holds due deliveries of an inactive endpoint until it is active again", async () => {
      const { endpointId, id } = await on.waiting();
      await on.fixture.changeEndpoint(endpointId, { isActive: false });
      expect(await on.claimOf(endpointId, claimAt(startMs))).toEqual([]);
      await on.fixture.changeEndpoint(endpointId, { isActive: true });
      const [claimed] = await on.claimOf(endpointId, claimAt(startMs));
      expect(claimed?.id).toBe(id);
    });
  });
}
