/** The clocks and the randomness of production. The simulation has its own. */
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "../pipeline/ports.ts";
import type { Queryable } from "../postgres/pool.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    if (delayMs <= 0) {
      // Uses setImmediate, because setTimeout waits at least 1 ms.
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = createSystemRandom();

/** Reads random bytes in blocks, because a system call for each id took 2 µs of every publish. */
function createSystemRandom(): Random {
  const blockBytes = 8_192;
  let block = randomBytes(blockBytes);
  let used = 0;
  return {
    fraction: () => Math.random(),
    bytes(count) {
      if (used + count > blockBytes) {
        block = randomBytes(blockBytes);
        used = 0;
      }
      used += count;
      return block.subarray(used - count, used);
    },
  };
}

/**
 * The database's clock, computed without a query. Nodes compare leases and due times, but their own
 * clocks may differ by minutes. Between two measurements this clock is monotonic, so a jump of the
 * machine's clock changes nothing. After the machine was suspended, this clock is late until the
 * next measurement.
 */
export class DatabaseClock implements Clock {
  #offsetMs = Date.now() - performance.now();

  /** The time in whole milliseconds since the Unix epoch. */
  now(): number {
    return Math.floor(performance.now() + this.#offsetMs);
  }

  monotonicMs(): number {
    return performance.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    return systemClock.after(delayMs, callback);
  }

  /** How far the machine's own clock is behind the database's, in milliseconds. */
  get offsetMs(): number {
    return this.now() - Date.now();
  }

  /** Reads the database's time. The result applies to the middle of the query. */
  async measure(database: Queryable): Promise<void> {
    const beforeMs = performance.now();
    const { rows } = await database.query<{ now_ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms",
    );
    const afterMs = performance.now();
    const row = rows[0];
    if (row !== undefined) this.correct(row.now_ms, beforeMs, afterMs);
  }

  /**
   * Applies a measurement of the database's time.
   * @param databaseMs the database's time in the middle of the query, in milliseconds since the
   * Unix epoch.
   * @param beforeMs `performance.now()` before the query.
   * @param afterMs `performance.now()` after the query.
   */
  correct(databaseMs: number, beforeMs: number, afterMs: number): void {
    const offsetMs = databaseMs - (beforeMs + afterMs) / 2;
    // A difference that is smaller than the duration of the query is noise.
    const isNoise = Math.abs(offsetMs - this.#offsetMs) <= (afterMs - beforeMs) / 2 + 1;
    if (!isNoise) this.#offsetMs = offsetMs;
  }
}
