/**
 * Statistics of attempts, for charts. Attempts are counted in memory, and the counts are added to
 * the database every few seconds. A node that crashes loses its latest counts, but no deliveries.
 */
import { limits } from "../limits.ts";
import { errorsNotOfReceiver } from "../model/attempt-errors.ts";
import { probeOrgId } from "../model/probe.ts";
import type { Clock, ObservedAttempt, Observer } from "../pipeline/ports.ts";

/** No contract and no endpoint allows a longer timeout than this. */
const longestBoundMs = 30_000;

/**
 * Upper bounds of the histogram of durations, in milliseconds. A bucket's longest duration is at
 * most 20 % above its shortest, so the middle of a bucket is at most 10 % off. One more bucket
 * counts longer durations.
 */
export const durationBoundsMs: readonly number[] = boundsUpTo(longestBoundMs);

function boundsUpTo(longestMs: number): readonly number[] {
  const bounds = [1];
  for (;;) {
    const last = bounds.at(-1) ?? 1;
    if (last >= longestMs) return bounds;
    bounds.push(Math.min(longestMs, Math.floor((last + 1) * 1.2)));
  }
}

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
  /**
   * The number of attempts in each bucket of durations. There is one more bucket than there are
   * bounds.
   */
  readonly durations: number[];
  longestMs: number;
  lastDeliveredAtMs: number | null;
  lastFailedAtMs: number | null;
  /** The first failure of the receiver after the last success; null if there is none. */
  failingSinceMs: number | null;
}

export interface StatisticsOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Adds these counts to those in the database. */
  write(counts: readonly Count[]): Promise<void>;
}

/** Counts by minute, then by endpoint. A combined key would have to be built for each attempt. */
type Counts = Map<number, Map<string, Count>>;

export class Statistics {
  readonly #options: StatisticsOptions;
  #counts: Counts = new Map();
  #size = 0;
  #flushedAtMs = -Infinity;
  #flushing: Promise<void> = Promise.resolve();

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  readonly observer: Observer = {
    attempted: (attempt) => this.#attempted(attempt),
    leaseLost: () => {},
    attemptHeld: () => {},
    sendThrew: () => {},
    deliveryUnreadable: () => {},
    fanOutFailed: () => {},
    storeFailed: () => {},
  };

  /**
   * Writes the counts. If that fails, the next flush writes them. If only the response was lost,
   * they are counted twice.
   * @throws any error of `write`.
   */
  async flush(): Promise<void> {
    this.#flushedAtMs = this.#options.clock.monotonicMs();
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

  /**
   * Writes this node's counts before statistics are read, so that they include what the reader has
   * just seen elsewhere. Writes at most once a second. Never rejects, because the next flush writes
   * the same counts.
   */
  async flushBeforeRead(): Promise<void> {
    const ageMs = this.#options.clock.monotonicMs() - this.#flushedAtMs;
    if (ageMs >= limits.statisticsReadFlushMs) {
      this.#flushing = this.flush().catch(() => undefined);
    }
    // Waits for a flush in progress, because two reads at the same time must see the same counts.
    await this.#flushing;
  }

  #attempted(attempt: ObservedAttempt): void {
    if (attempt.orgId === probeOrgId) return;
    const { endpointId, orgId, startedAtMs } = attempt;
    const minuteAtMs = startedAtMs - (startedAtMs % minuteMs);
    const count = this.#countOf(minuteAtMs, endpointId, orgId);
    if (count !== null) add(count, attempt);
  }

  /** @returns null if the maximum number of counts is reached. */
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

  /** Called after a failed write. Merges a count with those recorded since. */
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
    since.longestMs = Math.max(since.longestMs, count.longestMs);
    since.lastDeliveredAtMs = latest(since.lastDeliveredAtMs, count.lastDeliveredAtMs);
    since.lastFailedAtMs = latest(since.lastFailedAtMs, count.lastFailedAtMs);
    for (const atMs of [count.failingSinceMs, since.failingSinceMs]) {
      if (atMs !== null) noteFailure(since, atMs);
    }
    noteSuccess(since);
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
    longestMs: 0,
    lastDeliveredAtMs: null,
    lastFailedAtMs: null,
    failingSinceMs: null,
  };
}

function add(count: Count, attempt: ObservedAttempt): void {
  // A transformation that cancels a delivery neither succeeds nor fails.
  if (attempt.error === "cancelled") return;
  count.attempts += 1;
  if (attempt.status === "delivered") {
    count.delivered += 1;
    count.lastDeliveredAtMs = latest(count.lastDeliveredAtMs, attempt.startedAtMs);
    noteSuccess(count);
  } else {
    count.failedAttempts += 1;
    // Counts only failures of the receiver, because this time decides when an endpoint is turned
    // off.
    if (!isOwnFault(attempt)) {
      count.lastFailedAtMs = latest(count.lastFailedAtMs, attempt.startedAtMs);
      noteFailure(count, attempt.startedAtMs);
    }
  }
  if (attempt.status === "failed") count.deadLetters += 1;
  const bucket = bucketOf(attempt.durationMs);
  count.durations[bucket] = (count.durations[bucket] ?? 0) + 1;
  count.longestMs = Math.max(count.longestMs, attempt.durationMs);
}

function noteFailure(count: Count, atMs: number): void {
  if (atMs <= (count.lastDeliveredAtMs ?? -Infinity)) return;
  count.failingSinceMs = Math.min(count.failingSinceMs ?? Infinity, atMs);
}

/** Attempts end in another order than they start, so a failure may be later than the success. */
function noteSuccess(count: Count): void {
  const { failingSinceMs, lastDeliveredAtMs } = count;
  if (failingSinceMs === null || failingSinceMs > (lastDeliveredAtMs ?? -Infinity)) return;
  const { lastFailedAtMs } = count;
  const failsAgain = (lastFailedAtMs ?? -Infinity) > (lastDeliveredAtMs ?? -Infinity);
  count.failingSinceMs = failsAgain ? lastFailedAtMs : null;
}

/** Finds the bucket by halving, because this runs for every attempt. */
function bucketOf(durationMs: number): number {
  let low = 0;
  let high = durationBoundsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (durationMs <= (durationBoundsMs[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const notOfReceiver = new Set<string | null>(errorsNotOfReceiver);

function isOwnFault({ error }: ObservedAttempt): boolean {
  return notOfReceiver.has(error);
}

function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/**
 * Returns a percentile of the durations: at most 10 % off, and never above the longest one.
 * @param durations the number of attempts in each bucket.
 * @param longestMs the longest of these attempts.
 * @param share the fraction of attempts that did not take longer, from 0 to 1.
 * @returns null if there were no attempts.
 */
export function percentileMs(
  durations: readonly number[],
  longestMs: number,
  share: number,
): number | null {
  const total = durations.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = Math.max(1, Math.ceil(share * total));
  let below = 0;
  const bucket = durations.findIndex((count) => {
    below += count;
    return below >= wanted;
  });
  const upTo = Math.min(durationBoundsMs[bucket] ?? longestMs, longestMs);
  const from = Math.min((durationBoundsMs[bucket - 1] ?? 0) + 1, upTo);
  // The geometric middle has the same relative distance to both ends of the bucket.
  return Math.round(Math.sqrt(from * upTo) * 10) / 10;
}
