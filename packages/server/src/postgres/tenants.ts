/**
 * All database access for API callers. It uses separate connections, runs few queries in parallel
 * and only one per org (`query-queue.ts`), and limits the duration of statements. So callers cannot
 * use up what publishing, claiming, settling, authentication and `/readyz` need. It also applies
 * row security, the second barrier between orgs: statements for an org run as a role that only sees
 * rows of the org that the transaction names. The first barrier is the condition on the org in each
 * statement.
 */
import { limits } from "../limits.ts";
import { isUuid } from "../model/id.ts";
import type { Clock } from "../pipeline/ports.ts";
import { inTransaction, type Client, type Pool, type Queryable } from "./pool.ts";
import { operator, QueryQueue } from "./query-queue.ts";

export interface TenantsOptions {
  /** The service's own connections. */
  readonly pool: Pool;
  /** A pool with as many connections as parallel queries. */
  readonly queryPool: Pool;
  readonly clock: Pick<Clock, "after">;
  /** Default: `limits.answerBytesMax`. */
  readonly answerBytesMax?: number;
  /** Called for each rejected query. */
  onRefused?(): void;
}

/**
 * The settings of a transaction. They are made inside it, because with a pooler each transaction
 * may use another connection.
 */
const bounded =
  `set local statement_timeout = ${limits.queryStatementMs}; ` +
  // A query may use one CPU, but not several. JIT is off, because compiling would take longer than
  // such a query.
  "set local max_parallel_workers_per_gather = 0; set local jit = off";
const boundedLocks = `set local lock_timeout = ${limits.queryLockMs}`;
const unbounded = `set local statement_timeout = ${limits.databaseStatementMs}`;
const unboundedLocks = "set local lock_timeout = 0";

const asOrg = (orgId: string): string => {
  // The id becomes part of the SQL text, because `set` accepts no parameters. So it must be a UUID.
  if (!isUuid(orgId)) throw new Error("The org's id is not a UUID.");
  return `set local role posthorn_tenant; set local posthorn.org_id = '${orgId}'`;
};
const asService = "set local role none; set local posthorn.org_id = ''";

export class Tenants {
  readonly #pool: Pool;
  readonly #queryPool: Pool;
  readonly #queue: QueryQueue;
  readonly #answerQueue: QueryQueue;
  /**
   * False if the role could not be created. Only the first barrier protects the orgs in that case.
   */
  readonly hasRowSecurity: boolean;
  /** Maximum number of bytes in a page of rows. */
  readonly answerBytesMax: number;

  private constructor(options: TenantsOptions, hasRowSecurity: boolean) {
    const { pool, queryPool, clock } = options;
    this.#pool = pool;
    this.#queryPool = queryPool;
    this.#queue = new QueryQueue({
      ...options,
      runningMax: queryPool.options.max,
      mayRefuse: true,
    });
    const answersMax = Math.ceil(pool.options.max / 2);
    this.#answerQueue = new QueryQueue({ clock, runningMax: answersMax, mayRefuse: false });
    this.hasRowSecurity = hasRowSecurity;
    this.answerBytesMax = options.answerBytesMax ?? limits.answerBytesMax;
  }

  /** The number of running and queued queries, for the metrics. */
  get queries(): { readonly running: number; readonly waiting: number } {
    return this.#queue;
  }

  /** Creates the role if it is missing and the service's user may create it. */
  static async open(options: TenantsOptions): Promise<Tenants> {
    const { pool } = options;
    const made = await pool.query<{ made: boolean }>("select posthorn.make_tenant() as made");
    if (made.rows[0]?.made !== true) return new Tenants(options, false);
    const { rows } = await pool.query<{ binds: boolean }>(
      `select not rolsuper and not rolbypassrls as binds
       from pg_roles where rolname = 'posthorn_tenant'`,
    );
    return new Tenants(options, rows[0]?.binds === true);
  }

  /**
   * Reads for an org, as a role that sees only this org. The operator's reads have null as the org,
   * and run as the service's user. All statements share one read-only transaction.
   * @throws PosthornError `PH_TOO_MANY_QUERIES`; SQLSTATE 57014 for a statement that exceeded
   * `limits.queryStatementMs`.
   */
  read<Result>(
    orgId: string | null,
    work: (database: Queryable) => Promise<Result>,
  ): Promise<Result> {
    // All these statements are one message, so they take one round trip.
    const begin = `begin read only; ${bounded}${this.#enter(orgId)}`;
    return this.inTurn(orgId, () => inTransaction(this.#queryPool, work, begin));
  }

  /**
   * Runs a caller's change: one transaction, as the service's user, with the service's own
   * statement timeout.
   *
   * @throws PosthornError `PH_TOO_MANY_QUERIES`
   */
  change<Result>(
    orgId: string | null,
    work: (transaction: Client) => Promise<Result>,
  ): Promise<Result> {
    return this.inTurn(orgId, () => inTransaction(this.#queryPool, work));
  }

  /**
   * Runs a step of such a change that selects and locks rows by the caller's filter. It has the
   * limits of `read` and a shorter lock timeout, so that SQLSTATE 57014 means a slow filter.
   */
  async readWithin<Result>(
    transaction: Client,
    orgId: string | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    await transaction.query(`${bounded}; ${boundedLocks}${this.#enter(orgId)}`);
    // If `work` fails, the settings are not reset, because they end with the failed transaction.
    const result = await work();
    await transaction.query(`${unbounded}; ${unboundedLocks}; ${asService}`);
    return result;
  }

  /**
   * Waits for the caller's turn, then runs `work` on other connections. `work` contains short
   * statements that find rows by key.
   * @param work must not call `read`, `change` or `inTurn`, because it could wait for its own slot.
   * @throws PosthornError `PH_TOO_MANY_QUERIES`
   */
  inTurn<Result>(orgId: string | null, work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(orgId ?? operator, work);
  }

  /**
   * Reads by key what was just committed for an org. It never rejects for lack of a slot, because
   * the caller would think that the commit was rejected. Row security is off, because its
   * additional round trips would make a publish a sixth slower.
   */
  answer<Result>(orgId: string, work: (database: Queryable) => Promise<Result>): Promise<Result> {
    return this.#answerQueue.run(orgId, () => work(this.#pool));
  }

  #enter(orgId: string | null): string {
    return orgId === null || !this.hasRowSecurity ? "" : `; ${asOrg(orgId)}`;
  }
}
