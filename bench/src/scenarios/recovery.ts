/** An endpoint with ten thousand pending deliveries recovers after an hour. */
import { randomUUID } from "node:crypto";
import { waitFor } from "../parts/backlog.ts";
import { costNote, metered, type Sample } from "../parts/meter.ts";
import { oneEndpointPerOrg, startPosthorn, type PosthornProcess } from "../parts/posthorn.ts";
import { percentilesOf, spreadCell, spreadOf, type Percentiles } from "../parts/statistics.ts";
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
  description:
    "an endpoint recovers with 10,000 pending deliveries and a limit of 1,000 per second",
  async run(context) {
    const { server, receiver, scale, rounds, progress } = context;
    const posthorn = await startPosthorn({
      databaseUrl: await server.createDatabase(databaseName),
      environment: { POSTHORN_DRAIN: "1s" },
    });
    try {
      const illOrg = randomUUID();
      const ill = [{ orgId: illOrg, url: `${receiver.url}/flip/0`, ratePerSecond: cap }];
      const well = oneEndpointPerOrg(others, (index) => `${receiver.url}/ok/${index}`);
      await posthorn.addEndpoints([...ill, ...well]);
      const orgIds = well.map(({ orgId }) => orgId);
      await traffic(context, posthorn, orgIds, 2_000 * scale);
      const measured: Round[] = [];
      for (let turn = 1; turn <= rounds; turn += 1) {
        const say = (what: string): void => progress(`round ${turn} of ${rounds}: ${what}`);
        measured.push(await round(context, posthorn, { illOrg, orgIds, say }));
      }
      return report(measured);
    } finally {
      await posthorn.stop();
      await server.dropDatabase(databaseName);
    }
  },
};

/** The latencies of the other endpoints, alone and while this endpoint caught up. */
interface Round {
  readonly alone: Percentiles;
  readonly beside: Percentiles;
  readonly perSecond: readonly number[];
  readonly sample: Sample;
  readonly failures: readonly string[];
}

interface Played {
  readonly illOrg: string;
  readonly orgIds: readonly string[];
  say(what: string): void;
}

async function round(
  context: Context,
  posthorn: PosthornProcess,
  { illOrg, orgIds, say }: Played,
): Promise<Round> {
  const { receiver, scale } = context;
  await receiver.break();
  say("the others alone");
  const alone = await traffic(context, posthorn, orgIds, quietMs * scale);
  await waitFor(posthorn, illOrg, Math.round(waiting * scale), say);
  await untilDown(posthorn);
  say("it comes back");
  const refused = await receiver.recover();
  const beside = await traffic(context, posthorn, orgIds, recoveryMs * Math.max(scale, 0.2));
  const perSecond = secondsOf(await receiver.tenths());
  const failures = [...alone.failures, ...beside.failures];
  failures.push(...(await caughtUp(context, posthorn, illOrg)));
  if (refused === 0) failures.push("It was never found down.");
  return {
    alone: alone.latencies,
    beside: beside.latencies,
    perSecond,
    sample: beside.sample,
    failures,
  };
}

/** Waits until Posthorn has noticed that the endpoint fails, and throttles it. */
async function untilDown(posthorn: PosthornProcess): Promise<void> {
  await posthorn.child.ask("wake");
  await new Promise((resolve) => setTimeout(resolve, 3_000));
}

/**
 * Returns true if every delivery that the database shows as delivered arrived exactly once, and
 * nothing else arrived. Deliveries that the endpoint rejected wait minutes for their next attempt.
 */
async function caughtUp(
  { receiver }: Context,
  posthorn: PosthornProcess,
  illOrg: string,
): Promise<readonly string[]> {
  const untilMs = performance.now() + 30_000;
  for (;;) {
    const { distinct, duplicates } = await receiver.flips();
    const [ledger] = await posthorn.query<{ delivered: number; due: number }>(
      `select count(*) filter (where status = 'delivered')::integer as delivered,
              count(*) filter (where status = 'pending' and due_at < now())::integer as due
       from posthorn.deliveries where org_id = '${illOrg}'`,
    );
    const isOver = ledger?.due === 0 && ledger.delivered === distinct;
    if (!isOver && performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      continue;
    }
    const failures = countFailures("it", { distinct, duplicates }, ledger?.delivered ?? 0);
    if (ledger?.due !== 0) failures.push(`${ledger?.due} that were due were not sent to it.`);
    return failures;
  }
}

async function traffic(
  context: Context,
  posthorn: PosthornProcess,
  orgIds: readonly string[],
  durationMs: number,
): Promise<{ latencies: Percentiles; sample: Sample; failures: readonly string[] }> {
  let sent = 0;
  const work = async (): Promise<{ count: number; elapsedMs: number }> => {
    const startedMs = performance.now();
    const load = { orgIds, eventsPerSecond: othersPerSecond, durationMs };
    sent = (await posthorn.openLoop(load)).length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { count: sent, elapsedMs: performance.now() - startedMs };
  };
  const { sample, stats } = await metered(context, [posthorn], work, { keepsLatencies: true });
  return {
    latencies: percentilesOf(await context.receiver.latenciesMs()),
    sample,
    failures: countFailures("the others", stats, sent),
  };
}

function secondsOf(tenths: readonly number[]): readonly number[] {
  const seconds: number[] = [];
  for (let start = 0; start < tenths.length; start += 10) {
    seconds.push(tenths.slice(start, start + 10).reduce((sum, each) => sum + each, 0));
  }
  return seconds;
}

function report(rounds: readonly Round[]): Report {
  const median = (of: (each: Round) => number): number => spreadOf(rounds.map(of)).median;
  const busiest = (each: Round): number => Math.max(...each.perSecond);
  const seconds = Math.min(...rounds.map(({ perSecond }) => perSecond.length));
  const ramp = Array.from({ length: seconds }, (_, second) =>
    Math.round(median(({ perSecond }) => perSecond[second] ?? 0)),
  );
  const row = (label: string, of: (each: Round) => Percentiles): string[] => [
    label,
    ...(["p50", "p90", "p99"] as const).map((field) =>
      spreadCell(rounds.map((each) => of(each)[field])),
    ),
  ];
  return {
    table: {
      head: ["the others' arrivals, ms, median of the rounds (min–max)", "p50", "p90", "p99"],
      rows: [
        row("while it is down and quiet", ({ alone }) => alone),
        row("while it catches up", ({ beside }) => beside),
      ],
    },
    targets: [
      {
        text: "first second ≤ half of the busiest",
        measured: median((each) => (each.perSecond[0] ?? 0) / busiest(each)),
        most: 0.5,
      },
      {
        text: "busiest second of all rounds ≤ 1.05 × its cap",
        measured: Math.max(...rounds.map(busiest)) / cap,
        most: 1.05,
      },
      {
        text: "the others' p99 ≤ 2 × alone",
        measured: median((each) => each.beside.p99) / median((each) => each.alone.p99),
        most: 2,
      },
    ],
    failures: rounds.flatMap(({ failures }) => failures),
    notes: [
      `Arrivals in each second after it came back (median of the rounds): ${ramp.join(" ")}.`,
      costNote(
        "While it catches up, all costs told of the others' deliveries alone",
        rounds.map(({ sample }) => sample),
      ),
    ],
    charts: [
      {
        title: "An endpoint with 10,000 waiting comes back, its rate capped at 1,000 a second",
        unit: "arrivals in the second",
        bars: ramp.map((value, second) => ({ label: `second ${second + 1}`, value })),
      },
    ],
    data: rounds,
  };
}
