/**
 * Statistics of attempts, for charts. They are counted in memory, and added to the database every
 * few seconds. A node that crashes loses its latest counts, but no deliveries.
 */
import { limits } from "../limits.ts";
import type { ObservedAttempt, Observer } from "../pipeline/ports.ts";

/** Upper bounds of the histogram of durations. One more bucket counts longer ones. */
export const durationBoundsMs: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];

export const resolutionsSeconds = [60, 3_600] as const;
export type ResolutionSeconds = (typeof resolutionsSeconds)[number];

const minuteMs = 60_000;

/** What happened at one endpoint in one minute. */
export interface Count {
  readonly endpointId: string;
  readonly orgId: string;
  readonly minuteAtMs: number;
  attempts: number;
  delivered: number;
  failedAttempts: number;
  deadLetters: number;
  /** Attempts by duration. There is one more count than there are bounds. */
  readonly durations: number[];
  lastDeliveredAtMs: number | null;
  lastFailedAtMs: number | null;
}

export interface StatisticsOptions {
  /** Adds to the existing counts. */
  write(counts: readonly Count[]): Promise<void>;
}

/**
 * Counts by minute and then by endpoint. A combined key would have to be built for each attempt.
 */
type Counts = Map<number, Map<string, Count>>;

export class Statistics {
  readonly #options: StatisticsOptions;
  #counts: Counts = new Map();
  #size = 0;

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  readonly observer: Observer = {
    attempted: (attempt) => this.#attempted(attempt),
    leaseLost: () => {},
    attemptHeld: () => {},
    sendThrew: () => {},
    deliveryUnreadable: () => {},
    storeFailed: () => {},
  };

  /**
   * Writes the counts. If that fails, they are kept and written with the next ones. If only the
   * response was lost, they are counted twice.
   *
   * @throws any error of `write`.
   */
  async flush(): Promise<void> {
    const counts: Count[] = [];
    for (const minute of this.#counts.values())
      for (const each of minute.values()) counts.push(each);
    if (counts.length === 0) return;
    this.#counts = new Map();
    this.#size = 0;
    try {
      await this.#options.write(counts);
    } catch (error) {
      for (const count of counts) this.#keep(count);
      throw error;
    }
  }

  #attempted(attempt: ObservedAttempt): void {
    const { endpointId, orgId, startedAtMs } = attempt;
    const minuteAtMs = startedAtMs - (startedAtMs % minuteMs);
    const count = this.#countOf(minuteAtMs, endpointId, orgId);
    if (count !== null) add(count, attempt);
  }

  /** @returns null if there is no room for another count. */
  #countOf(minuteAtMs: number, endpointId: string, orgId: string): Count | null {
    let minute = this.#counts.get(minuteAtMs);
    if (minute === undefined) {
      minute = new Map();
      this.#counts.set(minuteAtMs, minute);
    }
    let count = minute.get(endpointId);
    if (count === undefined) {
      if (this.#size >= limits.statisticsCountsMax) return null;
      this.#size += 1;
      count = emptyCount(endpointId, orgId, minuteAtMs);
      minute.set(endpointId, count);
    }
    return count;
  }

  /** Called after a failed write. Merges a count with later ones. */
  #keep(count: Count): void {
    const since = this.#countOf(count.minuteAtMs, count.endpointId, count.orgId);
    if (since === null) return;
    since.attempts += count.attempts;
    since.delivered += count.delivered;
    since.failedAttempts += count.failedAttempts;
    since.deadLetters += count.deadLetters;
    count.durations.forEach((number, index) => {
      since.durations[index] = (since.durations[index] ?? 0) + number;
    });
    since.lastDeliveredAtMs = latest(since.lastDeliveredAtMs, count.lastDeliveredAtMs);
    since.lastFailedAtMs = latest(since.lastFailedAtMs, count.lastFailedAtMs);
  }
}

function emptyCount(endpointId: string, orgId: string, minuteAtMs: number): Count {
  return {
    endpointId,
    orgId,
    minuteAtMs,
    attempts: 0,
    delivered: 0,
    failedAttempts: 0,
    deadLetters: 0,
    durations: Array.from({ length: durationBoundsMs.length + 1 }, () => 0),
    lastDeliveredAtMs: null,
    lastFailedAtMs: null,
  };
}

function add(count: Count, attempt: ObservedAttempt): void {
  count.attempts += 1;
  if (attempt.status === "delivered") {
    count.delivered += 1;
    count.lastDeliveredAtMs = latest(count.lastDeliveredAtMs, attempt.startedAtMs);
  } else {
    count.failedAttempts += 1;
    // Only count failures of the receiver, because this time decides when an endpoint is turned
    // off.
    if (!isOwnFault(attempt)) {
      count.lastFailedAtMs = latest(count.lastFailedAtMs, attempt.startedAtMs);
    }
  }
  if (attempt.status === "failed") count.deadLetters += 1;
  const found = durationBoundsMs.findIndex((bound) => attempt.durationMs <= bound);
  const bucket = found === -1 ? durationBoundsMs.length : found;
  count.durations[bucket] = (count.durations[bucket] ?? 0) + 1;
}

function isOwnFault({ error }: ObservedAttempt): boolean {
  return error === "internal" || error === "shutdown";
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/**
 * Returns the duration that this share of the attempts did not exceed, interpolated within its
 * bucket.
 *
 * @param share from 0 to 1.
 * @returns null if there were no attempts.
 */
export function percentileMs(durations: readonly number[], share: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [index, count] of durations.entries()) {
    if (count > 0 && below + count >= share * total) {
      const from = index === 0 ? 0 : (durationBoundsMs[index - 1] ?? 0);
      // Durations above the last bound are reported as the last bound.
      const to = durationBoundsMs[index] ?? from;
      return Math.round((from + (to - from) * ((share * total - below) / count)) * 10) / 10;
    }
    below += count;
  }
  return null;
}
