/** Measures a rate and its cost: every reported rate comes with the CPU time of each side. */
import type { Context } from "../scenario.ts";
import type { ReceiverStats } from "./receiver.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** The result of one run of a competitor. */
export interface Sample {
  readonly perSecond: number;
  /** Microseconds of CPU time per delivery. */
  readonly ownUs: number;
  readonly databaseUs: number;
  readonly receiverUs: number;
  /** The fraction of the time in which the receiver's only thread was busy. */
  readonly receiverBusy: number;
}

interface Metered {
  cpuMs(): Promise<number>;
}

/**
 * Runs `work`, and reads all CPU times before and after.
 * @param processes the competitor's processes.
 * @param work returns the number of deliveries and their duration in milliseconds.
 */
export async function metered(
  { receiver, server }: Pick<Context, "receiver" | "server">,
  processes: readonly Metered[],
  work: () => Promise<{ readonly count: number; readonly elapsedMs: number }>,
  options: { readonly keepsLatencies: boolean } = { keepsLatencies: false },
): Promise<{ readonly sample: Sample; readonly stats: ReceiverStats }> {
  const ownMs = async (): Promise<number> => {
    const all = await Promise.all(processes.map((each) => each.cpuMs()));
    return all.reduce((sum, each) => sum + each, 0);
  };
  await receiver.reset(options);
  const ownBefore = await ownMs();
  const databaseBefore = server.cpuMs() ?? Number.NaN;
  const { count, elapsedMs } = await work();
  const stats = await receiver.stats();
  const ownAfter = await ownMs();
  const databaseAfter = server.cpuMs() ?? Number.NaN;
  return {
    stats,
    sample: {
      perSecond: (count * 1000) / elapsedMs,
      ownUs: ((ownAfter - ownBefore) * 1000) / count,
      databaseUs: ((databaseAfter - databaseBefore) * 1000) / count,
      receiverUs: (stats.cpuMs * 1000) / count,
      receiverBusy: stats.cpuMs / elapsedMs,
    },
  };
}

export const rateHead: readonly string[] = [
  "deliveries/s (min–max)",
  "CPU µs: own",
  "database",
  "receiver",
  "receiver busy",
];

/** The medians of a competitor's runs, as table cells that match `rateHead`. */
export function rateCells(samples: readonly Sample[]): readonly string[] {
  const { median, min, max } = spreadOfField(samples, "perSecond");
  return [`${whole(median)} (${whole(min)}–${whole(max)})`, ...costCells(samples)];
}

/** A sentence with the same costs, for a load with a fixed rate. */
export function costNote(what: string, samples: readonly Sample[]): string {
  const [own, database, receiver, busy] = costCells(samples);
  return (
    `${what}: ${own} µs of own processor time for each delivery, ${database} of the database's, ` +
    `${receiver} of the receiver's, which was busy for ${busy} of the time.`
  );
}

export function spreadOfField(samples: readonly Sample[], field: keyof Sample): Spread {
  return spreadOf(samples.map((sample) => sample[field]));
}

function costCells(samples: readonly Sample[]): readonly string[] {
  const median = (field: keyof Sample): number => spreadOfField(samples, field).median;
  return [
    whole(median("ownUs")),
    whole(median("databaseUs")),
    whole(median("receiverUs")),
    `${Math.round(median("receiverBusy") * 100)} %`,
  ];
}

function whole(value: number): string {
  return Number.isNaN(value) ? "–" : Math.round(value).toLocaleString("en-US");
}
