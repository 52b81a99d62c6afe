/** A drill and its result. */
import type { Mutations } from "./parts/mutations.ts";
import type { Chance } from "./parts/chance.ts";

export interface Context {
  readonly seed: number;
  readonly chance: Chance;
  /** True for a small run: it causes the same kinds of faults, but fewer. */
  readonly short: boolean;
  /**
   * How many times the drill `crash` kills the service. Null means its default; `npm test` kills
   * once.
   */
  readonly kills: number | null;
  /** The defence to remove, to prove that the drill detects its absence. Null in a normal run. */
  readonly broken: string | null;
  progress(text: string): void;
}

export interface Report {
  /** Counts to print, e.g. "200 kills", "0 of 41,230 acknowledged events lost". */
  readonly figures: readonly string[];
  /** Why the drill could not run: what this machine lacks. */
  readonly skipped?: string;
  /** One sentence for each broken promise. */
  readonly violations: readonly string[];
}

export interface Drill {
  readonly name: string;
  readonly description: string;
  /** True if Posthorn does not keep this promise yet. `all` then skips the drill. */
  readonly isOpen?: true;
  /** The defences that the drill can remove. */
  readonly mutations?: Mutations;
  run(context: Context): Promise<Report>;
}
