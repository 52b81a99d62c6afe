/**
 * Settle: a pure function decides what an attempt's outcome means. Then the results of many
 * deliveries are written in one transaction, each only if its lease is still valid.
 */
import { parseRetryAfter, nextAttemptDelayMs } from "../../model/retry-schedule.ts";
import { nextStatus } from "../../model/delivery.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { isInRange, type StatusRange } from "../../model/status-range.ts";
import type { CompiledContract, Verdict } from "../../contracts/render.ts";
import { limits } from "../../limits.ts";
import {
  UnstorableError,
  type LeasedDelivery,
  type LeaseHandle,
  type Settlement,
  type Store,
  type UnreadableDelivery,
} from "../../store/store.ts";
import { Batcher } from "../batcher.ts";
import type { Clock, Exchange, Observer } from "../ports.ts";

/** The retry schedule: the contract's, or the operator's, which replaces it. */
export interface RetryPolicy {
  /**
   * The delay before each attempt, starting with attempt 1. Each is counted from the previous
   * failure.
   */
  readonly scheduleMs: readonly number[];
  readonly jitter: { readonly below: number; readonly above: number };
  /** Statuses after which there is no retry, besides those of the contract. */
  readonly finalStatuses?: readonly StatusRange[];
}

/**
 * The endpoint's own schedule, or the operator's, or the contract's. The contract's jitter applies
 * to each.
 * @param operatorScheduleMs null if the operator has set none.
 */
export function retryPolicyOf(
  { retry: own }: Pick<Endpoint, "retry">,
  contract: Pick<CompiledContract, "retry">,
  operatorScheduleMs: readonly number[] | null,
): RetryPolicy {
  const scheduleMs = own?.scheduleMs ?? operatorScheduleMs;
  const finalStatuses = own?.finalStatuses ?? [];
  if (scheduleMs === null && finalStatuses.length === 0) return contract.retry;
  return { ...contract.retry, ...(scheduleMs === null ? {} : { scheduleMs }), finalStatuses };
}

export interface ExchangeFacts {
  readonly delivery: LeasedDelivery;
  readonly exchange: Exchange;
  /** What the contract says about the response. */
  readonly verdict: Verdict;
  readonly retry: RetryPolicy;
  /** The endpoint version that the request was built from. */
  readonly endpointVersion: number;
  /** The version of the contract that it was built by. */
  readonly contractVersion: number;
  readonly startedAtMs: number;
  readonly signedAtMs: number;
  readonly finishedAtMs: number;
  /** A number in [0, 1) that determines the jitter. */
  readonly randomFraction: number;
}

const goneStatus = 410;

/** Returns the settlement for an exchange. A pure function. */
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
    decidedAtMs: finishedAtMs,
    attempt: {
      atMs: facts.startedAtMs,
      durationMs: Math.round(exchange.durationMs),
      responseStatus: exchange.responseStatus,
      error: exchange.responseStatus === null ? (exchange.error?.class ?? "protocol") : null,
      trigger: isManual(delivery) ? "manual" : "schedule",
      exchangeJson: exchangeJson(facts),
    },
    turnEndpointOff:
      exchange.responseStatus === goneStatus && !facts.verdict.isSuccess
        ? {
            endpointId: delivery.endpointId,
            cause: "gone",
            reason: "The endpoint responded with 410 Gone, which means that senders must stop.",
          }
        : null,
  };
}

/**
 * Returns the settlement for a delivery that can never be sent: it becomes a dead letter. A pure
 * function.
 */
export function bury(delivery: UnreadableDelivery, atMs: number): Settlement {
  return {
    deliveryId: delivery.id,
    leaseId: delivery.lease.id,
    number: delivery.attempts + 1,
    status: "failed",
    dueAtMs: null,
    attempt: {
      atMs,
      durationMs: 0,
      responseStatus: null,
      error: "internal",
      trigger: "schedule",
      exchangeJson: JSON.stringify({ error_message: delivery.reason }),
    },
    turnEndpointOff: null,
  };
}

/**
 * Returns the same settlement without details, in case PostgreSQL cannot store one of the details.
 */
function withoutDetails(settlement: Settlement): Settlement {
  const details = { error_message: "Posthorn could not store the details of this attempt." };
  const attempt = { ...settlement.attempt, exchangeJson: JSON.stringify(details) };
  return { ...settlement, attempt };
}

type Change =
  | { readonly name: "deliver" | "give_up" | "cancel"; readonly delayMs: null }
  | { readonly name: "postpone"; readonly delayMs: number };

function changeAfter(facts: ExchangeFacts, number: number): Change {
  const { delivery, exchange, retry, verdict } = facts;
  if (exchange.error?.class === "cancelled") return { name: "cancel", delayMs: null };
  if (verdict.isSuccess) return { name: "deliver", delayMs: null };
  const isFinal =
    verdict.isFinal || exchange.error?.isFinal === true || isFinalForEndpoint(retry, exchange);
  if (isFinal || number >= limits.attemptsPerDeliveryMax) return { name: "give_up", delayMs: null };
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

/** Why the endpoint's own rules end the retries; null if they do not. */
function finalReason({ retry, exchange, verdict }: ExchangeFacts): string | null {
  if (verdict.isSuccess || !isFinalForEndpoint(retry, exchange)) return null;
  return `The endpoint's final_statuses contain ${exchange.responseStatus}, so there is no retry.`;
}

function isFinalForEndpoint({ finalStatuses }: RetryPolicy, exchange: Exchange): boolean {
  const { responseStatus: status } = exchange;
  if (status === null || finalStatuses === undefined) return false;
  return finalStatuses.some((range) => isInRange(status, range));
}

/** True for the first attempt of a round that a user requested. */
function isManual(delivery: LeasedDelivery): boolean {
  return delivery.attemptsBeforeRound > 0 && delivery.attempts === delivery.attemptsBeforeRound;
}

/** Skipped phases are omitted, so a delivery over a reused connection stores only two times. */
function exchangeJson(facts: ExchangeFacts): string {
  const { exchange, verdict } = facts;
  const { dnsMs, waitMs, connectMs, tlsMs, firstByteMs } = exchange.timings;
  return JSON.stringify({
    // The endpoint's and the contract's. Every attempt stores them, so they have one short name.
    versions: [facts.endpointVersion, facts.contractVersion],
    // Needed to rebuild the request; usually both are the same millisecond.
    signed_after_ms: facts.signedAtMs - facts.startedAtMs || undefined,
    dns_ms: tenths(dnsMs),
    wait_ms: tenths(waitMs),
    connect_ms: tenths(connectMs),
    tls_ms: tenths(tlsMs),
    first_byte_ms: tenths(firstByteMs),
    error_message: verdict.reason ?? finalReason(facts) ?? exchange.error?.message,
    response_headers: exchange.responseStatus === null ? undefined : exchange.responseHeaders,
    response_body: exchange.responseBody === "" ? undefined : exchange.responseBody,
    response_body_cut: exchange.responseBodyCut ? true : undefined,
    resent: exchange.isResent ? true : undefined,
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
 * A write that must happen before the lease ends. `onDone` is called once, with true if the write
 * succeeded.
 */
interface Write<What extends LeaseHandle> {
  readonly what: What;
  readonly leaseUntilMs: number;
  onDone(isWritten: boolean): void;
}

/**
 * Writes settlements, and gives back unused leases. If the store fails, the settler retries until
 * the write succeeds or the lease ends. The store recognises what it has already written. The
 * settler uses callbacks, because a promise for each step would cost too much
 * (docs/performance.md).
 */
export class Settler {
  readonly #options: SettlerOptions;
  readonly #settlements: Batcher<Write<Settlement>>;
  readonly #releases: Batcher<Write<LeaseHandle>>;

  constructor(options: SettlerOptions) {
    this.#options = options;
    const { store, clock } = options;
    const shared = {
      clock,
      sizePerFlushMax: limits.settlementsPerCommitMax,
      flushPatienceMs: limits.commitPatienceMs,
    };
    this.#settlements = new Batcher({
      ...shared,
      flushesMax: limits.settleCommitsMax,
      spacingMs: limits.settleSpacingMs,
      flush: (writes) =>
        this.#persist("settle", this.#settlements, writes, (settlements) =>
          this.#storeSettlements(settlements),
        ),
    });
    this.#releases = new Batcher({
      ...shared,
      flushesMax: 1,
      flush: (writes) =>
        this.#persist("release", this.#releases, writes, async (leases) => {
          await store.release(leases, clock.now());
          return noneLost;
        }),
    });
  }

  /** Calls `onDone` with false if the lease was lost; nothing was written in that case. */
  settle(settlement: Settlement, leaseUntilMs: number, onDone: (isSettled: boolean) => void): void {
    this.#settlements.add({
      what: settlement,
      leaseUntilMs,
      onDone: (isSettled) => {
        if (!isSettled) this.#options.observer.leaseLost(settlement.deliveryId);
        onDone(isSettled);
      },
    });
  }

  /** Calls `onDone` even if the lease ends before it could be given back. */
  release(lease: LeaseHandle, leaseUntilMs: number, onDone: () => void): void {
    this.#releases.add({ what: lease, leaseUntilMs, onDone });
  }

  /** Stores a settlement without its details if they cannot be stored. */
  async #storeSettlements(settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#options;
    try {
      return await store.settle(settlements, clock.now());
    } catch (error) {
      const [only] = settlements;
      const isAlone = only !== undefined && settlements.length === 1;
      if (!isAlone || !(error instanceof UnstorableError)) throw error;
      this.#options.observer.storeFailed("settle", error);
      return store.settle([withoutDetails(only)], clock.now());
    }
  }

  /** @param write returns the ids of deliveries whose lease was lost. */
  async #persist<What extends LeaseHandle>(
    operation: string,
    batcher: Batcher<Write<What>>,
    writes: readonly Write<What>[],
    write: (all: readonly What[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    let lost: ReadonlySet<string>;
    try {
      lost = await write(writes.map(({ what }) => what));
    } catch (error) {
      this.#options.observer.storeFailed(operation, error);
      if (!(error instanceof UnstorableError)) this.#writeAgain(batcher, writes);
      else if (writes.length > 1) {
        // A settlement that cannot be stored must not fail the others in its commit. Otherwise all
        // of them would be sent again after their leases end.
        const middle = Math.ceil(writes.length / 2);
        await this.#persist(operation, batcher, writes.slice(0, middle), write);
        await this.#persist(operation, batcher, writes.slice(middle), write);
      } else for (const { onDone } of writes) onDone(false);
      return;
    }
    for (const { what, onDone } of writes) onDone(!lost.has(what.deliveryId));
  }

  #writeAgain<What extends LeaseHandle>(
    batcher: Batcher<Write<What>>,
    writes: readonly Write<What>[],
  ): void {
    const { clock } = this.#options;
    const againAtMs = clock.now() + limits.storeRetryMs;
    const inTime = writes.filter(({ leaseUntilMs }) => againAtMs <= leaseUntilMs);
    if (inTime.length > 0) {
      clock.after(limits.storeRetryMs, () => {
        for (const each of inTime) batcher.add(each);
      });
    }
    for (const { leaseUntilMs, onDone } of writes) if (againAtMs > leaseUntilMs) onDone(false);
  }
}

const noneLost: ReadonlySet<string> = new Set();
