/** Connections to PostgreSQL, and the translation of their failures. */
import pg from "pg";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { hostsOf, mustTakeWrites, type Hosts } from "./hosts.ts";

/** A pool, or a client inside a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

export interface PoolOptions {
  /** May name several hosts: connections go to the one that takes writes. */
  readonly connectionString: string;
  readonly connectionsMax: number;
  readonly name: string;
  /** Called for errors of idle connections, e.g. when the server restarts. */
  onError(error: Error): void;
}

export function createPool(options: PoolOptions): Pool {
  const hosts = hostsOf(options.connectionString);
  const pool = new pg.Pool({
    ...placeOf(hosts),
    max: options.connectionsMax,
    application_name: options.name,
    connectionTimeoutMillis: limits.databaseConnectMs,
    idleTimeoutMillis: 30_000,
    // A statement that takes longer has lost its purpose; the lease arithmetic counts on an end.
    statement_timeout: limits.databaseStatementMs,
    idle_in_transaction_session_timeout: limits.databaseStatementMs,
    // The server's word does not come when the network swallows it: then the wait ends here.
    query_timeout: limits.databaseAnswerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: limits.databaseKeepAliveMs,
    // Timestamps in JSON are written in the session's zone.
    options: "-c TimeZone=UTC",
  });
  pool.on("error", options.onError);
  // The pool listens to idle connections only. One that breaks between two statements of a
  // transaction would end the process; the next statement fails, and that is enough.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

function placeOf(hosts: Hosts): pg.PoolConfig {
  if (!hosts.hasSeveral) return { connectionString: hosts.current() };
  return {
    Client: class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionString: hosts.current() });
        // Lost, or never made: whichever takes writes now gets the next.
        this.once("end", () => hosts.lost());
      }
    },
    verify: (client, tell) => void mustTakeWrites(client).then(() => tell(), tell),
  };
}

/**
 * Runs `work` in one transaction: committed when it resolves, rolled back when it rejects.
 *
 * @param begin what it begins with; whatever is set there must be `local`.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (transaction: Client) => Promise<Result>,
  begin = "begin",
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    try {
      await client.query("rollback");
    } catch (rollbackError) {
      // A connection that cannot roll back must not go back into the pool.
      broken = rollbackError as Error;
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Classes 08 (connection), 53 (resources) and 57P (operator intervention), and socket errors. */
const unavailable = /^(08...|53...|57P0[1-5]|ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;

/** What the driver says in words only. */
const unavailableWords = new RegExp(
  [
    "Connection terminated",
    "Query read timeout",
    "timeout exceeded when trying to connect",
    "Client has encountered",
  ].join("|"),
);

/**
 * True for failures that mean "not now": the server is away, restarting or full. What was being
 * written may or may not have been.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (unavailable.test(code)) return true;
  return code === "" && unavailableWords.test(error.message);
}

/** SQLSTATE: out of time, no lock, a deadlock's victim, not serialisable. All was rolled back. */
const inTheWay: ReadonlySet<string> = new Set(["57014", "55P03", "40P01", "40001"]);

/** True for a statement that failed because of what somebody else held at the time. */
export function wasInTheWay(error: unknown): boolean {
  return error instanceof pg.DatabaseError && inTheWay.has(error.code ?? "");
}

/**
 * The catalogue's error for a database that is away; any other error as it is.
 *
 * @param statementIsOurs false if its time depends on what a caller asked for: a filter that is too
 *   slow is not worth trying again.
 */
export function toCatalogueError(error: unknown, statementIsOurs = false): unknown {
  return isUnavailable(error) || (statementIsOurs && wasInTheWay(error))
    ? new PosthornError("PH_DATABASE_UNAVAILABLE", {}, { cause: error, retryAfterSeconds: 1 })
    : error;
}
