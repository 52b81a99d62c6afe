/** Connections to PostgreSQL, and the conversion of their errors. */
import pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode } from "../errors/reasons.ts";
import { limits } from "../limits.ts";
import { connectTimeoutMs } from "./connection-url.ts";
import { createClient, SessionClient } from "./clients.ts";
import { mustTakeWrites, type Hosts } from "./hosts.ts";

/** A pool, or a client inside a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

export interface PoolOptions {
  /** The hosts. Connections use the one that accepts writes. */
  readonly hosts: Hosts;
  readonly connectionsMax: number;
  readonly name: string;
  /** Called for an error of an idle connection, e.g. when the server restarts. */
  onError(error: Error): void;
  /**
   * Called when the pool cannot open another connection, at most once every `databaseShortageMs`.
   * `connections` is how many it has.
   */
  onShortage?(connections: number): void;
}

export function createPool(options: PoolOptions): Pool {
  const pool = new DatabasePool(options);
  pool.on("error", options.onError);
  // The pool handles only errors of idle connections. Without this listener, a connection that
  // breaks between two statements of a transaction would end the process. The next statement fails,
  // which is enough.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

type Connected = (
  error: Error | undefined,
  client: Client | undefined,
  release: (error?: Error | boolean) => void,
) => void;

class DatabasePool extends pg.Pool {
  readonly #options: PoolOptions;
  #growAgain: NodeJS.Timeout | null = null;

  constructor(options: PoolOptions) {
    const { hosts, connectionsMax } = options;
    super({
      max: connectionsMax,
      // Keeps at least one connection. Otherwise another pool could take the last one that the
      // server allows.
      min: 1,
      connectionTimeoutMillis: connectTimeoutMs(hosts.url),
      idleTimeoutMillis: 30_000,
      Client: clientMaker(options),
      verify: (client, settle) =>
        void prepare(client, hosts.hasSeveral).then(() => settle(), settle),
    });
    this.#options = options;
  }

  override connect(): Promise<Client>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<Client> | void {
    const untilMs = performance.now() + limits.databaseConnectMs;
    if (connected !== undefined) return this.#connect(connected, untilMs);
    return new Promise((resolve, reject) => {
      this.#connect((error, client) => {
        if (client === undefined) reject(error);
        else resolve(client);
      }, untilMs);
    });
  }

  override async end(): Promise<void> {
    if (this.#growAgain !== null) clearTimeout(this.#growAgain);
    await super.end();
  }

  #connect(connected: Connected, untilMs: number): void {
    const done: Connected = (error, client, release) => {
      if (error === undefined || !isShortOfConnections(error) || performance.now() > untilMs) {
        connected(error, client, release);
      } else {
        this.#stopGrowing();
        // A pool without any connection can only wait until other programs close theirs.
        const pauseMs = this.totalCount === 0 ? limits.databaseShortagePauseMs : 0;
        setTimeout(() => this.#connect(connected, untilMs), pauseMs);
      }
    };
    if (this.#options.hosts.current() !== null) super.connect(done);
    else void this.#findAndConnect(done);
  }

  /** Searches before the first connection, because the first host in the URL may be down. */
  async #findAndConnect(connected: Connected): Promise<void> {
    try {
      await this.#options.hosts.find();
    } catch (error) {
      connected(error as Error, undefined, () => undefined);
      return;
    }
    super.connect(connected);
  }

  /** For a while, callers wait for an existing connection, because a new one would fail. */
  #stopGrowing(): void {
    this.options.max = Math.max(1, this.totalCount);
    if (this.#growAgain !== null) return;
    this.#options.onShortage?.(this.totalCount);
    this.#growAgain = setTimeout(() => {
      this.#growAgain = null;
      this.options.max = this.#options.connectionsMax;
    }, limits.databaseShortageMs).unref();
  }
}

/**
 * Returns the class of clients, because the pool creates a client with `new`. The class depends on
 * the last search.
 */
function clientMaker({ hosts, name }: PoolOptions): new () => pg.ClientBase {
  function makeClient(): pg.Client {
    const found = hosts.current();
    if (found === null) throw new Error("No database server has been found yet.");
    const statementMs = limits.databaseStatementMs;
    const client = createClient(found, { name, statementMs });
    let isUsable = false;
    client.once("connect", () => (isUsable = true));
    client.once("error", () => (isUsable = false));
    // Connections that the pool closes because they are idle do not count as lost.
    client.once("end", () => {
      if (!isUsable) hosts.lost();
    });
    return client;
  }
  return makeClient as unknown as new () => pg.ClientBase;
}

/**
 * Runs before a client is used for the first time.
 * @throws any error, after which the pool closes the client.
 */
async function prepare(client: pg.ClientBase, isOneOfSeveral: boolean): Promise<void> {
  if (client instanceof SessionClient) await client.startSession();
  if (isOneOfSeveral) await mustTakeWrites(client);
}

/**
 * Error codes for limits of this process or its machine: it can open no more sockets at the moment.
 */
const ownShortage = /^(EMFILE|ENFILE|ENOBUFS|ENOMEM|EADDRNOTAVAIL)$/;

/**
 * Messages about too many connections. PostgreSQL's own errors also have an SQLSTATE, but poolers
 * report only a message.
 */
const shortageWords = /too many (clients|connections)|no more connections allowed|max_client_conn/i;

function isShortOfConnections(error: Error): boolean {
  const code = errorCode(error) ?? "";
  return code === "53300" || ownShortage.test(code) || shortageWords.test(error.message);
}

/**
 * Runs `work` in a transaction. Commits if it resolves, and rolls back if it rejects.
 *
 * @param begin the first statement. All settings in it must be `local`.
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
      // A connection whose rollback failed must not return to the pool.
      broken = rollbackError as Error;
    }
    throw error;
  } finally {
    client.release(broken);
  }
}

/**
 * Matches the SQLSTATE classes 08 (connection), 53 (resources) and 57P (operator intervention), and
 * error codes of sockets.
 */
const unavailable = /^(08...|53...|57P0[1-5]|ECONN\w+|EPIPE|ETIMEDOUT)$/;

/** If one of these system calls fails, nothing is wrong with the statement. */
const socketCalls: ReadonlySet<unknown> = new Set(["connect", "getaddrinfo", "read", "write"]);

/** Errors for which the driver has only a message. */
const unavailableWords = new RegExp(
  [
    "Connection terminated",
    "timeout expired",
    "Query read timeout",
    "timeout exceeded when trying to connect",
    "Client has encountered",
  ].join("|"),
);

/**
 * Returns true for temporary failures: the server is down, restarting, or has no free connection.
 * The write may or may not have happened.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error) ?? "";
  if (unavailable.test(code) || ("syscall" in error && socketCalls.has(error.syscall))) return true;
  return code === "" && unavailableWords.test(error.message);
}

/**
 * SQLSTATEs for a timeout, a lock that is not free, a deadlock and a serialisation failure. The
 * transaction was rolled back.
 */
const inTheWay: ReadonlySet<string> = new Set(["57014", "55P03", "40P01", "40001"]);

/** Returns true for a statement that failed because of another transaction's lock. */
export function wasInTheWay(error: unknown): boolean {
  return error instanceof pg.DatabaseError && inTheWay.has(error.code ?? "");
}

/**
 * Further SQLSTATEs of temporary failures: the same request can succeed later. They mean a server
 * that is read-only after a failover or while its disk is full (25), a privilege that was revoked
 * (42501, 28), a schema that is being changed (42P01, 42703, 42704, 42883, 3D, 3F, 55; 0A for a
 * cached plan), a statement that a pooler sent to another session (26, 34, 42P05), rows that
 * appeared or disappeared (23503, 23505; 23514 for a missing partition), and errors of the server
 * itself (08, 53, 57, 58, 72, F0, XX000).
 */
const passing = new RegExp(
  "^(0A|08|2350[35]|23514|2[568]|34|3D|3F|40|42501|42P0[15]|4270[34]|42883|5[3578]|72|F0|XX000)",
);

/** Returns true for failures of the service's own statements that may not occur again. */
function mayPass(error: unknown): boolean {
  return error instanceof pg.DatabaseError && passing.test(error.code ?? "");
}

/**
 * Converts errors of a database that is unavailable, or that rejects the service's statements, to
 * errors of the catalogue. Other errors are returned unchanged.
 * @param statementIsOurs false if the statement's duration depends on the request: it is useless to
 * retry a filter that is too slow.
 */
export function toCatalogueError(error: unknown, statementIsOurs = false): unknown {
  const options = { cause: error, retryAfterSeconds: 1 };
  if (isUnavailable(error) || (statementIsOurs && wasInTheWay(error))) {
    return new PosthornError("PH_DATABASE_UNAVAILABLE", {}, options);
  }
  if (!statementIsOurs || !mayPass(error)) return error;
  return new PosthornError("PH_DATABASE_REFUSED", {}, { ...options, retryAfterSeconds: 5 });
}
