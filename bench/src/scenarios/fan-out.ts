/** Compares one event for a thousand endpoints with a thousand events for one endpoint each. */
import { randomUUID } from "node:crypto";
import { oneEndpointPerOrg, startPosthorn } from "../parts/posthorn.ts";
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { spreadOf } from "../parts/statistics.ts";
import { countFailures, type Report, type Scenario } from "../scenario.ts";

const wide = 1_000;
const narrow = 20;
/** How many deliveries one round makes in each variant. */
const deliveries = 20_000;
const databaseName = "posthorn_fan_out";

export const fanOut: Scenario = {
  name: "fan-out",
  description: "one event to 1,000 endpoints",
  async run(context) {
    const { server, receiver, scale, rounds, progress } = context;
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
    });
    const samples = { wide: [] as Sample[], narrow: [] as Sample[] };
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
      const competitors = {
        wide: { orgIds: [orgId], deliveriesPerEvent: wide },
        narrow: { orgIds: single.map((each) => each.orgId), deliveriesPerEvent: 1 },
      };
      const most = Math.max(wide, Math.round(deliveries * scale));
      for (let turn = 0; turn <= rounds; turn += 1) {
        for (const name of ["wide", "narrow"] as const) {
          progress(`round ${turn} of ${rounds}: ${name}`);
          const { orgIds, deliveriesPerEvent } = competitors[name];
          const count = most / deliveriesPerEvent;
          const offered = { orgIds, count, deliveriesPerEvent, waitingMax: 2_000 };
          const { sample, stats } = await metered(context, [posthorn], async () => ({
            count: most,
            elapsedMs: await posthorn.publishAll(offered),
          }));
          failures.push(...countFailures(name, stats, most));
          if (turn > 0) samples[name].push(sample);
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
    return report(samples, firstsMs, failures);
  },
};

function report(
  samples: Readonly<Record<"wide" | "narrow", readonly Sample[]>>,
  firstsMs: readonly number[],
  failures: readonly string[],
): Report {
  const rate = (name: "wide" | "narrow"): number =>
    spreadOfField(samples[name], "perSecond").median;
  const first = spreadOf(firstsMs);
  const [median, min, max] = [first.median, first.min, first.max].map((ms) => ms.toFixed(1));
  return {
    table: {
      head: ["", ...rateHead],
      rows: [
        ["one event to 1,000 endpoints", ...rateCells(samples.wide)],
        ["one event to 1", ...rateCells(samples.narrow)],
      ],
    },
    targets: [
      { text: "rate ≥ that of one to one", measured: rate("wide") / rate("narrow"), least: 1 },
      { text: "first arrival ≤ 50 ms", measured: first.median, most: 50 },
    ],
    failures,
    notes: [`First of 1,000 arrivals after the publish call: ${median} ms (${min}–${max}).`],
    data: { samples, firstsMs },
  };
}
