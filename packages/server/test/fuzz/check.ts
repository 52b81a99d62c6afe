/** Runs one target, and reports findings so that they can be reproduced. */
import fc from "fast-check";
import type { OpenTarget } from "./target.ts";

export interface CheckOptions {
  readonly cases: number;
  readonly seed: number;
  /** The path of a counterexample, to run only that one. */
  readonly path?: string;
}

export interface CheckResult {
  readonly cases: number;
  readonly seconds: number;
  readonly counterexample: Counterexample | null;
}

export interface Counterexample {
  /** The smallest input that fails, as text. */
  readonly input: string;
  readonly error: string;
  /** With the same seed, this path reproduces the failure. */
  readonly path: string;
}

/** Every input must be processed within this time. */
export const caseMsMax = 5_000;
/**
 * The limit for shrinking; a slow case could otherwise take as long to shrink as the whole search.
 */
const shrinkMs = 60_000;

export async function check(target: OpenTarget, options: CheckOptions): Promise<CheckResult> {
  const startedAtMs = performance.now();
  const details = await fc.check(target.property, {
    numRuns: options.cases,
    seed: options.seed,
    interruptAfterTimeLimit: 500_000 + shrinkMs,
    markInterruptAsFailure: true,
    ...(options.path === undefined ? {} : { path: options.path, endOnFailure: true }),
  });
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const cases = details.numRuns;
  if (!details.failed) return { cases, seconds, counterexample: null };
  const { errorInstance, counterexample, counterexamplePath } = details;
  const error = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return {
    cases,
    seconds,
    counterexample: {
      input: fc.stringify(counterexample),
      error: details.interrupted ? "It did not end in its time." : error,
      path: counterexamplePath ?? "",
    },
  };
}
