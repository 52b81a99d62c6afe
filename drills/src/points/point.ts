/** A crash point: one moment in an event's life at which the service is killed. */
import { randomUUID } from "node:crypto";
import type { DrillDatabase } from "../parts/database.ts";
import { raiseCommitBarrier, type CommitBarrierOptions } from "../parts/commit-barrier.ts";
import type { Arrival, Ledger, Publication } from "../parts/ledger.ts";
import type { Node } from "../parts/node.ts";
import { addEndpoint, publishOne } from "../parts/platform.ts";
import type { Answer, DrillReceiver } from "../parts/receiver.ts";

export interface World {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  /**
   * The running node.
   * @throws Error between a kill and the next start.
   */
  node(): Node;
  /** Sends SIGKILL, and records the kill in the ledger. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Null while no node is running. */
  nodeUrl(): string | null;
}

export interface CrashPoint {
  readonly name: string;
  /** What must be true after all leases have expired. */
  readonly expected: string;
  /** @returns a check to run later, which returns what is wrong or nothing. */
  run(world: World): Promise<Check>;
}

export type Check = () => Promise<readonly string[]>;

/**
 * Starts an action, and kills the node when the action's transaction is at COMMIT. The action is
 * either rolled back, or committed without the node's knowledge. Then starts a new node.
 */
export async function killAtCommit(
  world: World,
  moment: "before" | "after",
  barrierOptions: CommitBarrierOptions,
  act: () => Promise<unknown>,
): Promise<void> {
  const barrier = await raiseCommitBarrier(world.database, barrierOptions);
  try {
    const acting = act();
    acting.catch(() => undefined);
    await barrier.reached();
    if (moment === "before") {
      await world.kill();
      await barrier.rollBack();
    } else {
      // The node is frozen first, so that it cannot read the response to its commit.
      world.node().signal("SIGSTOP");
      await barrier.open();
      await world.kill();
    }
  } finally {
    await barrier.remove();
  }
  await world.start();
}

export interface Subscriber {
  readonly orgId: string;
  readonly endpointId: string;
}

export async function subscriber(world: World, answer?: Answer): Promise<Subscriber> {
  const { ledger, receiver } = world;
  const orgId = randomUUID();
  const endpointId = await addEndpoint({
    url: world.node().url,
    ledger,
    receiver,
    orgId,
    ...(answer === undefined ? {} : { answer }),
  });
  return { orgId, endpointId };
}

export function publish(world: World, orgId: string): Promise<Publication> {
  return publishOne(world, orgId);
}

export function arrivalsOf(world: World, endpointId: string): readonly Arrival[] {
  return world.ledger.arrivals.filter((each) => each.endpointId === endpointId);
}

interface State {
  readonly status: string;
  readonly attempts: number;
}

export function deliveriesOf(world: World, endpointId: string): Promise<State[]> {
  return world.database.query<State>(
    "select status, attempts from posthorn.deliveries where endpoint_id = $1",
    [endpointId],
  );
}

/**
 * Fails unless the endpoint's only delivery has this status after this many attempts and requests.
 */
export async function mustBe(
  world: World,
  { endpointId }: Subscriber,
  wanted: State & { readonly requests: number },
): Promise<readonly string[]> {
  const deliveries = await deliveriesOf(world, endpointId);
  const requests = arrivalsOf(world, endpointId);
  const found = deliveries.map(({ status, attempts }) => ({
    status,
    attempts,
    requests: requests.length,
  }));
  const wrong: string[] = [];
  const { status, attempts } = wanted;
  const expected = JSON.stringify([{ status, attempts, requests: wanted.requests }]);
  if (JSON.stringify(found) !== expected) {
    wrong.push(`expected ${expected}, found ${JSON.stringify(found)}`);
  }
  const stamps = requests.map(({ signedAtSeconds }) => signedAtSeconds);
  if (new Set(stamps).size !== stamps.length) wrong.push("an attempt has the time of another");
  return wrong;
}
