/**
 * One org's transformation loops for ever, a thousand times, while other orgs publish at a steady
 * rate, half of them with a transformation of their own. The others must hardly notice.
 */
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { call } from "../parts/api.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { betweenMs, phase, show, tooSlow } from "../parts/phases.ts";
import { addEndpoint, addEventType, eventType } from "../parts/platform.ts";
import { startReceiver, type DrillReceiver } from "../parts/receiver.ts";
import { startSteadyLoad } from "../parts/steady-load.ts";
import { sleep } from "../parts/wait.ts";

const loops = { earnest: 1_000, short: 200 };
const phaseMs = { earnest: 20_000, short: 5_000 };
const neighbours = 4;
const eventsPerSecond = 100;
const warmUpMs = 5_000;
const settledWithinMs = 60_000;

const endless = "() => { for (;;) ; }";
const unchanged = "({ data }) => ({ data })";

const mutations: Mutations = {
  turns: {
    what: "turns of orgs in the sandbox",
    file: "sandbox/sandbox.js",
    from: "async #inTurn(orgId, job) {",
    to: 'async #inTurn(_, job) { const orgId = "everybody";',
  },
};

export const transformations: Drill = {
  name: "transformations",
  description: "one org's transformations loop for ever while others publish",
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
  const { ledger, node } = setup;
  const length = context.short ? "short" : "earnest";
  await addEventType(node.url);
  const orgIds = Array.from({ length: neighbours }, () => crypto.randomUUID());
  for (const [index, orgId] of orgIds.entries()) {
    await addTransformed(setup, orgId, index % 2 === 0 ? unchanged : null);
  }
  const noisy = crypto.randomUUID();
  const looping = await addTransformed(setup, noisy, endless);
  const perSecond = new Map(orgIds.map((orgId) => [orgId, eventsPerSecond / neighbours]));
  const load = startSteadyLoad({ url: node.url, ledger, perSecond });
  await sleep(warmUpMs);
  const calm = await phase(ledger, orgIds, phaseMs[length]);
  context.progress(`calm: ${show(calm)}`);
  const events = Array.from({ length: loops[length] }, (_, n) => ({
    org_id: noisy,
    event_type: eventType,
    data: { key: String(n) },
  }));
  const published = await call(node.url, "POST", "webhook_events", events, {
    prefer: "return=minimal",
  });
  const disturbed = await phase(ledger, orgIds, phaseMs[length]);
  context.progress(`beside endless loops: ${show(disturbed)}`);
  await sleep(betweenMs);
  await load.finish();
  const stopped = await stoppedLoops(setup, looping);
  await call(node.url, "PATCH", `webhook_endpoints?id=eq.${looping}`, { is_active: false });
  const settledMs = await waitUntilSettled(setup.database, settledWithinMs);
  const final = await finalDeliveries(setup.database);
  const ours = final.filter((each) => each.endpoint_id !== looping);
  const { violations } = judge(ledger, ours, { attemptsMax: 12 });
  return {
    figures: [
      `${loops[length]} events for a transformation that loops for ever, ${stopped} attempts stopped`,
      `p99 of ${eventsPerSecond} events a second of others: calm ${show(calm)}, beside the loops ` +
        show(disturbed),
    ],
    violations: [
      ...violations,
      ...tooSlow("A publish", calm.publish, disturbed.publish),
      ...tooSlow("An arrival", calm.arrival, disturbed.arrival),
      ...(published.status === 201 ? [] : [`The loops' events were answered ${published.status}.`]),
      ...(stopped > 0 ? [] : ["No loop was stopped: the drill has shown nothing."]),
      ...(settledMs === null ? ["Deliveries still wait."] : []),
    ],
  };
}

async function addTransformed(
  { node, ledger, receiver }: Setup,
  orgId: string,
  transformation: string | null,
): Promise<string> {
  const id = await addEndpoint({ url: node.url, ledger, receiver, orgId });
  await call(node.url, "PATCH", `webhook_endpoints?id=eq.${id}`, { transformation });
  return id;
}

/** How many attempts of the endpoint its transformation failed. */
async function stoppedLoops({ database }: Setup, endpointId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.deliveries
     where endpoint_id = '${endpointId}' and error = 'transformation'`,
  );
  return row?.count ?? 0;
}
