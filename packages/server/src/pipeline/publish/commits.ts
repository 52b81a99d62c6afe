/**
 * Groups publish calls into commits, and isolates the calls in a commit from each other.
 *
 * - Data that cannot be stored fails only its own call: the commit is repeatedly split in half.
 * - An open transaction of another client locks the rows that it inserted: a new org or an
 *   idempotency key. Everything in a commit with events of that org would wait for it. An
 *   application that published in SQL and committed a minute later once stopped all publishers of
 *   the node. So a commit waits only briefly for a lock. Then it is split by org, and the blocked
 *   org gets separate commits for a while.
 */
import { limits } from "../../limits.ts";
import { ExpiringMap } from "../../model/expiring-map.ts";
import { BlockedError, UnstorableError } from "../../store/store.ts";
import type { NewEvent, PublishOutcome } from "../../store/store.ts";
import { Batcher } from "../batcher.ts";
import type { Clock } from "../ports.ts";

export type Call = readonly NewEvent[];

/** A call that waits for a commit, alone or shared with others. */
interface WaitingCall {
  readonly events: Call;
  /** The estimated share of a commit that the call uses. */
  readonly cost: number;
  resolve(outcomes: readonly PublishOutcome[]): void;
  reject(error: unknown): void;
}

type OnBlocked = (calls: readonly WaitingCall[], error: BlockedError) => Promise<void>;

export interface CommitsOptions {
  readonly clock: Clock;
  /**
   * Makes one commit.
   * @throws UnstorableError, or BlockedError if a lock is not free after `lockWaitMs`.
   */
  store(events: Call, lockWaitMs: number): Promise<readonly PublishOutcome[]>;
}

export class Commits {
  readonly #options: CommitsOptions;
  readonly #together: Batcher<WaitingCall>;
  readonly #apart: Batcher<WaitingCall>;
  /** Orgs that currently get separate commits. */
  readonly #blocked: ExpiringMap<true>;

  constructor(options: CommitsOptions) {
    this.#options = options;
    const { publishApartMs, publishBlockedOrgsMax } = limits;
    this.#blocked = new ExpiringMap(
      () => options.clock.monotonicMs(),
      publishApartMs,
      publishBlockedOrgsMax,
    );
    const common = {
      clock: options.clock,
      sizePerFlushMax: limits.publishEventsPerCommitMax,
      sizeOf: ({ cost }: WaitingCall) => cost,
      flushPatienceMs: limits.commitPatienceMs,
      // Orgs take turns within a commit, so an org that floods delays only itself.
      groupOf: orgOf,
    };
    this.#together = new Batcher({
      ...common,
      flushesMax: limits.publishCommitsMax,
      flush: (calls) =>
        this.#commit(calls, limits.publishLockWaitMs, (blocked) => this.#findBlocked(blocked)),
    });
    this.#apart = new Batcher({
      ...common,
      flushesMax: limits.publishApartCommitsMax,
      flush: (calls) => this.#commitApart(calls),
    });
  }

  /**
   * Stores the events of one call in a shared commit.
   * @param cost how much of a commit the call uses; `limits.publishEventsPerCommitMax` is a whole
   * commit.
   * @throws UnstorableError, BlockedError, and any error of the store.
   */
  store(events: Call, cost: number): Promise<readonly PublishOutcome[]> {
    const isApart = events.some(({ orgId }) => this.#blocked.has(orgId));
    return new Promise((resolve, reject) => {
      (isApart ? this.#apart : this.#together).add({ events, cost, resolve, reject });
    });
  }

  /** Resolves when no call is waiting and no commit is running. */
  async idle(): Promise<void> {
    await this.#together.idle();
    // By now, the other calls have been stored.
    await this.#apart.idle();
  }

  async #commit(
    calls: readonly WaitingCall[],
    lockWaitMs: number,
    onBlocked: OnBlocked,
  ): Promise<void> {
    try {
      const events = calls.flatMap((call) => call.events);
      answer(calls, await this.#options.store(events, lockWaitMs));
      return;
    } catch (error) {
      if (error instanceof BlockedError) return onBlocked(calls, error);
      if (!(error instanceof UnstorableError) || calls.length === 1) return refuse(calls, error);
    }
    // One bad call among 200 causes 15 more commits, not 200.
    for (const half of halves(calls)) await this.#commit(half, lockWaitMs, onBlocked);
  }

  /** Stores the calls of all orgs except the blocked one, whose calls are stored separately. */
  async #findBlocked(calls: readonly WaitingCall[]): Promise<void> {
    const orgs = byOrg(calls);
    if (orgs.length === 1) {
      for (const call of calls) {
        this.#blocked.set(orgOf(call), true);
        this.#apart.add(call);
      }
      return;
    }
    for (const half of halves(orgs)) {
      await this.#commit(half.flat(), limits.publishLockWaitAgainMs, (blocked) =>
        this.#findBlocked(blocked),
      );
    }
  }

  async #commitApart(calls: readonly WaitingCall[]): Promise<void> {
    for (const ofOrg of byOrg(calls)) {
      const untilMs = this.#options.clock.monotonicMs() + limits.publishBlockedMs;
      await this.#commit(ofOrg, limits.publishApartLockWaitMs, (blocked, error) =>
        this.#storeTheRest(blocked, error, untilMs),
      );
    }
  }

  /** Stores the calls of a blocked org that do not need the locked key. */
  async #storeTheRest(
    calls: readonly WaitingCall[],
    error: BlockedError,
    untilMs: number,
  ): Promise<void> {
    if (calls.length === 1 || this.#options.clock.monotonicMs() >= untilMs) {
      for (const call of calls) this.#blocked.set(orgOf(call), true);
      return refuse(calls, error);
    }
    for (const half of halves(calls)) {
      await this.#commit(half, limits.publishLockWaitAgainMs, (blocked, again) =>
        this.#storeTheRest(blocked, again, untilMs),
      );
    }
  }
}

function orgOf({ events }: WaitingCall): string {
  return events[0]?.orgId ?? "";
}

function byOrg(calls: readonly WaitingCall[]): readonly (readonly WaitingCall[])[] {
  const orgs = new Map<string, WaitingCall[]>();
  for (const call of calls) {
    const ofOrg = orgs.get(orgOf(call));
    if (ofOrg === undefined) orgs.set(orgOf(call), [call]);
    else ofOrg.push(call);
  }
  return [...orgs.values()];
}

function halves<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

function answer(calls: readonly WaitingCall[], outcomes: readonly PublishOutcome[]): void {
  let start = 0;
  for (const { events, resolve } of calls) {
    resolve(outcomes.slice(start, (start += events.length)));
  }
}

function refuse(calls: readonly WaitingCall[], error: unknown): void {
  for (const { reject } of calls) reject(error);
}
