import { expect, test } from "vitest";
import { limits } from "../limits.ts";
import { VirtualClock } from "../simulation/clock.ts";
import type { ObservedAttempt } from "../pipeline/ports.ts";
import { LiveFeed, payloads, type LiveBatch, type LiveDelivery } from "./live-feed.ts";

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

/** Two nodes, and the notifications between them. */
function twoNodes() {
  const clock = new VirtualClock(0);
  const sent: string[] = [];
  const nodes: LiveFeed[] = [];
  const node = (): LiveFeed =>
    new LiveFeed({
      clock,
      announceWatched: async (payload) => {
        sent.push("watched");
        for (const each of nodes) each.watchedSomewhere(payload);
      },
      announceLive: async (payload) => {
        sent.push("live");
        for (const each of nodes) each.happenedSomewhere(payload);
      },
      onError: (error) => {
        throw error;
      },
    });
  nodes.push(node(), node());
  return { clock, sent, one: nodes[0]!, two: nodes[1]! };
}

test("while nobody watches, nothing is sent", async () => {
  const { clock, sent, one } = twoNodes();
  one.observer.attempted(attempt(org, 1));
  await clock.run(clock.now() + limits.liveFlushMs * 2);
  expect(sent).toEqual([]);
});

test("a viewer on one node is told of the other's attempts, gathered into one message", async () => {
  const { clock, sent, one, two } = twoNodes();
  const told: LiveBatch[] = [];
  one.watch(org, (batch) => told.push(batch));
  two.observer.attempted(attempt(org, 1));
  two.observer.attempted(attempt(otherOrg, 2));
  two.observer.attempted(attempt(org, 3));
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(sent).toEqual(["watched", "live"]);
  expect(told.map(({ deliveries }) => deliveries.map(({ id }) => id))).toEqual([
    ["delivery-1", "delivery-3"],
  ]);
});

test("nodes stop telling when the viewer has left, and go on as long as he stays", async () => {
  const { clock, sent, one, two } = twoNodes();
  const leave = one.watch(null, () => {});
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

test("a flood is told in part, and that there was more", async () => {
  const { clock, one, two } = twoNodes();
  const told: LiveBatch[] = [];
  one.watch(org, (batch) => told.push(batch));
  for (let number = 0; number < limits.liveDeliveriesMax + 5; number += 1) {
    two.observer.attempted(attempt(org, number));
  }
  await clock.run(clock.now() + limits.liveFlushMs);
  expect(told.flatMap(({ deliveries }) => deliveries)).toHaveLength(limits.liveDeliveriesMax);
  expect(told.map(({ more }) => more).lastIndexOf(true)).toBe(told.length - 1);
});

test("no payload is larger than PostgreSQL takes", () => {
  const news = Array.from({ length: 300 }, (_, index) => ({
    id: `${index}`,
    error: "é".repeat(index % 90),
  })) as unknown as LiveDelivery[];
  const texts = payloads(news, true);
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThan(8_000);
  const batches = texts.map((text) => JSON.parse(text) as LiveBatch);
  expect(batches.flatMap(({ deliveries }) => deliveries)).toHaveLength(300);
  expect(batches.map(({ more }) => more)).toEqual([...batches.slice(1).map(() => false), true]);
});
