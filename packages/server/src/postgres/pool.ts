/** Connections to PostgreSQL, and the translation of their failures. */
import pg from "pg";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { connectTimeoutMs } from "./connection-url.ts";
import { RoutedClient, type Found } from "./connection.ts";
import { mustTakeWrites, type Hosts } from "./hosts.ts";
import { sessionSettings, startSession } from "./session.ts";

/** A pool, or a client inside a transaction. */
export type Queryable = Pick<pg.Pool, "query">;

export type Pool = pg.Pool;
export type Client = pg.PoolClient;

export interface PoolOptions {
  /** Connections go to the host that accepts writes. */
  readonly hosts: Hosts;
  readonly connectionsMax: number;
  readonly name: string;
  /** Called for errors of idle connections, e.g. when the server restarts. */
  onError(error: Error): void;
}

export function createPool(options: PoolOptions): Pool {
  const pool = new DatabasePool(options);
  pool.on("error", options.onError);
  // The pool listens to idle connections only. One that breaks between two statements of a
  // transaction would end the process; the next statement fails, and that is enough.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return pool;
}

type Connected = (
  error: Error | undefined,
  client: Client | undefined,
  release: (error?: Error | boolean) => void,
) => void;

class DatabasePool extends pg.Pool {
  readonly #hosts: Hosts;

  constructor({ hosts, connectionsMax, name }: PoolOptions) {
    super({
      max: connectionsMax,
      connectionTimeoutMillis: connectTimeoutMs(hosts.url),
      idleTimeoutMillis: 30_000,
      Client: clientOf(hosts, name),
      verify: (client, tell) => void prepare(client, hosts.hasSeveral).then(() => tell(), tell),
    });
    this.#hosts = hosts;
  }

  override connect(): Promise<Client>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<Client> | void {
    if (this.#hosts.current() !== null) {
      return connected === undefined ? super.connect() : super.connect(connected);
    }
    // The first host of the URL may be down, so none is used before one was found.
    const ready = this.#hosts.find().then(() => super.connect());
    if (connected === undefined) return ready;
    ready.then(
      (client) => connected(undefined, client, client.release),
      (error: Error) => connected(error, undefined, () => undefined),
    );
  }
}

/** A class, because a pool makes its clients with `new`: each goes where the last search led. */
function clientOf(hosts: Hosts, name: string): new () => pg.ClientBase {
  return class extends PooledClient {
    constructor() {
      const found = hosts.current();
      if (found === null) throw new Error("No server of the database was found yet.");
      super(found, name);
      let isUsable = false;
      this.once("connect", () => (isUsable = true));
      this.once("error", () => (isUsable = false));
      // An idle connection that the pool closes is not lost.
      this.once("end", () => {
        if (!isUsable) hosts.lost();
      });
    }
  };
}

class PooledClient extends RoutedClient {
  readonly found: Found;

  constructor(found: Found, name: string) {
    super(found.route, { name });
    this.found = found;
  }
}

/** Before the client's first use. @throws any error: then the pool closes it. */
async function prepare(client: pg.ClientBase, isOneOfSeveral: boolean): Promise<void> {
  if (!(client instanceof PooledClient)) throw new Error("A pool made a client of another class.");
  const { route, facts } = client.found;
  const settings = sessionSettings(route.url, facts, { statementMs: limits.databaseStatementMs });
  await startSession(client, settings);
  if (isOneOfSeveral) await mustTakeWrites(client);
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
 * Further SQLSTATEs that pass without a change to the request: read only after a failover or while
 * a disk fills (25), a right that was revoked (42501, 28), a schema that is just being changed
 * (42P01, 42703, 42704, 42883, 3D, 3F, 55; 0A: a cached plan), a statement that a pooler mixed up
 * (26, 34, 42P05), rows that came or went meanwhile (23503, 23505; 23514: a missing partition), the
 * server itself (08, 53, 57, 58, 72, F0, XX000).
 */
const passing = new RegExp(
  "^(0A|08|2350[35]|23514|2[568]|34|3D|3F|40|42501|42P0[15]|4270[34]|42883|5[3578]|72|F0|XX000)",
);

/** True for trouble of the service's own statements that the same request may not meet again. */
function mayPass(error: unknown): boolean {
  return error instanceof pg.DatabaseError && passing.test(error.code ?? "");
}

/**
 * The catalogue's error for a database that is away, or does not do what the service asks of it;
 * any other error as it is.
 *
 * @param statementIsOurs false if its time depends on what a caller asked for: a filter that is too
 *   slow is not worth trying again.
 */
export function toCatalogueError(error: unknown, statementIsOurs = false): unknown {
  const options = { cause: error, retryAfterSeconds: 1 };
  if (isUnavailable(error) || (statementIsOurs && wasInTheWay(error))) {
    return new PosthornError("PH_DATABASE_UNAVAILABLE", {}, options);
  }
  if (!statementIsOurs || !mayPass(error)) return error;
  return new PosthornError("PH_DATABASE_REFUSED", {}, { ...options, retryAfterSeconds: 5 });
}
