/**
 * Kills the service with `kill -9` at random moments under load, and starts it again. No
 * acknowledged event may be lost, and a kill must explain each duplicate.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { answeredTooEarly } from "../parts/answered-too-early.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, startLoad } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { sleep } from "../parts/wait.ts";

const killsInEarnest = 200;
const killsInShort = 4;
const orgs = 5;
const publishers = 8;
const pauseMs = 20;
/** Five attempts in 18 s. */
const schedule = "0s,1s,2s,5s,10s";
const attemptsMax = 5;
/** The time between the service's readiness and the kill. */
const aliveMs = { least: 100, greatest: 1_500 };
/**
 * Enough for the slowest case: a lease of 60 s expires, a node finds it within 5 s, and the retries
 * follow.
 */
const settledWithinMs = 150_000;
const acknowledgedWithinMs = 30_000;

/**
 * Returns 503 to one in eight first attempts. With more failures, Posthorn would treat the endpoint
 * as down.
 */
const refuseSome: Answer = (response, arrival, number) =>
  answerWith(number === 1 && /^[01]/.test(arrival.key) ? 503 : 200)(response, arrival, number);

/** Responds after 50 ms, so that the process can be killed while the request is in progress. */
const slow: Answer = (response, arrival, number) =>
  void setTimeout(() => answerWith(200)(response, arrival, number), 50);

const mutations: Mutations = {
  durability: answeredTooEarly,
  idempotency: {
    what: "idempotency keys",
    file: "pipeline/publish/publish.js",
    from: "idempotencyKey: event.idempotencyKey,",
    to: "idempotencyKey: null,",
  },
};

export const crash: Drill = {
  name: "crash",
  description: "kill -9 at random moments under load",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    try {
      return await drill(context, { database, ledger, receiver });
    } finally {
      await receiver.close();
      await database.stop();
    }
  },
};

interface Setup {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { database, ledger } = setup;
  const start = (): Promise<Node> =>
    startNode({
      databaseUrl: database.url,
      environment: { POSTHORN_RETRY_SCHEDULE: schedule },
      imports: importsFor(mutations, context.broken),
    });
  let node: Node | null = await start();
  try {
    const orgIds = await addEndpoints(node.url, setup);
    const nodeUrl = (): string | null => node?.url ?? null;
    const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs });
    const kills = context.kills ?? (context.short ? killsInShort : killsInEarnest);
    for (let count = 1; count <= kills; count += 1) {
      await sleep(context.chance.between(aliveMs.least, aliveMs.greatest));
      ledger.faults.push({ what: "kill -9", atMs: Date.now() });
      const killed = node;
      node = null;
      await killed.kill();
      node = await start();
      if (count % 10 === 0) context.progress(`${count} kills`);
    }
    await load.finish(acknowledgedWithinMs);
    context.progress("waiting for the leases of the killed");
    const settledMs = await waitUntilSettled(database, settledWithinMs);
    return report(setup, settledMs, kills, await finalDeliveries(database));
  } finally {
    await node?.kill();
  }
}

async function addEndpoints(url: string, { ledger, receiver }: Setup): Promise<string[]> {
  await addEventType(url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) {
    await addEndpoint({ url, ledger, receiver, orgId, answer: slow });
    await addEndpoint({ url, ledger, receiver, orgId, answer: refuseSome });
  }
  return orgIds;
}

function report(
  { ledger }: Setup,
  settledMs: number | null,
  kills: number,
  deliveries: Awaited<ReturnType<typeof finalDeliveries>>,
): Report {
  const verdict = judge(ledger, deliveries, { attemptsMax });
  const unanswered = ledger.publications.size - ledger.acknowledgedCount;
  return {
    figures: [
      `${kills} kills`,
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `${ledger.arrivals.length} requests, ${verdict.duplicates} of them duplicates`,
      `settled ${settledMs === null ? "never" : `${Math.round(settledMs / 1000)} s`} after the last kill`,
    ],
    violations: [
      ...verdict.violations,
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(unanswered > 0 ? [`${unanswered} publishes were never acknowledged.`] : []),
    ],
  };
}
