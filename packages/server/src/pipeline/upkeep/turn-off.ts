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
export interface FailureStreak {
  /** Its first failed attempt. */
  readonly sinceMs: number;
  /** The last failed attempt that was counted. */
  readonly untilMs: number;
  /** Tenths of the period with a failed attempt. */
  readonly failedParts: number;
}

/** The last that is known to have happened at an endpoint; null: not lately. */
export interface RecentAttempts {
  readonly lastDeliveredAtMs: number | null;
  readonly lastFailedAtMs: number | null;
}

/** The streak that follows from what happened since. Pure. */
export function nextStreak(
  streak: FailureStreak | null,
  recent: RecentAttempts,
  periodMs: number,
): FailureStreak | null {
  const { lastDeliveredAtMs: deliveredAtMs, lastFailedAtMs: failedAtMs } = recent;
  const isOver = deliveredAtMs !== null && (streak === null || deliveredAtMs >= streak.sinceMs);
  if (failedAtMs === null) return isOver ? null : streak;
  if (isOver || streak === null) {
    const failsAgain = deliveredAtMs === null || failedAtMs > deliveredAtMs;
    return failsAgain ? { sinceMs: failedAtMs, untilMs: failedAtMs, failedParts: 1 } : null;
  }
  const partMs = periodMs / limits.failureStreakParts;
  const partOf = (atMs: number): number => Math.floor((atMs - streak.sinceMs) / partMs);
  if (partOf(failedAtMs) <= partOf(streak.untilMs)) return streak;
  return { ...streak, untilMs: failedAtMs, failedParts: streak.failedParts + 1 };
}

/** Whether a streak fills so much of the period: its length, and tenths with failures. Pure. */
export function fills(streak: FailureStreak, periodMs: number, share: number): boolean {
  return (
    streak.failedParts >= limits.failureStreakParts * share &&
    streak.untilMs - streak.sinceMs >= periodMs * share
  );
}

/** How the state is kept: in the database, so it is the same for all nodes and after a restart. */
export interface TurnOffStore {
  /**
   * Brings the streaks up to date with the attempts that are known. Of several callers one does it.
   *
   * @returns the endpoints with a streak that fills half of the period or more.
   */
  updateStreaks(atMs: number, periodMs: number): Promise<readonly FailingEndpoint[]>;
  /**
   * Turns the endpoint off, and writes the audit entry and the operational event, in one
   * transaction. If there is a success since the streak began, it ends the streak instead.
   *
   * @returns whether this call did it.
   */
  turnOff(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
  /** Publishes the event `endpoint.failing`. @returns whether this call wrote it. */
  warn(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
}

export interface FailingEndpoint {
  readonly id: string;
  readonly streak: FailureStreak;
  readonly isNotified: boolean;
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
  for (const endpoint of await store.updateStreaks(clock.now(), periodMs)) {
    if (fills(endpoint.streak, periodMs, 1)) {
      if (await store.turnOff(endpoint, clock.now(), periodMs)) turnedOff.push(endpoint.id);
    } else if (!endpoint.isNotified) await store.warn(endpoint, clock.now(), periodMs);
  }
  return turnedOff;
}

/** How often to look: twice in each tenth of the period, and at least once a minute. */
export function checkPauseMs(periodMs: number): number {
  const halfPartMs = periodMs / limits.failureStreakParts / 2;
  return Math.min(Math.max(halfPartMs, limits.failingCheckMsLeast), limits.failingCheckMsMost);
}
