/**
 * Replaces the many lines of the log about a database that does not work: one line at the first
 * failure, one every 30 s with the number of failures, and one when the database works again.
 */
import { limits } from "../limits.ts";
import { isUnavailable } from "../postgres/pool.ts";
import { describeError } from "./describe-error.ts";

/** The part of the log that writes these lines. */
export interface OutageLogger {
  error(facts: object, message: string): void;
  info(facts: object, message: string): void;
}

export class Outage {
  readonly #nowMs: () => number;
  /** Null while the database works. */
  #since: { readonly atMs: number; lineAtMs: number } | null = null;
  #failedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** @param nowMs a monotonic clock. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Counts a failure. Writes a line about it if there was none for `limits.outageLineMs`. */
  failed(logger: OutageLogger, error: unknown, during: string): void {
    const nowMs = this.#nowMs();
    this.#failedAtMs = nowMs;
    this.#failures += 1;
    const { message: reason, code } = describeError(error);
    const facts = { reason, ...(code === undefined ? {} : { code }), during };
    if (this.#since === null) {
      this.#since = { atMs: nowMs, lineAtMs: nowMs };
      logger.error(facts, "the database does not work; this node tries again until it does");
    } else if (nowMs - this.#since.lineAtMs >= limits.outageLineMs) {
      this.#since.lineAtMs = nowMs;
      const counts = { failures: this.#failures, seconds: this.#secondsSince(this.#since.atMs) };
      logger.error({ ...facts, ...counts }, "the database still does not work");
    }
  }

  /**
   * Called when a statement has succeeded. Others may still fail, e.g. writes on a full disk, so
   * the outage ends only after `limits.outageQuietMs` without a failure.
   */
  succeeded(logger: OutageLogger): void {
    if (this.#since === null) return;
    if (this.#nowMs() - this.#failedAtMs < limits.outageQuietMs) return;
    const counts = { failures: this.#failures, seconds: this.#secondsSince(this.#since.atMs) };
    this.#since = null;
    this.#failures = 0;
    logger.info(counts, "the database works again");
  }

  #secondsSince(atMs: number): number {
    return Math.round((this.#nowMs() - atMs) / 1000);
  }
}

/** SQLSTATEs of a server that accepts no writes, e.g. a standby after a failover. */
const readOnly = /^25/;

/** Returns true if the database does not work, false if only one statement is bad. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) {
    return error.errors.length > 0 && error.errors.every((each) => isOutage(each));
  }
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return code === "PH_DATABASE_UNAVAILABLE" || readOnly.test(code) || isUnavailable(error);
}
