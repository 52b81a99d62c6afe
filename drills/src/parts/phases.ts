/** Compares how long some orgs' events take in phases with and without something that disturbs. */
import type { Ledger, Publication } from "./ledger.ts";
import { sleep } from "./wait.ts";

/** The limit for the p99: twice the value of the calm phase, or 20 ms more, whichever is higher. */
const ratioMax = 2;
const moreMsMax = 20;
/**
 * The pause between two phases. Requests that are in flight at the end of a phase count in neither.
 */
export const betweenMs = 3_000;

/** The p99 in milliseconds. */
export interface Phase {
  readonly publish: number;
  readonly arrival: number;
}

export const show = ({ publish, arrival }: Phase): string =>
  `publish ${publish} ms, arrival ${arrival} ms`;

export function tooSlow(what: string, calmMs: number, hardMs: number): string[] {
  const mostMs = Math.max(ratioMax * calmMs, calmMs + moreMsMax);
  return hardMs <= mostMs ? [] : [`${what}'s p99 is ${hardMs} ms; ${mostMs} ms are allowed.`];
}

export function medianOf(phases: readonly Phase[]): Phase {
  const median = (values: number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return {
    publish: median(phases.map(({ publish }) => publish)),
    arrival: median(phases.map(({ arrival }) => arrival)),
  };
}

/** The p99 of the events that these orgs publish during the next `ms` milliseconds. */
export async function phase(
  ledger: Ledger,
  orgIds: readonly string[],
  ms: number,
  meanwhile: (ms: number) => Promise<unknown> = sleep,
): Promise<Phase> {
  const fromMs = Date.now();
  await meanwhile(ms);
  const untilMs = Date.now();
  await sleep(betweenMs / 2);
  const inPhase = [...ledger.publications.values()].filter(
    ({ orgId, begunAtMs }) => begunAtMs >= fromMs && begunAtMs < untilMs && orgIds.includes(orgId),
  );
  const arrivedAtMs = new Map(ledger.arrivals.map(({ key, atMs }) => [key, atMs]));
  // For an event that has not arrived yet, the time until now is a lower bound.
  const took = (each: Publication, atMs = Date.now()): number => atMs - each.begunAtMs;
  return {
    publish: p99(inPhase.map((each) => took(each, each.acknowledged?.atMs))),
    arrival: p99(inPhase.map((each) => took(each, arrivedAtMs.get(each.key)))),
  };
}

function p99(tookMs: readonly number[]): number {
  const sorted = tookMs.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? Infinity;
}
