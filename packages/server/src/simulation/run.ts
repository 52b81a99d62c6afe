/** Runs one simulated world from its seed: a period of faults, then recovery, then the checks. */
import { deliveryId } from "../model/id.ts";
import { isLeaseOf, type MemoryDelivery } from "../store/memory/rows.ts";
import { Violation, type Sometimes } from "./ledger.ts";
import { isCancelledByTransformation, simulatedSource } from "./transformer.ts";
import type { Mutation } from "./watched-store.ts";
import { leaseMs, retryScheduleMs, World } from "./world.ts";

export interface RunResult {
  readonly seed: number;
  readonly events: number;
  readonly deliveries: number;
  readonly requests: number;
  readonly seen: ReadonlySet<Sometimes>;
}

const faultsMs = 90_000;
const publisherTimeoutMs = 6_000;
/** The timeout of a drain, and how long the run waits for it. */
const drainMs = 1_000;
/** Longer than several consecutive commits that hang (`faultyStore`). */
const drainsMs = 300_000;
/**
 * Within this time after the last fault, every delivery must end. It covers the rest of a lease
 * (twice, because a delivery may have been taken over just before), the reaper's interval, the
 * longest retry delay, a timeout, and queueing.
 */
const recoveryMs = 3 * leaseMs + 2 * Math.max(...retryScheduleMs) + 60_000;

/** @throws Violation with the history of what went wrong. */
export async function simulate(seed: number, broken: Mutation = "none"): Promise<RunResult> {
  const world = new World(seed, broken);
  const { clock, ledger, store } = world;
  const startMs = clock.now();
  publishUntil(world, startMs + faultsMs);
  disturbUntil(world, startMs + faultsMs);
  moveTerminalsUntil(world, startMs + faultsMs);
  await clock.run(startMs + faultsMs, () => ledger.violations.length > 0);
  world.faults.isOn = false;
  turnOnUntil(world, startMs + faultsMs + recoveryMs);
  await clock.run(
    startMs + faultsMs + recoveryMs,
    () => ledger.violations.length > 0 || isQuiet(world),
  );
  judge(world);
  await drainAll(world);
  const [first] = ledger.violations;
  if (first !== undefined) throw new Violation(explain(seed, world, first));
  return {
    seed,
    events: store.events.size,
    deliveries: store.deliveries.size,
    requests: [...ledger.requests.values()].reduce((sum, each) => sum + each.length, 0),
    seen: ledger.seen,
  };
}

const stopWithinMs = 15_000;
const burst = 20;
const burstPauseMs = 2;

/**
 * Stops one node at a random moment, with a store that never fails. All of its deliveries must be
 * released or settled.
 * @returns the deliveries that the stopped node still has leased.
 */
export async function stopAtRandom(seed: number): Promise<readonly string[]> {
  const world = new World(seed, "none");
  const { clock, random, store } = world;
  world.faults.isOn = false;
  publishUntil(world, clock.now() + stopWithinMs);
  await clock.run(clock.now() + random.between(1, stopWithinMs));
  changeAndPublish(world, burst);
  await clock.run(clock.now() + random.between(0, burst * burstPauseMs));
  const { node } = random.oneOf(world.nodes);
  let hasEnded = false;
  void node.drain(drainMs).then(() => (hasEnded = true));
  await clock.run(clock.now() + drainsMs, () => hasEnded);
  if (!hasEnded) throw new Violation("The node did not end.");
  const isItsLease = isLeaseOf(node.id);
  return [...store.deliveries.values()]
    .filter((row) => row.leasedUntilMs !== null && isItsLease(row.leaseId))
    .map((row) => row.id);
}

/**
 * Changes endpoints and then publishes, because changed endpoints must be loaded first, which takes
 * a moment.
 */
function changeAndPublish(world: World, times: number): void {
  if (times === 0) return;
  const { clock, random } = world;
  for (const id of world.endpointIds) world.setActive(id, true);
  tryToPublish(world, {
    orgId: random.oneOf(world.orgIds),
    type: "something.happened",
    timestampMs: clock.now(),
    dataJson: "{}",
    idempotencyKey: null,
    onlyEndpointId: null,
  });
  clock.after(burstPauseMs, () => changeAndPublish(world, times - 1));
}

/**
 * Every node must stop by itself. A node that had forgotten some work would wait for it forever.
 */
async function drainAll({ clock, ledger, nodes }: World): Promise<void> {
  // A node that has just crashed may start again in the meantime.
  const draining = [...nodes];
  let ended = 0;
  for (const { node } of draining) void node.drain(drainMs).then(() => (ended += 1));
  await clock.run(clock.now() + drainsMs, () => ended === draining.length);
  if (ended < draining.length) ledger.violated(`${draining.length - ended} nodes did not end`);
  for (const { node } of draining) {
    if (node.inFlight + node.queued > 0) ledger.violated("a node ended with work in hand");
  }
}

/**
 * Turns endpoints on again, as an operator would, because a 410 in flight can still turn one off.
 */
function turnOnUntil(world: World, untilMs: number): void {
  const { clock, store } = world;
  if (clock.now() >= untilMs) return;
  for (const id of world.endpointIds) {
    if (store.endpoint(id)?.isActive === false) world.setActive(id, true);
  }
  if (!areConnected(world)) world.moveTerminals(true);
  clock.after(5_000, () => turnOnUntil(world, untilMs));
}

function moveTerminalsUntil(world: World, untilMs: number): void {
  const { clock, random } = world;
  if (clock.now() >= untilMs) return;
  world.moveTerminals();
  clock.after(random.between(500, 8_000), () => moveTerminalsUntil(world, untilMs));
}

/** Returns whether each terminal is connected to a node that is running. */
function areConnected({ nodes, store, endpointIds }: World): boolean {
  const sessionIds = new Set(nodes.flatMap(({ destination }) => destination.sessionIds()));
  return endpointIds
    .map((id) => store.endpoint(id))
    .filter((endpoint) => endpoint?.destination === "cli")
    .every((endpoint) => sessionIds.has(endpoint?.sessionId ?? ""));
}

/** Publishers retry with the same key or id until they are told that the event is stored. */
function publishUntil(world: World, untilMs: number): void {
  const { clock, random } = world;
  if (clock.now() >= untilMs) return;
  clock.after(random.between(200, 2_500), () => {
    const orgId = random.oneOf(world.orgIds);
    const number = Math.floor(random.fraction() * 1e9);
    const key = world.newId();
    const event = {
      orgId,
      type: "something.happened",
      timestampMs: clock.now(),
      dataJson: `{"n":${number}}`,
      idempotencyKey: number % 2 === 0 ? key : null,
      externalId: number % 2 === 0 ? null : key,
      onlyEndpointId: null,
    };
    tryToPublish(world, event);
    publishUntil(world, untilMs);
  });
}

type Published = Parameters<World["nodes"][number]["node"]["publish"]>[0][number];

function tryToPublish(world: World, event: Published): void {
  const { clock, random, ledger } = world;
  let isOver = false;
  const again = (): void => {
    if (isOver) return;
    isOver = true;
    clock.after(random.between(200, 1_000), () => tryToPublish(world, event));
  };
  if (world.nodes.length === 0) {
    again();
    return;
  }
  // Retries after a timeout, because a node that crashes never responds.
  clock.after(publisherTimeoutMs, again);
  random
    .oneOf(world.nodes)
    .node.publish([event])
    .then(([result]) => {
      // The publisher no longer waits for this response.
      if (result === undefined || isOver) return;
      isOver = true;
      ledger.acknowledged.add(result.eventId);
    }, again);
}

function disturbUntil(world: World, untilMs: number): void {
  const { clock, random, store } = world;
  if (clock.now() >= untilMs) return;
  clock.after(random.between(1_000, 6_000), () => {
    // No more crashes after `untilMs`, because a node that crashes while it drains never finishes.
    if (clock.now() >= untilMs) return;
    const what = random.fraction();
    const endpointId = random.oneOf(world.endpointIds);
    const rows = [...store.deliveries.values()];
    if (what < 0.25) world.crashNode();
    else if (what < 0.35) world.freezeNode();
    else if (what < 0.42) world.stepClock();
    else if (what < 0.6) {
      world.setActive(endpointId, false);
      clock.after(random.between(1_000, 20_000), () => world.setActive(endpointId, true));
    } else if (what < 0.65) world.deleteEndpoint(endpointId);
    else if (what < 0.72) world.pause(endpointId, random.between(2_000, 30_000));
    else if (rows.length > 0) {
      const row = random.oneOf(rows);
      if (what < 0.85) world.requeue((rows.find((each) => each.status === "failed") ?? row).id);
      else world.cancel((rows.find((each) => each.status === "pending") ?? row).id);
    }
    disturbUntil(world, untilMs);
  });
}

function isQuiet(world: World): boolean {
  if (unfinishedFanOuts(world).length > 0) return false;
  for (const row of world.store.deliveries.values()) if (row.status === "pending") return false;
  return true;
}

/** Events for which a fan-out has something to do besides deliveries that can never be stored. */
function unfinishedFanOuts({ store, isUnstorable }: World): readonly string[] {
  return [...store.fanOuts]
    .filter(([eventId, { endpointIds, failures }]) => {
      const ids = endpointIds.map((endpointId) => deliveryId(eventId, endpointId));
      return failures === 0 || !ids.every((id) => isUnstorable(id));
    })
    .map(([eventId]) => eventId);
}

/** Checks what must hold at the end. */
function judge(world: World): void {
  const { ledger, store } = world;
  for (const id of ledger.acknowledged) {
    if (!store.events.has(id)) ledger.violated(`event ${id} was acknowledged, and is not stored`);
  }
  for (const id of unfinishedFanOuts(world)) ledger.violated(`event ${id} is not fanned out`);
  for (const row of store.deliveries.values()) {
    const problem = problemOf(world, row);
    if (problem !== null) ledger.violated(`delivery ${row.id} ${problem}`);
    noteSometimes(world, row);
  }
}

function problemOf(world: World, row: MemoryDelivery): string | null {
  const { ledger, store } = world;
  const requests = ledger.requests.get(row.id) ?? [];
  const isTransformed = store.endpoint(row.endpointId)?.transformation === simulatedSource;
  const isStopped = isTransformed && isCancelledByTransformation(row.eventId);
  if (isStopped && requests.length > 0) return "was sent, and its transformation cancelled it";
  const unrecorded = requests.length - row.attempts;
  if (unrecorded > world.upsets) {
    return `was sent ${requests.length} times, and has ${row.attempts} attempts`;
  }
  switch (row.status) {
    case "pending":
      return `is still pending ${recoveryMs} ms after the last fault`;
    case "delivered":
      return requests.some((each) => each.isSuccess) ? null : "is delivered, and never arrived";
    case "failed":
      return row.attempts - row.attemptsBeforeRound === retryScheduleMs.length
        ? null
        : `failed after ${row.attempts - row.attemptsBeforeRound} attempts`;
    case "cancelled": {
      const isAskedFor = ledger.seen.has("delivery cancelled");
      const isDeleted = store.endpoint(row.endpointId)?.isDeleted === true;
      return isAskedFor || isDeleted || isStopped ? null : "was cancelled by nobody";
    }
  }
}

function noteSometimes(
  { ledger, held, paused, heldForTerminal }: World,
  row: MemoryDelivery,
): void {
  if (row.status !== "delivered") return;
  const wasDeadLetter = (ledger.requeues.get(row.id) ?? 0) > 0 && row.attemptsBeforeRound >= 4;
  if (wasDeadLetter) ledger.saw("dead letter requeued and delivered");
  if (row.history.some((attempt) => attempt.responseStatus === 429)) {
    ledger.saw("429 with Retry-After, then success");
  }
  if (heldForTerminal.has(row.id)) ledger.saw("delivery held for a terminal, and sent later");
  if (held.has(row.id)) ledger.saw("delivery held for an inactive endpoint, and sent later");
  if (paused.has(row.id)) ledger.saw("delivery held during a pause, and sent later");
}

function explain(seed: number, { ledger }: World, violation: string): string {
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(violation)?.[0] ?? "";
  const lines = ledger.history.filter((line) => line.includes(id) || line.includes("a node"));
  return [`seed ${seed}: ${violation}`, ...lines.slice(-40)].join("\n  ");
}
