import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { systemClock, systemRandom } from "../../service/database-clock.ts";
import { loadContracts } from "../../contracts/load.ts";
import { compileContract } from "../../contracts/render.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { eventually, receiveRequests } from "../../transport/testing/receivers.ts";
import { httpDestination } from "../../transport/http-destination.ts";
import { createTransport } from "../../transport/transport.ts";
import { Node } from "./node.ts";

test("a drain waits for hanging attempts no longer than it may, gives them back, and ends", async () => {
  const receiver = await receiveRequests(() => {});
  const store = new MemoryStore();
  const [orgId, endpointId] = [randomUUID(), randomUUID()];
  store.putEndpoint({
    id: endpointId,
    orgId,
    destination: "http",
    url: `http://127.0.0.1:${receiver.port}/`,
    isActive: true,
    contract: "standard",
    headers: {},
    inFlightMax: 2,
    ratePerSecond: null,
    version: 1,
    secrets: [
      {
        secret: `whsec_${Buffer.alloc(32, 1).toString("base64")}`,
        expiresAtMs: null,
        name: null,
        switchAtMs: null,
      },
    ],
    eventTypes: null,
    isDeleted: false,
  });
  const http = httpDestination(createTransport({ allowCidrs: ["127.0.0.1"] }));
  const attempted: string[] = [];
  const node = new Node({
    store,
    destinations: { http, cli: http },
    contracts: new Map([...loadContracts()].map(([name, each]) => [name, compileContract(each)])),
    eventTypes: { load: () => null, check: () => null },
    clock: systemClock,
    random: systemRandom,
    observer: {
      attempted: ({ deliveryId }) => attempted.push(deliveryId),
      leaseLost: () => {},
      attemptHeld: () => {},
      sendThrew: () => {},
      deliveryUnreadable: () => {},
      fanOutFailed: () => {},
      storeFailed: () => {},
    },
  });
  try {
    node.start();
    const event = {
      orgId,
      type: "scan.completed",
      timestampMs: null,
      dataJson: "{}",
      idempotencyKey: null,
      onlyEndpointId: null,
    };
    await node.publish([event, event, event]);
    await eventually(() => node.inFlight === 2 && node.queued === 1, "two are under way");
    await node.drain(20);
    expect([node.inFlight, node.queued, attempted]).toEqual([0, 0, []]);
    const rows = [...store.deliveries.values()];
    expect(rows).toHaveLength(3);
    for (const row of rows) expect(row).toMatchObject({ status: "pending", attempts: 0 });
    for (const { dueAtMs } of rows) expect(dueAtMs).not.toBeNull();
  } finally {
    await receiver.close();
  }
}, 10_000);
