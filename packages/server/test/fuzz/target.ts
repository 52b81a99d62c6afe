/**
 * A fuzz target is a named property. The short run in `npm test` and the long run use the same
 * targets.
 */
import type fc from "fast-check";
import type { Served } from "./served.ts";

export interface OpenTarget {
  /** Fails for an input that violates the property. */
  readonly property: fc.IRawProperty<unknown>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** This target's share of the cases in a long run, relative to the other targets of its kind. */
  readonly share: number;
  /** The number of cases in the short run. */
  readonly shortCases: number;
}

/** A target that needs no running service. */
export interface PureTarget extends Target {
  open(): Promise<OpenTarget>;
}

/** A target that needs a running service. */
export interface ServedTarget extends Target {
  open(served: Served): Promise<OpenTarget>;
}
