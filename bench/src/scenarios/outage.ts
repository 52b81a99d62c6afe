/**
 * A large provider is down. Measures how retries to its 50,000 endpoints affect all other
 * deliveries.
 */
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { addFailingEndpoints, countWaiting, makeAllDue } from "../parts/outage.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn, percentilesOf, spreadOf, type Percentiles } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const failing = 50_000;
const healthy = 20;
const countPerRound = 20_000;
const eventsPerSecond = 1_000;
const aloneMs = 20_000;
const outageMs = 60_000;
const shortMs = 1_500;
const databases = ["posthorn_without", "posthorn_outage"] as const;
const names = ["without", "outage"] as const;

type Name = (typeof names)[number];

interface Competitor {
  readonly posthorn: PosthornProcess;
  /** The orgs of the healthy endpoints. */
  readonly orgIds: readonly string[];
}

type Competitors = Readonly<Record<Name, Competitor>>;

interface Measured {
  readonly samples: Record<Name, Sample[]>;
  readonly latencies: Record<Name, Percentiles[]>;
  readonly failures: string[];
}

export const outage: Scenario = {
  name: "outage",
  description: "50,000 endpoints fail, and then all their retries become due within a minute",
  async run(context) {
    const { server, receiver, scale, rounds, progress } = context;
    const started: PosthornProcess[] = [];
    try {
      for (const name of databases) {
        const databaseUrl = await server.createDatabase(name);
        started.push(await startPosthorn({ databaseUrl, environment: { POSTHORN_DRAIN: "1s" } }));
      }
      const [without, full] = started as [PosthornProcess, PosthornProcess];
      const competitors = {
        without: await withHealthy(context, without, "without"),
        outage: await withHealthy(context, full, "outage"),
      };
      const down = { count: Math.round(failing * scale), urlPrefix: `${receiver.url}/flip/` };
      await addFailingEndpoints(full, down, progress);
      const measured: Measured = {
        samples: { without: [], outage: [] },
        latencies: { without: [], outage: [] },
        failures: [],
      };
      for (let turn = 0; turn <= rounds; turn += 1) {
        await fullLoad(context, competitors, measured, turn);
      }
      for (let turn = 1; turn <= rounds; turn += 1) {
        progress(`round ${turn} of ${rounds}: 1,000 events a second, alone`);
        await atRate(context, competitors, measured, "without", aloneMs);
        progress(`round ${turn} of ${rounds}: while all come due`);
        await allDue(context, competitors, measured, down);
      }
      return report(measured);
    } finally {
      for (const each of started) await each.stop();
      for (const name of databases) await server.dropDatabase(name);
    }
  },
};

async function withHealthy(
  { receiver }: Context,
  posthorn: PosthornProcess,
  name: Name,
): Promise<Competitor> {
  const wanted = oneEndpointPerOrg(healthy, (index) => `${receiver.url}/ok/${name}${index}`);
  await posthorn.addEndpoints(wanted);
  return { posthorn, orgIds: wanted.map(({ orgId }) => orgId) };
}

/** Measures the maximum rate while the retries are pending. The first round only warms up. */
async function fullLoad(
  context: Context,
  competitors: Competitors,
  measured: Measured,
  turn: number,
): Promise<void> {
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  for (const name of inTurn(names, turn)) {
    context.progress(`round ${turn} of ${context.rounds}: full load, ${name}`);
    const { posthorn, orgIds } = competitors[name];
    const offered = { orgIds, count, deliveriesPerEvent: 1, waitingMax: 2_000 };
    const { sample, stats } = await metered(context, [posthorn], async () => ({
      count,
      elapsedMs: await posthorn.publishAll(offered),
    }));
    measured.failures.push(...countFailures(name, stats, count));
    if (turn > 0) measured.samples[name].push(sample);
  }
}

async function atRate(
  context: Context,
  competitors: Competitors,
  measured: Measured,
  name: Name,
  durationMs: number,
): Promise<void> {
  const { posthorn, orgIds } = competitors[name];
  const forMs = Math.max(shortMs, durationMs * context.scale);
  const before = await posthorn.settled();
  let sent = 0;
  const work = async (): Promise<{ count: number; elapsedMs: number }> => {
    const startedMs = performance.now();
    sent = (await posthorn.openLoop({ orgIds, eventsPerSecond, durationMs: forMs })).length;
    await posthorn.waitSettled({ count: before + sent, withinMs: 30_000 });
    return { count: sent, elapsedMs: performance.now() - startedMs };
  };
  const { stats } = await metered(context, [posthorn], work, { keepsLatencies: true });
  measured.failures.push(...countFailures(`healthy endpoints, ${name}`, stats, sent));
  measured.latencies[name].push(percentilesOf(await context.receiver.latenciesMs()));
}

async function allDue(
  context: Context,
  competitors: Competitors,
  measured: Measured,
  down: { readonly count: number; readonly urlPrefix: string },
): Promise<void> {
  const { posthorn } = competitors.outage;
  const durationMs = Math.max(shortMs, outageMs * context.scale);
  await makeAllDue(posthorn, down.urlPrefix, durationMs);
  await atRate(context, competitors, measured, "outage", outageMs);
  const untilMs = performance.now() + 30_000;
  for (;;) {
    const { later } = await countWaiting(posthorn, down.urlPrefix);
    if (later >= down.count) return;
    if (performance.now() > untilMs) {
      measured.failures.push(`${down.count - later} that came due were not attempted.`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function report({ samples, latencies, failures }: Measured): Report {
  const rate = (name: Name): number => spreadOfField(samples[name], "perSecond").median;
  const p99 = (name: Name): number => spreadOf(latencies[name].map((each) => each.p99)).median;
  const latencyCells = (name: Name): string[] =>
    (["p50", "p99"] as const).map((field) =>
      spreadOf(latencies[name].map((each) => each[field])).median.toFixed(1),
    );
  return {
    table: {
      head: ["", ...rateHead, "at 1,000/s: p50, ms", "p99, ms"],
      rows: [
        ["without an outage", ...rateCells(samples.without), ...latencyCells("without")],
        ["beside it", ...rateCells(samples.outage), ...latencyCells("outage")],
      ],
    },
    targets: [
      {
        text: "rate while retries wait ≥ 0.9 × without",
        measured: rate("outage") / rate("without"),
        least: 0.9,
      },
      {
        text: "healthy p99 while they come due, ms",
        measured: p99("outage"),
        most: Math.max(2 * p99("without"), p99("without") + 10),
      },
    ],
    failures,
    notes: [
      "The rate is measured while the retries wait, the times while all of them come due " +
        "within a minute.",
    ],
    data: { samples, latencies },
  };
}
