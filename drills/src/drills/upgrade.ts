/**
 * Two nodes serve under load, on a database with a long history, while a node of the next release
 * migrates the schema and joins. Both releases run side by side for a while, then the old nodes
 * leave. The next release is this build with additional migrations.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { Balancer } from "../parts/cluster.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node, type NodeOptions } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, startLoad } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { releaseWith, type Release } from "../parts/release.ts";
import { sleep } from "../parts/wait.ts";

const publishers = 8;
const pauseMs = 20;
const orgs = 5;
const schedule = "0s,1s,2s";
const attemptsMax = 3;
const healthCheckMs = 250;
const aloneMs = { earnest: 20_000, short: 2_000 };
const togetherMs = { earnest: 60_000, short: 5_000 };
/** How long a node keeps running after the load balancer has stopped sending requests to it. */
const turnedAwayMs = 1_000;
const acknowledgedWithinMs = 30_000;
const settledWithinMs = 60_000;

/** Fails one in eight first attempts, so that each release also retries attempts of the other. */
const failSome: Answer = (response, arrival, number) =>
  answerWith(number === 1 && /^[01]/.test(arrival.key) ? 503 : 200)(response, arrival, number);

const historyRows = { earnest: 1_000_000, short: 20_000 };
/** A migration may block publishing with a lock for at most this long. */
const lockMsMax = 500;

/** Typical migrations: a new column, and an index on the largest table. */
const migrations = {
  "9001-drilled.sql": "alter table posthorn.deliveries add column drilled text;\n",
  "9002-deliveries-drilled.sql":
    "-- Concurrently, partition by partition.\n" +
    "create index deliveries_drilled on posthorn.deliveries (drilled) where drilled is not null;\n",
};

const mutations: Mutations = {
  additive: {
    what: "migrations that the release before can live with",
    file: "postgres/migrate.js",
    from: "for (const migration of missing)",
    to: `await client.query("alter table posthorn.deliveries add broken text not null default ''");
      await client.query("alter table posthorn.deliveries alter broken drop default");
      for (const migration of missing)`,
  },
};

export const upgrade: Drill = {
  name: "upgrade",
  description: "migrations run while nodes of the previous release are serving",
  mutations,
  async run(context) {
    const release = await releaseWith(migrations);
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

interface Setup {
  readonly release: Release;
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly balancer: Balancer;
  readonly nodes: Node[];
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { release, database, ledger, receiver, balancer, nodes } = setup;
  const wait = (times: { earnest: number; short: number }): Promise<void> =>
    sleep(context.short ? times.short : times.earnest);
  const old = [await join(setup, {}), await join(setup, {})];
  const { url } = old[0] as Node;
  await addEventType(url);
  const orgIds = Array.from({ length: orgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url, ledger, receiver, orgId, answer: failSome });
  const rows = historyRows[context.short ? "short" : "earnest"];
  await addHistory(database, rows);
  const { nodeUrl } = balancer;
  const isStrict = true;
  const load = startLoad({ ledger, nodeUrl, orgIds, publishers, pauseMs, isStrict });
  await wait(aloneMs);
  const before = await migrationsOf(database);
  context.progress("the next release joins, and migrates");
  const migratesAtMs = Date.now();
  await join(setup, {
    command: release.command,
    imports: importsFor(mutations, context.broken),
  });
  const silenceMs = longestSilenceMs(ledger, migratesAtMs);
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
      `from ${before} migrations to ${after}, with ${rows} deliveries of history`,
      `${ledger.acknowledgedCount} acknowledged events, ${verdict.deliveriesOwed} deliveries of them`,
      `${ledger.refusals.length} errors seen by publishers, ${verdict.duplicates} duplicates`,
      `longest time without an acknowledgement while migrating ${silenceMs} ms`,
    ],
    violations: [
      ...verdict.violations,
      ...(settledMs === null ? [`Deliveries still wait after ${settledWithinMs} ms.`] : []),
      ...(silenceMs <= lockMsMax || context.short
        ? []
        : [`Publishing stood still for ${silenceMs} ms while the database was migrated.`]),
      ...(after > before ? [] : ["No migration was run: the drill has shown nothing."]),
    ],
  };
}

async function join(
  { database, balancer, nodes }: Setup,
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

/** Inserts deliveries that arrived long ago, for an org of their own. */
async function addHistory(database: DrillDatabase, rows: number): Promise<void> {
  await database.query(
    `insert into posthorn.deliveries
       (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
        attempted_at, duration_ms, response_status, trigger, created_at)
     select posthorn.uuid_v7(now()), gen_random_uuid(), endpoint_id, org_id, 'drill.happened',
            'cancelled', 1, 0, now(), 5, 200, 'schedule', now()
     from (select gen_random_uuid() as endpoint_id, gen_random_uuid() as org_id) as one,
          generate_series(1, ${rows})`,
  );
}

function longestSilenceMs(ledger: Ledger, sinceMs: number): number {
  const times = [...ledger.publications.values()]
    .flatMap(({ acknowledged }) => acknowledged?.atMs ?? [])
    .filter((atMs) => atMs >= sinceMs)
    .toSorted((a, b) => a - b);
  return times.reduce((longest, atMs, index) => {
    const previous = times[index - 1];
    return previous === undefined ? longest : Math.max(longest, atMs - previous);
  }, 0);
}
