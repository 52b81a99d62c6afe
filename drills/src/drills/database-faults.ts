/** Faults of a database while the service uses it. */
import type { Context } from "../drill.ts";
import { sleep } from "../parts/wait.ts";
import type { CommitCut, Moment } from "../postgres/commit-cut.ts";
import { connectionsMax, type FaultyServer } from "../postgres/server.ts";

export interface Patient {
  readonly server: FaultyServer;
  readonly way: CommitCut;
  readonly context: Context;
  /** Reports when the server goes down and when it is back. In between, no node may be ready. */
  isDown(is: boolean): void;
}

/** Resolves when the database is healthy again. */
export type Fault = (patient: Patient) => Promise<void>;

const stopMs = 30_000;
const stopShortMs = 3_000;
const holdMs = { least: 500, greatest: 3_000 };
/** The next publish or settlement comes almost immediately, because the service is under load. */
const cutWithinMs = 5_000;

const endAndStart =
  (signal: "SIGKILL" | "SIGINT" | "SIGQUIT"): Fault =>
  async ({ server }) => {
    await server.end(signal);
    await server.start();
  };

const stop: Fault = async ({ server, context, isDown }) => {
  await server.halt();
  isDown(true);
  await sleep(context.short ? stopShortMs : stopMs);
  isDown(false);
  await server.start();
};

const cut =
  (statement: string, moment: Moment): Fault =>
  async ({ way }) => {
    const controller = new AbortController();
    const timeout = sleep(cutWithinMs, "late", { signal: controller.signal }).catch(() => "");
    const outcome = await Promise.race([way.cutAt(statement, moment), timeout]);
    controller.abort();
    way.disarm();
    if (outcome === "late") throw new Error(`No ${statement} was sent within ${cutWithinMs} ms.`);
  };

/**
 * Blocks publishing and settling with a lock on one table. A lock on a second table could cause a
 * deadlock.
 */
const holdTransaction: Fault = async ({ server, context }) => {
  const client = await server.connect();
  await client.query("begin");
  await client.query("lock table posthorn.deliveries in exclusive mode");
  await sleep(context.chance.between(holdMs.least, holdMs.greatest));
  await client.query("rollback");
  await client.end();
};

/** Takes all connections, so that none is left for the service. */
const takeConnections: Fault = async ({ server, context }) => {
  const first = await server.connect();
  const taken = [first];
  let isUsedUp = false;
  const endsAtMs = performance.now() + context.chance.between(holdMs.least, holdMs.greatest);
  while (performance.now() < endsAtMs) {
    await first.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name ~ '^posthorn'",
    );
    const more = await Promise.allSettled(
      Array.from({ length: connectionsMax }, () => server.connect()),
    );
    for (const each of more) if (each.status === "fulfilled") taken.push(each.value);
    isUsedUp ||= more.some((each) => each.status === "rejected");
    await sleep(20);
  }
  await Promise.all(taken.map((client) => client.end().catch(() => undefined)));
  if (!isUsedUp) throw new Error("The server still had free connections.");
};

/**
 * The server may stop by itself when it cannot write its log. The fault then restarts it, as an
 * operator would.
 */
const fillDisk: Fault = async ({ server, context }) => {
  const giveBack = await server.fillDisk();
  const isFull = await isOutOfDisk(server);
  await sleep(context.chance.between(holdMs.least, holdMs.greatest));
  await giveBack();
  await server.start();
  if (!isFull) throw new Error("The database could still write although the disk was filled.");
};

/** Tests for free space by adding a megabyte to a separate table. This may stop the server. */
async function isOutOfDisk(server: FaultyServer): Promise<boolean> {
  try {
    await server.query(
      "create temporary table big as select repeat('x', 1000) from generate_series(1, 1000)",
    );
    return false;
  } catch {
    return true;
  }
}

export const faults: Readonly<Record<string, Fault>> = {
  "kill -9": endAndStart("SIGKILL"),
  "fast restart": endAndStart("SIGINT"),
  "immediate restart": endAndStart("SIGQUIT"),
  stop,
  "publish cut before its commit": cut("publish", "before"),
  "publish cut after its commit": cut("publish", "after"),
  "settlement cut before its commit": cut("settle", "before"),
  "settlement cut after its commit": cut("settle", "after"),
  "long transaction": holdTransaction,
  "no connection left": takeConnections,
  "disk full": fillDisk,
};

/**
 * All faults in random order: each kind once in a short run; a hundred in a full run, three of them
 * stops.
 */
export function planFaults({ chance, short }: Context, hasOwnDisk: boolean): string[] {
  const kinds = Object.keys(faults).filter((name) => hasOwnDisk || name !== "disk full");
  const quick = kinds.filter((name) => name !== "stop");
  const planned = short
    ? kinds
    : Array.from({ length: 97 }, (_, index) => String(quick[index % quick.length]));
  const plan = [...planned, ...(short ? [] : ["stop", "stop", "stop"])];
  for (let last = plan.length - 1; last > 0; last -= 1) {
    const other = chance.between(0, last);
    [plan[last], plan[other]] = [plan[other] as string, plan[last] as string];
  }
  return plan;
}
