/**
 * The store that all nodes of a simulation share. It detects forbidden transitions immediately.
 * Each node's calls are slow, fail, or succeed without a response.
 */
import { limits } from "../limits.ts";
import { deliveryId, uuidTimeMs } from "../model/id.ts";
import type { MemoryStore } from "../store/memory/memory-store.ts";
import type { MemoryDelivery } from "../store/memory/rows.ts";
import type { PublishOutcome, PublishRequest, Settlement, Store } from "../store/store.ts";
import type { SeededRandom } from "./chance.ts";
import type { NodeClock } from "./clock.ts";
import type { Ledger } from "./ledger.ts";

export function watchedStore(store: MemoryStore, ledger: Ledger, now: () => number): Store {
  return inSightAfterEachStep(store, ledger, watchedSteps(store, ledger, now));
}

/**
 * Each pending delivery must always be held by a live lease, due, or visible to the reaper. Checks
 * that after every step of any node.
 */
function inSightAfterEachStep(store: MemoryStore, ledger: Ledger, steps: Store): Store {
  return new Proxy(steps, {
    get(target, name: keyof Store) {
      const step = target[name] as (...given: unknown[]) => Promise<unknown>;
      return async (...given: unknown[]) => {
        const outcome = await step.apply(target, given);
        for (const id of store.outOfSight()) {
          ledger.violated(`delivery ${id} is out of the reaper's sight after ${name}`);
        }
        checkFanOuts(store, ledger, name);
        return outcome;
      };
    },
  });
}

function watchedSteps(store: MemoryStore, ledger: Ledger, now: () => number): Store {
  const row = (id: string) => store.deliveries.get(id);
  return {
    publish: (request) => watchedPublish(store, ledger, now, request),
    nextFanOut: (afterOrgId, atMs) => store.nextFanOut(afterOrgId, atMs),
    waitingWork: (nodeId, atMs) => store.waitingWork(nodeId, atMs),
    fanOut: (orgId, deliveriesMax, atMs) =>
      watchedFanOut(store, ledger, orgId, () => store.fanOut(orgId, deliveriesMax, atMs)),
    expire: (request) => store.expire(request),
    heartbeat: (beat) => store.heartbeat(beat),
    leave: (nodeId) => store.leave(nodeId),
    ...watchedTakeOver(store, ledger),
    endpoints: (ids) => store.endpoints(ids),
    release: (leases, atMs) => store.release(leases, atMs),

    async claim(request) {
      const due = [...store.deliveries.values()].filter((each) => each.dueAtMs !== null);
      const before = new Map(due.map((each) => [each.id, { ...each }] as const));
      const looked = store.waitingWork("", request.atMs);
      const claimed = await store.claim(request);
      if (claimed.deliveries.length > 0 && (await looked).dueInMs !== 0) {
        ledger.violated("a claim found deliveries that no poll would have announced");
      }
      for (const { id, endpointId } of claimed.deliveries) {
        checkClaimed(ledger, before.get(id)!, now());
        const endpoint = store.endpoint(endpointId);
        if (endpoint?.isActive !== true)
          ledger.violated(`delivery ${id} was claimed for an inactive endpoint`);
        const hasSession = request.sessionIds.includes(endpoint?.sessionId ?? "");
        if (endpoint?.destination === "cli" && !hasSession) {
          ledger.violated(`delivery ${id} was claimed by a node without its terminal`);
        }
      }
      return claimed;
    },

    async settle(settlements, atMs) {
      const before = new Map(
        settlements.map(({ deliveryId: id }) => [id, { ...row(id)! }] as const),
      );
      const lost = await store.settle(settlements, atMs);
      for (const each of settlements) {
        const { deliveryId: id } = each;
        checkSettled(ledger, each, { was: before.get(id)!, is: row(id)!, isLost: lost.has(id) });
      }
      return lost;
    },

    async reap(request) {
      const reaped = await store.reap(request);
      if (reaped > 0) ledger.saw("abandoned lease reaped");
      return reaped;
    },

    async requeue(id, atMs) {
      const was = row(id)?.status;
      const outcome = await store.requeue(id, atMs);
      if (outcome === "changed") {
        ledger.notBeforeMs.delete(id);
        ledger.requeues.set(id, (ledger.requeues.get(id) ?? 0) + 1);
        ledger.note(`${atMs} requeued ${id}, which was ${was}`);
      }
      return outcome;
    },

    async cancel(id, atMs) {
      const outcome = await store.cancel(id, atMs);
      if (outcome === "changed") ledger.saw("delivery cancelled");
      return outcome;
    },
  };
}

async function watchedFanOut(
  store: MemoryStore,
  ledger: Ledger,
  orgId: string,
  take: () => ReturnType<Store["fanOut"]>,
): ReturnType<Store["fanOut"]> {
  const ofOrg = [...store.fanOuts.values()].filter(({ event }) => event.orgId === orgId);
  const fresh = ofOrg.find(({ retryAtMs }) => retryAtMs === null);
  const step = await take();
  if (step === null && fresh !== undefined) {
    ledger.violated(`event ${fresh.event.id} is held back by another event's fan-out`);
  }
  if (step !== null) ledger.saw("fan-out in the background");
  if (step !== null && step.failed.length > 0) ledger.saw("fan-out failed for one delivery");
  return step;
}

function watchedTakeOver(
  store: MemoryStore,
  ledger: Ledger,
): Pick<Store, "takeOver" | "takeOverFrom"> {
  return {
    async takeOver(nodeId) {
      const taken = await store.takeOver(nodeId);
      if (taken.some(({ deliveries }) => deliveries > 0)) ledger.saw("dead node's work taken over");
      return taken;
    },
    async takeOverFrom(deadNodeId) {
      const deliveries = await store.takeOverFrom(deadNodeId);
      if (deliveries > 0) ledger.saw("dead node's work taken over at once");
      return deliveries;
    },
  };
}

async function watchedPublish(
  store: MemoryStore,
  ledger: Ledger,
  now: () => number,
  request: PublishRequest,
): Promise<readonly PublishOutcome[]> {
  const createdMs = request.events.map(({ id }) => uuidTimeMs(id));
  if (createdMs.some((ms) => ms < now() - limits.clockToleranceMs)) {
    ledger.saw("publish committed a minute after its id was created");
  }
  const wanted = request.events.map((event) => store.targetsOf(event));
  const outcomes = await store.publish(request);
  for (const [index, { id }] of request.events.entries()) {
    if (outcomes[index]?.kind === "stored") ledger.wanted.set(id, wanted[index]!);
  }
  return outcomes;
}

/** @param was the delivery's state before the claim. */
function checkClaimed(ledger: Ledger, was: MemoryDelivery, nowMs: number): void {
  const { id, leasedUntilMs, dueAtMs, status } = was;
  if (leasedUntilMs !== null && leasedUntilMs > nowMs) {
    ledger.violated(`two live leases on delivery ${id}`);
  }
  if (status !== "pending" || dueAtMs === null || dueAtMs > nowMs) {
    ledger.violated(`delivery ${id} was claimed while ${status}, due at ${dueAtMs}`);
  }
  if (leasedUntilMs !== null) ledger.saw("lease taken over after its end");
}

/** Every stored event must have all of its deliveries, or be listed for fan-out. */
function checkFanOuts(store: MemoryStore, ledger: Ledger, step: string): void {
  for (const [eventId, endpointIds] of ledger.wanted) {
    if (store.fanOuts.has(eventId)) continue;
    // Checks each event once, because the rest of the run cannot remove a delivery again.
    ledger.wanted.delete(eventId);
    const isComplete = endpointIds.every((id) => store.deliveries.has(deliveryId(eventId, id)));
    if (!isComplete) ledger.violated(`event ${eventId} lacks deliveries for ever after ${step}`);
  }
}

/** Checks the effects of a settlement on a delivery. */
function checkSettled(
  ledger: Ledger,
  settlement: Settlement,
  change: {
    readonly was: MemoryDelivery;
    readonly is: MemoryDelivery;
    readonly isLost: boolean;
  },
): void {
  const { deliveryId: id } = settlement;
  const { was, is, isLost } = change;
  if (was.status !== "pending" && (was.status !== is.status || was.attempts !== is.attempts)) {
    ledger.violated(`delivery ${id} changed from ${was.status} to ${is.status}`);
  }
  if (isLost) {
    ledger.saw("late write refused");
    return;
  }
  if (was.attempts === is.attempts) ledger.saw("settlement recognised as written before");
  else if (was.leaseId !== settlement.leaseId) {
    ledger.violated(`delivery ${id} was settled without its lease`);
  }
  // Uses the store's value, because the store corrects the times of a node whose clock is wrong.
  if (settlement.dueAtMs !== null) ledger.notBeforeMs.set(id, is.dueAtMs ?? settlement.dueAtMs);
  if (settlement.status === "failed") ledger.saw("dead letter");
  if (settlement.turnEndpointOff !== null) ledger.saw("410 turned an endpoint off");
}

export interface StoreFaults {
  /** False when the period of faults is over. */
  isOn: boolean;
}

/** Faults that the simulation can introduce on purpose, to prove that it detects them. */
export type Mutation =
  | "none"
  | "no fence"
  | "acknowledges what is not stored"
  | "claims too early"
  | "leases ids below the watermark"
  | "forgets fan-outs"
  | "a failed fan-out holds back its org";

/** The connection of one node to the shared store. */
export function faultyStore(
  store: Store,
  parts: {
    readonly clock: NodeClock;
    readonly random: SeededRandom;
    readonly faults: StoreFaults;
    readonly ledger: Ledger;
    readonly broken: Mutation;
  },
): Store {
  const { clock, random, faults, ledger, broken } = parts;
  const delay = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      clock.after(ms, resolve);
    });

  async function call<Result>(name: string, operation: () => Promise<Result>): Promise<Result> {
    // A commit hangs for longer than the clocks' tolerance, and still succeeds.
    if (name === "publish" && faults.isOn && random.chance(0.01)) {
      await delay(random.between(limits.clockToleranceMs, 1.2 * limits.clockToleranceMs));
    }
    await delay(
      random.chance(0.02) && faults.isOn ? random.between(500, 4_000) : random.between(0, 3),
    );
    if (faults.isOn && random.chance(0.02)) throw new Error(`${name}: the store is unavailable`);
    const result = await operation();
    await delay(random.between(0, 2));
    if (faults.isOn && random.chance(0.02)) {
      if (name === "publish") ledger.saw("publish with unknown outcome");
      if (name === "settle") ledger.saw("settlement with unknown outcome");
      throw new Error(`${name}: the response was lost`);
    }
    return result;
  }

  return {
    publish: (request) =>
      call("publish", async () => {
        if (broken === "acknowledges what is not stored" && random.chance(0.05)) {
          return request.events.map(
            () => ({ kind: "stored", deliveries: [], fanOut: "done" }) as const,
          );
        }
        return store.publish(request);
      }),
    nextFanOut: (afterOrgId, atMs) => call("nextFanOut", () => store.nextFanOut(afterOrgId, atMs)),
    fanOut: (orgId, deliveriesMax, atMs) =>
      call("fanOut", () => store.fanOut(orgId, deliveriesMax, atMs)),
    waitingWork: (nodeId, atMs) => call("waitingWork", () => store.waitingWork(nodeId, atMs)),
    claim: (request) =>
      call("claim", () =>
        store.claim(
          broken === "claims too early" ? { ...request, atMs: request.atMs + 1_500 } : request,
        ),
      ),
    settle: (settlements, atMs) => call("settle", () => store.settle(settlements, atMs)),
    release: (leases, atMs) => call("release", () => store.release(leases, atMs)),
    reap: (request) => call("reap", () => store.reap(request)),
    expire: (request) => call("expire", () => store.expire(request)),
    heartbeat: (beat) => call("heartbeat", () => store.heartbeat(beat)),
    leave: (nodeId) => call("leave", () => store.leave(nodeId)),
    takeOver: (nodeId, lateAfterMs) => call("takeOver", () => store.takeOver(nodeId, lateAfterMs)),
    takeOverFrom: (deadNodeId) => call("takeOverFrom", () => store.takeOverFrom(deadNodeId)),
    endpoints: (ids) => call("endpoints", () => store.endpoints(ids)),
    requeue: (id, atMs, by) => call("requeue", () => store.requeue(id, atMs, by)),
    cancel: (id, atMs, by) => call("cancel", () => store.cancel(id, atMs, by)),
  };
}
