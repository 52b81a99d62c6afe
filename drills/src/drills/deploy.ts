/**
 * Rolling deploys over two nodes under load: again and again, a new node joins and an old one gets
 * SIGTERM. No event may be lost or sent twice, no delivery may wait for a lease, and no publisher
 * may see an error. A stopping node finishes or releases its slow attempts.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { Balancer } from "../parts/cluster.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, startLoad } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { sleep } from "../parts/wait.ts";

const deploysInEarnest = 20;
const deploysInShort = 2;
const publishers = 8;
const pauseMs = 20;
const orgs = 5;
/**
 * Each of these orgs has its own receiver, because endpoints of one origin share 64 sockets. A
 * receiver takes 3 s. The orgs get two of five events, so about 200 attempts are in flight.
 */
const slowOrgs = 20;
const slowAnswerMs = 3_000;
const turnsOfFast = 6;
const schedule = "0s,1s,2s";
const attemptsMax = 3;
const preStopDelayMs = 2_000;
const healthCheckMs = 250;
const settledWithinMs = 60_000;
const acknowledgedWithinMs = 30_000;
/** Much shorter than a lease of 60 s. */
const firstArrivalMsMax = 5_000;

const slow: Answer = (response, arrival, number) =>
  void setTimeout(() => answerWith(200)(response, arrival, number), slowAnswerMs);

const mutations: Mutations = {
  "pre-stop-delay": {
    what: "the time between /readyz saying no and the closed door",
    file: "http/pre-stop-delay.js",
    from: "if (preStopDelayMs === 0)",
    to: "if (preStopDelayMs > 0)",
  },
  drain: {
    what: "letting attempts finish and giving leases back",
    file: "service/compose.js",
    from: "teardown.add(() => node.drain(drain.leftMs()));",
    to: "teardown.add(() => process.exit(0));",
  },
};

export const deploy: Drill = {
  name: "deploy",
  description: "a rolling restart of two nodes by SIGTERM under load",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receivers: DrillReceiver[] = [];
    for (let count = 0; count <= slowOrgs; count += 1) receivers.push(await startReceiver(ledger));
    const balancer = new Balancer(context.chance, healthCheckMs);
    const nodes: Node[] = [];
    try {
      return await drill(context, { database, ledger, receivers, balancer, nodes });
    } finally {
      balancer.close();
      for (const node of nodes) await node.kill();
      for (const receiver of receivers) await receiver.close();
      await database.stop();
    }
  },
};

interface Setup {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  /** The first receiver serves all fast orgs. */
  readonly receivers: readonly DrillReceiver[];
  readonly balancer: Balancer;
  /** The running nodes, oldest first. */
  readonly nodes: Node[];
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { database, ledger, balancer, nodes } = setup;
  await join(context, setup);
  await join(context, setup);
  const { fast, slowOnes } = await addEndpoints((nodes[0] as Node).url, setup);
  const orgIds = [...Array.from({ length: turnsOfFast }, () => fast).flat(), ...slowOnes];
  const { nodeUrl } = balancer;
  const isStrict = true;
  const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs, isStrict });
  const deploys = context.short ? deploysInShort : deploysInEarnest;
  const open: number[] = [];
  const codes: (number | null)[] = [];
  for (let count = 1; count <= deploys; count += 1) {
    await sleep(context.chance.between(1_000, 3_000));
    await join(context, setup);
    const oldest = nodes.shift() as Node;
    open.push(openRequests(ledger));
    codes.push(await oldest.stop());
    balancer.remove(oldest);
    if (count % 5 === 0) context.progress(`${count} deploys`);
  }
  await load.finish(acknowledgedWithinMs);
  const settledMs = await waitUntilSettled(database, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(database), { attemptsMax });
  const { slowestMs, late } = firstArrivals(ledger, new Set(slowOnes));
  return {
    figures: [
      `${deploys} deploys, with ${Math.min(...open)} to ${Math.max(...open)} requests open`,
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `${ledger.refusals.length} errors seen by publishers, ${verdict.duplicates} duplicates`,
      `slowest first arrival at a healthy endpoint ${slowestMs} ms after its acknowledgement`,
    ],
    violations: [
      ...verdict.violations,
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(late > 0 ? [`${late} events arrived later than ${firstArrivalMsMax} ms.`] : []),
      ...(codes.every((code) => code === 0) ? [] : [`Exit codes ${codes.join(", ")}.`]),
    ],
  };
}

async function join(context: Context, { database, balancer, nodes }: Setup): Promise<void> {
  const node = await startNode({
    databaseUrl: database.url,
    environment: {
      POSTHORN_RETRY_SCHEDULE: schedule,
      POSTHORN_LINGER: `${preStopDelayMs / 1000}s`,
    },
    imports: importsFor(mutations, context.broken),
  });
  nodes.push(node);
  await balancer.add(node);
}

async function addEndpoints(
  url: string,
  { ledger, receivers }: Setup,
): Promise<{ fast: string[]; slowOnes: string[] }> {
  await addEventType(url);
  const [first, ...others] = receivers as [DrillReceiver, ...DrillReceiver[]];
  const make = async (receiver: DrillReceiver, answer: Answer): Promise<string> => {
    const orgId = crypto.randomUUID();
    await addEndpoint({ url, ledger, receiver, orgId, answer });
    return orgId;
  };
  const fast: string[] = [];
  for (let count = 0; count < orgs; count += 1) fast.push(await make(first, answerWith(200)));
  const slowOnes: string[] = [];
  for (const receiver of others) slowOnes.push(await make(receiver, slow));
  return { fast, slowOnes };
}

/** How many requests have no response yet. */
function openRequests({ arrivals }: Ledger): number {
  return arrivals.reduce((count, { status }) => (status === null ? count + 1 : count), 0);
}

/** The times from acknowledgement to first arrival, for the orgs whose receiver is fast. */
function firstArrivals(
  ledger: Ledger,
  slowOrgIds: ReadonlySet<string>,
): { readonly slowestMs: number; readonly late: number } {
  const firstAtMs = new Map<string, number>();
  for (const { key, atMs } of ledger.arrivals) {
    if (!firstAtMs.has(key)) firstAtMs.set(key, atMs);
  }
  let slowestMs = 0;
  let late = 0;
  for (const { key, orgId, acknowledged } of ledger.publications.values()) {
    if (acknowledged === null || slowOrgIds.has(orgId)) continue;
    const tookMs = (firstAtMs.get(key) ?? Infinity) - acknowledged.atMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > firstArrivalMsMax) late += 1;
  }
  return { slowestMs, late };
}
