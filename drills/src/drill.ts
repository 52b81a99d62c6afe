/** What a drill is, and what it answers. */
import type { Mutations } from "./parts/mutations.ts";
import type { Chance } from "./parts/chance.ts";

export interface Context {
  readonly seed: number;
  readonly chance: Chance;
  /** A small run: the same faults, fewer of them. */
  readonly short: boolean;
  /** How often `crash` kills, if not as often as it does otherwise; `npm test` has it kill once. */
  readonly kills: number | null;
  /** A defence that is taken away, to see that the drill notices; null in earnest. */
  readonly broken: string | null;
  /** Shows how far it is. */
  progress(text: string): void;
}

export interface Report {
  /** What was counted, to print: "200 kills", "0 of 41,230 acknowledged events lost". */
  readonly figures: readonly string[];
  /** Why nothing was shown: this machine lacks what the drill needs. */
  readonly skipped?: string;
  /** Sentences on every promise that was not kept. */
  readonly violations: readonly string[];
}

export interface Drill {
  readonly name: string;
  readonly description: string;
  /** Set if its promise is not kept yet: `all` leaves it out. */
  readonly isOpen?: true;
  /** The defences that it can be run without. */
  readonly mutations?: Mutations;
  run(context: Context): Promise<Report>;
}
