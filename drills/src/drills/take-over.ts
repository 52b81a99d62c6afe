/**
 * Kills a node that holds 1,000 deliveries with `kill -9`, and measures the time until all of them
 * arrive again. If another node or another process of `serve --processes 2` is running, the time
 * starts at the kill. For a single node it starts when the node is ready again.
 */
import { readFile } from "node:fs/promises";
import type { Context, Drill, Report } from "../drill.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
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
import { startNode, type Node, type NodeOptions } from "../parts/node.ts";
import { startReceiver } from "../parts/receiver.ts";
import { mustBecome, sleep } from "../parts/wait.ts";

const roundsInEarnest = 10;
/** Enough for the node to take its lock and to write a heartbeat that says so. */
const runningMs = 1_500;
const holdingMs = 700;
const promisedMs = 2_000;
/**
 * The limit next to other tests on a busy machine. Without a takeover the deliveries need more than
 * a minute.
 */
const promisedInShortMs = 15_000;
const noticedWithinMs = 10_000;

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
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    const setup = { database, ledger, receiver, holding: new Holding() };
    try {
      const times: AllTimes = { bySurvivor: [], byRestart: [], byWorker: [] };
      for (let round = 0; round < (context.short ? 1 : roundsInEarnest); round += 1) {
        times.bySurvivor.push(await measure(context, setup, "survivor"));
        times.byRestart.push(await measure(context, setup, "restart"));
        times.byWorker.push(await measureWorker(context, setup));
        context.progress(`round ${round + 1}`);
      }
      return report(context, times);
    } finally {
      await receiver.close();
      await database.stop();
    }
  },
};

interface Setup extends HoldingSetup {
  readonly database: DrillDatabase;
}

interface AllTimes {
  readonly bySurvivor: Times[];
  readonly byRestart: Times[];
  readonly byWorker: Times[];
}

function start(
  context: Context,
  { database }: Setup,
  options: Partial<NodeOptions> = {},
): Promise<Node> {
  const imports = importsFor(mutations, context.broken);
  return startNode({ databaseUrl: database.url, imports, ...options });
}

async function measure(
  context: Context,
  setup: Setup,
  kind: "survivor" | "restart",
): Promise<Times> {
  const nodes: Node[] = [];
  try {
    const killed = await start(context, setup);
    nodes.push(killed);
    if (kind === "survivor") nodes.push(await start(context, setup));
    await sleep(runningMs);
    const wanted = await publishHeld(killed.url, setup);
    await sleep(holdingMs);
    setup.holding.end();
    const killedAtMs = Date.now();
    await killed.kill();
    if (kind === "restart") nodes.push(await start(context, setup));
    const fromMs = kind === "restart" ? Date.now() : killedAtMs;
    return timesOf(await arrivedAgain(setup.ledger, wanted, killedAtMs), fromMs);
  } finally {
    for (const node of nodes) await node.kill();
  }
}

/**
 * Each of two workers holds about half of the deliveries. The killed node's id tells which ones
 * were its own.
 */
async function measureWorker(context: Context, setup: Setup): Promise<Times> {
  const node = await start(context, setup, { args: ["--processes", "2"] });
  try {
    await sleep(runningMs);
    await publishHeld(node.url, setup, 10);
    await sleep(holdingMs);
    const leased = await setup.database.query<{ pair: string; tag: string }>(
      `select endpoint_id || ' ' || event_id as pair,
              left(replace(lease_id::text, '-', ''), 16) as tag
       from posthorn.deliveries where leased_until is not null and status = 'pending'`,
    );
    const victim = await oneWorkerOf(node);
    const killedAtMs = Date.now();
    process.kill(victim, "SIGKILL");
    setup.holding.end();
    // Answers the other process's attempts, which would otherwise occupy its slots until they time
    // out.
    setup.holding.answerHeld(200);
    await mustBecome("its end in the log", () => diedIn(node) !== null, noticedWithinMs);
    const tag = diedIn(node)?.replaceAll("-", "").slice(-16);
    const wanted = new Set(leased.filter((each) => each.tag === tag).map(({ pair }) => pair));
    return timesOf(await arrivedAgain(setup.ledger, wanted, killedAtMs), killedAtMs);
  } finally {
    await node.stop();
  }
}

async function oneWorkerOf({ pid }: Node): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  const first = Number(children.trim().split(" ")[0]);
  if (!(first > 0)) throw new Error("The node has no workers.");
  return first;
}

/** Finds in the log which node has ended, and returns its id. */
function diedIn(node: Node): string | null {
  return /"nodeId":"([^"]+)"[^\n]*another one replaces it/.exec(node.log())?.[1] ?? null;
}

function report(context: Context, { bySurvivor, byRestart, byWorker }: AllTimes): Report {
  const most = context.short ? promisedInShortMs : promisedMs;
  const lasts = [...bySurvivor, ...byRestart, ...byWorker].map(({ last }) => last);
  return {
    figures: [
      `${heldCount} deliveries held by the killed node, or by it and the other process`,
      `beside a survivor, from the kill: ${inWords(bySurvivor)}`,
      `alone, from ready again: ${inWords(byRestart)}`,
      `one of two processes, from the kill: ${inWords(byWorker)}`,
    ],
    violations: lasts
      .filter((last) => last > most)
      .map((last) => `The last delivery was on its way again after ${last} ms, not ${most}.`),
  };
}
