/** Durable deliveries per second, compared with the bare loop and with job queues. */
import { startChild, type Child } from "../parts/child.ts";
import { startLoadClient, type LoadClient } from "../parts/load.ts";
import { metered, rateCells, rateHead, spreadOfField, type Sample } from "../parts/meter.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { inTurn } from "../parts/statistics.ts";
import type { CompetitorStart } from "../competitors/competitor.ts";
import {
  countFailures,
  type Chart,
  type Context,
  type Report,
  type Scenario,
  type Target,
} from "../scenario.ts";

const endpoints = 20;
const connections = 64;
/** How many deliveries each competitor makes in one round: one to three seconds of work. */
const counts = { bare: 48_000, posthorn: 36_000, http: 18_000, queue: 9_000 };
/**
 * Each competitor first runs this part of its count as a warm-up. V8 frees the memory of an idle
 * process, and without a warm-up the first run cost up to 20 µs more per delivery.
 */
const warmUpShare = 0.25;

interface Competitor {
  readonly name: string;
  readonly label: string;
  readonly count: number;
  /** @returns the duration in milliseconds. */
  run(count: number): Promise<number>;
  cpuMs(): Promise<number>;
}

interface Started {
  readonly competitors: readonly Competitor[];
  stop(): Promise<void>;
}

export const throughput: Scenario = {
  name: "throughput",
  description:
    "durable deliveries per second, compared with the theoretical limit and with job queues",
  async run(context) {
    const started = await startAll(context);
    const samples = new Map<string, Sample[]>(started.competitors.map(({ name }) => [name, []]));
    const failures: string[] = [];
    try {
      // The first round is a warm-up and does not count. A short run skips it, because its numbers
      // mean nothing anyway.
      const isShort = context.scale < 1;
      for (let turn = isShort ? 1 : 0; turn <= context.rounds; turn += 1) {
        for (const competitor of inTurn(started.competitors, turn)) {
          context.progress(`round ${turn} of ${context.rounds}: ${competitor.label}`);
          const { sample, problems } = await measure(context, competitor);
          failures.push(...problems);
          if (turn > 0) samples.get(competitor.name)?.push(sample);
        }
      }
    } finally {
      await started.stop();
    }
    return report(started.competitors, samples, failures);
  },
};

async function measure(
  context: Context,
  competitor: Competitor,
): Promise<{ sample: Sample; problems: string[] }> {
  const count = Math.max(200, Math.round(competitor.count * context.scale));
  await competitor.run(Math.round(count * warmUpShare));
  const { sample, stats } = await metered(context, [competitor], async () => ({
    count,
    elapsedMs: await competitor.run(count),
  }));
  return { sample, problems: countFailures(competitor.label, stats, count) };
}

async function startAll(context: Context): Promise<Started> {
  const { server, receiver } = context;
  const stops: (() => Promise<void>)[] = [];
  const databases: string[] = [];
  const database = async (name: string): Promise<string> => {
    databases.push(name);
    return server.createDatabase(name);
  };
  const posthorn = await startPosthorn({
    databaseUrl: await database("posthorn_throughput"),
    profileDir: context.profileDir,
    // One key sends all requests of two competitors, which is more than the default limit for a
    // key.
    environment: { POSTHORN_ADMIN_REQUESTS_PER_SECOND: "1000000" },
  });
  stops.push(() => posthorn.stop());
  const load = startLoadClient();
  stops.push(() => load.stop());
  const paths = Array.from({ length: endpoints }, (_, index) => `/ok/${index}`);
  const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}${paths[index]}`);
  await posthorn.addEndpoints(wanted);
  const orgIds = wanted.map(({ orgId }) => orgId);
  const competitors = [...posthornCompetitors(posthorn, load, orgIds)];
  const queues: [string, string][] = [
    ["bare", "a  bare undici loop, nothing stored"],
    ["pg-boss", "e  pg-boss"],
    ["graphile-worker", "f  graphile-worker"],
  ];
  if (context.redisUrl !== null) queues.push(["bullmq", "g  BullMQ (Redis with AOF)"]);
  for (const [name, label] of queues) {
    if (context.only !== null && !context.only.includes(name)) continue;
    const child = startChild(`competitors/${name}.js`);
    stops.push(() => child.stop());
    await child.ask("start", {
      receiverUrl: receiver.url,
      databaseUrl: name === "bare" ? "" : await database(`bench_${name.replace("-", "_")}`),
      redisUrl: context.redisUrl,
    } satisfies CompetitorStart);
    competitors.push(queueCompetitor(name, label, child, paths));
  }
  if (context.only === null || context.only.some((name) => name.startsWith("floor"))) {
    const child = startChild("competitors/floor.js");
    stops.push(() => child.stop());
    await child.ask("start", {
      receiverUrl: receiver.url,
      databaseUrl: await database("bench_floor"),
      redisUrl: null,
    } satisfies CompetitorStart);
    competitors.push(...floorCompetitors(child, load, paths, await child.ask("listen")));
  }
  return {
    competitors: competitors
      .filter(({ name }) => context.only === null || context.only.includes(name))
      .toSorted((a, b) => (a.label < b.label ? -1 : 1)),
    async stop() {
      for (const stop of stops.toReversed()) await stop();
      for (const name of databases) await server.dropDatabase(name);
    },
  };
}

function queueCompetitor(
  name: string,
  label: string,
  child: Child,
  paths: readonly string[],
): Competitor {
  return {
    name,
    label,
    count: name === "bare" ? counts.bare : counts.queue,
    run: (count) => child.ask("run", { count, paths }),
    cpuMs: () => child.ask("cpuMs"),
  };
}

function floorCompetitors(
  child: Child,
  load: LoadClient,
  paths: readonly string[],
  url: string,
): readonly Competitor[] {
  const cpuMs = (): Promise<number> => child.ask("cpuMs");
  const once = { key: "", orgIds: [""], eventsPerRequest: 1, connections };
  return [
    {
      name: "floor",
      label: "h  the floor: a row and an update, by hand",
      count: counts.posthorn,
      run: (count) => child.ask("run", { count, paths }),
      cpuMs,
    },
    {
      name: "floor-http",
      label: "i  the same over HTTP, one event a request",
      count: counts.http,
      run: async (count) => {
        const finished = child.ask<number>("waitFinished", { count, paths });
        await load.publish({ ...once, url, count });
        return finished;
      },
      cpuMs,
    },
  ];
}

function posthornCompetitors(
  posthorn: PosthornProcess,
  load: LoadClient,
  orgIds: readonly string[],
): readonly Competitor[] {
  const overHttp = async (count: number, eventsPerRequest: number): Promise<number> => {
    const startedMs = performance.now();
    const target = (await posthorn.settled()) + count;
    const { url, adminKey: key } = posthorn;
    await load.publish({ url, key, orgIds, count, eventsPerRequest, connections });
    const settled = await posthorn.waitSettled({ count: target, withinMs: 60_000 });
    if (settled < target) throw new Error(`${target - settled} deliveries were not settled.`);
    return performance.now() - startedMs;
  };
  const cpuMs = (): Promise<number> => posthorn.cpuMs();
  return [
    {
      name: "in-process",
      label: "b  Posthorn, published in process",
      count: counts.posthorn,
      run: (count) =>
        posthorn.publishAll({ orgIds, count, deliveriesPerEvent: 1, waitingMax: 2_000 }),
      cpuMs,
    },
    {
      name: "http-single",
      label: "c  Posthorn over HTTP, one event a request",
      count: counts.http,
      run: (count) => overHttp(count, 1),
      cpuMs,
    },
    {
      name: "http-arrays",
      label: "d  Posthorn over HTTP, arrays of 100",
      count: counts.posthorn,
      run: (count) => overHttp(count, 100),
      cpuMs,
    },
  ];
}

function report(
  competitors: readonly Competitor[],
  samples: ReadonlyMap<string, readonly Sample[]>,
  failures: readonly string[],
): Report {
  const of = (name: string): readonly Sample[] => samples.get(name) ?? [];
  const rate = (name: string): number => spreadOfField(of(name), "perSecond").median;
  const best = Math.max(...["pg-boss", "graphile-worker", "bullmq"].map((name) => rate(name) || 0));
  const targets: Target[] = [
    { text: "b ≥ 0.65 × a", measured: rate("in-process") / rate("bare"), least: 0.65 },
    { text: "c ≥ 0.40 × a", measured: rate("http-single") / rate("bare"), least: 0.4 },
    { text: "d ≥ 0.90 × b", measured: rate("http-arrays") / rate("in-process"), least: 0.9 },
    { text: "b ≥ 3.5 × the best of e, f, g", measured: rate("in-process") / best, least: 3.5 },
  ];
  const chart: Chart = {
    title: "Durable webhook deliveries a second, 2 cores for sender, database and receiver",
    unit: "deliveries/s",
    bars: competitors.map(({ name, label }) => ({ label: label.slice(3), value: rate(name) })),
  };
  return {
    table: {
      head: ["competitor", "× a", ...rateHead],
      rows: competitors.map(({ name, label }) => [
        label,
        (rate(name) / rate("bare")).toFixed(2),
        ...rateCells(of(name)),
      ]),
    },
    targets,
    failures,
    charts: [chart],
    data: Object.fromEntries(samples),
  };
}
