/**
 * Settle: what an attempt's outcome means is decided here, without touching anything; writing it
 * is one fenced transaction for many deliveries.
 */
import { parseRetryAfter, nextAttemptDelayMs } from "../model/retry-schedule.ts";
import { nextStatus } from "../model/delivery.ts";
import { limits } from "../limits.ts";
import type { Settlement, Store, LeasedDelivery, LeaseHandle } from "../store/store.ts";
import { Batcher } from "./batcher.ts";
import type { Clock, Exchange, Observer } from "./ports.ts";

/** When failed attempts are made again: of a contract, or of the operator's override. */
export interface RetryPolicy {
  /** The delay before each attempt, after the failure before; the first is that of attempt 1. */
  readonly scheduleMs: readonly number[];
  readonly jitter: { readonly below: number; readonly above: number };
}

export interface ExchangeFacts {
  readonly delivery: LeasedDelivery;
  readonly exchange: Exchange;
  readonly retry: RetryPolicy;
  /** Of the endpoint that it was sent to. */
  readonly endpointVersion: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** In [0, 1): decides the jitter. */
  readonly randomFraction: number;
}

const goneStatus = 410;

/** Only 2xx is a success: both seeds, and Standard Webhooks 1.0.0, "Webhook response". */
export function isSuccess(responseStatus: number | null): boolean {
  return responseStatus !== null && responseStatus >= 200 && responseStatus <= 299;
}

/** The settlement that follows from an exchange. Pure. */
export function decide(facts: ExchangeFacts): Settlement {
  const { delivery, exchange, finishedAtMs } = facts;
  const number = delivery.attempts + 1;
  const change = changeAfter(facts, number);
  const status = nextStatus("pending", change.name);
  if (status === null) throw new Error(`A pending delivery cannot ${change.name}.`);
  return {
    deliveryId: delivery.id,
    leaseId: delivery.lease.id,
    number,
    status,
    dueAtMs: change.delayMs === null ? null : finishedAtMs + change.delayMs,
    attempt: {
      atMs: facts.startedAtMs,
      durationMs: Math.round(exchange.durationMs),
      responseStatus: exchange.responseStatus,
      error: exchange.responseStatus === null ? (exchange.error?.class ?? "protocol") : null,
      trigger: isManual(delivery) ? "manual" : "schedule",
      exchangeJson: exchangeJson(exchange, facts.endpointVersion),
    },
    turnEndpointOff:
      exchange.responseStatus === goneStatus
        ? {
            endpointId: delivery.endpointId,
            cause: "gone",
            reason: "It answered 410 Gone, which asks to send nothing more.",
          }
        : null,
  };
}

type Change =
  | { readonly name: "deliver" | "give_up"; readonly delayMs: null }
  | { readonly name: "postpone"; readonly delayMs: number };

function changeAfter(facts: ExchangeFacts, number: number): Change {
  const { delivery, exchange, retry } = facts;
  if (isSuccess(exchange.responseStatus)) return { name: "deliver", delayMs: null };
  if (number >= limits.attemptsPerDeliveryMax) return { name: "give_up", delayMs: null };
  const retryAfter = exchange.responseHeaders["retry-after"];
  const delayMs = nextAttemptDelayMs({
    scheduleMs: retry.scheduleMs,
    jitter: retry.jitter,
    attemptsMade: number - delivery.attemptsBeforeRound,
    random: facts.randomFraction,
    retryAfterMs: retryAfter === undefined ? null : parseRetryAfter(retryAfter, facts.finishedAtMs),
  });
  return delayMs === null ? { name: "give_up", delayMs: null } : { name: "postpone", delayMs };
}

/** The first attempt of a round that somebody asked for. */
function isManual(delivery: LeasedDelivery): boolean {
  return delivery.attemptsBeforeRound > 0 && delivery.attempts === delivery.attemptsBeforeRound;
}

/** What did not take place is left out: a delivery on a kept connection has two numbers more. */
function exchangeJson(exchange: Exchange, endpointVersion: number): string {
  const { dnsMs, waitMs, connectMs, tlsMs, firstByteMs } = exchange.timings;
  return JSON.stringify({
    endpoint_version: endpointVersion,
    dns_ms: tenths(dnsMs),
    wait_ms: tenths(waitMs),
    connect_ms: tenths(connectMs),
    tls_ms: tenths(tlsMs),
    first_byte_ms: tenths(firstByteMs),
    error_message: exchange.error?.message,
    response_headers: exchange.responseStatus === null ? undefined : exchange.responseHeaders,
    response_body: exchange.responseBody === "" ? undefined : exchange.responseBody,
    response_body_cut: exchange.responseBodyCut ? true : undefined,
    remote_address: exchange.remoteAddress ?? undefined,
  });
}

function tenths(ms: number | null): number | undefined {
  return ms === null ? undefined : Math.round(ms * 10) / 10;
}

export interface SettlerOptions {
  readonly store: Pick<Store, "settle" | "release">;
  readonly clock: Clock;
  readonly observer: Observer;
}

/**
 * Writes settlements, and gives unused leases back. A store that fails is asked again until it
 * answers or the lease is over by its own time: the store recognises what it has already written.
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #settlements: Batcher<Settlement, boolean>;
  readonly #releases: Batcher<LeaseHandle, true>;

  constructor(options: SettlerOptions) {
    const { store, clock } = options;
    this.#options = options;
    this.#settlements = new Batcher({
      clock,
      sizePerFlushMax: limits.settlementsPerCommitMax,
      flushesMax: limits.settleCommitsMax,
      flushPatienceMs: limits.commitPatienceMs,
      flush: async (settlements) => {
        const lost = await store.settle(settlements, clock.now());
        return settlements.map((each) => !lost.has(each.deliveryId));
      },
    });
    this.#releases = new Batcher({
      clock,
      sizePerFlushMax: limits.settlementsPerCommitMax,
      flushesMax: 1,
      flushPatienceMs: limits.commitPatienceMs,
      flush: async (leases) => {
        await store.release(leases, clock.now());
        return leases.map(() => true as const);
      },
    });
  }

  /** Resolves to false if the lease was lost: then nothing was written. */
  async settle(settlement: Settlement, leaseUntilMs: number): Promise<boolean> {
    const write = (): Promise<boolean> => this.#settlements.add(settlement);
    const settled = await this.#persist("settle", leaseUntilMs, write);
    if (settled === true) return true;
    this.#options.observer.leaseLost(settlement.deliveryId);
    return false;
  }

  async release(lease: LeaseHandle, leaseUntilMs: number): Promise<void> {
    await this.#persist("release", leaseUntilMs, () => this.#releases.add(lease));
  }

  async idle(): Promise<void> {
    await this.#settlements.idle();
    await this.#releases.idle();
  }

  async #persist<Result>(
    operation: string,
    leaseUntilMs: number,
    write: () => Promise<Result>,
  ): Promise<Result | null> {
    const { clock, observer } = this.#options;
    for (;;) {
      try {
        return await write();
      } catch (error) {
        observer.storeFailed(operation, error);
        if (clock.now() + limits.storeRetryMs > leaseUntilMs) return null;
        await new Promise<void>((resolve) => clock.after(limits.storeRetryMs, resolve));
      }
    }
  }
}
