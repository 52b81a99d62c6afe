/** Two Posthorn processes on one database, beside one. */
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn, spreadOf } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const endpoints = 20;
const countPerRound = 20_000;
/** Events published from SQL, which either of the two may claim. */
const claimedPerRound = 500;
const databaseName = "posthorn_two";

export const twoProcesses: Scenario = {
  name: "two-processes",
  description: "posthorn serve twice on one database",
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
      const rates = { one: [] as number[], two: [] as number[] };
      const failures: string[] = [];
      for (let turn = 0; turn <= context.rounds; turn += 1) {
        for (const name of inTurn(["one", "two"] as const, turn)) {
          context.progress(`round ${turn} of ${context.rounds}: ${name}`);
          // The second one stays, idle: started anew for each round it would run cold code.
          const processes = name === "one" ? [first] : [first, second];
          const outcome = await round(context, processes, orgIds);
          failures.push(...outcome.failures);
          if (turn > 0) rates[name].push(outcome.perSecond);
        }
      }
      return report(rates, failures);
    } finally {
      await second.stop();
      await first.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

async function round(
  { receiver, scale }: Context,
  processes: readonly PosthornProcess[],
  orgIds: readonly string[],
): Promise<{ perSecond: number; failures: readonly string[] }> {
  const count = Math.max(200, Math.round(countPerRound * scale));
  const each = Math.round(count / processes.length);
  await receiver.reset();
  const offered = { orgIds, count: each, deliveriesPerEvent: 1, waitingMax: 2_000 };
  const startedMs = performance.now();
  await Promise.all(processes.map((posthorn) => posthorn.publishAll(offered)));
  const elapsedMs = performance.now() - startedMs;
  const claimed = await publishFromSql(processes[0] as PosthornProcess, orgIds, scale);
  const total = each * processes.length + claimed;
  const deadlineMs = performance.now() + 20_000;
  while ((await receiver.stats()).arrivals < total && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // A second claim of the same delivery would arrive a moment after the first.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    perSecond: (each * processes.length * 1000) / elapsedMs,
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
  rates: Readonly<Record<"one" | "two", readonly number[]>>,
  failures: readonly string[],
): Report {
  const [one, two] = [spreadOf(rates.one), spreadOf(rates.two)];
  const row = (label: string, { median, min, max }: typeof one): string[] => [
    label,
    `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`,
  ];
  return {
    table: {
      head: ["", "deliveries/s (min–max)"],
      rows: [row("one process", one), row("two processes", two)],
    },
    targets: [{ text: "rate ≥ 0.9 × one", measured: two.median / one.median, least: 0.9 }],
    failures,
    notes: [
      "Both cores were busy with one process already (sender, database and receiver): more cores, " +
        "not more processes on the same ones, raise the rate.",
    ],
    data: rates,
  };
}
