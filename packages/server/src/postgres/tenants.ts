/**
 * All database access for API callers goes through here. It has its own connections, few in
 * parallel and fewer for each org (`query-queue.ts`), and short statements. So no caller can use up
 * what publishing, claiming, settling, authentication and `/readyz` need.
 *
 * It also applies row security, the second barrier between orgs: statements for an org run as a
 * role that sees only the rows of the org that its transaction names. The first barrier is the
 * condition on the org in each statement.
 */
import { limits } from "../limits.ts";
import { isUuid } from "../model/id.ts";
import type { Clock } from "../pipeline/ports.ts";
import { inTransaction, type Client, type Pool, type Queryable } from "./pool.ts";
import { operator, QueryQueue } from "./query-queue.ts";

export interface TenantsOptions {
  /** The service's own connections. */
  readonly pool: Pool;
  /** As many connections as parallel queries. */
  readonly queryPool: Pool;
  readonly clock: Pick<Clock, "after">;
  /** Default: `limits.answerBytesMax`. */
  readonly answerBytesMax?: number;
  /** Called for each rejected query. */
  onRefused?(): void;
}

/** Settings of one transaction, made inside it: with a pooler, each may use another connection. */
const bounded =
  `set local statement_timeout = ${limits.queryStatementMs}; ` +
  // One query may keep one CPU busy, not several. JIT compilation costs more than such a query.
  "set local max_parallel_workers_per_gather = 0; set local jit = off";
const boundedLocks = `set local lock_timeout = ${limits.queryLockMs}`;
const unbounded = `set local statement_timeout = ${limits.databaseStatementMs}`;
const unboundedLocks = "set local lock_timeout = 0";

const asOrg = (orgId: string): string => {
  // `set` accepts no parameters, so the id is part of the text.
  if (!isUuid(orgId)) throw new Error("The org's id is not a UUID.");
  return `set local role posthorn_tenant; set local posthorn.org_id = '${orgId}'`;
};
const asService = "set local role none; set local posthorn.org_id = ''";

export class Tenants {
  readonly #pool: Pool;
  readonly #queryPool: Pool;
  readonly #queue: QueryQueue;
  readonly #answerQueue: QueryQueue;
  /** False if the role cannot be created: then only the first barrier protects. */
  readonly hasRowSecurity: boolean;
  /** The maximum bytes of a page of rows. */
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

  /** How many queries run and wait, for the metrics. */
  get queries(): { readonly running: number; readonly waiting: number } {
    return this.#queue;
  }

  /** Creates the role if it is missing and the service's user is allowed to. */
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
   * Reads for an org, as the role that sees nothing else; for the operator, whose org is null, as
   * the service's user. All statements share one read-only transaction.
   *
   * @throws PosthornError `PH_TOO_MANY_QUERIES`; SQLSTATE 57014 for a statement that exceeded
   * `limits.queryStatementMs`.
   */
  read<Result>(
    orgId: string | null,
    work: (database: Queryable) => Promise<Result>,
  ): Promise<Result> {
    // One message, so that it costs one round trip.
    const begin = `begin read only; ${bounded}${this.#enter(orgId)}`;
    return this.inTurn(orgId, () => inTransaction(this.#queryPool, work, begin));
  }

  /**
   * A change that a caller asked for: one transaction, as the service's user, with the service's
   * own statement timeout.
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
   * A step of such a change that reads, and locks, what its caller asked for: bounded as `read` is,
   * and waits less long for locks, so that SQLSTATE 57014 means a slow filter.
   */
  async readWithin<Result>(
    transaction: Client,
    orgId: string | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    await transaction.query(`${bounded}; ${boundedLocks}${this.#enter(orgId)}`);
    // Not undone if `work` fails: so does the transaction, and with it goes what was set for it.
    const result = await work();
    await transaction.query(`${unbounded}; ${unboundedLocks}; ${asService}`);
    return result;
  }

  /**
   * Waits for the caller's turn with what is done on other connections: short statements, by key.
   *
   * @param work must not call `read`, `change` or `inTurn`: it could wait for its own slot.
   * @throws PosthornError `PH_TOO_MANY_QUERIES`
   */
  inTurn<Result>(orgId: string | null, work: () => Promise<Result>): Promise<Result> {
    return this.#queue.run(orgId ?? operator, work);
  }

  /**
   * Reads back by key what was just committed for an org: never refused, since the caller would
   * take it for a refusal of the commit. Not under row security: the round trips more would make a
   * publish slower by a sixth.
   */
  answer<Result>(orgId: string, work: (database: Queryable) => Promise<Result>): Promise<Result> {
    return this.#answerQueue.run(orgId, () => work(this.#pool));
  }

  #enter(orgId: string | null): string {
    return orgId === null || !this.hasRowSecurity ? "" : `; ${asOrg(orgId)}`;
  }
}
