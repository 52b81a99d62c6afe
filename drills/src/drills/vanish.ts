/**
 * The network of a node vanishes (no FIN, no RST) while the node holds 1,000 deliveries. Another
 * node must take them over within 15 s. When the network is back, the first node's late results
 * must change nothing, and the node must continue to work.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabaseAt, type DrillDatabase } from "../parts/database.ts";
import {
  arrivedAgain,
  heldCount,
  Holding,
  inWords,
  publishHeld,
  timesOf,
  type HoldingSetup,
  type Times,
} from "../parts/holding.ts";
import { Ledger } from "../parts/ledger.ts";
import { metricOf } from "../parts/metrics.ts";
import { networkCidr, startNetwork, type Network } from "../parts/network.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries } from "../parts/outcome.ts";
import { startReceiver } from "../parts/receiver.ts";
import { mustBecome, sleep } from "../parts/wait.ts";

/**
 * The database sends this to the node after the cut. A notification matters because PostgreSQL then
 * waits for its acknowledgement, and so notices the silence at another time.
 */
const kinds = ["nothing", "one notification", "many notifications"] as const;
const roundsOfEach = 4;
const runningMs = 1_500;
const holdingMs = 700;
const promisedMs = 15_000;
/**
 * The limit next to other tests on a busy machine. Waiting for the leases takes more than a minute.
 */
const promisedInShortMs = 30_000;
/** The notification is sent within this time after the cut, before the silence is noticed. */
const notifiedWithinMs = 5_000;
const notifyEachMs = 100;
const returnWithinMs = 60_000;

const mutations: Mutations = {
  keepalive: {
    what: "the end of a lock's session whose machine is silent",
    file: "postgres/node-lock.js",
    from: "await session.query(keepAliveSql)",
    to: "await Promise.resolve()",
  },
  fence: {
    what: "the lease's id as a condition of every settlement",
    file: "postgres/schema-files.js",
    from: 'const text = await readFile(new URL(name, folder), "utf8");',
    // The condition on the lease is in `posthorn.settle_batch`.
    to: `let text = await readFile(new URL(name, folder), "utf8");
      if (name === "settle_batch.sql") {
        const fence = /    and delivery\\.lease_id = input[^;]*?'pending'\\n/g;
        if (!fence.test(text)) throw new Error("The condition on the lease is missing.");
        text = text.replace(fence, "");
      }`,
  },
};

export const vanish: Drill = {
  name: "vanish",
  description: "a node that holds 1,000 deliveries loses its network for a while",
  mutations,
  async run(context) {
    const network = await startNetwork();
    if (typeof network === "string") return { figures: [], violations: [], skipped: network };
    try {
      return await withNetwork(context, network);
    } finally {
      await network.close();
    }
  },
};

interface Setup extends HoldingSetup {
  readonly network: Network;
  readonly database: DrillDatabase;
  /** The node whose network is cut, and its id. */
  readonly node: Node;
  readonly nodeId: string;
}

async function withNetwork(context: Context, network: Network): Promise<Report> {
  const { outerAddress, innerAddress, within } = network;
  const database = await startDatabaseAt(outerAddress, networkCidr);
  const ledger = new Ledger();
  const receiver = await startReceiver(ledger, outerAddress);
  const nodes: Node[] = [];
  try {
    const imports = importsFor(mutations, context.broken);
    const environment = { POSTHORN_ALLOW_CIDRS: networkCidr };
    const inside = new URL(database.url);
    inside.hostname = outerAddress;
    const node = await startNode({
      databaseUrl: inside.href,
      environment: { ...environment, POSTHORN_HOST: innerAddress },
      imports,
      within,
    });
    nodes.push(node);
    const [row] = await database.query<{ id: string }>("select id from posthorn.nodes");
    nodes.push(await startNode({ databaseUrl: database.url, environment, imports }));
    await sleep(runningMs);
    const holding = new Holding();
    const nodeId = row?.id ?? "";
    return await drill(context, { network, database, ledger, receiver, holding, node, nodeId });
  } finally {
    for (const node of nodes) await node.kill();
    await receiver.close();
    await database.stop();
  }
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const rounds = context.short
    ? [context.chance.oneOf(kinds)]
    : Array.from({ length: roundsOfEach }, () => kinds).flat();
  const times: { readonly kind: string; readonly times: Times }[] = [];
  const late = { answers: 0, requests: 0, backMs: 0 };
  for (const kind of rounds) {
    const round = await cutOnce(context, setup, kind);
    times.push({ kind, times: round.times });
    late.answers += round.lateAnswers;
    late.requests += round.lateRequests;
    late.backMs = Math.max(late.backMs, round.backMs);
    context.progress(`${kind}: ${round.times.first} to ${round.times.last} ms`);
  }
  const refused = await metricOf(setup.node, "posthorn_leases_lost_total");
  const wrong = (await finalDeliveries(setup.database)).filter(
    ({ status, attempts }) => status !== "delivered" || attempts !== 1,
  );
  const lasts = times.map((each) => each.times.last);
  const most = context.short ? promisedInShortMs : promisedMs;
  return {
    figures: [
      `${rounds.length} cuts, ${heldCount} deliveries held by the node at each`,
      ...kinds
        .map((kind) => ({ kind, all: times.filter((each) => each.kind === kind) }))
        .filter(({ all }) => all.length > 0)
        .map(({ kind, all }) => `${kind} sent: ${inWords(all.map((each) => each.times))}`),
      `the slowest ${Math.max(...lasts)} ms after the cut`,
      `back again after ${late.backMs} ms at the latest: ${late.answers} late answers, ${refused} late writes refused; ` +
        `${late.requests} requests for deliveries that the other node had made`,
    ],
    violations: [
      ...lasts
        .filter((last) => last > most)
        .map((last) => `The last delivery was on its way after ${last} ms, not ${most}.`),
      ...(wrong.length > 0 ? [`${wrong.length} deliveries: a late result was written.`] : []),
      ...(refused > 0 ? [] : ["No write came late: the drill has shown nothing of fencing."]),
    ],
  };
}

interface Round {
  readonly times: Times;
  /** The time from the end of the cut until the node had its lock again. */
  readonly backMs: number;
  readonly lateAnswers: number;
  /**
   * How many requests the node sent after its return, for deliveries that had arrived meanwhile.
   */
  readonly lateRequests: number;
}

async function cutOnce(
  context: Context,
  setup: Setup,
  kind: (typeof kinds)[number],
): Promise<Round> {
  const { network, ledger, holding, node } = setup;
  const wanted = await publishHeld(node.url, setup);
  await sleep(holdingMs);
  holding.end();
  const cutAtMs = Date.now();
  await network.cut();
  const notifying = new AbortController();
  const notified = notify(context, setup, kind, notifying.signal);
  const times = timesOf(await arrivedAgain(ledger, wanted, cutAtMs), cutAtMs);
  notifying.abort();
  await notified;
  const arrivalsBefore = ledger.arrivals.length;
  await network.heal();
  const lateAnswers = holding.answerHeld(500);
  const backMs = await mustBecome("the node's return", () => isBack(setup), returnWithinMs);
  await sleep(runningMs);
  const lateRequests = ledger.arrivals.length - arrivalsBefore;
  return { times, backMs: Math.round(backMs), lateAnswers, lateRequests };
}

async function notify(
  context: Context,
  { database }: Setup,
  kind: (typeof kinds)[number],
  signal: AbortSignal,
): Promise<void> {
  const send = () => database.query("select pg_notify('posthorn_due', '')");
  const isOne = kind === "one notification";
  let waitMs = isOne ? context.chance.between(0, notifiedWithinMs) : notifyEachMs;
  if (kind === "nothing") waitMs = returnWithinMs;
  do {
    await sleep(waitMs, null, { signal }).catch(() => undefined);
    if (!signal.aborted) await send();
    if (isOne) waitMs = returnWithinMs;
  } while (!signal.aborted);
}

/** Returns true if the node responds and has its lock again. */
async function isBack({ database, node, nodeId }: Setup): Promise<boolean> {
  const [row] = await database.query<{ is_back: boolean }>(
    `select has_lock and beat_at > clock_timestamp() - interval '1.3 s'
            and not pg_try_advisory_xact_lock(posthorn.node_lock_key(id)) as is_back
     from posthorn.nodes where id = $1`,
    [nodeId],
  );
  if (row?.is_back !== true) return false;
  const signal = AbortSignal.timeout(1_000);
  const answer = await fetch(`${node.url}/readyz`, { signal }).catch(() => null);
  await answer?.arrayBuffer();
  return answer?.ok === true;
}
