/** Clocks and chance for production; the simulation brings its own. */
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "./pipeline/ports.ts";
import type { Queryable } from "./postgres/pool.ts";

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    if (delayMs <= 0) {
      // setImmediate, not setTimeout: that would wait for at least 1 ms.
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = createSystemRandom();

/** Random bytes are drawn in blocks: one system call for each id cost 2 µs of every publish. */
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
 * The database's clock as this machine can read it without asking: leases and due times are
 * compared between nodes, whose own clocks may be minutes apart.
 */
export class DatabaseClock implements Clock {
  #offsetMs = 0;

  now(): number {
    return Date.now() + this.#offsetMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return systemClock.after(delayMs, callback);
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Asks the database for its time. The answer is taken to be from the middle of the exchange. */
  async measure(database: Queryable): Promise<void> {
    const beforeMs = Date.now();
    const { rows } = await database.query<{ now_ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms",
    );
    const afterMs = Date.now();
    const row = rows[0];
    if (row === undefined) return;
    const offsetMs = Math.round(row.now_ms - (beforeMs + afterMs) / 2);
    // Within the exchange's own length the difference says nothing: keep the local clock.
    this.#offsetMs = Math.abs(offsetMs) <= afterMs - beforeMs + 1 ? 0 : offsetMs;
  }
}
