/** An endpoint comes back after an hour with ten thousand waiting for it. */
import { randomUUID } from "node:crypto";
import { waitFor } from "../parts/backlog.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { percentilesOf, type Percentiles } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const waiting = 10_000;
const cap = 1_000;
const others = 20;
const othersPerSecond = 200;
const quietMs = 10_000;
const recoveryMs = 30_000;
const databaseName = "posthorn_recovery";

export const recovery: Scenario = {
  name: "recovery",
  description: "an endpoint comes back with 10,000 waiting, capped at 1,000 a second",
  async run(context) {
    const { server, receiver, scale, progress } = context;
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
      environment: { POSTHORN_DRAIN: "1s" },
    });
    try {
      await receiver.break();
      const illOrg = randomUUID();
      const ill = [{ orgId: illOrg, url: `${receiver.url}/flip/0`, ratePerSecond: cap }];
      const well = oneEndpointPerOrg(others, (index) => `${receiver.url}/ok/${index}`);
      await posthorn.addEndpoints([...ill, ...well]);
      const orgIds = well.map(({ orgId }) => orgId);
      await traffic(context, posthorn, orgIds, 2_000 * scale);
      progress("the others alone");
      const alone = await traffic(context, posthorn, orgIds, quietMs * scale);
      const count = Math.round(waiting * scale);
      await waitFor(posthorn, illOrg, count, progress);
      await untilDown(posthorn);
      progress("it comes back");
      const refused = await receiver.recover();
      const beside = await traffic(context, posthorn, orgIds, recoveryMs * Math.max(scale, 0.2));
      const perSecond = secondsOf(await receiver.tenths());
      const failures = [...alone.failures, ...beside.failures];
      if (refused === 0) failures.push("It was never found down.");
      return report(alone.latencies, beside.latencies, perSecond, failures);
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

/** Waits until Posthorn has met the endpoint's failures, and sends to it slowly. */
async function untilDown(posthorn: PosthornProcess): Promise<void> {
  await posthorn.child.ask("wake");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

async function traffic(
  { receiver }: Context,
  posthorn: PosthornProcess,
  orgIds: readonly string[],
  durationMs: number,
): Promise<{ latencies: Percentiles; failures: readonly string[] }> {
  await receiver.reset({ keepsLatencies: true });
  const calls = await posthorn.openLoop({ orgIds, eventsPerSecond: othersPerSecond, durationMs });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    latencies: percentilesOf(await receiver.latenciesMs()),
    failures: countFailures("the others", await receiver.stats(), calls.length),
  };
}

function secondsOf(tenths: readonly number[]): readonly number[] {
  const seconds: number[] = [];
  for (let start = 0; start < tenths.length; start += 10) {
    seconds.push(tenths.slice(start, start + 10).reduce((sum, each) => sum + each, 0));
  }
  return seconds;
}

function report(
  alone: Percentiles,
  beside: Percentiles,
  perSecond: readonly number[],
  failures: readonly string[],
): Report {
  const busiest = Math.max(...perSecond);
  return {
    table: {
      head: ["", "measured"],
      rows: [
        ["arrivals in each second after it came back", perSecond.join(" ")],
        ["the others' p99 alone, ms", alone.p99.toFixed(1)],
        ["the others' p99 meanwhile, ms", beside.p99.toFixed(1)],
      ],
    },
    targets: [
      {
        text: "first second ≤ half of the busiest",
        measured: (perSecond[0] ?? 0) / busiest,
        most: 0.5,
      },
      { text: "busiest second ≤ 1.05 × its cap", measured: busiest / cap, most: 1.05 },
      { text: "the others' p99 ≤ 2 × alone", measured: beside.p99 / alone.p99, most: 2 },
    ],
    failures,
    data: { alone, beside, perSecond },
  };
}
