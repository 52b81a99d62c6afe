/** The requirements for every store: which endpoints get an event. */
import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { deliveryId } from "../../model/id.ts";
import type { NewEvent } from "../store.ts";
import { deliveriesOf, newEvent, newLease, startMs, type StoreTester } from "./store-tester.ts";

type Rules = Omit<Parameters<StoreTester["fixture"]["addEndpoint"]>[0], "orgId">;

export function describeRouting(tester: () => StoreTester): void {
  let on: StoreTester;
  beforeAll(() => {
    on = tester();
  });

  /** Returns the positions of the endpoints whose deliveries one commit creates. */
  async function targetsInCommit(
    fields: Partial<NewEvent>,
    rules: readonly Rules[],
  ): Promise<readonly number[]> {
    const orgId = randomUUID();
    const ids = await addEndpoints(orgId, rules);
    const [outcome] = await on.publishTo(orgId, newLease(), [newEvent(orgId, fields)]);
    const reached = new Set(deliveriesOf(outcome).map(({ endpointId }) => endpointId));
    return positions(ids, (id) => reached.has(id));
  }

  /** The same for deliveries that are created in the background. */
  async function targetsInBackground(
    fields: Partial<NewEvent>,
    rules: readonly Rules[],
  ): Promise<readonly number[]> {
    const orgId = randomUUID();
    const ids = await addEndpoints(orgId, rules);
    const event = newEvent(orgId, fields);
    // The second event shares the commit and the type, but not what routes it.
    const events = [event, newEvent(orgId)];
    await on.store.publish({
      events,
      atMs: startMs,
      lease: newLease(),
      spilledIds: [],
      laterOrgIds: [orgId],
      fanOut: { endpointsMax: 4, deliveriesMax: 6 },
      allOrNothing: false,
    });
    while ((await on.store.fanOut(orgId, 2, startMs)) !== null);
    const reached = new Set<string>();
    for (const id of ids) {
      if ((await on.fixture.delivery(deliveryId(event.id, id))) !== null) reached.add(id);
    }
    expect(await on.fixture.endpointsMatched(event.id)).toBe(reached.size);
    return positions(ids, (id) => reached.has(id));
  }

  async function addEndpoints(orgId: string, rules: readonly Rules[]): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const rule of rules) ids.push(await on.fixture.addEndpoint({ orgId, ...rule }));
    return ids;
  }

  function positions(ids: readonly string[], isIn: (id: string) => boolean): readonly number[] {
    return ids.flatMap((id, index) => (isIn(id) ? [index] : []));
  }

  async function expectTargets(
    fields: Partial<NewEvent>,
    rules: readonly Rules[],
    expected: readonly number[],
  ): Promise<void> {
    expect(await targetsInCommit(fields, rules)).toEqual(expected);
    expect(await targetsInBackground(fields, rules)).toEqual(expected);
  }

  describe("routing", () => {
    test("an endpoint with channels gets only events that share one", async () => {
      const rules: readonly Rules[] = [
        {},
        { channels: ["berlin"] },
        { channels: ["rome", "oslo"] },
        { channels: ["berlin", "rome"], eventTypes: ["scan.completed"] },
        { channels: ["berlin"], eventTypes: ["mission.rated"] },
      ];
      await expectTargets({ channels: ["berlin", "paris"] }, rules, [0, 1, 3]);
      await expectTargets({ channels: ["Berlin"] }, rules, [0]);
      await expectTargets({}, rules, [0]);
    });

    test("a wildcard stands for all types with its prefix", async () => {
      const rules: readonly Rules[] = [
        { eventTypes: [], eventPrefixes: ["scan."] },
        { eventTypes: [], eventPrefixes: [""] },
        { eventTypes: [], eventPrefixes: ["mission.", "scan.completed."] },
        { eventTypes: ["scan.completed"], eventPrefixes: ["mission."] },
        { eventTypes: [], eventPrefixes: ["scan."], channels: ["berlin"] },
        { eventTypes: [], eventPrefixes: ["scan_"] },
      ];
      await expectTargets({}, rules, [0, 1, 3]);
      await expectTargets({ type: "scan.completed.twice" }, rules, [0, 1, 2]);
      await expectTargets({ type: "scanner.failed" }, rules, [1]);
      await expectTargets({ channels: ["berlin"] }, rules, [0, 1, 3, 4]);
    });

    test("an org without the type's feature flag gets the event only by name", async () => {
      const rules: readonly Rules[] = [
        {},
        { eventTypes: [], eventPrefixes: ["scan."] },
        { eventTypes: ["scan.completed"] },
      ];
      expect(await targetsInCommit({ featureFlag: "beta" }, rules)).toEqual([2]);
      const orgId = randomUUID();
      const ids = await addEndpoints(orgId, rules);
      await on.fixture.setFeatureFlags(orgId, ["alpha", "beta"]);
      const events = [newEvent(orgId, { featureFlag: "beta" })];
      const [outcome] = await on.publishTo(orgId, newLease(), events);
      const reached = deliveriesOf(outcome).map(({ endpointId }) => endpointId);
      expect(reached.toSorted()).toEqual(ids.toSorted());
    });

    test("an endpoint with a filter gets only events whose data matches", async () => {
      const rules: readonly Rules[] = [
        {},
        { filter: '{"amount":{"$gt":10}}' },
        { filter: '{"amount":{"$lte":10}}' },
        { filter: '{"amount":{"$gt":10}}', eventTypes: ["mission.rated"] },
        { filter: '{"$or":[{"amount":5},{"country":{"$in":["DE","AT"]}}]}', channels: ["berlin"] },
        { filter: '{"amount":{"$gt":"10"}}' },
      ];
      const channels = ["berlin"];
      await expectTargets({ dataJson: '{"amount":11}', channels }, rules, [0, 1]);
      await expectTargets({ dataJson: '{"amount":5}', channels }, rules, [0, 2, 4]);
      await expectTargets({ dataJson: '{"amount":12,"country":"AT"}', channels }, rules, [0, 1, 4]);
      await expectTargets({ dataJson: '{"amount":12,"note":"\\u0000"}', channels }, rules, [0]);
      await expectTargets({ dataJson: "[]" }, rules.slice(1), []);
    });

    test("a test event ignores the channels and the filter of its endpoint", async () => {
      const orgId = randomUUID();
      const filter = '{"none":1}';
      const id = await on.fixture.addEndpoint({ orgId, channels: ["berlin"], filter });
      const event = newEvent(orgId, { onlyEndpointId: id });
      const [outcome] = await on.publishTo(orgId, newLease(), [event]);
      expect(deliveriesOf(outcome).map(({ endpointId }) => endpointId)).toEqual([id]);
    });
  });
}
