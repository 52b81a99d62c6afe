/** How ten million finished deliveries affect the rate and the console's lists. */
import { makeHistory, type HistoryFacts } from "../parts/history.ts";
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { payload } from "../parts/payload.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn, percentilesOf } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const deliveries = 10_000_000;
const days = 90;
const payloadDays = 30;
const endpoints = 20;
const countPerRound = 20_000;
const listCalls = 40;

export const history: Scenario = {
  name: "history",
  description: "throughput with 10 million finished deliveries of 90 days in the tables",
  async run(context) {
    const { server } = context;
    const databases = ["posthorn_empty", "posthorn_history"] as const;
    const [empty, full] = await Promise.all(
      databases.map(async (name) =>
        startPosthorn({ databaseUrl: await server.createDatabase(name) }),
      ),
    );
    if (empty === undefined || full === undefined) throw new Error("Nothing was started.");
    try {
      const facts = await makeHistory(
        await databaseUrlOf(full),
        { deliveries: Math.round(deliveries * context.scale ** 2), days, payloadDays },
        payload(0),
        context.progress,
      );
      return await measure(context, { empty, full }, facts);
    } finally {
      await empty.stop();
      await full.stop();
      for (const name of databases) await server.dropDatabase(name);
    }
  },
};

async function databaseUrlOf(posthorn: PosthornProcess): Promise<string> {
  return posthorn.child.ask<string>("databaseUrl");
}

async function measure(
  context: Context,
  competitors: { readonly empty: PosthornProcess; readonly full: PosthornProcess },
  facts: HistoryFacts,
): Promise<Report> {
  const failures: string[] = [];
  const samples: Record<"empty" | "full", Sample[]> = { empty: [], full: [] };
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  const orgIds: Record<string, readonly string[]> = {};
  for (const [name, posthorn] of Object.entries(competitors)) {
    const wanted = oneEndpointPerOrg(
      endpoints,
      (index) => `${context.receiver.url}/ok/${name}${index}`,
    );
    await posthorn.addEndpoints(wanted);
    orgIds[name] = wanted.map(({ orgId }) => orgId);
  }
  for (let turn = 0; turn <= context.rounds; turn += 1) {
    for (const name of inTurn(["empty", "full"] as const, turn)) {
      context.progress(`round ${turn} of ${context.rounds}: ${name}`);
      const offered = { orgIds: orgIds[name] ?? [], count, deliveriesPerEvent: 1 };
      const { sample, stats } = await metered(context, [competitors[name]], async () => ({
        count,
        elapsedMs: await competitors[name].publishAll({ ...offered, waitingMax: 2_000 }),
      }));
      failures.push(...countFailures(name, stats, count));
      if (turn > 0) samples[name].push(sample);
    }
  }
  const lists = await measureLists(context, competitors.full, facts);
  return report(samples, lists, facts, failures);
}

/**
 * The queries for an endpoint's list, and for pages with the deliveries of one org or of all orgs.
 */
function listQueries({ orgId, endpointId, deliveryId }: HistoryFacts): Record<string, string> {
  const page = "order=created_at.desc&limit=50";
  const without = "select=id,endpoint_id,event_type,status,response_status,attempts,created_at";
  return {
    "the seed's: an endpoint's deliveries": `webhook_deliveries?endpoint_id=eq.${endpointId}&${page}`,
    "an endpoint's dead letters": `webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.failed&${page}`,
    "an org's deliveries": `webhook_deliveries?org_id=eq.${orgId}&${without}&${page}`,
    "an org's dead letters": `webhook_deliveries?org_id=eq.${orgId}&status=eq.failed&${without}&${page}`,
    "all deliveries": `webhook_deliveries?${without}&${page}`,
    "all dead letters": `webhook_deliveries?status=eq.failed&${without}&${page}`,
    "an org's events": `webhook_events?org_id=eq.${orgId}&${page}`,
    "a delivery's attempts": `webhook_attempts?delivery_id=eq.${deliveryId}`,
  };
}

async function measureLists(
  context: Context,
  posthorn: PosthornProcess,
  facts: HistoryFacts,
): Promise<ReadonlyMap<string, number>> {
  const medians = new Map<string, number>();
  for (const [name, query] of Object.entries(listQueries(facts))) {
    context.progress(name);
    const tookMs: number[] = [];
    for (let call = 0; call < listCalls; call += 1) {
      const startedMs = performance.now();
      const response = await fetch(`${posthorn.url}/rest/v1/${query}`, {
        headers: { apikey: posthorn.adminKey },
      });
      const rows = (await response.json()) as unknown[];
      if (!response.ok || rows.length === 0) throw new Error(`${name}: ${JSON.stringify(rows)}`);
      tookMs.push(performance.now() - startedMs);
    }
    medians.set(name, percentilesOf(tookMs).p50);
  }
  return medians;
}

function report(
  samples: Readonly<Record<"empty" | "full", readonly Sample[]>>,
  lists: ReadonlyMap<string, number>,
  facts: HistoryFacts,
  failures: readonly string[],
): Report {
  const rate = (name: "empty" | "full"): number => spreadOfField(samples[name], "perSecond").median;
  const slowest = Math.max(...lists.values());
  return {
    table: {
      head: ["", ...rateHead],
      rows: [
        ["empty tables", ...rateCells(samples.empty)],
        ["with the history", ...rateCells(samples.full)],
      ],
    },
    targets: [
      {
        text: "rate ≥ 0.9 × that on empty tables",
        measured: rate("full") / rate("empty"),
        least: 0.9,
      },
      { text: "the slowest list's median ≤ 20 ms", measured: slowest, most: 20 },
    ],
    failures,
    notes: [
      `Lists, median ms: ${[...lists].map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join("; ")}.`,
      `On disk for each delivery, indexes included: ${facts.bytesPerDelivery.toFixed(0)} bytes.`,
    ],
    data: { samples, lists: Object.fromEntries(lists), bytesPerDelivery: facts.bytesPerDelivery },
  };
}
