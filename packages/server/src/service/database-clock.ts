/** The clocks and the randomness of production. The simulation has its own. */
import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
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

/** The machine's clocks, in milliseconds. */
export interface MachineTime {
  /** Never jumps. Does not count the time that the machine is suspended. */
  monotonicMs(): number;
  /** Jumps when somebody sets the clock. */
  wallMs(): number;
  /** Never jumps. Counts the time that the machine is suspended. Its resolution is 10 ms. */
  uptimeMs(): number;
}

const machineTime: MachineTime = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  // libuv reads it from a file on Linux (20 µs), so it is not read for every delivery.
  uptimeMs: () => uptime() * 1_000,
};

/** A smaller difference is the resolution of the uptime, or a clock that is being adjusted. */
const jumpMs = 250;

/**
 * The database's clock, computed without a query. Nodes compare leases and due times, but their own
 * clocks may differ by minutes. Between two measurements this clock is monotonic, so a jump of the
 * machine's clock changes nothing. The time that the machine was suspended counts at once;
 * otherwise the node would use leases that ended meanwhile. If a virtual machine was paused, all of
 * its clocks stood still, and this clock is late until the next measurement.
 */
export class DatabaseClock implements Clock {
  readonly #machine: MachineTime;
  #offsetMs: number;
  #wallOffsetMs: number;
  #uptimeOffsetMs: number;

  constructor(machine: MachineTime = machineTime) {
    this.#machine = machine;
    this.#wallOffsetMs = machine.wallMs() - machine.monotonicMs();
    this.#uptimeOffsetMs = machine.uptimeMs() - machine.monotonicMs();
    this.#offsetMs = this.#wallOffsetMs;
  }

  /** The time in whole milliseconds since the Unix epoch. */
  now(): number {
    const monotonicMs = this.#machine.monotonicMs();
    const wallOffsetMs = this.#machine.wallMs() - monotonicMs;
    if (Math.abs(wallOffsetMs - this.#wallOffsetMs) > jumpMs) {
      this.#wallOffsetMs = wallOffsetMs;
      this.#countSuspension();
    }
    return Math.floor(monotonicMs + this.#offsetMs);
  }

  /** The wall clock jumped: either it was set, or the machine was suspended. */
  #countSuspension(): void {
    const uptimeOffsetMs = this.#machine.uptimeMs() - this.#machine.monotonicMs();
    const suspendedMs = uptimeOffsetMs - this.#uptimeOffsetMs;
    if (suspendedMs <= jumpMs / 2) return;
    this.#uptimeOffsetMs = uptimeOffsetMs;
    this.#offsetMs += suspendedMs;
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  after(delayMs: number, callback: () => void): () => void {
    return systemClock.after(delayMs, callback);
  }

  /** How far the machine's own clock is behind the database's, in milliseconds. */
  get offsetMs(): number {
    return this.now() - this.#machine.wallMs();
  }

  /**
   * Reads the database's time. The result applies to the middle of the query. It is dropped if the
   * machine was suspended meanwhile, because nobody knows on which side of that the database read
   * its clock.
   */
  async measure(database: Queryable): Promise<void> {
    this.now();
    const uptimeOffsetMs = this.#uptimeOffsetMs;
    const beforeMs = this.monotonicMs();
    const { rows } = await database.query<{ now_ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms",
    );
    const afterMs = this.monotonicMs();
    this.now();
    const row = rows[0];
    const wasSuspended = this.#uptimeOffsetMs !== uptimeOffsetMs;
    if (row !== undefined && !wasSuspended) this.correct(row.now_ms, beforeMs, afterMs);
  }

  /**
   * Applies a measurement of the database's time.
   * @param databaseMs the database's time in the middle of the query, in milliseconds since the
   * Unix epoch.
   * @param beforeMs `monotonicMs()` before the query.
   * @param afterMs `monotonicMs()` after the query.
   */
  correct(databaseMs: number, beforeMs: number, afterMs: number): void {
    const offsetMs = databaseMs - (beforeMs + afterMs) / 2;
    // A difference that is smaller than the duration of the query is noise.
    const isNoise = Math.abs(offsetMs - this.#offsetMs) <= (afterMs - beforeMs) / 2 + 1;
    if (!isNoise) this.#offsetMs = offsetMs;
  }
}
