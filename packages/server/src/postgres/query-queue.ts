/**
 * Decides which caller's query runs next. Callers are orgs and the operator. A slow query uses a
 * connection and a CPU for seconds, so only a few run in parallel. `model/fair-allocator.ts`
 * divides them between the callers, so that a slot stays free for a caller that has none. Each
 * caller's queue is short, and further queries are rejected.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { FairAllocator, Share } from "../model/fair-allocator.ts";
import { LinkedList, type ListNode } from "../model/linked-list.ts";
import type { Clock } from "../pipeline/ports.ts";

export interface QueryQueueOptions {
  readonly clock: Pick<Clock, "after">;
  /** The maximum number of parallel queries of all callers together. */
  readonly runningMax: number;
  /**
   * False for short work that must not be rejected. Queries then wait without a timeout, and an org
   * may run several.
   */
  readonly mayRefuse: boolean;
  /** Called for each rejected query. */
  onRefused?(): void;
}

/**
 * A caller: an org or the operator. The object is removed when it has neither running nor queued
 * queries.
 */
class Caller {
  readonly id: string;
  /** The caller's running queries. */
  readonly share = new Share<Caller>(this);
  /** The caller's queued queries, in order of arrival. */
  readonly waiting = new LinkedList<Waiting>();

  constructor(id: string) {
    this.id = id;
  }
}

interface Waiting {
  start(): void;
}

/** The caller whose queries are not limited to one org. */
export const operator = "operator";

function waitingMax(callerId: string): number {
  return callerId === operator ? limits.operatorQueriesWaitingMax : limits.queriesWaitingPerOrgMax;
}

export class QueryQueue {
  readonly #options: QueryQueueOptions;
  readonly #slots: FairAllocator<Caller>;
  readonly #callers = new Map<string, Caller>();
  #waiting = 0;

  constructor(options: QueryQueueOptions) {
    this.#options = options;
    this.#slots = new FairAllocator(options.runningMax);
  }

  get running(): number {
    return this.#slots.taken;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs `work` when it is the caller's turn.
   *
   * @param work must not call `run` itself, because it could wait for its own slot.
   * @throws PosthornError `PH_TOO_MANY_QUERIES` (429) if the caller's queue is full or its turn
   * does not come within `limits.queryWaitMs`; and any error of `work`.
   */
  async run<Result>(callerId: string, work: () => Promise<Result>): Promise<Result> {
    const caller = this.#callerOf(callerId);
    if (
      caller.waiting.size === 0 &&
      !this.#isAtLimit(caller) &&
      this.#slots.mayTake(caller.share)
    ) {
      this.#slots.take(caller.share);
    } else await this.#wait(caller);
    try {
      return await work();
    } finally {
      this.#end(caller);
    }
  }

  #isAtLimit({ id, share }: Caller): boolean {
    const { mayRefuse } = this.#options;
    return mayRefuse && id !== operator && share.held >= limits.queriesRunningPerOrgMax;
  }

  /** A caller at its own limit leaves the queue for slots, because it would block all others. */
  #takeOrLeaveTurn(caller: Caller): void {
    if (caller.waiting.size > 0 && !this.#isAtLimit(caller)) this.#slots.wait(caller.share);
    else this.#slots.leave(caller.share);
  }

  #end(caller: Caller): void {
    this.#slots.giveBack(caller.share);
    this.#takeOrLeaveTurn(caller);
    this.#startNext();
    this.#forgetIfIdle(caller);
  }

  #wait(caller: Caller): Promise<void> {
    const { clock, mayRefuse } = this.#options;
    if (mayRefuse && caller.waiting.size >= waitingMax(caller.id)) {
      return Promise.reject(this.#refusal());
    }
    return new Promise((resolve, reject) => {
      let stopTimer: (() => void) | null = null;
      const place = caller.waiting.append({
        start() {
          stopTimer?.();
          resolve();
        },
      });
      this.#waiting += 1;
      this.#takeOrLeaveTurn(caller);
      if (!mayRefuse) return;
      stopTimer = clock.after(limits.queryWaitMs, () => {
        this.#leave(caller, place);
        this.#forgetIfIdle(caller);
        reject(this.#refusal());
      });
    });
  }

  #startNext(): void {
    for (let caller = this.#slots.next(); caller !== null; caller = this.#slots.next()) {
      const { first } = caller.waiting;
      if (first === null) return;
      this.#slots.take(caller.share);
      this.#leave(caller, first);
      first.item.start();
    }
  }

  #leave(caller: Caller, place: ListNode<Waiting>): void {
    if (!caller.waiting.remove(place)) return;
    this.#waiting -= 1;
    this.#takeOrLeaveTurn(caller);
  }

  #callerOf(id: string): Caller {
    let caller = this.#callers.get(id);
    if (caller === undefined) {
      caller = new Caller(id);
      this.#callers.set(id, caller);
    }
    return caller;
  }

  #forgetIfIdle({ id, share, waiting }: Caller): void {
    if (share.held === 0 && waiting.size === 0) this.#callers.delete(id);
  }

  #refusal(): PosthornError {
    this.#options.onRefused?.();
    const retryAfterSeconds = Math.ceil(limits.queryWaitMs / 1000);
    return new PosthornError("PH_TOO_MANY_QUERIES", {}, { retryAfterSeconds });
  }
}
