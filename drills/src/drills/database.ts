/**
 * Under load, the database is killed, stopped, disconnected at commits and locked, and runs out of
 * connections and disk space. No acknowledged event may be lost, the API must return 503 meanwhile,
 * the health check must be right, and the service must recover by itself.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { answeredTooEarly } from "../parts/answered-too-early.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, publishOne, startLoad } from "../parts/platform.ts";
import { startReceiver, type DrillReceiver } from "../parts/receiver.ts";
import { sleep, waitUntil } from "../parts/wait.ts";
import { startCommitCut, type CommitCut } from "../postgres/commit-cut.ts";
import { startFaultyServer, type FaultyServer } from "../postgres/server.ts";
import { faults, planFaults } from "./database-faults.ts";
import { Watch } from "./database-watch.ts";

const orgs = 3;
const publishers = 6;
const pauseMs = 30;
const schedule = "0s,1s,2s,5s,10s";
const attemptsMax = 5;
const restMs = { least: 100, greatest: 600 };
/**
 * The limit for the time from the database's first accepted connection to the next event's arrival.
 */
const recoveredWithinMs = 5_000;
/** Much longer than the promise, so that a late event is not mistaken for a lost one. */
const giveUpMs = 30_000;
/**
 * Enough for the slowest case: a lease of 60 s expires, a node finds it within 5 s, and the retries
 * follow.
 */
const settledWithinMs = 150_000;
/**
 * During a long fault, outcomes can be lost at any time, so the ledger gets one fault per second.
 */
const faultNotedEveryMs = 1_000;

const mutations: Mutations = {
  unavailable: {
    what: "telling a database that is away from a fault of the service",
    file: "postgres/pool.js",
    from: "export function isUnavailable(error) {",
    to: "export function isUnavailable(error) { return false;",
  },
  "idle-errors": {
    what: "hearing of idle connections that break",
    file: "postgres/pool.js",
    from: 'pool.on("error", options.onError);',
    to: "",
  },
  durability: answeredTooEarly,
};

export const database: Drill = {
  name: "database",
  description:
    "the database is killed, stopped, disconnected at commits, locked, out of connections, or " +
    "out of disk space",
  mutations,
  async run(context) {
    const server = await startFaultyServer();
    const way = await startCommitCut(server.url);
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    let node: Node | null = null;
    try {
      node = await startNode({
        databaseUrl: way.url,
        environment: { POSTHORN_RETRY_SCHEDULE: schedule },
        imports: importsFor(mutations, context.broken),
      });
      return await drill(context, { server, way, ledger, receiver, node });
    } finally {
      await node?.kill();
      await receiver.close();
      await way.close();
      await server.stop();
    }
  },
};

interface Setup {
  readonly server: FaultyServer;
  readonly way: CommitCut;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly node: Node;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { server, ledger, receiver, node } = setup;
  await addEventType(node.url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url: node.url, ledger, receiver, orgId });
  const nodeUrl = (): string | null => (node.hasEnded ? null : node.url);
  const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs });
  const watch = new Watch(node.url, orgIds[0] as string, ledger);
  const plan = planFaults(context, server.hasOwnDisk);
  const late: string[] = [];
  const recoveriesMs: number[] = [];
  for (const [index, name] of plan.entries()) {
    if (node.hasEnded) break;
    await sleep(context.chance.between(restMs.least, restMs.greatest));
    await happen(context, setup, name, watch);
    const tookMs = await recovery(setup, orgIds[0] as string);
    recoveriesMs.push(tookMs);
    context.progress(`${index + 1} of ${plan.length}: ${name}, back in ${Math.round(tookMs)} ms`);
    if (tookMs > recoveredWithinMs) late.push(`${name}: ${Math.round(tookMs)} ms`);
  }
  await watch.close();
  await load.finish(node.hasEnded ? 0 : giveUpMs);
  const settledMs = node.hasEnded ? null : await waitUntilSettled(server, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(server), { attemptsMax });
  return {
    figures: [
      `${recoveriesMs.length} faults: ${counted(plan.slice(0, recoveriesMs.length))}`,
      ...(server.hasOwnDisk ? [] : ["No disk was filled: nothing may be mounted here."]),
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `accepted and delivered again ${Math.round(Math.max(...recoveriesMs))} ms after the ` +
        `database was back, at the latest; ${verdict.duplicates} duplicates`,
      ...watch.figures(),
    ],
    violations: [
      ...verdict.violations,
      ...watch.violations(),
      ...(late.length === 0 ? [] : [`${late.length} × not back in 5 s: ${late.join(", ")}`]),
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(node.hasEnded ? [`The node ended by itself: ${node.log().slice(-800)}`] : []),
    ],
  };
}

async function happen(
  context: Context,
  { server, way, ledger }: Setup,
  name: string,
  watch: Watch,
): Promise<void> {
  const note = (): void => void ledger.faults.push({ what: name, atMs: Date.now() });
  note();
  const timer = setInterval(note, faultNotedEveryMs);
  try {
    const fault = faults[name];
    await fault?.({ server, way, context, isDown: (is) => watch.mustBeDown(is) });
  } finally {
    clearInterval(timer);
    note();
  }
}

/**
 * @returns how many ms passed until a new event was accepted and had arrived; Infinity if it never
 * arrived.
 */
async function recovery({ ledger, node }: Setup, orgId: string): Promise<number> {
  const startedAtMs = performance.now();
  const isOver = (): boolean => node.hasEnded || performance.now() - startedAtMs > giveUpMs;
  const published = await publishOne({ ledger, nodeUrl: () => node.url }, orgId, isOver);
  const arrived = await waitUntil(
    () => isOver() || ledger.arrivals.some(({ key }) => key === published.key),
    giveUpMs,
    10,
  );
  return arrived === null || isOver() ? Infinity : performance.now() - startedAtMs;
}

function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${count} × ${name}`).join(", ");
}
