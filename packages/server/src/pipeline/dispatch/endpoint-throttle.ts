/**
 * How fast one endpoint may be sent to: the rate that its owner set, and a slow start after it was
 * down. A server that comes back after an hour meets its backlog one request at a time, then twice
 * as fast each second, and not all of it at once, which is what brings it down again.
 */
import { limits } from "../../limits.ts";
import type { Exchange } from "../ports.ts";

export interface ThrottleLimits {
  /** Attempts at once. */
  readonly inFlightMax: number;
  /** Attempts in a second; null for no bound. */
  readonly ratePerSecond: number | null;
}

/** What an exchange says of the endpoint's health: a 404 is an answer, a 503 a cry for help. */
export function isSignOfTrouble({ responseStatus }: Pick<Exchange, "responseStatus">): boolean {
  return responseStatus === null || responseStatus === 429 || responseStatus >= 500;
}

interface SlowStart {
  inFlightMax: number;
  ratePerSecond: number;
  raisedAtMs: number;
}

export class EndpointThrottle {
  #limits: ThrottleLimits;
  #failuresInRow = 0;
  /** Null while the endpoint is well: then only its owner's limits count. */
  #slowStart: SlowStart | null = null;
  /** Attempts that may start now, by the rate. */
  #tokens = 1;
  #filledAtMs = 0;

  constructor(throttleLimits: ThrottleLimits) {
    this.#limits = throttleLimits;
  }

  /** The limits in force may change with every version of an endpoint. */
  set limits(throttleLimits: ThrottleLimits) {
    this.#limits = throttleLimits;
  }

  get inFlightMax(): number {
    return Math.min(this.#limits.inFlightMax, this.#slowStart?.inFlightMax ?? Infinity);
  }

  /** Attempts in a second that it may have now; null for no bound. */
  get ratePerSecond(): number | null {
    const { ratePerSecond } = this.#limits;
    if (this.#slowStart === null) return ratePerSecond;
    return Math.min(ratePerSecond ?? Infinity, this.#slowStart.ratePerSecond);
  }

  /** True if forgetting it would give the endpoint more than it may have. */
  get isWorthKeeping(): boolean {
    return this.#failuresInRow > 0 || this.#slowStart !== null || this.ratePerSecond !== null;
  }

  /** @returns 0 and takes a token if an attempt may start now; else for how long it may not. */
  waitMs(nowMs: number): number {
    const rate = this.ratePerSecond;
    if (rate === null) return 0;
    const full = Math.max(1, rate * (limits.rateBurstMs / 1000));
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(full, this.#tokens + (elapsedMs * rate) / 1000);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    // Not for each token alone: at 1,000 a second a timer for each would be the work itself.
    return Math.max(limits.rateRestMs, Math.ceil(((1 - this.#tokens) * 1000) / rate));
  }

  /** An attempt came to its end. */
  attempted(isTrouble: boolean, nowMs: number): void {
    if (isTrouble) {
      this.#failuresInRow += 1;
      const isDown = this.#failuresInRow >= limits.slowStartAfterFailures;
      if (isDown || this.#slowStart !== null) this.#beginSlowStart(nowMs);
      return;
    }
    this.#failuresInRow = 0;
    if (this.#slowStart !== null) this.#raise(this.#slowStart, nowMs);
  }

  #beginSlowStart(nowMs: number): void {
    this.#slowStart = {
      inFlightMax: 1,
      ratePerSecond: limits.slowStartRatePerSecond,
      raisedAtMs: nowMs,
    };
  }

  /** One more at once for each success; twice the rate for each second of them. */
  #raise(slowStart: SlowStart, nowMs: number): void {
    slowStart.inFlightMax += 1;
    if (nowMs - slowStart.raisedAtMs < limits.slowStartDoubleMs) return;
    slowStart.raisedAtMs = nowMs;
    slowStart.ratePerSecond *= 2;
    const enough = this.#limits.ratePerSecond ?? limits.slowStartEndRatePerSecond;
    if (slowStart.ratePerSecond >= enough) this.#slowStart = null;
  }
}
