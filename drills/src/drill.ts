/** A drill and its result. */
import type { Mutations } from "./parts/mutations.ts";
import type { Chance } from "./parts/chance.ts";

export interface Context {
  readonly seed: number;
  readonly chance: Chance;
  /** A small run: the same faults, but fewer. */
  readonly short: boolean;
  /** How often `crash` kills; null: its default. In `npm test` it kills once. */
  readonly kills: number | null;
  /** The defence to remove, to prove that the drill detects it; null in a normal run. */
  readonly broken: string | null;
  progress(text: string): void;
}

export interface Report {
  /** The counts to print: "200 kills", "0 of 41,230 acknowledged events lost". */
  readonly figures: readonly string[];
  /** Why the drill proved nothing: the machine lacks something that it needs. */
  readonly skipped?: string;
  /** A sentence for each promise that was not kept. */
  readonly violations: readonly string[];
}

export interface Drill {
  readonly name: string;
  readonly description: string;
  /** True if its promise is not kept yet: `all` leaves it out. */
  readonly isOpen?: true;
  /** The defences that the drill can remove. */
  readonly mutations?: Mutations;
  run(context: Context): Promise<Report>;
}
