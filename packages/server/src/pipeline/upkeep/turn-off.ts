/**
 * Turn off: turns an endpoint off after a whole period in which every attempt failed. Subscribers
 * of the operational events get one event halfway, and one when the endpoint is off.
 *
 * The period is divided into tenths, from the first failure after the last success. A tenth counts
 * if it has a failed attempt, however many. So 40 failures in one second count once, time without
 * attempts (the node was down, or nothing was published) does not count, and one success starts the
 * count again.
 */
import { limits } from "../../limits.ts";
import type { Clock } from "../ports.ts";

/** Consecutive failures without a success. */
export interface FailureStreak {
  /** The first failed attempt. */
  readonly sinceMs: number;
  /** The last failed attempt that was counted. */
  readonly untilMs: number;
  /** Tenths of the period with a failed attempt. */
  readonly failedParts: number;
}

/** The last known attempts of an endpoint; null: none recently. */
export interface RecentAttempts {
  readonly lastDeliveredAtMs: number | null;
  readonly lastFailedAtMs: number | null;
}

/** The new streak after these attempts. Pure. */
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

/**
 * Whether a streak covers this share of the period: by its length and by its failed tenths. Pure.
 */
export function fills(streak: FailureStreak, periodMs: number, share: number): boolean {
  return (
    streak.failedParts >= limits.failureStreakParts * share &&
    streak.untilMs - streak.sinceMs >= periodMs * share
  );
}

/** The state is in the database, so all nodes share it and a restart keeps it. */
export interface TurnOffStore {
  /**
   * Updates the streaks with the known attempts. Only one concurrent caller does the work.
   *
   * @returns the endpoints whose streak covers at least half of the period.
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

/** How often to check: twice in each tenth of the period, and at least once a minute. */
export function checkPauseMs(periodMs: number): number {
  const halfPartMs = periodMs / limits.failureStreakParts / 2;
  return Math.min(Math.max(halfPartMs, limits.failingCheckMsLeast), limits.failingCheckMsMost);
}
