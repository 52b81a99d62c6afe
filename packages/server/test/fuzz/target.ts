/**
 * Fuzz targets: properties with a name, the same for the short run of `npm test` and the long run.
 */
import type fc from "fast-check";
import type { Served } from "./served.ts";

export interface OpenTarget {
  /** Throws or rejects for an input that violates the property. */
  readonly property: fc.IRawProperty<unknown>;
  close?(): Promise<void>;
}

export interface Target {
  readonly name: string;
  /** The weight of this target in a long run, compared with others of its kind. */
  readonly share: number;
  /** Number of cases in the short run. */
  readonly shortCases: number;
}

/** A target that needs only the code. */
export interface PureTarget extends Target {
  open(): Promise<OpenTarget>;
}

/** A target that needs a running service. */
export interface ServedTarget extends Target {
  open(served: Served): Promise<OpenTarget>;
}
