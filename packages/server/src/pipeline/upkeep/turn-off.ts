/**
 * Turn off: an endpoint at which every attempt failed for a whole period is turned off, and those
 * who asked to be told are told, once when half of it is over and once when it is off.
 *
 * The period is counted in tenths, from the first failure after the last success: a tenth counts if
 * an attempt failed in it, however many did. So 40 failures in a second count once, time in which
 * nothing was attempted (a node was down, nothing was published) does not count, and one success
 * starts it all over.
 */
import { limits } from "../../limits.ts";
import type { Clock } from "../ports.ts";

/** A time of failures without a success between them. */
export interface FailingSpell {
  /** Its first failed attempt. */
  readonly sinceMs: number;
  /** The last failed attempt that was counted. */
  readonly untilMs: number;
  /** Tenths of the period with a failed attempt. */
  readonly slices: number;
}

/** The last that is known to have happened at an endpoint; null: not lately. */
export interface RecentAttempts {
  readonly lastDeliveredAtMs: number | null;
  readonly lastFailedAtMs: number | null;
}

/** The spell that follows from what happened since. Pure. */
export function nextSpell(
  spell: FailingSpell | null,
  recent: RecentAttempts,
  periodMs: number,
): FailingSpell | null {
  const { lastDeliveredAtMs: deliveredAtMs, lastFailedAtMs: failedAtMs } = recent;
  const isOver = deliveredAtMs !== null && (spell === null || deliveredAtMs >= spell.sinceMs);
  if (failedAtMs === null) return isOver ? null : spell;
  if (isOver || spell === null) {
    const failsAgain = deliveredAtMs === null || failedAtMs > deliveredAtMs;
    return failsAgain ? { sinceMs: failedAtMs, untilMs: failedAtMs, slices: 1 } : null;
  }
  const sliceMs = periodMs / limits.failingSlices;
  const sliceOf = (atMs: number): number => Math.floor((atMs - spell.sinceMs) / sliceMs);
  if (sliceOf(failedAtMs) <= sliceOf(spell.untilMs)) return spell;
  return { ...spell, untilMs: failedAtMs, slices: spell.slices + 1 };
}

/** Whether a spell fills so much of the period: its length, and tenths with failures. Pure. */
export function fills(spell: FailingSpell, periodMs: number, share: number): boolean {
  return (
    spell.slices >= limits.failingSlices * share &&
    spell.untilMs - spell.sinceMs >= periodMs * share
  );
}

/** How the state is kept: in the database, so it is the same for all nodes and after a restart. */
export interface TurnOffStore {
  /**
   * Brings the spells up to date with the attempts that are known. Of several callers one does it.
   *
   * @returns the endpoints with a spell that fills half of the period or more.
   */
  updateSpells(atMs: number, periodMs: number): Promise<readonly FailingEndpoint[]>;
  /**
   * Turns the endpoint off, writes the audit and the notice; all of it or nothing. Only if the
   * ledger has no success since the spell began: then the spell is over.
   *
   * @returns whether this call did it.
   */
  turnOff(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
  /** The notice that it will be turned off. @returns whether this call wrote it. */
  warn(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
}

export interface FailingEndpoint {
  readonly id: string;
  readonly spell: FailingSpell;
  readonly isTold: boolean;
}

export interface TurnOffOptions {
  readonly store: TurnOffStore;
  readonly clock: Clock;
  readonly periodMs: number;
}

/** One round. @returns the endpoints that it turned off. */
export async function turnOffFailing(options: TurnOffOptions): Promise<readonly string[]> {
  const { store, clock, periodMs } = options;
  const turnedOff: string[] = [];
  for (const endpoint of await store.updateSpells(clock.now(), periodMs)) {
    if (fills(endpoint.spell, periodMs, 1)) {
      if (await store.turnOff(endpoint, clock.now(), periodMs)) turnedOff.push(endpoint.id);
    } else if (!endpoint.isTold) await store.warn(endpoint, clock.now(), periodMs);
  }
  return turnedOff;
}

/** How often to look: twice in each tenth of the period, and at least once a minute. */
export function checkPauseMs(periodMs: number): number {
  const halfSliceMs = periodMs / limits.failingSlices / 2;
  return Math.min(Math.max(halfSliceMs, limits.failingCheckMsLeast), limits.failingCheckMsMost);
}
