/**
 * Turn off: an endpoint is turned off when every attempt failed for a whole period, with at least
 * 10 failures of at least 2 deliveries. Whoever subscribed to it is notified once when half of the
 * period is over, and once when the endpoint is off.
 *
 * The period runs from the first failure after the last success to the latest failure; one success
 * starts it again. At least a quarter of it lies between the warning and the end. So 40 failures in
 * a second turn nothing off, not even long after an earlier failure.
 */
import { limits } from "../../limits.ts";
import type { Clock } from "../ports.ts";

/** The latest attempts at an endpoint; null if there were none of that kind. */
export interface RecentAttempts {
  readonly lastDeliveredAtMs: number | null;
  readonly lastFailedAtMs: number | null;
}

/** The first failure after the last success, given what happened since. Pure. */
export function failingSince(sinceMs: number | null, recent: RecentAttempts): number | null {
  const { lastDeliveredAtMs: deliveredAtMs, lastFailedAtMs: failedAtMs } = recent;
  const hasSuccess = deliveredAtMs !== null && (sinceMs === null || deliveredAtMs >= sinceMs);
  if (sinceMs !== null && !hasSuccess) return sinceMs;
  const failsAgain = failedAtMs !== null && failedAtMs > (deliveredAtMs ?? -Infinity);
  return failsAgain ? failedAtMs : null;
}

/** How the state is kept: in the database, so it is the same for all nodes and after a restart. */
export interface TurnOffStore {
  /**
   * Updates `failing_since` with the attempts since the last call. Only one concurrent caller does
   * the work.
   *
   * @returns the endpoints that failed again, half of the period or more after their first failure.
   */
  failingEndpoints(atMs: number, periodMs: number): Promise<readonly FailingEndpoint[]>;
  /**
   * Turns the endpoint off, with its audit entry and its operational event, or does nothing. It
   * needs what only the ledger knows: no success since the first failure, and enough failures.
   *
   * @returns whether this call did it.
   */
  turnOff(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
  /**
   * Publishes that the endpoint will be turned off; under the same conditions, and once.
   *
   * @returns whether this call did it.
   */
  warn(endpoint: FailingEndpoint, atMs: number, periodMs: number): Promise<boolean>;
}

export interface FailingEndpoint {
  readonly id: string;
  /** The first failure after the last success. */
  readonly sinceMs: number;
  readonly lastFailedAtMs: number;
  readonly warnedAtMs: number | null;
}

export interface TurnOffOptions {
  readonly store: TurnOffStore;
  readonly clock: Clock;
  readonly periodMs: number;
}

/** One round. @returns the endpoints that it turned off, and what failed meanwhile. */
export async function turnOffFailing(
  options: TurnOffOptions,
): Promise<{ readonly turnedOff: readonly string[]; readonly failures: readonly unknown[] }> {
  const { store, clock, periodMs } = options;
  const turnedOff: string[] = [];
  const failures: unknown[] = [];
  for (const endpoint of await store.failingEndpoints(clock.now(), periodMs)) {
    try {
      if (endpoint.warnedAtMs === null) await store.warn(endpoint, clock.now(), periodMs);
      else if (endpoint.lastFailedAtMs >= endOf(endpoint, endpoint.warnedAtMs, periodMs)) {
        if (await store.turnOff(endpoint, clock.now(), periodMs)) turnedOff.push(endpoint.id);
      }
    } catch (error) {
      // It must not keep the others on.
      failures.push(error);
    }
  }
  return { turnedOff, failures };
}

/** The earliest time of a failure that turns the endpoint off. Pure. */
export function endOf(
  { sinceMs }: Pick<FailingEndpoint, "sinceMs">,
  warnedAtMs: number,
  periodMs: number,
): number {
  return Math.max(sinceMs + periodMs, warnedAtMs + periodMs * limits.failingWarnedShare);
}

/** How often to look: 20 times in a period, and at least once a minute. */
export function checkPauseMs(periodMs: number): number {
  const pauseMs = periodMs / limits.failingChecksPerPeriod;
  return Math.min(Math.max(pauseMs, limits.failingCheckMsLeast), limits.failingCheckMsMost);
}
