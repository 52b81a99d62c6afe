/**
 * One org sends the most expensive reads that the API allows, while other orgs publish at a steady
 * rate. Phases with and without these reads alternate, and the drill compares the other orgs' p99.
 */
import { randomBytes } from "node:crypto";
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { call, rowOf } from "../parts/api.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { startHardReaders, type ReadKind } from "../parts/hard-readers.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { betweenMs, medianOf, phase, show, tooSlow, type Phase } from "../parts/phases.ts";
import { addEndpoint, addEventType, eventType } from "../parts/platform.ts";
import { startReceiver, type DrillReceiver } from "../parts/receiver.ts";
import { startSteadyLoad } from "../parts/steady-load.ts";
import { sleep } from "../parts/wait.ts";

const rounds = { earnest: 5, short: 3 };
const phaseMs = { earnest: 10_000, short: 4_000 };
const historyEvents = { earnest: 20_000, short: 3_000 };
const eventsPerSecond = 200;
const neighbours = 5;
/**
 * The reading org publishes this many events itself, so that its live streams have something to
 * report.
 */
const ownEventsPerSecond = 20;
const textBytes = 1_500;
const eventsPerCall = 100;
const settledWithinMs = 60_000;
/** The time until the node has compiled all the code that runs for the first time. */
const warmUpMs = 8_000;

/**
 * A pattern with two groups and their back-references. On a text without repetition, PostgreSQL
 * tries every pair of lengths.
 */
const hardPattern = encodeURIComponent("^(.+)(.+)\\1\\2$");

/**
 * Slow and large queries run in separate phases, because the cancelled slow ones would delay the
 * others of their org.
 */
const slow = { phases: [1] };
const large = { phases: [2] };

const kinds: readonly ReadKind[] = [
  { path: `webhook_events?select=id&data->>text=match.${hardPattern}`, readers: 30, ...slow },
  {
    path: `webhook_deliveries?select=id&payload->data->>text=imatch.${hardPattern}`,
    readers: 30,
    ...slow,
  },
  { path: "webhook_events?select=id&data->>text=neq.x", count: "exact", readers: 8, ...large },
  { path: "webhook_events?select=id&order=data->>text&limit=1000", readers: 8, ...large },
  { path: "webhook_events?limit=1000", readers: 8, ...large },
  { path: "webhook_deliveries?limit=1000", readers: 8, ...large },
  { path: "webhook_audit?limit=1000", accept: "text/csv", readers: 8, ...large },
  { path: "rpc/overview", readers: 8, ...large },
  { path: "rpc/endpoint_health", readers: 4, ...large },
  { path: "rpc/delivery_statistics", readers: 8, ...large },
  { path: "stream", isStream: true, readers: 20, phases: [1, 2] },
];

const mutations: Mutations = {
  connections: {
    what: "connections and a queue for queries beside those of the pipeline",
    file: "postgres/tenants.js",
    from: "const { pool, queryPool, clock } = options;",
    to: "const { pool, clock } = options; const queryPool = pool;",
  },
};

export const hardReader: Drill = {
  name: "hard-reader",
  isOpen: true,
  description: "one org sends the most expensive reads while others publish",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    let node: Node | null = null;
    try {
      const imports = importsFor(mutations, context.broken);
      node = await startNode({ databaseUrl: database.url, imports });
      return await drill(context, { database, ledger, receiver, node });
    } finally {
      await node?.kill();
      await receiver.close();
      await database.stop();
    }
  },
};

interface Setup {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly node: Node;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { database, ledger, node, receiver } = setup;
  const { url } = node;
  const length = context.short ? "short" : "earnest";
  await addEventType(url);
  const orgIds = Array.from({ length: neighbours }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url, ledger, receiver, orgId });
  const hardOrg = crypto.randomUUID();
  await addEndpoint({ url, ledger, receiver, orgId: hardOrg });
  context.progress("making the history of the org that will read");
  await makeHistory(setup, hardOrg, historyEvents[length]);
  const key = await rowOf(url, "POST", "api_keys", { org_id: hardOrg, role: "read" });
  const perSecond = new Map(orgIds.map((orgId) => [orgId, eventsPerSecond / neighbours]));
  perSecond.set(hardOrg, ownEventsPerSecond);
  const load = startSteadyLoad({ url, ledger, perSecond });
  const readiness = watchReadiness(node);
  const readers = startHardReaders({ url, key: String(key["key"]), kinds });
  const phases: { readonly calm: Phase; readonly hard: Phase }[] = [];
  await sleep(warmUpMs);
  for (let round = 1; round <= rounds[length]; round += 1) {
    const calm = await phase(ledger, orgIds, phaseMs[length]);
    const hard = await phase(ledger, orgIds, phaseMs[length], async (ms) => {
      readers.go(1);
      await sleep(ms / 2);
      readers.go(2);
      await sleep(ms / 2);
    });
    readers.pause();
    await sleep(betweenMs);
    context.progress(`round ${round}: ${show(calm)} calm, ${show(hard)} hard`);
    phases.push({ calm, hard });
  }
  const answers = await readers.stop();
  await load.finish();
  const notReady = readiness.stop();
  const settledMs = await waitUntilSettled(database, settledWithinMs);
  const verdict = judge(ledger, await finalDeliveries(database), { attemptsMax: 12 });
  const calm = medianOf(phases.map((each) => each.calm));
  const hard = medianOf(phases.map((each) => each.hard));
  const others = Object.entries(answers).filter(([status]) => !/^(2|429|500 57014)/.test(status));
  return {
    figures: [
      `${historyEvents[length]} events in the history; ${eventsPerSecond} events a second beside`,
      `answers to the reader: ${JSON.stringify(answers)}`,
      `p99 as the median of ${phases.length} rounds: calm ${show(calm)}, hard ${show(hard)}`,
      `${ledger.refusals.length} publishes refused; ${notReady} times not ready`,
    ],
    violations: [
      ...verdict.violations,
      ...tooSlow("A publish", calm.publish, hard.publish),
      ...tooSlow("An arrival", calm.arrival, hard.arrival),
      ...(notReady === 0 ? [] : [`/readyz said ${notReady} times that the node was not ready.`]),
      ...others.map(([status, count]) => `The reader was answered ${status}, ${count} times.`),
      ...(answers["500 57014"] === undefined || answers["429"] === undefined
        ? ["No query was stopped, or none refused: the drill has shown nothing."]
        : []),
      ...(settledMs === null ? ["Deliveries still wait."] : []),
    ],
  };
}

/** Publishes events that the ledger does not contain, so the oracle does not judge them. */
async function makeHistory(
  { node, database, ledger }: Setup,
  orgId: string,
  events: number,
): Promise<void> {
  const headers = { prefer: "return=minimal" };
  for (let made = 0; made < events; made += eventsPerCall) {
    const batch = Array.from({ length: eventsPerCall }, () => ({
      org_id: orgId,
      event_type: eventType,
      data: { text: randomBytes((textBytes * 3) / 4).toString("base64") },
    }));
    const { status, text } = await call(node.url, "POST", "webhook_events", batch, headers);
    if (status !== 201) throw new Error(`Creating the history failed: ${status} ${text}`);
  }
  await waitUntilSettled(database, 4 * settledWithinMs);
  ledger.arrivals.splice(0);
  await database.query("analyze posthorn.events");
  await database.query("analyze posthorn.deliveries");
}

const readyEveryMs = 500;

/** @returns a function that returns how often the node was not ready. */
function watchReadiness({ url }: Node): { stop(): number } {
  let notReady = 0;
  const look = async (): Promise<void> => {
    const response = await fetch(`${url}/readyz`).catch(() => null);
    await response?.arrayBuffer();
    if (response?.status !== 200) notReady += 1;
  };
  const timer = setInterval(() => void look(), readyEveryMs);
  return {
    stop() {
      clearInterval(timer);
      return notReady;
    },
  };
}
