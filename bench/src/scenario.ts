/** A scenario and its result. */
import type { DatabaseServer } from "./parts/database.ts";
import type { Receiver } from "./parts/receiver.ts";

export interface Context {
  readonly server: DatabaseServer;
  readonly receiver: Receiver;
  readonly redisUrl: string | null;
  /** The number of rounds in which all competitors run in turn. */
  readonly rounds: number;
  /** 1 for a measurement; a small fraction only tests that the scenario works. */
  readonly scale: number;
  /** The names of the only competitors to run; null for all. */
  readonly only: readonly string[] | null;
  /**
   * The folder for profiles, or null for none. With profiles, the numbers are not a measurement.
   */
  readonly profileDir: string | null;
  progress(text: string): void;
}

/** A number that the project promises. */
export interface Target {
  /** The promise, e.g. "b ≥ 0.65 × a". */
  readonly text: string;
  readonly measured: number;
  readonly least?: number;
  readonly most?: number;
}

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Bars to draw, in order. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

export interface Report {
  readonly table: Table;
  readonly targets: readonly Target[];
  /** A sentence for each failure: an event lost, a delivery sent twice. */
  readonly failures: readonly string[];
  readonly notes?: readonly string[];
  readonly charts?: readonly Chart[];
  /** All measurements, for the JSON. */
  readonly data: unknown;
}

export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** True: the server measures the time of each statement. */
  readonly timesStatements?: boolean;
  run(context: Context): Promise<Report>;
}

export function isMet({ measured, least, most }: Target): boolean {
  return measured >= (least ?? -Infinity) && measured <= (most ?? Infinity);
}

/**
 * Judges a report: which targets are known, and whether all were met. Without some of the
 * competitors, ratios are undefined; after a short run, no number means anything.
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

/** A failure for every event that did not arrive exactly once; none if all did. */
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
