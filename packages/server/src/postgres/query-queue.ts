/**
 * Decides which caller's query runs next. Callers are orgs and the operator.
 *
 * A slow query uses a connection and a CPU for seconds. So only a few run in parallel. A caller may
 * use fewer slots than are free (a dynamic threshold), so that one is left for a caller that has
 * none. Callers with queued queries take turns. Each caller's queue is short, and further queries
 * are rejected.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { LinkedList, type ListNode } from "../model/linked-list.ts";
import type { Clock } from "../pipeline/ports.ts";

export interface QueryQueueOptions {
  readonly clock: Pick<Clock, "after">;
  /** Maximum parallel queries of all callers together. */
  readonly runningMax: number;
  /**
   * False for short work that must not be rejected. Then queries wait without a timeout, and an org
   * may run several.
   */
  readonly mayRefuse: boolean;
  /** Called for each rejected query. */
  onRefused?(): void;
}

/** A caller: an org or the operator. It is removed when it has no running and no queued query. */
interface Caller {
  readonly id: string;
  running: number;
  /** Its queued queries, in order of arrival. */
  readonly waiting: LinkedList<Waiting>;
  /** Its position among the callers with queued queries; null if it has none. */
  turn: ListNode<Caller> | null;
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
  readonly #callers = new Map<string, Caller>();
  /** Callers with queued queries. The first one that may start another query is next. */
  readonly #turns = new LinkedList<Caller>();
  #running = 0;
  #waiting = 0;

  constructor(options: QueryQueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
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
    if (this.#mayStart(caller) && caller.waiting.size === 0) this.#start(caller);
    else await this.#wait(caller);
    try {
      return await work();
    } finally {
      this.#end(caller);
    }
  }

  #mayStart({ id, running }: Caller): boolean {
    const { runningMax, mayRefuse } = this.#options;
    if (mayRefuse && id !== operator && running >= limits.queriesRunningPerOrgMax) return false;
    return running < runningMax - this.#running;
  }

  #start(caller: Caller): void {
    caller.running += 1;
    this.#running += 1;
  }

  #end(caller: Caller): void {
    caller.running -= 1;
    this.#running -= 1;
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
      caller.turn ??= this.#turns.append(caller);
      if (!mayRefuse) return;
      stopTimer = clock.after(limits.queryWaitMs, () => {
        this.#leave(caller, place);
        this.#forgetIfIdle(caller);
        reject(this.#refusal());
      });
    });
  }

  /** At most `runningMax` callers use slots, so few are skipped. */
  #startNext(): void {
    let turn = this.#turns.first;
    while (turn !== null && this.#running < this.#options.runningMax) {
      const caller = turn.item;
      const following = turn.after;
      const first = caller.waiting.first;
      if (first !== null && this.#mayStart(caller)) {
        this.#leave(caller, first);
        if (caller.turn !== null) this.#turns.moveToEnd(caller.turn);
        this.#start(caller);
        first.item.start();
      }
      turn = following;
    }
  }

  #leave(caller: Caller, place: ListNode<Waiting>): void {
    if (!caller.waiting.remove(place)) return;
    this.#waiting -= 1;
    if (caller.waiting.size > 0 || caller.turn === null) return;
    this.#turns.remove(caller.turn);
    caller.turn = null;
  }

  #callerOf(id: string): Caller {
    let caller = this.#callers.get(id);
    if (caller === undefined) {
      caller = { id, running: 0, waiting: new LinkedList(), turn: null };
      this.#callers.set(id, caller);
    }
    return caller;
  }

  #forgetIfIdle({ id, running, waiting }: Caller): void {
    if (running === 0 && waiting.size === 0) this.#callers.delete(id);
  }

  #refusal(): PosthornError {
    this.#options.onRefused?.();
    const retryAfterSeconds = Math.ceil(limits.queryWaitMs / 1000);
    return new PosthornError("PH_TOO_MANY_QUERIES", {}, { retryAfterSeconds });
  }
}
