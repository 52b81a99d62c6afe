/** What is fuzzed: properties with a name, the same in the short run of `npm test` and the long. */
import type fc from "fast-check";
import type { Served } from "./served.ts";

export interface OpenTarget {
  /** Throws, or resolves to a rejection, for an input that breaks its promise. */
  readonly property: fc.IRawProperty<unknown>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** How many cases of a long run are its own, against the other targets of its kind. */
  readonly share: number;
  /** Cases of the short run. */
  readonly shortCases: number;
}

/** Needs nothing but the code. */
export interface PureTarget extends Target {
  open(): Promise<OpenTarget>;
}

/** Speaks to a service that runs. */
export interface ServedTarget extends Target {
  open(served: Served): Promise<OpenTarget>;
}
