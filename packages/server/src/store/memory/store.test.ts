import { randomBytes } from "node:crypto";
import { uuidV7 } from "../../model/id.ts";
import { describeStore, type StoreFixture } from "../store.testsuite.ts";
import { MemoryStore } from "./memory-store.ts";

describeStore("the store in memory", async (): Promise<StoreFixture> => {
  let refused: readonly string[] = [];
  const featureFlags = new Map<string, readonly string[]>();
  const store = new MemoryStore({
    isUnstorable: (id) => refused.includes(id),
    featureFlagsOf: (orgId) => featureFlags.get(orgId),
  });
  return {
    store,
    addEndpoint: async ({ orgId, isActive, destination = "http", ...rules }) => {
      const id = uuidV7(Date.now(), randomBytes(10));
      store.putEndpoint({
        id,
        orgId,
        destination,
        url: destination === "http" ? "https://example.com/" : null,
        isActive: isActive ?? true,
        contract: "standard",
        headers: {},
        inFlightMax: 16,
        ratePerSecond: null,
        version: 1,
        secrets: [],
        eventTypes: null,
        ...rules,
        isDeleted: false,
      });
      return id;
    },
    changeEndpoint: async (id, change) => {
      const endpoint = store.endpoint(id);
      if (endpoint === undefined) throw new Error(`No endpoint ${id}.`);
      store.putEndpoint({ ...endpoint, ...change, version: endpoint.version + 1 });
    },
    setFeatureFlags: async (orgId, flags) => void featureFlags.set(orgId, flags),
    connectTerminal: async (id, sessionId) => {
      const endpoint = store.endpoint(id);
      if (endpoint === undefined) throw new Error(`No endpoint ${id}.`);
      store.putEndpoint({ ...endpoint, sessionId });
    },
    delivery: async (id) => {
      const row = store.deliveries.get(id);
      if (row === undefined) return null;
      const { status, attempts, dueAtMs, leasedUntilMs } = row;
      return { status, attempts, dueAtMs, isLeased: leasedUntilMs !== null };
    },
    attempts: async (id) =>
      (store.deliveries.get(id)?.history ?? []).map(({ responseStatus }, index) => ({
        number: index + 1,
        responseStatus,
      })),
    outOfSight: async () => store.outOfSight(),
    eventsOf: async (orgId) =>
      [...store.events.values()].filter((event) => event.orgId === orgId).length,
    isFanOutOpen: async (eventId) => store.fanOuts.has(eventId),
    refuseDeliveries: async (ids) => {
      refused = ids;
    },
    endpointsMatched: async (eventId) =>
      store.fanOuts.get(eventId)?.endpointIds.length ??
      [...store.deliveries.values()].filter((row) => row.eventId === eventId).length,
    close: async () => {},
  };
});
