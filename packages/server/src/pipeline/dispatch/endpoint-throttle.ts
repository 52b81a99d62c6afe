/**
 * Limits the rate of one endpoint: by the rate limit that its owner set, and by a slow start after
 * failures. An endpoint that recovers after an hour first gets one request at a time, then twice as
 * many each second. The whole backlog at once could take it down again.
 */
import { limits } from "../../limits.ts";
import type { Verdict } from "../../contracts/render.ts";
import type { Exchange } from "../ports.ts";

export interface ThrottleLimits {
  /** Maximum number of parallel attempts. */
  readonly inFlightMax: number;
  /** Attempts per second; null if unlimited. */
  readonly ratePerSecond: number | null;
}

/** Whether an outcome means that the endpoint is in trouble: a 503 does, a 404 does not. */
export function isSignOfTrouble(
  { responseStatus }: Pick<Exchange, "responseStatus">,
  { isSuccess }: Pick<Verdict, "isSuccess">,
): boolean {
  if (isSuccess) return false;
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
  /** Null while the endpoint is healthy. Then only its owner's limits apply. */
  #slowStart: SlowStart | null = null;
  /** How many attempts the rate limit allows now. */
  #tokens = 1;
  #filledAtMs = 0;

  constructor(throttleLimits: ThrottleLimits) {
    this.#limits = throttleLimits;
  }

  /** Each version of the endpoint can have different limits. */
  set limits(throttleLimits: ThrottleLimits) {
    this.#limits = throttleLimits;
  }

  get inFlightMax(): number {
    return Math.min(this.#limits.inFlightMax, this.#slowStart?.inFlightMax ?? Infinity);
  }

  /** The current rate limit in attempts per second; null if unlimited. */
  get ratePerSecond(): number | null {
    const { ratePerSecond } = this.#limits;
    if (this.#slowStart === null) return ratePerSecond;
    return Math.min(ratePerSecond ?? Infinity, this.#slowStart.ratePerSecond);
  }

  /** True if the endpoint could exceed its limits if this object were discarded. */
  get isWorthKeeping(): boolean {
    return this.#failuresInRow > 0 || this.#slowStart !== null || this.ratePerSecond !== null;
  }

  /**
   * @returns 0 if an attempt may start now, which uses up a token; otherwise how long to wait, in
   * ms.
   */
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
    // Tokens refill in batches, because at 1,000 per second a timer for each token would be the
    // main cost.
    return Math.max(limits.rateRestMs, Math.ceil(((1 - this.#tokens) * 1000) / rate));
  }

  /** Called after each attempt. */
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

  /** Each success allows one more parallel attempt. Each second with a success doubles the rate. */
  #raise(slowStart: SlowStart, nowMs: number): void {
    slowStart.inFlightMax += 1;
    if (nowMs - slowStart.raisedAtMs < limits.slowStartDoubleMs) return;
    slowStart.raisedAtMs = nowMs;
    slowStart.ratePerSecond *= 2;
    const enough = this.#limits.ratePerSecond ?? limits.slowStartEndRatePerSecond;
    if (slowStart.ratePerSecond >= enough) this.#slowStart = null;
  }
}
