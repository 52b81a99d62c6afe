/** A scenario and its result. */
import type { DatabaseServer } from "./parts/database.ts";
import type { Receiver } from "./parts/receiver.ts";

export interface Context {
  readonly server: DatabaseServer;
  readonly receiver: Receiver;
  readonly redisUrl: string | null;
  /** How many rounds there are. In each round all competitors run in turn. */
  readonly rounds: number;
  /** 1 for a measurement. A smaller number only tests that the scenario works. */
  readonly scale: number;
  /** The names of the competitors to run, or null for all. */
  readonly only: readonly string[] | null;
  /**
   * The folder for CPU profiles, or null for none. A run with profiles is not a valid measurement.
   */
  readonly profileDir: string | null;
  progress(text: string): void;
}

/** A performance goal of the project, and the measured value. */
export interface Target {
  /** The goal as text, e.g. "b ≥ 0.65 × a". */
  readonly text: string;
  readonly measured: number;
  readonly least?: number;
  readonly most?: number;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The bars of a chart, in their order. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

export interface Report {
  readonly table: Table;
  readonly targets: readonly Target[];
  /** One sentence for each failure, e.g. a lost event or a delivery that was sent twice. */
  readonly failures: readonly string[];
  readonly notes?: readonly string[];
  readonly charts?: readonly Chart[];
  /** All measurements, for the JSON file. */
  readonly data: unknown;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** If true, the server measures the time of each statement. */
  readonly timesStatements?: boolean;
  run(context: Context): Promise<Report>;
}

export function isMet({ measured, least, most }: Target): boolean {
  return measured >= (least ?? -Infinity) && measured <= (most ?? Infinity);
}

/**
 * Decides which targets can be judged, and whether all of them were met. Ratios are undefined if a
 * competitor did not run, and no number is valid after a short run.
 */
export function judge(
  { targets, failures }: Pick<Report, "targets" | "failures">,
  { isShort, isPart }: { readonly isShort: boolean; readonly isPart: boolean },
): { readonly targets: readonly Target[]; readonly isWell: boolean } {
  const told = isShort
    ? []
    : targets.filter(({ measured }) => !isPart || Number.isFinite(measured));
  return { targets: told, isWell: failures.length === 0 && told.every(isMet) };
}

/** Returns one failure for each event that did not arrive exactly once. */
export function countFailures(
  label: string,
  stats: { readonly distinct: number; readonly duplicates: number },
  expected: number,
): string[] {
  const failures: string[] = [];
  if (stats.distinct !== expected) {
    failures.push(`${label}: ${stats.distinct} of ${expected} deliveries arrived.`);
  }
  if (stats.duplicates > 0) failures.push(`${label}: ${stats.duplicates} arrived twice.`);
  return failures;
}
