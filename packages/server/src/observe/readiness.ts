/**
 * Decides whether this node can work. Load balancers ask without a key, so the response describes
 * the problem but contains no error message, which could contain names and addresses.
 */
import type { Clock } from "../pipeline/ports.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Hosts } from "../postgres/hosts.ts";
import type { Pooling } from "../postgres/pooler.ts";
import type { Queryable } from "../postgres/pool.ts";
import type { Store } from "../store/store.ts";

export interface Check {
  readonly ok: boolean;
  /** What is wrong and what to do about it. Missing if the check is ok. */
  readonly problem?: string;
  readonly what_to_do?: string;
}

export interface Readiness {
  readonly status: "ready" | "not ready";
  readonly checks: {
    readonly database: Check;
    readonly migrations: Check;
    readonly claim: Check;
    /** The check of the probe. Missing if probes are turned off. */
    readonly probe?: ProbeCheck;
  };
  /** The mode of the pooler between this node and the database, if there is one. */
  readonly pooler: Pooling;
  /** How this node learns about other nodes' work: `poll` if it cannot keep a session. */
  readonly notifications: "listen" | "poll";
}

export interface ProbeCheck extends Check {
  /** The age of the last successful probe; null if there was none. */
  readonly age_seconds: number | null;
}

const fine: Check = { ok: true };

/**
 * Records whether the store's calls succeed: polls for waiting work, the claims that follow them,
 * heartbeats, and publishes.
 */
export class StoreWatch {
  readonly #clock: Clock;
  /** A node claims only if a poll found something due, so both must work. */
  readonly #polls: Calls;
  readonly #claims: Calls;
  readonly #onWorks: () => void;
  #hasHeartbeatFailed = false;
  #publishFailedAtMs = Number.NEGATIVE_INFINITY;

  /** @param onWorks called after each poll that succeeded. */
  constructor(clock: Clock, onWorks: () => void = () => undefined) {
    this.#clock = clock;
    this.#onWorks = onWorks;
    this.#polls = new Calls(clock);
    this.#claims = new Calls(clock);
  }

  /** Returns a store with the same behaviour that also records the results. */
  watched(store: Store): Store {
    return {
      ...store,
      waitingWork: async (nodeId, atMs) => {
        const work = await this.#polls.record(store.waitingWork(nodeId, atMs));
        this.#onWorks();
        return work;
      },
      claim: (request) => this.#claims.record(store.claim(request)),
      heartbeat: async (beat) => {
        try {
          const nodes = await store.heartbeat(beat);
          this.#hasHeartbeatFailed = false;
          return nodes;
        } catch (error) {
          this.#hasHeartbeatFailed = true;
          throw error;
        }
      },
      publish: async (request) => {
        try {
          const outcomes = await store.publish(request);
          this.#publishFailedAtMs = Number.NEGATIVE_INFINITY;
          return outcomes;
        } catch (error) {
          // An error about another client's lock or about the data does not mean that the database
          // has a problem.
          if (error instanceof PosthornError) this.#publishFailedAtMs = this.#clock.monotonicMs();
          throw error;
        }
      },
    };
  }

  /**
   * Checks whether the database accepts writes. A failed publish counts for a while, because others
   * may follow.
   */
  checkWrites(): Check {
    const sinceMs = this.#clock.monotonicMs() - this.#publishFailedAtMs;
    if (!this.#hasHeartbeatFailed && sinceMs > limits.publishFailureCountsMs) return fine;
    return {
      ok: false,
      problem: "The database responds, but writes of this node fail.",
      what_to_do:
        "Check the database's error in the log. The database may be read-only, full or locked.",
    };
  }

  checkClaims(): Check {
    const both = [this.#polls, this.#claims];
    const isStuck = both.some((calls) => calls.pendingMs > limits.databaseStatementMs * 2);
    if (!isStuck && !both.some((calls) => calls.hasFailed)) return fine;
    return {
      ok: false,
      problem: isStuck
        ? "A claim of due deliveries does not return."
        : "The last claim of due deliveries failed, so this node sends no retries.",
      what_to_do: "Check the database's error in the log. First attempts continue.",
    };
  }
}

/** Records the calls of one kind, of which one runs at a time. */
class Calls {
  readonly #clock: Clock;
  #sinceMs: number | null = null;
  hasFailed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the current call has been running; 0 if there is none. */
  get pendingMs(): number {
    return this.#sinceMs === null ? 0 : this.#clock.monotonicMs() - this.#sinceMs;
  }

  async record<Result>(call: Promise<Result>): Promise<Result> {
    this.#sinceMs = this.#clock.monotonicMs();
    try {
      const result = await call;
      this.hasFailed = false;
      return result;
    } catch (error) {
      this.hasFailed = true;
      throw error;
    } finally {
      this.#sinceMs = null;
    }
  }
}

export interface ReadinessOptions {
  readonly database: Queryable;
  /** The number of this program's newest migration. */
  readonly newestMigration: number;
  readonly storeWatch: StoreWatch;
  readonly hosts: Pick<Hosts, "current">;
  readonly direct: Pick<Hosts, "current">;
  /** The state of the probe; null if probes are turned off. */
  readonly probe: { readonly ageMs: number | null; readonly isStale: boolean } | null;
}

export async function readiness(options: ReadinessOptions): Promise<Readiness> {
  const { database, migrations } = await databaseChecks(options);
  const claim = options.storeWatch.checkClaims();
  const probe = options.probe === null ? {} : { probe: probeCheck(options.probe) };
  const checks = { database, migrations, claim, ...probe };
  const isReady = Object.values(checks).every(({ ok }) => ok);
  return {
    status: isReady ? "ready" : "not ready",
    checks,
    pooler: options.hosts.current()?.pooling ?? "none",
    notifications: options.direct.current()?.pooling === "transaction" ? "poll" : "listen",
  };
}

/**
 * Caches the result: all callers share it while it is computed, and for `limits.readinessKeptMs`
 * after that. Anyone can ask without a key, so requests must not cause work for the database.
 * @param nowMs a monotonic clock.
 */
export function keptReadiness(
  look: () => Promise<Readiness>,
  nowMs: () => number = () => performance.now(),
): () => Promise<Readiness> {
  let latest: { readonly answer: Promise<Readiness>; untilMs: number } | null = null;
  return () => {
    if (latest !== null && nowMs() < latest.untilMs) return latest.answer;
    const current = { answer: look(), untilMs: Number.POSITIVE_INFINITY };
    latest = current;
    const keep = (): void => void (current.untilMs = nowMs() + limits.readinessKeptMs);
    current.answer.then(keep, keep);
    return current.answer;
  };
}

function probeCheck({ ageMs, isStale }: NonNullable<ReadinessOptions["probe"]>): ProbeCheck {
  const age = { age_seconds: ageMs === null ? null : Math.round(ageMs / 1000) };
  if (!isStale) return { ...fine, ...age };
  return {
    ok: false,
    problem: "The test events that this node sends to itself do not arrive.",
    what_to_do: "Check the deliveries of the endpoint probe.posthorn.internal, and the log.",
    ...age,
  };
}

/**
 * A newer schema is accepted, because nodes of the previous release keep working during a rollout.
 */
async function databaseChecks({
  database,
  newestMigration,
  storeWatch,
}: ReadinessOptions): Promise<{ readonly database: Check; readonly migrations: Check }> {
  let newest: number;
  try {
    const { rows } = await database.query<{ newest: number | null }>(
      "select max(number) as newest from posthorn.migrations",
    );
    newest = rows[0]?.newest ?? 0;
  } catch {
    const unknown: Check = {
      ok: false,
      problem: "Unknown, because the database does not respond.",
      what_to_do: "Make the database available again.",
    };
    return {
      database: {
        ok: false,
        problem: "The database does not respond.",
        what_to_do:
          "Check the server in DATABASE_URL. This node continues when the server responds again.",
      },
      migrations: unknown,
    };
  }
  const writes = storeWatch.checkWrites();
  if (newest >= newestMigration) return { database: writes, migrations: fine };
  return {
    database: writes,
    migrations: {
      ok: false,
      problem:
        `The database has migration ${newest}, but this version of Posthorn needs ` +
        `${newestMigration}.`,
      what_to_do: "Run `posthorn migrate`, or restart the node.",
    },
  };
}
