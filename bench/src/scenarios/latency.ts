/** The time from a publish call to the arrival, at a load far below the maximum. */
import { oneEndpointPerOrg, startPosthorn } from "../parts/posthorn.ts";
import { costNote, metered, type Sample } from "../parts/meter.ts";
import { percentilesOf, spreadCell, spreadOf, type Percentiles } from "../parts/statistics.ts";
import { countFailures, type Report, type Scenario } from "../scenario.ts";

const endpoints = 20;
const eventsPerSecond = 1_000;
const durationMs = 30_000;
/** The length of a round that only tests whether the scenario works. */
const shortMs = 1_000;
const warmUpMs = 3_000;
const databaseName = "posthorn_latency";

export const latency: Scenario = {
  name: "latency",
  description: "time from a publish call to its arrival at 1,000 events per second, open loop",
  async run(context) {
    const { server, receiver, scale, rounds, progress } = context;
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
      const forMs = Math.max(shortMs, durationMs * scale);
      const measured: Measured = { arrivals: [], calls: [], samples: [] };
      const failures: string[] = [];
      for (let turn = 1; turn <= rounds; turn += 1) {
        progress(`round ${turn} of ${rounds}: ${forMs / 1000} s at ${eventsPerSecond} events/s`);
        const before = await posthorn.settled();
        let calls: Float64Array = new Float64Array();
        const { sample, stats } = await metered(
          context,
          [posthorn],
          async () => {
            const startedMs = performance.now();
            calls = await posthorn.openLoop({ orgIds, eventsPerSecond, durationMs: forMs });
            await posthorn.waitSettled({ count: before + calls.length, withinMs: 30_000 });
            return { count: calls.length, elapsedMs: performance.now() - startedMs };
          },
          { keepsLatencies: true },
        );
        failures.push(...countFailures("arrivals", stats, calls.length));
        measured.arrivals.push(percentilesOf(await receiver.latenciesMs()));
        measured.calls.push(percentilesOf(calls));
        measured.samples.push(sample);
      }
      return report(measured, failures);
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

interface Measured {
  readonly arrivals: Percentiles[];
  readonly calls: Percentiles[];
  readonly samples: Sample[];
}

function report(measured: Measured, failures: readonly string[]): Report {
  const median = (of: "arrivals" | "calls", field: "p50" | "p99"): number =>
    spreadOf(measured[of].map((each) => each[field])).median;
  const row = (label: string, of: "arrivals" | "calls"): string[] => [
    label,
    ...(["p50", "p90", "p99", "max"] as const).map((field) =>
      spreadCell(measured[of].map((each) => each[field])),
    ),
  ];
  return {
    table: {
      head: ["ms, median of the rounds (min–max)", "p50", "p90", "p99", "max"],
      rows: [
        row("from when it was due to its arrival", "arrivals"),
        row("the publish call", "calls"),
      ],
    },
    targets: [
      { text: "arrival p50 ≤ 5 ms", measured: median("arrivals", "p50"), most: 5 },
      { text: "arrival p99 ≤ 30 ms", measured: median("arrivals", "p99"), most: 30 },
      { text: "publish call p99 ≤ 20 ms", measured: median("calls", "p99"), most: 20 },
    ],
    failures,
    notes: [costNote(`At ${eventsPerSecond} events a second`, measured.samples)],
    data: measured,
  };
}
