/**
 * Two nodes of the release before serve under load while the new release migrates the database
 * and joins; for a while both releases work side by side, then the old one leaves.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { importsFor, type Breaks } from "../parts/breaks.ts";
import { Balancer } from "../parts/cluster.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node, type NodeOptions } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, startLoad } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { buildRelease, commitBeforeLastMigration, type Release } from "../parts/release.ts";
import { sleep } from "../parts/wait.ts";

const publishers = 8;
const pauseMs = 20;
const orgs = 5;
const schedule = "0s,1s,2s";
const attemptsMax = 3;
const healthCheckMs = 250;
const aloneMs = { earnest: 20_000, short: 2_000 };
const togetherMs = { earnest: 60_000, short: 5_000 };
/** After the load balancer has turned away, before SIGTERM. */
const turnedAwayMs = 1_000;
const acknowledgedWithinMs = 30_000;
const settledWithinMs = 60_000;

/** An eighth fails first: retries of one release are made by the other. */
const failSome: Answer = (response, arrival, number) =>
  answerWith(number === 1 && /^[01]/.test(arrival.key) ? 503 : 200)(response, arrival, number);

const breaks: Breaks = {
  additive: {
    what: "migrations that the release before can live with",
    file: "postgres/migrate.js",
    from: "for (const migration of missing) {",
    to: `await client.query("alter table posthorn.deliveries add drilled text not null default ''");
      await client.query("alter table posthorn.deliveries alter drilled drop default");
      for (const migration of missing) {`,
  },
};

export const upgrade: Drill = {
  name: "upgrade",
  description: "migrations run while the release before serves",
  breaks,
  async run(context) {
    const commit = context.from ?? (await commitBeforeLastMigration());
    if (commit === null) {
      return { figures: ["not run: the history here has no release before"], violations: [] };
    }
    context.progress(`building ${commit}`);
    const release = await buildRelease(commit);
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    const balancer = new Balancer(context.chance, healthCheckMs);
    const nodes: Node[] = [];
    try {
      return await drill(context, { release, database, ledger, receiver, balancer, nodes });
    } finally {
      balancer.close();
      for (const node of nodes) await node.kill();
      await receiver.close();
      await database.stop();
      await release.remove();
    }
  },
};

interface Parts {
  readonly release: Release;
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly balancer: Balancer;
  readonly nodes: Node[];
}

async function drill(context: Context, parts: Parts): Promise<Report> {
  const { release, database, ledger, receiver, balancer, nodes } = parts;
  const wait = (times: { earnest: number; short: number }): Promise<void> =>
    sleep(context.short ? times.short : times.earnest);
  const { command } = release;
  const old = [await join(parts, { command }), await join(parts, { command })];
  const { url } = old[0] as Node;
  await addEventType(url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url, ledger, receiver, orgId, answer: failSome });
  const { nodeUrl } = balancer;
  const isStrict = true;
  const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs, isStrict });
  await wait(aloneMs);
  const before = await migrationsOf(database);
  context.progress("the new release joins, and migrates");
  await join(parts, { imports: importsFor(breaks, context.broken) });
  await wait(togetherMs);
  for (const node of old) {
    balancer.remove(node);
    await sleep(turnedAwayMs);
    await node.stop();
    nodes.splice(nodes.indexOf(node), 1);
  }
  await wait(aloneMs);
  await load.finish(acknowledgedWithinMs);
  const settledMs = await waitUntilSettled(database, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(database), { attemptsMax });
  const after = await migrationsOf(database);
  return {
    figures: [
      `from ${release.commit} with ${before} migrations to ${after}`,
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `${ledger.refusals.length} errors seen by publishers, ${verdict.duplicates} duplicates`,
      `longest time without an acknowledgement ${longestSilenceMs(ledger)} ms`,
    ],
    violations: [
      ...verdict.violations,
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(after > before ? [] : ["No migration was run: the drill has shown nothing."]),
    ],
  };
}

async function join(
  { database, balancer, nodes }: Parts,
  program: Pick<NodeOptions, "command" | "imports">,
): Promise<Node> {
  const node = await startNode({
    databaseUrl: database.url,
    environment: { POSTHORN_RETRY_SCHEDULE: schedule },
    ...program,
  });
  nodes.push(node);
  await balancer.add(node);
  return node;
}

async function migrationsOf(database: DrillDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.migrations",
  );
  return row?.count ?? 0;
}

function longestSilenceMs(ledger: Ledger): number {
  const times = [...ledger.publications.values()]
    .flatMap(({ acknowledged }) => acknowledged?.atMs ?? [])
    .toSorted((a, b) => a - b);
  return times.reduce((longest, atMs, index) => {
    const previous = times[index - 1];
    return previous === undefined ? longest : Math.max(longest, atMs - previous);
  }, 0);
}
