/** How long from a publish call to the arrival, at a load that is well below the limit. */
import { oneEndpointPerOrg, startPosthorn } from "../parts/posthorn.ts";
import { percentilesOf } from "../parts/statistics.ts";
import { countFailures, type Report, type Scenario } from "../scenario.ts";

const endpoints = 20;
const eventsPerSecond = 1_000;
const durationMs = 30_000;
const warmUpMs = 3_000;
const databaseName = "posthorn_latency";

export const latency: Scenario = {
  name: "latency",
  description: "publish call to arrival, 1,000 events a second, open loop",
  async run({ server, receiver, scale, progress }) {
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
    });
    try {
      const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}/ok/${index}`);
      await posthorn.addEndpoints(wanted);
      const orgIds = wanted.map(({ orgId }) => orgId);
      progress("warming up");
      await posthorn.openLoop({ orgIds, eventsPerSecond, durationMs: warmUpMs });
      await posthorn.waitSettled({ count: (eventsPerSecond * warmUpMs) / 1000, withinMs: 10_000 });
      await receiver.reset({ keepsLatencies: true });
      const before = await posthorn.settled();
      const measuredMs = Math.max(1_000, durationMs * scale);
      progress(`${measuredMs / 1000} s at ${eventsPerSecond} events a second`);
      const calls = await posthorn.openLoop({ orgIds, eventsPerSecond, durationMs: measuredMs });
      const count = calls.length;
      await posthorn.waitSettled({ count: before + count, withinMs: 30_000 });
      const failures = countFailures("arrivals", await receiver.stats(), count);
      return report(await receiver.latenciesMs(), calls, failures);
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

function report(
  arrivalsMs: Float64Array,
  callsMs: Float64Array,
  failures: readonly string[],
): Report {
  const arrivals = percentilesOf(arrivalsMs);
  const calls = percentilesOf(callsMs);
  const row = (name: string, { p50, p90, p99, max }: typeof calls): string[] => [
    name,
    ...[p50, p90, p99, max].map((ms) => ms.toFixed(1)),
  ];
  return {
    table: {
      head: ["ms", "p50", "p90", "p99", "max"],
      rows: [row("from when it was due to its arrival", arrivals), row("the publish call", calls)],
    },
    targets: [
      { text: "arrival p50 ≤ 5 ms", measured: arrivals.p50, most: 5 },
      { text: "arrival p99 ≤ 30 ms", measured: arrivals.p99, most: 30 },
      { text: "publish call p99 ≤ 20 ms", measured: calls.p99, most: 20 },
    ],
    failures,
    data: { arrivals, calls },
  };
}
