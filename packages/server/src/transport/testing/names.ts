/** DNS answers that the test defines. */
import type { ResolveName } from "../resolver.ts";

export interface FakeNames {
  readonly resolve: ResolveName;
  /** The names that were queried, in order. */
  readonly asked: readonly string[];
  /** Sets the answer for a name from now on. An error is thrown. With `hang`, no answer arrives. */
  set(hostname: string, answer: readonly string[] | Error | "hang"): void;
}

/**
 * Answers queries for names. Names that are not set do not exist. Answers may be cached as long as
 * the limits allow.
 */
export function fakeNames(
  names: Readonly<Record<string, readonly string[] | Error | "hang">> = {},
): FakeNames {
  const answers = new Map(Object.entries(names));
  const asked: string[] = [];
  return {
    asked,
    set: (hostname, answer) => void answers.set(hostname, answer),
    resolve: async (hostname) => {
      asked.push(hostname);
      const answer = answers.get(hostname) ?? [];
      if (answer === "hang") return new Promise(() => {});
      if (answer instanceof Error) throw answer;
      return { addresses: answer, ttlMs: Infinity };
    },
  };
}

/** A clock that advances only when the test says so. */
export function manualClock(): { nowMs: () => number; advance(ms: number): void } {
  let nowMs = 1_000;
  return { nowMs: () => nowMs, advance: (ms) => void (nowMs += ms) };
}
