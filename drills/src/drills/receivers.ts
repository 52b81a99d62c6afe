/**
 * Every kind of hostile receiver at once, among healthy ones. Each attempt must end by its deadline
 * and free its slot and its socket, memory must not grow, and deliveries to healthy receivers must
 * stay fast. No connection may be made to internal addresses.
 */
import { readdir, readFile } from "node:fs/promises";
import type { Context, Drill, Report } from "../drill.ts";
import { judge } from "../oracle.ts";
import { rowOf } from "../parts/api.ts";
import { importsFor, type Mutations } from "../parts/mutations.ts";
import { startDatabase, type DrillDatabase } from "../parts/database.ts";
import { startHostileReceivers, type HostileReceiver } from "../parts/hostile.ts";
import { Ledger } from "../parts/ledger.ts";
import { metricOf } from "../parts/metrics.ts";
import { startNode, type Node } from "../parts/node.ts";
import { finalDeliveries, waitUntilSettled } from "../parts/outcome.ts";
import { addEndpoint, addEventType, publishOne, startLoad } from "../parts/platform.ts";
import { startReceiver, type DrillReceiver } from "../parts/receiver.ts";
import { addSsrfCanaryEndpoints, startSsrfCanary, type SsrfCanary } from "../parts/ssrf-canary.ts";
import { sleep, waitUntil } from "../parts/wait.ts";

/** The number of endpoints for each hostile behaviour. Each has an org of its own. */
const endpointsEach = { earnest: 8, short: 2 };
/** How long events are published to these endpoints, one per second to each. */
const hostileMs = { earnest: 120_000, short: 15_000 };
const aloneMs = { earnest: 30_000, short: 6_000 };
const healthyOrgs = 5;
const publishers = 4;
const pauseMs = 40;
/** The contract of the hostile endpoints. */
const contract = "cda";
const deadlineMs = 10_000;
const freeWithinMs = deadlineMs + 1_000;
const settledWithinMs = 60_000;
/** Longer than 10 s, after which idle sockets are closed. */
const idleMs = 12_000;
/**
 * How much memory V8 may use before a collection: its young generation, and buffers that it will
 * free.
 */
const growthMiBMax = 96;
/** A tolerance, because the number of sockets to the healthy receiver and the database varies. */
const filesMoreMax = 10;
const p99RatioMax = 2;
/** Below this p99, a ratio depends more on the machine than on the hostile receivers. */
const p99MsFloor = 25;

const mutations: Mutations = {
  deadline: {
    what: "the deadline of an attempt",
    file: "transport/exchange.js",
    from: "this.#deadline = deadlines.add(this, ms);",
    to: "this.#deadline = null;",
  },
  guard: {
    what: "the address guard",
    file: "transport/address-guard.js",
    from: 'return isPublic(address) ? "public" : "denied";',
    to: 'return "public";',
  },
};

export const receivers: Drill = {
  name: "receivers",
  description: "every kind of hostile receiver at the same time, among healthy receivers",
  mutations,
  async run(context) {
    const database = await startDatabase();
    const ledger = new Ledger();
    const receiver = await startReceiver(ledger);
    const hostile = await startHostileReceivers();
    const canary = await startSsrfCanary();
    let node: Node | null = null;
    try {
      node = await startNode({
        databaseUrl: database.url,
        environment: { POSTHORN_RETRY_SCHEDULE: "0s", POSTHORN_ALLOW_CIDRS: "127.0.0.1" },
        imports: importsFor(mutations, context.broken),
      });
      return await drill(context, { database, ledger, receiver, hostile, canary, node });
    } finally {
      await node?.kill();
      for (const each of hostile) await each.close();
      await canary.close();
      await receiver.close();
      await database.stop();
    }
  },
};

interface Setup {
  readonly database: DrillDatabase;
  readonly ledger: Ledger;
  readonly receiver: DrillReceiver;
  readonly hostile: readonly HostileReceiver[];
  readonly canary: SsrfCanary;
  readonly node: Node;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const { database, ledger, node, receiver } = setup;
  const { url } = node;
  const length = context.short ? "short" : "earnest";
  await addEventType(url);
  const orgIds = Array.from({ length: healthyOrgs }, () => crypto.randomUUID());
  for (const orgId of orgIds) await addEndpoint({ url, ledger, receiver, orgId });
  const load = startLoad({ ledger, nodeUrl: () => url, orgIds, publishers, pauseMs });
  await sleep(aloneMs[length]);
  const alone = { untilMs: Date.now(), miB: await memoryMiB(node), files: await openFiles(node) };
  context.progress("the hostile ones join");
  const hostileOrgs = await addHostile(setup, endpointsEach[length]);
  const canaryUrls = { canary: setup.canary.url, allowed: receiver.urlOf("never") };
  const canaryEndpoints = await addSsrfCanaryEndpoints(node, database, canaryUrls);
  await publishEachSecond(setup, [...hostileOrgs, canaryEndpoints.orgId], hostileMs[length]);
  const withHostile = { untilMs: Date.now(), miB: await memoryMiB(node) };
  await load.finish(settledWithinMs);
  context.progress("waiting for their slots");
  // From now on the endpoints' pending deliveries wait, but attempts in flight continue.
  await turnOff(node, hostileOrgs);
  const freeMs = await waitUntil(
    async () => (await metricOf(node, "posthorn_in_flight")) === 0,
    3 * deadlineMs,
  );
  await sleep(idleMs);
  const files = await openFiles(node);
  const settledMs = await waitUntilSettled(database, settledWithinMs);
  const before = p99Of(ledger, 0, alone.untilMs);
  const during = p99Of(ledger, alone.untilMs, withHostile.untilMs);
  const slowestMs = await slowestAttemptMs(database);
  const verdict = judge(ledger, await finalDeliveries(database), { attemptsMax: 1 });
  const delivered = await deliveredTo(database, orgIds);
  const growthMiB = withHostile.miB - alone.miB;
  return {
    figures: [
      `${setup.hostile.length} kinds, ${hostileOrgs.length} endpoints, ${await attempts(database)} attempts in all`,
      `slowest attempt ${slowestMs} ms of ${deadlineMs}; all slots free ${show(freeMs)} after the last event`,
      `memory ${alone.miB} → ${withHostile.miB} MiB; open files ${alone.files} → ${files}`,
      `denied address: ${canaryEndpoints.isRefused ? "" : "not "}refused at registration, ${setup.canary.accepted} connections`,
      `healthy: ${delivered} of ${verdict.deliveriesOwed} delivered; p99 ${before} → ${during} ms`,
    ],
    violations: [
      ...verdict.violations,
      ...(delivered === verdict.deliveriesOwed ? [] : ["A healthy endpoint did not get all."]),
      ...(slowestMs <= freeWithinMs ? [] : [`An attempt took ${slowestMs} ms.`]),
      ...(freeMs !== null && freeMs <= freeWithinMs ? [] : [`Slots free after ${show(freeMs)}.`]),
      ...(files <= alone.files + filesMoreMax ? [] : [`${files} files open.`]),
      ...(growthMiB <= growthMiBMax ? [] : [`Memory grew by ${growthMiB} MiB.`]),
      ...(during <= Math.max(p99MsFloor, p99RatioMax * before)
        ? []
        : [`Healthy p99 ${during} ms.`]),
      ...(canaryEndpoints.isRefused ? [] : ["A denied address was registered."]),
      ...(setup.canary.accepted === 0 ? [] : [`${setup.canary.accepted} connections to it.`]),
      ...(settledMs === null ? ["Deliveries still wait."] : []),
    ],
  };
}

const show = (ms: number | null): string => (ms === null ? "never" : `${Math.round(ms)} ms`);

/**
 * Creates the hostile endpoints.
 * @returns their orgs.
 */
async function addHostile({ node, hostile }: Setup, each: number): Promise<readonly string[]> {
  const orgIds: string[] = [];
  for (const { url } of hostile) {
    for (let count = 0; count < each; count += 1) {
      const orgId = crypto.randomUUID();
      const fields = { org_id: orgId, url: `${url}/${count}`, contract };
      await rowOf(node.url, "POST", "webhook_endpoints", fields);
      orgIds.push(orgId);
    }
  }
  return orgIds;
}

async function turnOff({ url }: Node, orgIds: readonly string[]): Promise<void> {
  for (const orgId of orgIds) {
    await rowOf(url, "PATCH", `webhook_endpoints?org_id=eq.${orgId}`, { is_active: false });
  }
}

async function publishEachSecond(
  { ledger, node }: Setup,
  orgIds: readonly string[],
  forMs: number,
): Promise<void> {
  const options = { ledger, nodeUrl: () => node.url };
  for (let second = 0; second < forMs / 1000; second += 1) {
    const startedAtMs = performance.now();
    for (const orgId of orgIds) await publishOne(options, orgId);
    await sleep(Math.max(0, 1_000 - (performance.now() - startedAtMs)));
  }
}

async function memoryMiB({ pid }: Node): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}

async function openFiles({ pid }: Node): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/**
 * The p99 of the time from the start of the publish call to the arrival, for events of this period.
 */
function p99Of(ledger: Ledger, fromMs: number, untilMs: number): number {
  const tookMs: number[] = [];
  for (const { key, atMs } of ledger.arrivals) {
    const begunAtMs = ledger.publications.get(key)?.begunAtMs ?? 0;
    if (begunAtMs >= fromMs && begunAtMs < untilMs) tookMs.push(atMs - begunAtMs);
  }
  tookMs.sort((a, b) => a - b);
  return tookMs[Math.floor(tookMs.length * 0.99)] ?? 0;
}

async function slowestAttemptMs(database: DrillDatabase): Promise<number> {
  const [row] = await database.query<{ slowest: number }>(
    "select max(duration_ms) as slowest from posthorn.deliveries",
  );
  return row?.slowest ?? 0;
}

async function attempts(database: DrillDatabase): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    "select sum(attempts)::integer as count from posthorn.deliveries",
  );
  return row?.count ?? 0;
}

async function deliveredTo(database: DrillDatabase, orgIds: readonly string[]): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.deliveries
     where status = 'delivered' and org_id = any ($1)`,
    [orgIds],
  );
  return row?.count ?? 0;
}
