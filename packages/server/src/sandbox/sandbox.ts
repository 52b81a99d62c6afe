/**
 * Runs transformations in processes of their own. Orgs take turns, and no org uses more processes
 * than are free for others (`model/fair-allocator.ts`), so endless loops of one org do not delay
 * the transformations of another. Processes start when they are needed.
 */
import { createHash } from "node:crypto";
import { limits } from "../limits.ts";
import { ExpiringMap } from "../model/expiring-map.ts";
import { FairAllocator, Share } from "../model/fair-allocator.ts";
import {
  transformationEvent,
  transformedOf,
  type TransformationInput,
  type Transformed,
} from "../model/transformation.ts";
import type { Clock, Transformer } from "../pipeline/ports.ts";
import {
  SandboxLostError,
  SandboxProcess,
  type SandboxAnswer,
  type SandboxJob,
} from "./process.ts";

/** What is wrong with a source; null if it is a function. */
export type SourceProblem = Exclude<Transformed, { kind: "shaped" | "cancelled" }> | null;

class Customer {
  readonly share = new Share<Customer>(this);
  /** The waiting jobs, in order of arrival. Each is called once: true if its turn has come. */
  readonly waiting = new Set<(isItsTurn: boolean) => void>();
}

const busy = { kind: "postponed", message: "The sandbox is busy." } as const;
const stopped = { kind: "postponed", message: "The sandbox has stopped." } as const;

export class Sandbox implements Transformer {
  readonly #clock: Pick<Clock, "after" | "monotonicMs">;
  readonly #cpuMs: number;
  readonly #slots = new FairAllocator<Customer>(limits.sandboxProcessesMax);
  readonly #customers = new Map<string, Customer>();
  readonly #idle = new Map<SandboxProcess, () => void>();
  readonly #processes = new Set<SandboxProcess>();
  /** The transformations for which a process was killed a while ago, by org and source. */
  readonly #killed: ExpiringMap<true>;
  readonly #checked: ExpiringMap<Promise<SourceProblem>>;
  #waiting = 0;
  #isClosed = false;

  /** @param cpuMs how much CPU time a job may use. Only tests set it. */
  constructor(
    clock: Pick<Clock, "after" | "monotonicMs">,
    cpuMs: number = limits.transformationCpuMs,
  ) {
    this.#clock = clock;
    this.#cpuMs = cpuMs;
    const nowMs = (): number => clock.monotonicMs();
    const { transformationKilledMs, transformationsKilledMax } = limits;
    this.#killed = new ExpiringMap(nowMs, transformationKilledMs, transformationsKilledMax);
    const { transformationCheckedMs, transformationsCheckedMax } = limits;
    this.#checked = new ExpiringMap(nowMs, transformationCheckedMs, transformationsCheckedMax);
  }

  /** The number of running jobs. */
  get running(): number {
    return this.#slots.taken;
  }

  /** The number of jobs that wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The number of running processes. */
  get processes(): number {
    return this.#processes.size;
  }

  async transform({ orgId, source, event, context }: TransformationInput): Promise<Transformed> {
    const job = { source, event: transformationEvent(event), context: JSON.stringify(context) };
    const answer = await this.#inTurn(orgId, job);
    return "kind" in answer ? answer : read(answer);
  }

  /**
   * Says whether a text is the source of a function, without calling the function. The result is
   * remembered for a moment, so that it can be found out before a transaction that needs it.
   * @param turnOf whose turn the check uses.
   */
  check(turnOf: string, source: string): Promise<SourceProblem> {
    const key = keyOf("", source);
    const known = this.#checked.get(key);
    if (known !== undefined) return known;
    const checked = this.#check(turnOf, source);
    this.#checked.set(key, checked);
    void checked.then((problem) => {
      if (problem?.kind === "postponed") this.#checked.delete(key);
    });
    return checked;
  }

  /** Ends all processes. Jobs in progress end as postponed. */
  close(): void {
    this.#isClosed = true;
    for (const { waiting } of this.#customers.values()) for (const end of waiting) end(false);
    for (const each of this.#processes) each.kill();
    for (const cancel of this.#idle.values()) cancel();
  }

  async #check(orgId: string, source: string): Promise<SourceProblem> {
    const answer = await this.#inTurn(orgId, { source });
    if ("kind" in answer) return answer;
    return answer.error === undefined ? null : failedBy(answer);
  }

  async #inTurn(
    orgId: string,
    job: SandboxJob,
  ): Promise<SandboxAnswer | Exclude<Transformed, { kind: "shaped" | "cancelled" }>> {
    const customer = this.#customers.get(orgId) ?? new Customer();
    this.#customers.set(orgId, customer);
    if (!(await this.#takeSlot(customer))) {
      this.#forgetIfIdle(orgId, customer);
      return this.#isClosed ? stopped : busy;
    }
    const taken = this.#takeProcess();
    try {
      // The sandbox may have closed during the wait.
      return this.#isClosed ? stopped : await taken.run(job, this.#cpuMs);
    } catch (error) {
      if (!(error instanceof SandboxLostError)) throw error;
      return this.#lost(orgId, job.source, error);
    } finally {
      this.#putBack(taken);
      this.#slots.giveBack(customer.share);
      this.#startNext();
      this.#forgetIfIdle(orgId, customer);
    }
  }

  #forgetIfIdle(orgId: string, { share, waiting }: Customer): void {
    if (share.held === 0 && waiting.size === 0) this.#customers.delete(orgId);
  }

  #lost(orgId: string, source: string, { isTooLong }: SandboxLostError) {
    if (this.#isClosed) return stopped;
    if (!isTooLong) return { kind: "postponed", message: "The sandbox's process ended." } as const;
    const key = keyOf(orgId, source);
    const message = `it took more than ${this.#cpuMs / 1000} s`;
    if (this.#killed.has(key)) return failedBy({ error: message, line: null });
    this.#killed.set(key, true);
    return { kind: "postponed", message: `A transformation was stopped: ${message}.` } as const;
  }

  /** @returns false if the turn did not come in time. */
  #takeSlot(customer: Customer): Promise<boolean> {
    if (this.#isClosed) return Promise.resolve(false);
    if (customer.waiting.size === 0 && this.#slots.mayTake(customer.share)) {
      this.#slots.take(customer.share);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const end = (isItsTurn: boolean): void => {
        cancel();
        if (customer.waiting.delete(end)) this.#waiting -= 1;
        if (customer.waiting.size === 0) this.#slots.leave(customer.share);
        if (isItsTurn) this.#slots.take(customer.share);
        resolve(isItsTurn);
      };
      const cancel = this.#clock.after(limits.transformationWaitMs, () => end(false));
      customer.waiting.add(end);
      this.#waiting += 1;
      this.#slots.wait(customer.share);
    });
  }

  #startNext(): void {
    for (let next = this.#slots.next(); next !== null; next = this.#slots.next()) {
      const [end] = next.waiting;
      if (end === undefined) return;
      end(true);
    }
  }

  #takeProcess(): SandboxProcess {
    for (const [each, cancel] of this.#idle) {
      cancel();
      this.#idle.delete(each);
      if (!each.hasEnded) return each;
      this.#processes.delete(each);
    }
    const started = new SandboxProcess();
    this.#processes.add(started);
    return started;
  }

  #putBack(each: SandboxProcess): void {
    if (each.hasEnded || this.#isClosed) {
      each.kill();
      this.#processes.delete(each);
      return;
    }
    const cancel = this.#clock.after(limits.sandboxIdleMs, () => {
      this.#idle.delete(each);
      this.#processes.delete(each);
      each.kill();
    });
    this.#idle.set(each, cancel);
  }
}

function read(answer: SandboxAnswer): Transformed {
  if (answer.error !== undefined) return failedBy(answer);
  return transformedOf(answer.result, limits.bodyBytesMax);
}

function failedBy({ error, line }: { readonly error: string; readonly line: number | null }) {
  const place = line === null ? "" : `line ${line}: `;
  return { kind: "failed", message: `${place}${error}`, line } as const;
}

function keyOf(orgId: string, source: string): string {
  return `${orgId} ${createHash("sha256").update(source).digest("base64")}`;
}
