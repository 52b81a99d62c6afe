/** What a million deliveries that wait for one dead endpoint cost everybody else. */
import { waitFor } from "../parts/backlog.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn, spreadOf } from "../parts/statistics.ts";
import { countFailures, type Context, type Report, type Scenario } from "../scenario.ts";

const waiting = 1_000_000;
const endpoints = 20;
const countPerRound = 20_000;
const databases = ["posthorn_without", "posthorn_backlog"] as const;

type Name = "without" | "backlog";

export const backlog: Scenario = {
  name: "backlog",
  description: "1 million deliveries waiting for one dead endpoint, then traffic to others",
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
  contestants: Readonly<Record<Name, PosthornProcess>>,
): Promise<Report> {
  const { receiver, rounds, progress } = context;
  const names = ["without", "backlog"] as const;
  const count = Math.max(200, Math.round(countPerRound * context.scale));
  const rates: Record<Name, number[]> = { without: [], backlog: [] };
  const orgIds: Record<Name, readonly string[]> = { without: [], backlog: [] };
  const failures: string[] = [];
  for (const name of names) {
    const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}/ok/${name}${index}`);
    await contestants[name].addEndpoints(wanted);
    orgIds[name] = wanted.map(({ orgId }) => orgId);
  }
  for (let turn = 0; turn <= rounds; turn += 1) {
    for (const name of inTurn(names, turn)) {
      progress(`round ${turn} of ${rounds}: ${name}`);
      await receiver.reset();
      const elapsedMs = await contestants[name].publishAll({
        orgIds: orgIds[name],
        count,
        deliveriesPerEvent: 1,
        waitingMax: 2_000,
      });
      failures.push(...countFailures(name, await receiver.stats(), count));
      if (turn > 0) rates[name].push((count * 1000) / elapsedMs);
    }
  }
  const memory = {
    without: (await contestants.without.memory()).rss,
    backlog: (await contestants.backlog.memory()).rss,
  };
  return report(rates, memory, failures);
}

function report(
  rates: Readonly<Record<Name, readonly number[]>>,
  memory: Readonly<Record<Name, number>>,
  failures: readonly string[],
): Report {
  const [without, full] = [spreadOf(rates.without), spreadOf(rates.backlog)];
  const moreMb = (memory.backlog - memory.without) / 1_000_000;
  return {
    table: {
      head: ["", "deliveries/s (min–max)", "memory of the process, MB"],
      rows: (["without", "backlog"] as const).map((name) => {
        const { median, min, max } = name === "without" ? without : full;
        return [
          name === "without" ? "without a backlog" : "beside a backlog",
          `${median.toFixed(0)} (${min.toFixed(0)}–${max.toFixed(0)})`,
          (memory[name] / 1_000_000).toFixed(0),
        ];
      }),
    },
    targets: [
      { text: "rate ≥ 0.9 × without", measured: full.median / without.median, least: 0.9 },
      { text: "memory ≤ 100 MB more", measured: moreMb, most: 100 },
    ],
    failures,
    data: { rates, memory },
  };
}
