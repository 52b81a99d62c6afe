/**
 * The second wall between orgs: statements for somebody of an org run as a role that sees only the
 * rows of the org that its transaction names (PostgreSQL's row security). The first wall is the
 * condition on the org in each statement.
 */
import { isUuid } from "../model/id.ts";
import { inTransaction, type Client, type Pool, type Queryable } from "./pool.ts";

const enter = (orgId: string): string => {
  // `set` takes no parameters, so the id is part of the text.
  if (!isUuid(orgId)) throw new Error("An org's id is not a UUID.");
  return `set local role posthorn_tenant; set local posthorn.org_id = '${orgId}'`;
};

export class Tenants {
  readonly #pool: Pool;
  /** False where the role cannot be made: then the first wall stands alone. */
  readonly isWalled: boolean;

  private constructor(pool: Pool, isWalled: boolean) {
    this.#pool = pool;
    this.isWalled = isWalled;
  }

  /** Makes the role if it is missing and the service's user may. */
  static async open(pool: Pool): Promise<Tenants> {
    const made = await pool.query<{ made: boolean }>("select posthorn.make_tenant() as made");
    if (made.rows[0]?.made !== true) return new Tenants(pool, false);
    const { rows } = await pool.query<{ binds: boolean }>(
      `select not rolsuper and not rolbypassrls as binds
       from pg_roles where rolname = 'posthorn_tenant'`,
    );
    return new Tenants(pool, rows[0]?.binds === true);
  }

  /**
   * Reads for an org, as the role that sees nothing else; for the operator, whose org is null, as
   * ever. Statements follow one another: they share a connection.
   */
  async read<Result>(
    orgId: string | null,
    work: (database: Queryable) => Promise<Result>,
  ): Promise<Result> {
    if (orgId === null || !this.isWalled) return work(this.#pool);
    // One message, so that it costs one round trip.
    return inTransaction(this.#pool, work, `begin read only; ${enter(orgId)}`);
  }

  /** A step of a transaction that reads, and locks, as `read` does; the rest of it does not. */
  async readWithin<Result>(
    transaction: Client,
    orgId: string | null,
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (orgId === null || !this.isWalled) return work();
    await transaction.query(enter(orgId));
    // Not undone if `work` fails: so does the transaction, and with it goes what was set for it.
    const result = await work();
    await transaction.query("set local role none; set local posthorn.org_id = ''");
    return result;
  }
}
