/** Weekly partitions expire under load: dropping a table must not delay any delivery. */
import { makeHistory } from "../parts/history.ts";
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { payload } from "../parts/payload.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const deliveries = 10_000_000;
const days = 90;
const payloadDays = 30;
/** The oldest third expires: deliveries after 30 days, payloads after 10. */
const expiringShare = 1 / 3;
const endpoints = 20;
const countPerRound = 20_000;
const dayMs = 86_400_000;
const databaseName = "posthorn_retention";

export const retention: Scenario = {
  name: "retention",
  description: "30 of 90 days expire under load",
  timesStatements: true,
  async run(context) {
    const databaseUrl = await context.server.createDatabase(databaseName);
    const posthorn = await startPosthorn({ databaseUrl });
    try {
      const history = {
        // A short run creates far fewer deliveries, because creating them takes most of its time.
        deliveries: Math.round(deliveries * context.scale ** 2),
        days,
        payloadDays,
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
  const { server, rounds } = context;
  const wanted = oneEndpointPerOrg(endpoints, (index) => `${context.receiver.url}/ok/${index}`);
  await posthorn.addEndpoints(wanted);
  const orgIds = wanted.map(({ orgId }) => orgId);
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  const failures: string[] = [];
  const samples = { quiet: [] as Sample[], expiring: [] as Sample[] };
  let weeksDropped = 0;
  const round = async (): Promise<Sample> => {
    const offered = { orgIds, count, deliveriesPerEvent: 1, waitingMax: 2_000 };
    const { sample, stats } = await metered(context, [posthorn], async () => ({
      count,
      elapsedMs: await posthorn.publishAll(offered),
    }));
    failures.push(...countFailures("traffic", stats, count));
    return sample;
  };
  await round();
  await server.forgetStatements();
  for (let turn = 1; turn <= rounds; turn += 1) {
    const keptShare = 1 - (turn * expiringShare) / rounds;
    const keptDays = Math.round(days * keptShare);
    context.progress(`round ${turn} of ${rounds}: quiet, then ${keptDays} days are kept`);
    samples.quiet.push(await round());
    const expiring = posthorn.child.ask<{ weeksDropped: number }>("expire", {
      atMs: Date.now(),
      payloadsBeforeMs: Date.now() - payloadDays * keptShare * dayMs,
      ledgerBeforeMs: Date.now() - days * keptShare * dayMs,
      auditBeforeMs: 0,
    });
    samples.expiring.push(await round());
    weeksDropped += (await expiring).weeksDropped;
  }
  const slowestMs = await slowestHotStatementMs(context);
  const rate = (name: "quiet" | "expiring"): number =>
    spreadOfField(samples[name], "perSecond").median;
  if (weeksDropped === 0) failures.push("Nothing expired.");
  return {
    table: {
      head: ["", ...rateHead],
      rows: [
        ["quiet", ...rateCells(samples.quiet)],
        ["while weeks expire", ...rateCells(samples.expiring)],
      ],
    },
    targets: [
      { text: "rate ≥ 0.9 × without", measured: rate("expiring") / rate("quiet"), least: 0.9 },
      { text: "slowest hot statement ≤ 100 ms", measured: slowestMs, most: 100 },
    ],
    failures,
    notes: [
      `${weeksDropped} partitions dropped; the slowest statement of publish and settle took ` +
        `${slowestMs.toFixed(1)} ms.`,
    ],
    data: { samples, weeksDropped, slowestMs },
  };
}

async function slowestHotStatementMs({ server }: Context): Promise<number> {
  const hot = (await server.statements()).filter(({ query }) =>
    /posthorn\.(publish|settle)_batch/.test(query),
  );
  return Math.max(...hot.map((each) => each.max_ms));
}
