import { describe, expect, test } from "vitest";
import { systemClock, systemRandom } from "../../service/database-clock.ts";
import { limits } from "../../limits.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { UnstorableError, type PublishRequest } from "../../store/store.ts";
import { Publisher, type EventToPublish } from "./publish.ts";

const eventOf = (dataJson: string, idempotencyKey: string | null = null): EventToPublish => ({
  orgId: "00000000-0000-4000-8000-000000000001",
  type: "scan.completed",
  timestampMs: null,
  dataJson,
  idempotencyKey,
  onlyEndpointId: null,
});

/**
 * A publisher on a store that rejects any request that contains "bad", as PostgreSQL rejects a
 * whole statement.
 */
function publisherOn(
  store: MemoryStore,
  before = (): Promise<void> => Promise.resolve(),
): { publisher: Publisher; requests: PublishRequest[] } {
  const requests: PublishRequest[] = [];
  const publisher = new Publisher({
    store: {
      publish: async (request) => {
        requests.push(request);
        await before();
        if (request.events.some((event) => event.dataJson.includes("bad"))) {
          throw new UnstorableError(new Error("unsupported Unicode escape sequence"));
        }
        return store.publish(request);
      },
    },
    clock: systemClock,
    random: systemRandom,
    eventTypes: { load: () => null, check: () => null },
    nodeId: "01890000-0000-7000-8000-000000000001",
    leaseMs: 60_000,
    fanOut: { endpointsMax: 10, deliveriesMax: 100 },
    onFanOutOpen: () => {},
    spilledIds: () => [],
    accept: () => {},
  });
  return { publisher, requests };
}

describe("calls that share a commit", () => {
  test("go to the store together", async () => {
    const { publisher, requests } = publisherOn(new MemoryStore());
    await Promise.all(Array.from({ length: 50 }, () => publisher.publish([eventOf("1")])));
    expect(requests).toHaveLength(1);
    expect(requests[0]?.events).toHaveLength(50);
  });

  test("are limited in number, and in parallel connections", async () => {
    const memory = new MemoryStore();
    const [most, commits] = [limits.publishEventsPerCommitMax, limits.publishCommitsMax];
    let underWay = 0;
    let underWayMost = 0;
    const { publisher, requests } = publisherOn(memory, async () => {
      underWay += 1;
      underWayMost = Math.max(underWayMost, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
    });
    const all = Array.from({ length: most * (commits + 1) + 1 }, () => [eventOf("1")]);
    await Promise.all(all.map((events) => publisher.publish(events)));
    const sizes = requests.map(({ events }) => events.length);
    expect(Math.max(...sizes)).toBe(most);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(all.length);
    expect(underWayMost).toBe(commits);
  });

  test("do not fail because one contains data that cannot be stored", async () => {
    const store = new MemoryStore();
    const { publisher } = publisherOn(store);
    const results = await Promise.allSettled([
      publisher.publish([eventOf('"good"')]),
      publisher.publish([eventOf('"bad"')]),
      publisher.publish([eventOf('"good"')]),
    ]);
    expect(results.map((each) => each.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({
      reason: { message: "unsupported Unicode escape sequence" },
    });
    expect(store.events.size).toBe(2);
  });
});

describe("idempotency keys", () => {
  test("rejects a second use while the first is in flight; afterwards it is a duplicate", async () => {
    const { publisher } = publisherOn(new MemoryStore());
    const first = publisher.publish([eventOf("1", "k")]);
    await expect(publisher.publish([eventOf("1", "k")])).rejects.toMatchObject({
      code: "PH_IDEMPOTENCY_KEY_IN_FLIGHT",
      retryAfterSeconds: 1,
    });
    const [stored] = await first;
    expect(await publisher.publish([eventOf("1", "k")])).toEqual([
      { eventId: stored?.eventId, duplicate: true },
    ]);
    await expect(publisher.publish([eventOf("2", "k")])).rejects.toMatchObject({
      code: "PH_IDEMPOTENCY_KEY_REUSED",
    });
  });

  test("a rejected call leaves none of its keys in flight", async () => {
    const { publisher } = publisherOn(new MemoryStore());
    const first = publisher.publish([eventOf("1", "b")]);
    const both = publisher.publish([eventOf("1", "a"), eventOf("1", "b")]);
    await expect(both).rejects.toMatchObject({
      code: "PH_IDEMPOTENCY_KEY_IN_FLIGHT",
      details: "Element 2 of the array (index 1).",
    });
    await first;
    expect(await publisher.publish([eventOf("1", "a")])).toHaveLength(1);
  });
});
