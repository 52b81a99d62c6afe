/** How a million pending deliveries to one dead endpoint affect all other deliveries. */
import { waitFor } from "../parts/backlog.ts";
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const waiting = 1_000_000;
const endpoints = 20;
const countPerRound = 20_000;
const databases = ["posthorn_without", "posthorn_backlog"] as const;

type Name = "without" | "backlog";

export const backlog: Scenario = {
  name: "backlog",
  description:
    "1 million deliveries pending for one dead endpoint, then traffic to other endpoints",
  async run(context) {
    const { server, receiver, scale } = context;
    const [without, full] = await Promise.all(
      databases.map(async (name) =>
        startPosthorn({
          databaseUrl: await server.createDatabase(name),
          environment: { POSTHORN_DRAIN: "1s" },
        }),
      ),
    );
    if (without === undefined || full === undefined) throw new Error("Nothing was started.");
    try {
      const dead = oneEndpointPerOrg(1, () => `${receiver.url}/hang/dead`);
      await full.addEndpoints(dead);
      await waitFor(full, dead[0]?.orgId ?? "", Math.round(waiting * scale), context.progress);
      return await measure(context, { without, backlog: full });
    } finally {
      await without.stop();
      await full.stop();
      for (const name of databases) await server.dropDatabase(name);
    }
  },
};

async function measure(
  context: Context,
  competitors: Readonly<Record<Name, PosthornProcess>>,
): Promise<Report> {
  const { rounds, progress } = context;
  const names = ["without", "backlog"] as const;
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  const samples: Record<Name, Sample[]> = { without: [], backlog: [] };
  const orgIds: Record<Name, readonly string[]> = { without: [], backlog: [] };
  const failures: string[] = [];
  for (const name of names) {
    const wanted = oneEndpointPerOrg(
      endpoints,
      (index) => `${context.receiver.url}/ok/${name}${index}`,
    );
    await competitors[name].addEndpoints(wanted);
    orgIds[name] = wanted.map(({ orgId }) => orgId);
  }
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (const name of inTurn(names, turn)) {
      progress(`round ${turn} of ${rounds}: ${name}`);
      const offered = { orgIds: orgIds[name], count, deliveriesPerEvent: 1, waitingMax: 2_000 };
      const { sample, stats } = await metered(context, [competitors[name]], async () => ({
        count,
        elapsedMs: await competitors[name].publishAll(offered),
      }));
      failures.push(...countFailures(name, stats, count));
      if (turn > 0) samples[name].push(sample);
    }
  }
  const memory = {
    without: (await competitors.without.memory()).rss,
    backlog: (await competitors.backlog.memory()).rss,
  };
  return report(samples, memory, failures);
}

function report(
  samples: Readonly<Record<Name, readonly Sample[]>>,
  memory: Readonly<Record<Name, number>>,
  failures: readonly string[],
): Report {
  const rate = (name: Name): number => spreadOfField(samples[name], "perSecond").median;
  const moreMb = (memory.backlog - memory.without) / 1_000_000;
  return {
    table: {
      head: ["", ...rateHead, "memory of the process, MB"],
      rows: [
        ["without a backlog", ...rateCells(samples.without), megabytes(memory.without)],
        ["beside a backlog", ...rateCells(samples.backlog), megabytes(memory.backlog)],
      ],
    },
    targets: [
      { text: "rate ≥ 0.9 × without", measured: rate("backlog") / rate("without"), least: 0.9 },
      { text: "memory ≤ 100 MB more", measured: moreMb, most: 100 },
    ],
    failures,
    data: { samples, memory },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
