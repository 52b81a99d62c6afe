/**
 * Latency from the first second on: starts `posthorn serve` on a database that has its tables, and
 * publishes at a fixed rate as soon as `/readyz` says so. The floor does the same by hand: one
 * insert, one POST, one update.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { startChild } from "../parts/child.ts";
import { startOpenLoopClient, type OpenLoopClient } from "../parts/open-loop.ts";
import { oneEndpointPerOrg, startPosthorn } from "../parts/posthorn.ts";
import { serve, type ServeOptions } from "../parts/served.ts";
import { percentilesOf, spreadCell, spreadOf, type Percentiles } from "../parts/statistics.ts";
import {
  countFailures,
  type Context,
  type Report,
  type Scenario,
  type Target,
} from "../scenario.ts";

const rates = [20, 50, 200, 1_000] as const;
const endpoints = 20;
const durationMs = 60_000;
/** The length of a run that only tests whether the scenario works. */
const shortMs = 1_000;
const arrivedWithinMs = 10_000;
const databaseName = "posthorn_cold_start";
const floorDatabaseName = "posthorn_cold_start_floor";
const competitors = ["posthorn", "floor"] as const;
type Competitor = (typeof competitors)[number];

interface Measured {
  readonly calls: Percentiles;
  readonly arrivals: Percentiles;
  /** Null for the floor, which is ready when its process is. */
  readonly readyMs: number | null;
  /** From the start of the process to the first arrival. */
  readonly firstMs: number | null;
  /** Microseconds of the process's CPU time for each delivery, its start included. */
  readonly ownUs: number | null;
}

type Results = ReadonlyMap<string, Measured[]>;

const keyOf = (name: Competitor, rate: number): string => `${name} ${rate}`;

export const coldStart: Scenario = {
  name: "cold-start",
  description: "latency from the first second after a start on, at 20 to 1,000 events per second",
  async run(context) {
    const { only, rounds, scale, progress, server } = context;
    const chosen = competitors.filter((name) => only === null || only.includes(name));
    const load: Load = {
      ...(await prepare(context)),
      client: startOpenLoopClient(),
      durationMs: Math.max(shortMs, durationMs * scale),
    };
    const results = new Map<string, Measured[]>();
    const failures: string[] = [];
    try {
      await load.client.warmUp(context.receiver.url);
      for (let turn = 1; turn <= rounds; turn += 1) {
        for (const rate of rates) {
          for (const name of turn % 2 === 1 ? chosen : chosen.toReversed()) {
            progress(`round ${turn} of ${rounds}: ${name} at ${rate} events/s`);
            const measured = await (name === "floor" ? runFloor : runPosthorn)(context, load, rate);
            failures.push(...measured.failures.map((each) => `${name}, ${each}`));
            const key = keyOf(name, rate);
            results.set(key, [...(results.get(key) ?? []), measured.result]);
          }
        }
      }
      return report(results, failures);
    } finally {
      await load.client.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

interface Load {
  readonly client: OpenLoopClient;
  readonly durationMs: number;
  readonly orgIds: readonly string[];
  readonly serving: ServeOptions;
}

/** Creates Posthorn's tables and endpoints. */
async function prepare({ server, receiver }: Context): Promise<Pick<Load, "orgIds" | "serving">> {
  const serving = {
    databaseUrl: await server.createDatabase(databaseName),
    adminKey: randomUUID(),
    encryptionKey: randomBytes(32).toString("base64"),
  };
  const wanted = oneEndpointPerOrg(endpoints, (index) => `${receiver.url}/ok/${index}`);
  const first = await startPosthorn(serving);
  await first.addEndpoints(wanted);
  await first.stop();
  return { serving, orgIds: wanted.map(({ orgId }) => orgId) };
}

interface Destination {
  readonly url: string;
  readonly key: string;
  readonly rate: number;
}

interface Driven {
  readonly calls: Percentiles;
  readonly arrivals: Percentiles;
  readonly firstAtUs: number;
  readonly failures: readonly string[];
}

/** Publishes at the rate, and waits until everything has arrived. */
async function drive({ receiver }: Context, load: Load, to: Destination): Promise<Driven> {
  await receiver.reset({ keepsLatencies: true });
  const calls = await load.client.publish({
    url: to.url,
    key: to.key,
    orgIds: load.orgIds,
    eventsPerSecond: to.rate,
    durationMs: load.durationMs,
  });
  const untilMs = performance.now() + arrivedWithinMs;
  let stats = await receiver.stats();
  while (stats.distinct < calls.length && performance.now() < untilMs) {
    await sleep(20);
    stats = await receiver.stats();
  }
  return {
    calls: percentilesOf(calls),
    arrivals: percentilesOf(await receiver.latenciesMs()),
    firstAtUs: stats.firstAtUs,
    failures: countFailures(`at ${to.rate} events/s`, stats, calls.length),
  };
}

interface Outcome {
  readonly result: Measured;
  readonly failures: readonly string[];
}

async function runPosthorn(context: Context, load: Load, rate: number): Promise<Outcome> {
  const served = await serve(load.serving);
  try {
    const to = { url: served.url, key: load.serving.adminKey, rate };
    const { failures, firstAtUs, ...latencies } = await drive(context, load, to);
    const result = {
      ...latencies,
      readyMs: served.readyMs,
      firstMs: (firstAtUs - served.startedUs) / 1000,
      ownUs: (served.cpuMs() * 1000) / latencies.calls.count,
    };
    return { result, failures };
  } finally {
    await served.stop();
  }
}

async function runFloor(context: Context, load: Load, rate: number): Promise<Outcome> {
  const { receiver, server } = context;
  const child = startChild("competitors/floor.js");
  try {
    const databaseUrl = await server.createDatabase(floorDatabaseName);
    await child.ask("start", { receiverUrl: receiver.url, databaseUrl });
    const url = await child.ask<string>("listen");
    const paths = Array.from({ length: endpoints }, (_, index) => `/ok/${index}`);
    const count = Math.round((rate * load.durationMs) / 1000);
    const finished = child.ask("waitFinished", { count, paths });
    const {
      failures,
      firstAtUs: _,
      ...latencies
    } = await drive(context, load, {
      url,
      key: "",
      rate,
    });
    await finished;
    const result = { ...latencies, readyMs: null, firstMs: null, ownUs: null };
    return { result, failures };
  } finally {
    await child.stop();
    await server.dropDatabase(floorDatabaseName);
  }
}

const percentiles = ["p50", "p99", "p999", "max"] as const;

function rowOf(name: Competitor, rate: number, all: readonly Measured[]): readonly string[] {
  const numbers = (field: "readyMs" | "firstMs" | "ownUs"): string => {
    const values = all.map((each) => each[field]).filter((value) => value !== null);
    return values.length === 0 ? "–" : Math.round(spreadOf(values).median).toLocaleString("en-US");
  };
  return [
    `${name}, ${rate.toLocaleString("en-US")}/s`,
    ...percentiles.map((field) => spreadCell(all.map(({ calls }) => calls[field]))),
    ...percentiles.map((field) => spreadCell(all.map(({ arrivals }) => arrivals[field]))),
    numbers("readyMs"),
    numbers("firstMs"),
    numbers("ownUs"),
  ];
}

function targetsOf(results: Results, rate: number): readonly Target[] {
  const median = (name: Competitor, of: "calls" | "arrivals", field: keyof Percentiles): number =>
    spreadOf((results.get(keyOf(name, rate)) ?? []).map((each) => each[of][field])).median;
  const at = `at ${rate.toLocaleString("en-US")}/s`;
  const ofKind = (of: "calls" | "arrivals", label: string): readonly Target[] => [
    { text: `${label} p50 ${at} ≤ 2.5 ms`, measured: median("posthorn", of, "p50"), most: 2.5 },
    { text: `${label} p99 ${at} ≤ 8 ms`, measured: median("posthorn", of, "p99"), most: 8 },
    rate < 200
      ? { text: `${label} max ${at} ≤ 50 ms`, measured: median("posthorn", of, "max"), most: 50 }
      : {
          text: `${label} p99.9 ${at} ≤ 25 ms`,
          measured: median("posthorn", of, "p999"),
          most: 25,
        },
    {
      text: `${label} p99 ${at} at most 5 ms above the floor's`,
      measured: median("posthorn", of, "p99") - median("floor", of, "p99"),
      most: 5,
    },
  ];
  return [...ofKind("calls", "publish call"), ...ofKind("arrivals", "arrival")];
}

function startTargets(results: Results): readonly Target[] {
  const all = rates.flatMap((rate) => results.get(keyOf("posthorn", rate)) ?? []);
  const medianOf = (field: "readyMs" | "firstMs"): number =>
    spreadOf(all.map((each) => each[field] ?? Number.NaN)).median;
  return [
    { text: "ready after ≤ 500 ms", measured: medianOf("readyMs"), most: 500 },
    { text: "first delivery after ≤ 800 ms", measured: medianOf("firstMs"), most: 800 },
  ];
}

function report(results: Results, failures: readonly string[]): Report {
  const head = (of: string): string[] => ["p50", "p99", "p99.9", "max"].map((each) => of + each);
  const rows = rates.flatMap((rate) =>
    competitors.flatMap((name) => {
      const all = results.get(keyOf(name, rate));
      return all === undefined ? [] : [rowOf(name, rate, all)];
    }),
  );
  return {
    table: {
      head: ["ms", ...head("call "), ...head("arrival "), "ready", "first", "own µs"],
      rows,
    },
    targets: [...startTargets(results), ...rates.flatMap((rate) => targetsOf(results, rate))],
    failures,
    data: Object.fromEntries(results),
  };
}
