/** One event to a thousand endpoints, beside one event to one. */
import { randomUUID } from "node:crypto";
import { oneEndpointPerOrg, startPosthorn } from "../parts/posthorn.ts";
import { spreadOf } from "../parts/statistics.ts";
import { countFailures, type Report, type Scenario } from "../scenario.ts";

const wide = 1_000;
const narrow = 20;
/** Deliveries in one round of either. */
const deliveries = 20_000;
const databaseName = "posthorn_fan_out";

export const fanOut: Scenario = {
  name: "fan-out",
  description: "one event to 1,000 endpoints",
  async run({ server, receiver, scale, rounds, progress }) {
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
    });
    const rates = { wide: [] as number[], narrow: [] as number[] };
    const firstsMs: number[] = [];
    const failures: string[] = [];
    try {
      const orgId = randomUUID();
      const fan = Array.from({ length: wide }, (_, index) => ({
        orgId,
        url: `${receiver.url}/ok/w${index}`,
      }));
      const single = oneEndpointPerOrg(narrow, (index) => `${receiver.url}/ok/n${index}`);
      await posthorn.addEndpoints([...fan, ...single]);
      const contestants = {
        wide: { orgIds: [orgId], deliveriesPerEvent: wide },
        narrow: { orgIds: single.map((each) => each.orgId), deliveriesPerEvent: 1 },
      };
      const most = Math.max(wide, Math.round(deliveries * scale));
      for (let turn = 0; turn <= rounds; turn += 1) {
        for (const name of ["wide", "narrow"] as const) {
          progress(`round ${turn} of ${rounds}: ${name}`);
          const { orgIds, deliveriesPerEvent } = contestants[name];
          const count = most / deliveriesPerEvent;
          await receiver.reset();
          const offered = { orgIds, count, deliveriesPerEvent, waitingMax: 2_000 };
          const elapsedMs = await posthorn.publishAll(offered);
          failures.push(...countFailures(name, await receiver.stats(), most));
          if (turn > 0) rates[name].push((most * 1000) / elapsedMs);
        }
        await receiver.reset();
        const before = await posthorn.settled();
        const publishedAtUs = await posthorn.child.ask<number>("publishOne", orgId);
        await posthorn.waitSettled({ count: before + wide, withinMs: 30_000 });
        const { firstAtUs } = await receiver.stats();
        if (turn > 0) firstsMs.push((firstAtUs - publishedAtUs) / 1000);
      }
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
    return report(rates, firstsMs, failures);
  },
};

function report(
  rates: Readonly<Record<"wide" | "narrow", readonly number[]>>,
  firstsMs: readonly number[],
  failures: readonly string[],
): Report {
  const [wideRate, narrowRate] = [spreadOf(rates.wide), spreadOf(rates.narrow)];
  const first = spreadOf(firstsMs);
  return {
    table: {
      head: ["", "median", "min", "max"],
      rows: [
        ["deliveries/s, one event to 1,000", ...textOf(wideRate, 0)],
        ["deliveries/s, one event to 1", ...textOf(narrowRate, 0)],
        ["first arrival after the publish call, ms", ...textOf(first, 1)],
      ],
    },
    targets: [
      {
        text: "rate ≥ that of one to one",
        measured: wideRate.median / narrowRate.median,
        least: 1,
      },
      { text: "first arrival ≤ 50 ms", measured: first.median, most: 50 },
    ],
    failures,
    data: { rates, firstsMs },
  };
}

function textOf(spread: ReturnType<typeof spreadOf>, digits: number): string[] {
  return [spread.median, spread.min, spread.max].map((value) => value.toFixed(digits));
}
