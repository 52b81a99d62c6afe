/** How twenty endpoints that never respond affect a thousand that do. */
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { costNote, metered, type Sample } from "../parts/meter.ts";
import { percentilesOf, spreadCell, spreadOf, type Percentiles } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const healthy = 1_000;
const hanging = 20;
const healthyPerSecond = 500;
const durationMs = 20_000;
const databaseName = "posthorn_neighbours";

interface Orgs {
  readonly healthy: readonly string[];
  readonly hanging: readonly string[];
}

export const neighbours: Scenario = {
  name: "neighbours",
  description: "1,000 healthy endpoints, alone and with 20 that hang until the timeout",
  async run(context) {
    const { server, receiver, scale, rounds, progress } = context;
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
      environment: { POSTHORN_DRAIN: "1s" },
    });
    const measured = { alone: [] as Percentiles[], beside: [] as Percentiles[] };
    const samples = { alone: [] as Sample[], beside: [] as Sample[] };
    const failures: string[] = [];
    try {
      const well = oneEndpointPerOrg(healthy, (index) => `${receiver.url}/ok/${index}`);
      const ill = oneEndpointPerOrg(hanging, (index) => `${receiver.url}/hang/${index}`);
      await posthorn.addEndpoints([...well, ...ill]);
      const orgs = {
        healthy: well.map(({ orgId }) => orgId),
        hanging: ill.map(({ orgId }) => orgId),
      };
      await load(context, posthorn, { ...orgs, hanging: [] }, 3_000 * scale);
      for (let turn = 1; turn <= rounds; turn += 1) {
        for (const name of ["alone", "beside"] as const) {
          progress(`round ${turn} of ${rounds}: ${name}`);
          await posthorn.patchEndpoints("url=like.*/hang/*", { is_active: name === "beside" });
          const chosen = name === "alone" ? { ...orgs, hanging: [] } : orgs;
          const outcome = await load(context, posthorn, chosen, durationMs * scale);
          measured[name].push(outcome.latencies);
          samples[name].push(outcome.sample);
          failures.push(...outcome.failures);
        }
      }
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
    return report(measured, samples, failures);
  },
};

/**
 * Publishes at the same rate to every endpoint, healthy or not.
 * @returns the latencies of the healthy ones.
 */
async function load(
  context: Context,
  posthorn: PosthornProcess,
  orgs: Orgs,
  forMs: number,
): Promise<{ latencies: Percentiles; sample: Sample; failures: readonly string[] }> {
  const orgIds = [...orgs.healthy, ...orgs.hanging];
  const eventsPerSecond = (healthyPerSecond * orgIds.length) / orgs.healthy.length;
  const before = await posthorn.settled();
  let expected = 0;
  const work = async (): Promise<{ count: number; elapsedMs: number }> => {
    const startedMs = performance.now();
    const calls = await posthorn.openLoop({ orgIds, eventsPerSecond, durationMs: forMs });
    const whole = Math.floor(calls.length / orgIds.length) * orgs.healthy.length;
    expected = whole + Math.min(calls.length % orgIds.length, orgs.healthy.length);
    await posthorn.waitSettled({ count: before + expected, withinMs: 30_000 });
    return { count: expected, elapsedMs: performance.now() - startedMs };
  };
  const { sample, stats } = await metered(context, [posthorn], work, { keepsLatencies: true });
  return {
    latencies: percentilesOf(await context.receiver.latenciesMs()),
    sample,
    failures: countFailures("healthy endpoints", stats, expected),
  };
}

function report(
  measured: Readonly<Record<"alone" | "beside", readonly Percentiles[]>>,
  samples: Readonly<Record<"alone" | "beside", readonly Sample[]>>,
  failures: readonly string[],
): Report {
  const p99 = (name: "alone" | "beside"): number =>
    spreadOf(measured[name].map((each) => each.p99)).median;
  const row = (label: string, name: "alone" | "beside"): string[] => [
    label,
    ...(["p50", "p90", "p99"] as const).map((field) =>
      spreadCell(measured[name].map((each) => each[field])),
    ),
  ];
  return {
    table: {
      head: ["healthy arrivals, ms, median of the rounds (min–max)", "p50", "p90", "p99"],
      rows: [row("alone", "alone"), row("beside 20 that hang", "beside")],
    },
    targets: [
      {
        text: "healthy p99 ≤ 2 × its own alone",
        measured: p99("beside") / p99("alone"),
        most: 2,
      },
    ],
    failures,
    charts: [
      {
        title: "99th percentile of 1,000 healthy endpoints' arrivals, at 500 events a second",
        unit: "ms from publish to arrival",
        bars: [
          { label: "Posthorn, alone", value: p99("alone") },
          { label: "Posthorn, beside 20 that hang", value: p99("beside") },
        ],
      },
    ],
    notes: [
      costNote("Alone", samples.alone),
      costNote("Beside those that hang, for each delivery to a healthy one", samples.beside),
    ],
    data: { measured, samples },
  };
}
