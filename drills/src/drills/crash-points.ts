/** Kills the service (`kill -9`) at each distinct point of an event's life. */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { startDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEventType } from "../parts/platform.ts";
import { startReceiver } from "../parts/receiver.ts";
import * as changing from "../points/changing.ts";
import * as delivering from "../points/delivering.ts";
import * as fanningOut from "../points/fanning-out.ts";
import type { Check, CrashPoint, World } from "../points/point.ts";
import * as publishing from "../points/publishing.ts";

const points: readonly CrashPoint[] = [
  publishing.beforeCommit,
  publishing.beforeAnswer,
  publishing.betweenRows,
  fanningOut.beforeStep,
  fanningOut.afterStep,
  delivering.afterClaim,
  delivering.whileSending,
  delivering.beforeSettled,
  delivering.beforeSettledIsKnown,
  delivering.beforeRetryIsPlanned,
  delivering.afterRetryIsPlanned,
  delivering.beforeTurnedOff,
  delivering.afterTurnedOff,
  changing.beforeRotated,
  changing.afterRotated,
  changing.beforeReplayStep,
  changing.afterReplayStep,
];

const schedule = "0s,1s,2s";
const attemptsMax = 3;
/**
 * Enough for the slowest case: a lease of 60 s expires, a node finds it within 5 s, and the retries
 * follow.
 */
const settledWithinMs = 120_000;

export const crashPoints: Drill = {
  name: "crash-points",
  description: "kill -9 at each point of an event's life",
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    let node: Node | null = null;
    const world: World = {
      database,
      ledger,
      receiver,
      node() {
        if (node === null) throw new Error("No node runs.");
        return node;
      },
      nodeUrl: () => node?.url ?? null,
      async kill() {
        const killed = world.node();
        node = null;
        ledger.faults.push({ what: "kill -9", atMs: Date.now() });
        await killed.kill();
      },
      async start() {
        node = await startNode({
          databaseUrl: database.url,
          environment: { POSTHORN_RETRY_SCHEDULE: schedule },
        });
      },
    };
    try {
      await world.start();
      return await drill(context, world);
    } finally {
      await (node as Node | null)?.kill();
      await receiver.close();
      await database.stop();
    }
  },
};

async function drill(context: Context, world: World): Promise<Report> {
  await addEventType(world.node().url);
  const checks = new Map<CrashPoint, Check>();
  let settledMs: number | null = null;
  for (const point of points) {
    context.progress(point.name);
    checks.set(point, await point.run(world));
    // Waits before the next kill, which must not hit deliveries that were taken over after this
    // one.
    settledMs = await waitUntilSettled(world.database, settledWithinMs);
    if (settledMs === null) break;
  }
  const figures: string[] = [];
  const violations: string[] = [];
  for (const [point, check] of checks) {
    const wrong = await check();
    figures.push(`${wrong.length === 0 ? "held  " : "BROKEN"}  ${point.name}: ${point.expected}`);
    violations.push(...wrong.map((each) => `${point.name}: ${each}`));
  }
  if (settledMs === null) violations.push(`Deliveries still wait after ${settledWithinMs} ms.`);
  const deliveries = await finalDeliveries(world.database);
  const verdict = judge(world.ledger, deliveries, { attemptsMax });
  return {
    figures: [
      ...figures,
      `${world.ledger.faults.length} kills, ${verdict.duplicates - replayed(world)} duplicates`,
    ],
    violations: [...violations, ...verdict.violations],
  };
}

/** How many requests the replays caused. */
function replayed({ ledger }: World): number {
  const asked = new Set(ledger.replays.keys());
  return ledger.arrivals.filter(({ endpointId }) => asked.has(endpointId)).length / 2;
}
