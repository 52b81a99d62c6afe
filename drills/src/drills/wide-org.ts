/**
 * An org with thousands of endpoints publishes a thousand events in one request, and 200 such
 * requests at once. Every request must be accepted, another org must be able to publish as before,
 * the node's memory must be bounded, and every delivery must be created.
 */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import pg from "pg";
import type { Context, Drill, Report } from "../drill.ts";
import { call } from "../parts/api.ts";
import { startDatabase } from "../parts/database.ts";
import { Ledger } from "../parts/ledger.ts";
import { startNode, type Node } from "../parts/node.ts";
import { addEndpoint, addEventType, eventType } from "../parts/platform.ts";
import type { DrillReceiver } from "../parts/receiver.ts";
import { startSink } from "../parts/sink.ts";
import { sleep } from "../parts/wait.ts";

/** How many events per second the other org publishes. */
const neighbourPerSecond = 50;
const rssBytesMax = 768 * 1024 * 1024;
/** The other org's p99 may double, or grow by this, whichever is more. */
const p99GrowthMs = 20;

interface Sizes {
  readonly endpoints: number;
  readonly endpointsOfLargest: number;
  readonly eventsAtOnce: number;
  readonly singles: number;
  readonly watchMs: number;
  readonly completeWithinMs: number;
}

const inEarnest: Sizes = {
  endpoints: 2_000,
  endpointsOfLargest: 5_000,
  eventsAtOnce: 1_000,
  singles: 200,
  watchMs: 20_000,
  completeWithinMs: 1_800_000,
};
const inShort: Sizes = {
  endpoints: 1_500,
  endpointsOfLargest: 3_000,
  eventsAtOnce: 10,
  singles: 10,
  watchMs: 3_000,
  completeWithinMs: 120_000,
};

export const wideOrg: Drill = {
  name: "wide-org",
  isOpen: true,
  description: "one org with thousands of endpoints, while another org has one",
  async run(context) {
    const database = await startDatabase();
    const receiver = await startSink();
    const client = new pg.Client({ connectionString: database.url });
    let node: Node | null = null;
    try {
      node = await startNode({ databaseUrl: database.url });
      await client.connect();
      return await drill(context, { node, client, receiver });
    } finally {
      await client.end();
      await node?.kill();
      await receiver.close();
      await database.stop();
    }
  },
};

interface Setup {
  readonly node: Node;
  readonly client: pg.Client;
  readonly receiver: DrillReceiver;
}

/** How a phase affected the wide org's publishers and the other org. */
interface Phase {
  readonly name: string;
  readonly statuses: readonly number[];
  readonly acceptedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refused: number;
}

async function drill(context: Context, setup: Setup): Promise<Report> {
  const sizes = context.short ? inShort : inEarnest;
  const { node } = setup;
  await addEventType(node.url);
  const neighbour = await addOrg(setup, 1);
  const wide = await addOrg(setup, sizes.endpoints);
  const largest = await addOrg(setup, sizes.endpointsOfLargest);
  const batch = (orgId: string): (() => Promise<number>[]) => {
    const events = Array.from({ length: sizes.eventsAtOnce }, (_, n) => eventOf(orgId, n));
    return () => [publish(node, events)];
  };
  const singles = (): Promise<number>[] =>
    Array.from({ length: sizes.singles }, (_, n) => publish(node, eventOf(wide, n)));
  const phases: Phase[] = [];
  const run = async (name: string, publishes: () => Promise<number>[]): Promise<void> => {
    context.progress(name);
    phases.push(await watch({ name, node, neighbour, watchMs: sizes.watchMs, publishes }));
  };
  await run("warm-up", () => []);
  phases.pop();
  await run("undisturbed", () => []);
  await run(`${sizes.singles} single events to ${sizes.endpoints} endpoints`, singles);
  await run(`[${sizes.eventsAtOnce} events] to ${sizes.endpoints}`, batch(wide));
  await run(`[${sizes.eventsAtOnce} events] to ${sizes.endpointsOfLargest}`, batch(largest));
  const rssBytes = await peakRss(node);
  const created = await complete(setup, [wide, largest], sizes.completeWithinMs, context);
  return report(phases, rssBytes, created);
}

function report(phases: readonly Phase[], rssBytes: number, created: Created): Report {
  const [undisturbed, ...disturbed] = phases as [Phase, ...Phase[]];
  const p99MsMax = Math.max(2 * undisturbed.p99Ms, undisturbed.p99Ms + p99GrowthMs);
  const rssMiB = Math.round(rssBytes / 1024 / 1024);
  const slow = disturbed.filter(({ p99Ms }) => p99Ms > p99MsMax);
  const refused = phases.filter(({ refused: count, statuses }) => {
    return count > 0 || statuses.some((status) => status !== 201);
  });
  return {
    figures: [
      ...phases.map(
        (each) =>
          `${each.name}: neighbour's publish p50 ${each.p50Ms.toFixed(1)} ms, ` +
          `p99 ${each.p99Ms.toFixed(1)} ms` +
          (each.statuses.length === 0 ? "" : `; accepted after ${Math.round(each.acceptedMs)} ms`),
      ),
      `node's peak memory ${rssMiB} MiB`,
      `${created.rows} of ${created.owed} deliveries created, the rest of them ` +
        `at ${created.perSecond} a second with the endpoints off`,
    ],
    violations: [
      ...slow.map((each) => `${each.name}: p99 ${each.p99Ms.toFixed(1)} ms > ${p99MsMax} ms.`),
      ...refused.map((each) => `${each.name}: not every publish was answered 201.`),
      ...(rssBytes > rssBytesMax ? [`The node used ${rssMiB} MiB.`] : []),
      ...(created.rows === created.owed ? [] : ["Not every delivery was created."]),
    ],
  };
}

/**
 * Creates an org with one endpoint through the API, and the others as copies of that endpoint.
 * @returns the org's id.
 */
async function addOrg({ node, client, receiver }: Setup, endpoints: number): Promise<string> {
  const orgId = randomUUID();
  const id = await addEndpoint({ url: node.url, ledger: new Ledger(), receiver, orgId });
  await client.query(
    `with copy as (
       insert into posthorn.endpoints
         (id, org_id, url, event_types, is_active, contract, description, headers, in_flight_max,
          version, created_at, updated_at)
       select posthorn.uuid_v7(now()), org_id, url, event_types, is_active, contract, description,
              headers, in_flight_max, version, created_at, updated_at
       from posthorn.endpoints, generate_series(2, $2)
       where id = $1
       returning id
     )
     insert into posthorn.endpoint_secrets (id, org_id, endpoint_id, ciphertext, created_at)
     select gen_random_uuid(), secret.org_id, copy.id, secret.ciphertext, secret.created_at
     from copy, posthorn.endpoint_secrets as secret where secret.endpoint_id = $1`,
    [id, endpoints],
  );
  return orgId;
}

const eventOf = (orgId: string, n: number): object => ({
  org_id: orgId,
  event_type: eventType,
  data: { key: String(n) },
});

async function publish(node: Node, body: unknown): Promise<number> {
  const answer = await call(node.url, "POST", "webhook_events", JSON.stringify(body));
  return answer.status;
}

/**
 * Publishes for the other org during a phase, at a steady rate that does not depend on the
 * responses.
 */
async function watch(phase: {
  readonly name: string;
  readonly node: Node;
  readonly neighbour: string;
  readonly watchMs: number;
  publishes(): Promise<number>[];
}): Promise<Phase> {
  const { name, node, neighbour, watchMs, publishes } = phase;
  const tookMs: number[] = [];
  const pending: Promise<void>[] = [];
  let refused = 0;
  const publishOne = async (n: number): Promise<void> => {
    const startMs = performance.now();
    if ((await publish(node, eventOf(neighbour, n))) !== 201) refused += 1;
    tookMs.push(performance.now() - startMs);
  };
  const startMs = performance.now();
  const others = publishes();
  let acceptedMs = 0;
  const accepted = Promise.all(others).then((statuses) => {
    acceptedMs = performance.now() - startMs;
    return statuses;
  });
  const count = (watchMs / 1000) * neighbourPerSecond;
  for (let n = 0; n < count; n += 1) {
    const waitMs = startMs + (n * 1000) / neighbourPerSecond - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    pending.push(publishOne(n));
  }
  await Promise.all(pending);
  const statuses = await accepted;
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return { name, statuses, acceptedMs, p50Ms: at(0.5), p99Ms: at(0.99), refused };
}

async function peakRss({ pid }: Node): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

interface Created {
  readonly owed: number;
  readonly rows: number;
  readonly perSecond: number;
}

/**
 * Turns the endpoints off, so that the remaining deliveries are created but not sent. Then counts
 * all deliveries.
 */
async function complete(
  { client }: Setup,
  orgIds: readonly string[],
  withinMs: number,
  context: Context,
): Promise<Created> {
  await client.query(
    "update posthorn.endpoints set is_active = false, version = version + 1 where org_id = any ($1)",
    [orgIds],
  );
  const startMs = performance.now();
  const before = await numberOf(client, "select count(*) from posthorn.deliveries");
  let left = 1;
  for (let look = 0; left > 0 && performance.now() - startMs < withinMs; look += 1) {
    await sleep(500);
    left = await numberOf(client, "select count(*) from posthorn.fan_outs");
    if (look % 40 === 0) context.progress(`${left} fan-outs are unfinished`);
  }
  const seconds = (performance.now() - startMs) / 1000;
  const rows = await numberOf(
    client,
    "select count(*) from posthorn.deliveries where org_id = any ($1)",
    [orgIds],
  );
  const owed = await numberOf(
    client,
    "select sum(endpoints_matched) from posthorn.events where org_id = any ($1)",
    [orgIds],
  );
  const after = await numberOf(client, "select count(*) from posthorn.deliveries");
  return { owed, rows, perSecond: Math.round((after - before) / seconds) };
}

async function numberOf(client: pg.Client, sql: string, values: unknown[] = []): Promise<number> {
  const { rows } = await client.query<Record<string, string>>(sql, values);
  return Number(Object.values(rows[0] ?? {})[0] ?? 0);
}
