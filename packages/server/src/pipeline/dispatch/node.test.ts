import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { systemClock, systemRandom } from "../../service/database-clock.ts";
import { loadContracts } from "../../contracts/load.ts";
import { compileContract, type CompiledContract } from "../../contracts/render.ts";
import { limits } from "../../limits.ts";
import { MemoryStore } from "../../store/memory/memory-store.ts";
import { eventually, receiveRequests } from "../../transport/testing/receivers.ts";
import { httpDestination } from "../../transport/http-destination.ts";
import { createTransport } from "../../transport/transport.ts";
import type { Clock } from "../ports.ts";
import { Node } from "./node.ts";
import type { NodeOptions } from "./node-options.ts";
import { leaseNeededMs } from "./send.ts";

const contracts = new Map(
  [...loadContracts()].map(([name, each]) => [name, compileContract(each)]),
);

interface Started {
  readonly node: Node;
  readonly store: MemoryStore;
  /** The ids of deliveries whose attempt has been recorded. */
  readonly attempted: readonly string[];
  /** Publishes this many events to the only endpoint. */
  publish(count: number): Promise<unknown>;
}

/** A node whose only endpoint is the receiver, with the contract standard. */
function nodeFor(receiver: { readonly port: number }, options: Partial<NodeOptions> = {}): Started {
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
    contracts,
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
    ...options,
  });
  const event = {
    orgId,
    type: "scan.completed",
    timestampMs: null,
    dataJson: "{}",
    idempotencyKey: null,
    onlyEndpointId: null,
  };
  return {
    node,
    store,
    attempted,
    publish: (count) => node.publish(Array.from({ length: count }, () => event)),
  };
}

test("a drain waits for hanging attempts no longer than it may, gives them back, and ends", async () => {
  const receiver = await receiveRequests(() => {});
  const { node, store, attempted, publish } = nodeFor(receiver);
  try {
    node.start();
    await publish(3);
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

test("an attempt whose contract was loaded late begins only if its lease lasts long enough", async () => {
  let skippedMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + skippedMs,
    monotonicMs: () => systemClock.monotonicMs() + skippedMs,
  };
  const standard = contracts.get("standard")!;
  const known = new Map<string, CompiledContract>();
  const leasesMs: number[] = [];
  const started: { store?: MemoryStore } = {};
  const receiver = await receiveRequests((socket) => {
    const [row] = [...(started.store?.deliveries.values() ?? [])];
    leasesMs.push((row?.leasedUntilMs ?? 0) - clock.now());
    socket.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  const { node, store, publish } = nodeFor(receiver, {
    clock,
    contracts: known,
    // While the contract is read, most of the lease passes. An unknown contract has no timeout.
    loadContract: async () => {
      skippedMs = limits.leaseMs - leaseNeededMs({}, undefined) - 1_000;
      known.set("standard", standard);
    },
  });
  started.store = store;
  try {
    node.start();
    await publish(1);
    await eventually(() => leasesMs.length > 0, "the attempt");
    expect(leasesMs[0]).toBeGreaterThan(standard.timeoutMs);
    await node.drain(1_000);
    expect([...store.deliveries.values()]).toMatchObject([{ status: "delivered", attempts: 1 }]);
  } finally {
    await receiver.close();
  }
}, 10_000);
