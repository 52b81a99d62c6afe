/** Compares two Posthorn processes on one database with one process. */
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const endpoints = 20;
const countPerRound = 20_000;
/** How many events are published with SQL. Either process may claim their deliveries. */
const claimedPerRound = 500;
const databaseName = "posthorn_two";

export const twoProcesses: Scenario = {
  name: "two-processes",
  description: "two posthorn serve processes on one database",
  async run(context) {
    const { server, receiver } = context;
    const databaseUrl = await server.createDatabase(databaseName);
    const first = await startPosthorn({ databaseUrl });
    const { adminKey, encryptionKey } = first;
    const second = await startPosthorn({ databaseUrl, adminKey, encryptionKey });
    try {
      const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}/ok/${index}`);
      await first.addEndpoints(wanted);
      const orgIds = wanted.map(({ orgId }) => orgId);
      const samples = { one: [] as Sample[], two: [] as Sample[] };
      const failures: string[] = [];
      for (let turn = 0; turn <= context.rounds; turn += 1) {
        for (const name of inTurn(["one", "two"] as const, turn)) {
          context.progress(`round ${turn} of ${context.rounds}: ${name}`);
          // In rounds with one process, the second one stays idle. After a restart it would run
          // code that is not compiled yet.
          const processes = name === "one" ? [first] : [first, second];
          const outcome = await round(context, processes, orgIds);
          failures.push(...outcome.failures);
          if (turn > 0) samples[name].push(outcome.sample);
        }
      }
      return report(samples, failures);
    } finally {
      await second.stop();
      await first.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

async function round(
  context: Context,
  processes: readonly PosthornProcess[],
  orgIds: readonly string[],
): Promise<{ sample: Sample; failures: readonly string[] }> {
  const { receiver, scale } = context;
  const count = Math.max(200, Math.round(countPerRound * scale));
  const each = Math.round(count / processes.length);
  const offered = { orgIds, count: each, deliveriesPerEvent: 1, waitingMax: 2_000 };
  const { sample } = await metered(context, processes, async () => {
    const startedMs = performance.now();
    await Promise.all(processes.map((posthorn) => posthorn.publishAll(offered)));
    return { count: each * processes.length, elapsedMs: performance.now() - startedMs };
  });
  const claimed = await publishFromSql(processes[0] as PosthornProcess, orgIds, scale);
  const total = each * processes.length + claimed;
  const deadlineMs = performance.now() + 20_000;
  while ((await receiver.stats()).arrivals < total && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // If both processes had claimed a delivery, its second request would arrive a moment after the
  // first.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    sample,
    failures: countFailures(`${processes.length} processes`, await receiver.stats(), total),
  };
}

async function publishFromSql(
  posthorn: PosthornProcess,
  orgIds: readonly string[],
  scale: number,
): Promise<number> {
  const count = Math.max(20, Math.round(claimedPerRound * scale));
  await posthorn.query(
    `select posthorn.publish(('{${orgIds.join(",")}}'::uuid[])[1 + n % ${orgIds.length}],
       'bench.happened', '{"n":1}')
     from generate_series(1, ${count}) as n`,
  );
  return count;
}

function report(
  samples: Readonly<Record<"one" | "two", readonly Sample[]>>,
  failures: readonly string[],
): Report {
  const rate = (name: "one" | "two"): number => spreadOfField(samples[name], "perSecond").median;
  return {
    table: {
      head: ["", ...rateHead],
      rows: [
        ["one process", ...rateCells(samples.one)],
        ["two processes", ...rateCells(samples.two)],
      ],
    },
    targets: [{ text: "rate ≥ 0.9 × one", measured: rate("two") / rate("one"), least: 0.9 }],
    failures,
    notes: [
      "Sender, database and receiver share the two cores here: more cores, not more processes on " +
        "the same ones, raise the rate.",
    ],
    data: samples,
  };
}
