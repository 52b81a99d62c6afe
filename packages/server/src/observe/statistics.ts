/**
 * Statistics of attempts, for charts: counted in memory, and added to the database every few
 * seconds. What a node has counted and not yet written is lost with it; deliveries are not.
 */
import { limits } from "../limits.ts";
import type { ObservedAttempt, Observer } from "../pipeline/ports.ts";

/** Upper bounds of the histogram of durations; a last bucket takes what is longer. */
export const durationBoundsMs: readonly number[] = [
  5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
];

export const resolutionsSeconds = [60, 3_600] as const;
export type ResolutionSeconds = (typeof resolutionsSeconds)[number];

/** Stands for all endpoints, and for all orgs. */
export const nilId = "00000000-0000-0000-0000-000000000000";

/** What happened at one endpoint in one span of time. */
export interface Count {
  readonly endpointId: string;
  readonly orgId: string;
  readonly resolutionSeconds: ResolutionSeconds;
  readonly bucketAtMs: number;
  attempts: number;
  delivered: number;
  failedAttempts: number;
  deadLetters: number;
  readonly durations: number[];
  lastDeliveredAtMs: number | null;
  lastFailedAtMs: number | null;
}

export interface StatisticsOptions {
  /** Adds to what is there. */
  write(counts: readonly Count[]): Promise<void>;
}

export class Statistics {
  readonly #options: StatisticsOptions;
  #counts = new Map<string, Count>();

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  readonly observer: Observer = {
    attempted: (attempt) => this.#attempted(attempt),
    leaseLost: () => {},
    sendThrew: () => {},
    storeFailed: () => {},
  };

  /** Writes what was counted. After a failure it is kept, and written with the next. */
  async flush(): Promise<void> {
    const counts = this.#counts;
    if (counts.size === 0) return;
    this.#counts = new Map();
    try {
      await this.#options.write(sorted([...counts.values()]));
    } catch (error) {
      for (const count of counts.values()) this.#keep(count);
      throw error;
    }
  }

  #attempted(attempt: ObservedAttempt): void {
    for (const resolutionSeconds of resolutionsSeconds) {
      this.#count(attempt, attempt.endpointId, attempt.orgId, resolutionSeconds);
      this.#count(attempt, nilId, nilId, resolutionSeconds);
    }
  }

  #count(
    attempt: ObservedAttempt,
    endpointId: string,
    orgId: string,
    resolutionSeconds: ResolutionSeconds,
  ): void {
    const spanMs = resolutionSeconds * 1000;
    const bucketAtMs = Math.floor(attempt.startedAtMs / spanMs) * spanMs;
    const key = keyOf(endpointId, resolutionSeconds, bucketAtMs);
    let count = this.#counts.get(key);
    if (count === undefined) {
      if (this.#counts.size >= limits.statisticsCountsMax) return;
      count = emptyCount(endpointId, orgId, resolutionSeconds, bucketAtMs);
      this.#counts.set(key, count);
    }
    add(count, attempt);
  }

  /** Of a write that failed: together with what was counted since. */
  #keep(count: Count): void {
    const { endpointId, orgId, resolutionSeconds, bucketAtMs } = count;
    const key = keyOf(endpointId, resolutionSeconds, bucketAtMs);
    const since =
      this.#counts.get(key) ?? emptyCount(endpointId, orgId, resolutionSeconds, bucketAtMs);
    if (!this.#counts.has(key) && this.#counts.size >= limits.statisticsCountsMax) return;
    since.attempts += count.attempts;
    since.delivered += count.delivered;
    since.failedAttempts += count.failedAttempts;
    since.deadLetters += count.deadLetters;
    count.durations.forEach((number, index) => {
      since.durations[index] = (since.durations[index] ?? 0) + number;
    });
    since.lastDeliveredAtMs = latest(since.lastDeliveredAtMs, count.lastDeliveredAtMs);
    since.lastFailedAtMs = latest(since.lastFailedAtMs, count.lastFailedAtMs);
    this.#counts.set(key, since);
  }
}

function keyOf(endpointId: string, resolution: ResolutionSeconds, bucketAtMs: number): string {
  return `${endpointId} ${resolution} ${bucketAtMs}`;
}

function emptyCount(
  endpointId: string,
  orgId: string,
  resolutionSeconds: ResolutionSeconds,
  bucketAtMs: number,
): Count {
  return {
    endpointId,
    orgId,
    resolutionSeconds,
    bucketAtMs,
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
    count.lastFailedAtMs = latest(count.lastFailedAtMs, attempt.startedAtMs);
  }
  if (attempt.status === "failed") count.deadLetters += 1;
  const found = durationBoundsMs.findIndex((bound) => attempt.durationMs <= bound);
  const bucket = found === -1 ? durationBoundsMs.length : found;
  count.durations[bucket] = (count.durations[bucket] ?? 0) + 1;
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** By key, or two nodes that add to the same rows would wait for each other in a circle. */
function sorted(counts: readonly Count[]): readonly Count[] {
  const key = (count: Count): string =>
    `${count.endpointId} ${count.resolutionSeconds} ${count.bucketAtMs}`;
  return counts.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * The duration that a share of the attempts did not exceed, interpolated inside its bucket.
 *
 * @param share from 0 to 1. @returns null if there were no attempts.
 */
export function percentileMs(durations: readonly number[], share: number): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [index, count] of durations.entries()) {
    if (count > 0 && below + count >= share * total) {
      const from = index === 0 ? 0 : (durationBoundsMs[index - 1] ?? 0);
      // What is longer than every bound is told as the last of them.
      const to = durationBoundsMs[index] ?? from;
      return Math.round((from + (to - from) * ((share * total - below) / count)) * 10) / 10;
    }
    below += count;
  }
  return null;
}
