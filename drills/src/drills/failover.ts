/**
 * Kills the primary under load and promotes its synchronous standby. Every acknowledged event must
 * be on the standby, and delivery must continue by itself. The drill does not cover an old primary
 * that returns and accepts writes: the tool that promotes must prevent that.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, publishOne, startLoad } from "../parts/platform.ts";
import { startReceiver, type DrillReceiver } from "../parts/receiver.ts";
import { mustBecome, sleep, waitUntil } from "../parts/wait.ts";
import { startPair, type Pair } from "../postgres/pair.ts";

const roundsInEarnest = 5;
const orgs = 3;
const publishers = 6;
const pauseMs = 30;
const schedule = "0s,1s,2s,5s,10s";
const attemptsMax = 5;
const loadMs = { least: 500, greatest: 3_000 };
/** How long an operator's tool needs to notice the failure. */
const promotionAfterMs = { least: 200, greatest: 2_000 };
const goesOnWithinMs = 10_000;
const giveUpMs = 30_000;
/**
 * Enough for the slowest case: a lease of 60 s expires, a node finds it within 5 s, and the retries
 * follow.
 */
const settledWithinMs = 150_000;

const mutations: Mutations = {
  hosts: {
    what: "looking for the server that accepts writes",
    file: "postgres/hosts.js",
    from: "search ??= look()",
    to: "search ??= Promise.resolve(current ?? look())",
  },
};

export const failover: Drill = {
  name: "failover",
  description: "the primary is killed under load, and its synchronous standby is promoted",
  mutations,
  async run(context) {
    const rounds = context.short ? 1 : roundsInEarnest;
    const figures: string[] = [];
    const violations: string[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const report = await runRound(context);
      context.progress(`round ${round} of ${rounds}: ${report.figures.join("; ")}`);
      figures.push(...report.figures);
      violations.push(...report.violations);
    }
    return { figures: [`${rounds} failovers`, ...figures], violations };
  },
};

async function runRound(context: Context): Promise<Report> {
  const pair = await startPair();
  const ledger = new Ledger();
  const receiver = await startReceiver(ledger);
  let node: Node | null = null;
  try {
    node = await startNode({
      databaseUrl: pair.url,
      environment: { POSTHORN_RETRY_SCHEDULE: schedule },
      imports: importsFor(mutations, context.broken),
    });
    return await failOver(context, { pair, ledger, receiver, node });
  } finally {
    await node?.kill();
    await receiver.close();
    await pair.stop();
  }
}

interface Setup {
  readonly pair: Pair;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly node: Node;
}

async function failOver({ chance }: Context, setup: Setup): Promise<Report> {
  const { pair, ledger, receiver, node } = setup;
  await addEventType(node.url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url: node.url, ledger, receiver, orgId });
  const nodeUrl = (): string => node.url;
  const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs });
  // The first commits may wait for a standby that has just started to stream.
  await mustBecome("an acknowledgement", () => ledger.acknowledgedCount > 0, giveUpMs);
  await sleep(chance.between(loadMs.least, loadMs.greatest));
  const note = (): void => void ledger.faults.push({ what: "failover", atMs: Date.now() });
  note();
  await pair.killPrimary();
  const acknowledgedBefore = ledger.acknowledgedCount;
  await sleep(chance.between(promotionAfterMs.least, promotionAfterMs.greatest));
  await pair.promoteStandby();
  note();
  const tookMs = await goingOn(setup, orgIds[0] as string);
  await load.finish(tookMs === null ? 0 : giveUpMs);
  const settledMs = tookMs === null ? null : await waitUntilSettled(pair, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(pair), { attemptsMax });
  return {
    figures: [
      `${acknowledgedBefore} events acknowledged before, ${ledger.acknowledgedCount} in all; ` +
        `delivered again after ${tookMs === null ? "never" : `${Math.round(tookMs)} ms`}; ` +
        `${verdict.duplicates} duplicates`,
    ],
    violations: [
      ...verdict.violations,
      ...(tookMs !== null && tookMs <= goesOnWithinMs
        ? []
        : [`Not delivered again within ${goesOnWithinMs} ms of the promotion.`]),
      ...(settledMs === null ? ["Deliveries still wait."] : []),
    ],
  };
}

/**
 * @returns how many ms passed until a new event was accepted and had arrived; null if it never
 * arrived.
 */
async function goingOn({ ledger, node }: Setup, orgId: string): Promise<number | null> {
  const startedAtMs = performance.now();
  const isOver = (): boolean => performance.now() - startedAtMs > giveUpMs;
  const { key } = await publishOne({ ledger, nodeUrl: () => node.url }, orgId, isOver);
  const isThere = (): boolean => ledger.arrivals.some((arrival) => arrival.key === key);
  const arrived = await waitUntil(() => isOver() || isThere(), giveUpMs, 10);
  return arrived === null || isOver() ? null : performance.now() - startedAtMs;
}
