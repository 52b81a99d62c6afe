/** Weeks expire while traffic runs: nobody waits for a table that goes. */
import { makeHistory } from "../parts/history.ts";
import { payload } from "../parts/payload.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { percentilesOf, spreadOf } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const deliveries = 2_000_000;
const days = 90;
const expiringDays = 30;
const endpoints = 20;
const countPerRound = 20_000;
const dayMs = 86_400_000;
const databaseName = "posthorn_retention";

export const retention: Scenario = {
  name: "retention",
  description: "30 of 90 days expire while traffic runs",
  timesStatements: true,
  async run(context) {
    const databaseUrl = await context.server.createDatabase(databaseName);
    const posthorn = await startPosthorn({ databaseUrl });
    try {
      const history = {
        deliveries: Math.round(deliveries * context.scale),
        days,
        payloadDays: days,
      };
      await makeHistory(databaseUrl, history, payload(0), context.progress);
      return await measure(context, posthorn);
    } finally {
      await posthorn.stop();
      await context.server.dropDatabase(databaseName);
    }
  },
};

async function measure(context: Context, posthorn: PosthornProcess): Promise<Report> {
  const { receiver, server } = context;
  const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}/ok/${index}`);
  await posthorn.addEndpoints(wanted);
  const orgIds = wanted.map(({ orgId }) => orgId);
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  const failures: string[] = [];
  const rates: { quiet: number[]; expiring: number[] } = { quiet: [], expiring: [] };
  let weeksDropped = 0;
  const round = async (): Promise<number> => {
    await receiver.reset();
    const offered = { orgIds, count, deliveriesPerEvent: 1, waitingMax: 2_000 };
    const elapsedMs = await posthorn.publishAll(offered);
    failures.push(...countFailures("traffic", await receiver.stats(), count));
    return (count * 1000) / elapsedMs;
  };
  await round();
  await server.forgetStatements();
  const roundsOfDays = Math.floor(expiringDays / 7);
  for (let turn = 1; turn <= roundsOfDays; turn += 1) {
    context.progress(`round ${turn} of ${roundsOfDays}: quiet, then a week expires`);
    rates.quiet.push(await round());
    // One week more of each table in every round: 30 days in all.
    const beforeMs = Date.now() - (days - turn * 7) * dayMs;
    const expiring = posthorn.child.ask<{ weeksDropped: number }>("expire", {
      atMs: Date.now(),
      payloadsBeforeMs: beforeMs,
      ledgerBeforeMs: beforeMs,
      auditBeforeMs: 0,
    });
    rates.expiring.push(await round());
    weeksDropped += (await expiring).weeksDropped;
  }
  const slowestMs = await slowestHotStatementMs(context);
  const quiet = spreadOf(rates.quiet).median;
  const expiring = spreadOf(rates.expiring).median;
  if (weeksDropped === 0) failures.push("Nothing expired.");
  return {
    table: {
      head: ["", "measured"],
      rows: [
        ["deliveries/s, quiet", quiet.toFixed(0)],
        ["deliveries/s, while weeks expire", expiring.toFixed(0)],
        ["partitions dropped", String(weeksDropped)],
        ["slowest statement of publish and settle, ms", slowestMs.toFixed(1)],
      ],
    },
    targets: [
      { text: "rate ≥ 0.9 × without", measured: expiring / quiet, least: 0.9 },
      { text: "slowest hot statement ≤ 100 ms", measured: slowestMs, most: 100 },
    ],
    failures,
    data: { rates, weeksDropped, slowestMs, spread: percentilesOf(rates.expiring) },
  };
}

async function slowestHotStatementMs({ server }: Context): Promise<number> {
  const hot = (await server.statements()).filter(({ query }) =>
    /posthorn\.(publish|settle)_batch/.test(query),
  );
  return Math.max(...hot.map((each) => each.max_ms));
}
