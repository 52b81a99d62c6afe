import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import type { ObservedAttempt } from "../pipeline/ports.ts";
import { VirtualClock } from "../simulation/clock.ts";
import { LiveFeed, payloadOf, type LiveBatch, type LiveDelivery, type News } from "./live-feed.ts";

const org = "00000000-0000-4000-8000-00000000000a";
const otherOrg = "00000000-0000-4000-8000-00000000000b";

function attempt(orgId: string, number: number): ObservedAttempt {
  return {
    deliveryId: `delivery-${number}`,
    eventId: `event-${number}`,
    eventType: "scan.completed",
    orgId,
    endpointId: "endpoint",
    contract: "standard",
    number: 1,
    status: "delivered",
    responseStatus: 200,
    error: null,
    startedAtMs: 1_000,
    durationMs: 3,
    nextAttemptAtMs: null,
  };
}

/** Creates two nodes, and passes on the notifications that they send. */
function twoNodes() {
  const clock = new VirtualClock(0);
  const sent: string[] = [];
  const errors: unknown[] = [];
  const nodes: LiveFeed[] = [];
  const network = { isBroken: false };
  const send = (what: string, each: (node: LiveFeed) => void): Promise<void> => {
    if (network.isBroken) return Promise.reject(new Error("away"));
    sent.push(what);
    nodes.forEach(each);
    return Promise.resolve();
  };
  const node = (): LiveFeed =>
    new LiveFeed({
      clock,
      announceWatched: (payload) =>
        send(`watched ${payload}`, (each) => each.watchedSomewhere(payload)),
      orgTexts: () => new Map(),
      announceLive: (payload) => send("live", (each) => each.happenedSomewhere(payload)),
      onError: (error) => errors.push(error),
    });
  nodes.push(node(), node());
  return { clock, sent, errors, network, one: nodes[0]!, two: nodes[1]! };
}

/** Watches an org's deliveries, and records the batches that arrive. */
async function watch(node: LiveFeed, orgId: string | null) {
  const told: LiveBatch[] = [];
  const leave = await node.watch(orgId, (text) => told.push(JSON.parse(text) as LiveBatch));
  return { told, leave, ids: () => told.map(({ deliveries }) => deliveries.map(({ id }) => id)) };
}

test("while nobody watches, nothing is sent, and no timer runs", async () => {
  const { clock, sent, one } = twoNodes();
  one.observer.attempted(attempt(org, 1));
  await clock.run(limits.watchedMs * 2);
  expect(sent).toEqual([]);
});

test("a viewer on one node gets the other's attempts, combined into one message", async () => {
  const { clock, sent, one, two } = twoNodes();
  const viewer = await watch(one, org);
  two.observer.attempted(attempt(org, 1));
  two.observer.attempted(attempt(otherOrg, 2));
  two.observer.attempted(attempt(org, 3));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(sent).toEqual([`watched ${org}`, "live"]);
  expect(viewer.ids()).toEqual([["delivery-1", "delivery-3"]]);
  expect(viewer.told[0]?.more).toBe(false);
});

test("each viewer gets the orgs that they watch, and the operator's viewers get all", async () => {
  const { clock, one, two } = twoNodes();
  const viewers = [await watch(one, org), await watch(one, otherOrg), await watch(one, null)];
  two.observer.attempted(attempt(org, 1));
  two.observer.attempted(attempt(otherOrg, 2));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(viewers.map(({ ids }) => ids())).toEqual([
    [["delivery-1"]],
    [["delivery-2"]],
    [["delivery-1", "delivery-2"]],
  ]);
});

test("nodes stop sending when the viewer has left, and continue while they stay", async () => {
  const { clock, sent, one, two } = twoNodes();
  const { leave } = await watch(one, null);
  await clock.run(clock.now() + limits.watchedMs * 2);
  two.observer.attempted(attempt(org, 1));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(sent.filter((each) => each === "live")).toHaveLength(1);
  leave();
  await clock.run(clock.now() + limits.watchedMs + limits.watchAnnounceMs);
  sent.length = 0;
  two.observer.attempted(attempt(org, 2));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(sent).toEqual([]);
});

test("a second viewer of the same is not announced, and stays when the first leaves", async () => {
  const { clock, sent, one, two } = twoNodes();
  const first = await watch(one, org);
  const second = await watch(one, org);
  expect(sent).toEqual([`watched ${org}`]);
  first.leave();
  two.observer.attempted(attempt(org, 1));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect([first.ids(), second.ids()]).toEqual([[], [["delivery-1"]]]);
});

test("a flood of one org is sent in part, and only its viewers learn that there is more", async () => {
  const { clock, sent, one, two } = twoNodes();
  const flooded = await watch(one, org);
  const quiet = await watch(one, otherOrg);
  const all = await watch(one, null);
  for (let number = 0; number < 1_000; number += 1) two.observer.attempted(attempt(org, number));
  two.observer.attempted(attempt(otherOrg, 1_000));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(sent.filter((each) => each === "live")).toHaveLength(1);
  expect(flooded.told[0]?.more).toBe(true);
  expect(flooded.ids()[0]?.length).toBeGreaterThan(10);
  expect(quiet.told).toMatchObject([{ deliveries: [{ id: "delivery-1000" }], more: false }]);
  expect(all.told[0]?.more).toBe(true);
});

test("the next message says that earlier ones failed, or arrived while nobody listened", async () => {
  const { clock, errors, network, one, two } = twoNodes();
  const viewer = await watch(one, org);
  network.isBroken = true;
  two.observer.attempted(attempt(org, 1));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(errors).toHaveLength(1);
  network.isBroken = false;
  two.observer.attempted(attempt(org, 2));
  await clock.run(clock.now() + limits.liveFlushMs);
  one.listensAgain();
  expect(viewer.told).toMatchObject([
    { deliveries: [{ id: "delivery-2" }], more: true },
    { deliveries: [], more: true },
  ]);
});

test("there are no viewers if the nodes could not be notified of them", async () => {
  const { network, sent, one } = twoNodes();
  network.isBroken = true;
  await expect(one.watch(org, () => {})).rejects.toThrow("away");
  network.isBroken = false;
  await watch(one, org);
  expect(sent).toEqual([`watched ${org}`]);
});

test("changes collected before the node stops are sent", async () => {
  const { sent, one, two } = twoNodes();
  const viewer = await watch(one, org);
  two.observer.attempted(attempt(org, 1));
  await two.close();
  expect(sent.at(-1)).toBe("live");
  expect(viewer.ids()).toEqual([["delivery-1"]]);
});

test("no payload exceeds PostgreSQL's limit, and each truncated one says for whom", () => {
  const newsOf = (orgId: string, count: number): readonly [string, News] => [
    orgId,
    {
      hasMore: false,
      deliveries: Array.from({ length: count }, (_, index) => ({
        org_id: orgId,
        id: `${index}`,
        error: "é".repeat(60),
      })) as unknown as LiveDelivery[],
    },
  ];
  const orgs = Array.from({ length: 200 }, (_, index) => org.slice(0, -3) + (100 + index));
  for (const [count, each] of [
    [1, 1],
    [1, 300],
    [18, 32],
    [200, 1],
    [200, 32],
  ] as const) {
    const news = new Map(orgs.slice(0, count).map((orgId) => newsOf(orgId, each)));
    const text = payloadOf(news, false);
    expect(Buffer.byteLength(text)).toBeLessThan(8_000);
    const { deliveries, more } = JSON.parse(text) as {
      deliveries: LiveDelivery[];
      more: string[] | true;
    };
    for (const [orgId] of news) {
      const told = deliveries.filter((one) => one.org_id === orgId).length;
      expect(told === each || more === true || more.includes(orgId)).toBe(true);
    }
  }
  expect(payloadOf(new Map([newsOf(org, 1)]), false)).toContain('"more":[]');
  expect(payloadOf(new Map([newsOf(org, 1)]), true)).toContain('"more":true');
});
