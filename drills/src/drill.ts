/** What a drill is, and what it answers. */
import type { Breaks } from "./parts/breaks.ts";
import type { Chance } from "./parts/chance.ts";

export interface Context {
  readonly seed: number;
  readonly chance: Chance;
  /** A small run, for the test suite: the same faults, fewer of them. */
  readonly short: boolean;
  /** A defence that is taken away, to see that the drill notices; null in earnest. */
  readonly broken: string | null;
  /** Shows how far it is. */
  progress(text: string): void;
}

export interface Report {
  /** What was counted, to print: "200 kills", "0 of 41,230 acknowledged events lost". */
  readonly figures: readonly string[];
  /** Sentences on every promise that was not kept. */
  readonly violations: readonly string[];
}

export interface Drill {
  readonly name: string;
  readonly description: string;
  /** The defences that it can be run without. */
  readonly breaks?: Breaks;
  run(context: Context): Promise<Report>;
}
