/**
 * A node is killed (`kill -9`) while it holds 1,000 deliveries. How long until the last of them is
 * on its way again: from the kill, where another node is running, and from the moment that the
 * killed node is ready again, where it was alone.
 */
import { randomUUID } from "node:crypto";
import type { Context, Drill, Report } from "../drill.ts";
import { call } from "../parts/api.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { addEndpoint, addEventType } from "../parts/platform.ts";
import { answerWith, startReceiver, type Answer, type DrillReceiver } from "../parts/receiver.ts";
import { sleep } from "../parts/wait.ts";

const endpoints = 20;
const events = 50;
const roundsInEarnest = 10;
/** For the node's lock and a heartbeat that says that it has it. */
const runningMs = 1_500;
const holdingMs = 700;
const promisedMs = 2_000;
/** Beside other tests on a busy machine; without a takeover it is more than a minute. */
const promisedInShortMs = 15_000;
const giveUpMs = 90_000;

const mutations: Mutations = {
  takeover: {
    what: "taking over what a dead node held",
    file: "pipeline/upkeep/take-over.js",
    from: "const taken = await options.store.takeOver(",
    to: "const taken = []; void (",
  },
};

export const takeOver: Drill = {
  name: "take-over",
  description: "kill -9 of a node that holds 1,000 deliveries",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const held = { isHeld: false };
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    const setup = { database, ledger, receiver, held };
    try {
      const bySurvivor: Times[] = [];
      const byRestart: Times[] = [];
      for (let round = 0; round < (context.short ? 1 : roundsInEarnest); round += 1) {
        bySurvivor.push(await measure(context, setup, "survivor"));
        byRestart.push(await measure(context, setup, "restart"));
        context.progress(`round ${round + 1}`);
      }
      return report(context, bySurvivor, byRestart);
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
  /** While true no request is answered. */
  readonly held: { isHeld: boolean };
}

/** Milliseconds until the first and the last delivery arrived again. */
interface Times {
  readonly first: number;
  readonly last: number;
}

async function measure(
  context: Context,
  setup: Setup,
  kind: "survivor" | "restart",
): Promise<Times> {
  const { database, ledger, held } = setup;
  const start = (): Promise<Node> =>
    startNode({ databaseUrl: database.url, imports: importsFor(mutations, context.broken) });
  const nodes: Node[] = [];
  try {
    const killed = await start();
    nodes.push(killed);
    if (kind === "survivor") nodes.push(await start());
    await sleep(runningMs);
    held.isHeld = true;
    const wanted = await publishMany(killed.url, setup);
    await sleep(holdingMs);
    held.isHeld = false;
    const killedAtMs = Date.now();
    await killed.kill();
    if (kind === "restart") nodes.push(await start());
    const fromMs = kind === "restart" ? Date.now() : killedAtMs;
    const arrivals = await arrivedAgain(ledger, wanted, killedAtMs);
    return { first: Math.min(...arrivals) - fromMs, last: Math.max(...arrivals) - fromMs };
  } finally {
    for (const node of nodes) await node.kill();
  }
}

/** @returns endpoint and event of each delivery. */
async function publishMany(url: string, setup: Setup): Promise<ReadonlySet<string>> {
  const { held } = setup;
  const answer: Answer = (response, arrival, number) => {
    if (!held.isHeld) answerWith(200)(response, arrival, number);
  };
  await addEventType(url).catch(() => undefined);
  const orgId = randomUUID();
  const ids: string[] = [];
  for (let count = 0; count < endpoints; count += 1) {
    ids.push(await addEndpoint({ url, ...setup, orgId, answer }));
  }
  const rows = Array.from({ length: events }, () => ({
    org_id: orgId,
    event_type: "drill.happened",
    data: { key: randomUUID() },
  }));
  const answered = await call(url, "POST", "webhook_events", JSON.stringify(rows), {
    prefer: "return=representation",
  });
  if (answered.status !== 201) throw new Error(`A publish was answered ${answered.status}.`);
  const stored = JSON.parse(answered.text) as { id: string }[];
  return new Set(stored.flatMap(({ id }) => ids.map((endpointId) => `${endpointId} ${id}`)));
}

/** When each of them arrived first after the kill. */
async function arrivedAgain(
  ledger: Ledger,
  wanted: ReadonlySet<string>,
  killedAtMs: number,
): Promise<readonly number[]> {
  const giveUpAtMs = performance.now() + giveUpMs;
  for (;;) {
    const found = new Map<string, number>();
    for (const { endpointId, eventId, atMs } of ledger.arrivals) {
      const pair = `${endpointId} ${eventId}`;
      if (atMs >= killedAtMs && wanted.has(pair) && !found.has(pair)) found.set(pair, atMs);
    }
    if (found.size === wanted.size) return [...found.values()];
    if (performance.now() > giveUpAtMs) return [...found.values(), killedAtMs + giveUpMs];
    await sleep(50);
  }
}

function report(
  context: Context,
  bySurvivor: readonly Times[],
  byRestart: readonly Times[],
): Report {
  const most = context.short ? promisedInShortMs : promisedMs;
  const lasts = [...bySurvivor, ...byRestart].map(({ last }) => last);
  return {
    figures: [
      `${endpoints * events} deliveries held by the killed node`,
      `beside a survivor, from the kill: ${inWords(bySurvivor)}`,
      `alone, from ready again: ${inWords(byRestart)}`,
    ],
    violations: lasts
      .filter((last) => last > most)
      .map((last) => `The last delivery was on its way again after ${last} ms, not ${most}.`),
  };
}

function inWords(times: readonly Times[]): string {
  const of = (values: readonly number[]): string => {
    const sorted = values.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return `median ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  };
  return `first ${of(times.map(({ first }) => first))}; last ${of(times.map(({ last }) => last))}`;
}
