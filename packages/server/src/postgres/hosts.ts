/**
 * Finds the database. If the URL contains several hosts (`postgres://a:5432,b:5432/name`), it uses
 * the one that accepts writes, with or without TLS as `sslmode` allows.
 */
import type { ClientBase, QueryResult } from "pg";
import { limits } from "../limits.ts";
import { tlsAttempts } from "./connection-tls.ts";
import { connectTimeoutMs, parseConnectionUrl, type ConnectionUrl } from "./connection-url.ts";
import { RoutedClient, type Found, type Route } from "./connection.ts";
import { findPooling } from "./pooler.ts";

/**
 * Returns the text if it is a valid URL.
 * @throws PosthornError `PH_DATABASE_URL`
 */
export function checkedDatabaseUrl(text: string, variable: string): string {
  tlsAttempts(parseConnectionUrl(text, variable));
  return text;
}

/** Knows how to connect to the database, and searches again when a connection is lost. */
export interface Hosts {
  readonly url: ConnectionUrl;
  readonly hasSeveral: boolean;
  /** The last result of `find`; null if there is none yet. */
  current(): Found | null;
  /**
   * Called when a connection failed or its server accepts no writes, because another host may
   * accept them now.
   */
  lost(): void;
  /**
   * Tries all hosts in parallel, and remembers the first one that accepts writes.
   *
   * @throws the error of one host if none accepts writes. Then `current` does not change.
   */
  find(): Promise<Found>;
  /** Returns the last result of `find`, or searches again if it may be outdated. */
  way(): Promise<Found>;
}

/**
 * @param variable the variable that contains the URL, for error messages.
 * @throws PosthornError `PH_DATABASE_URL`
 */
export function hostsOf(connectionString: string, variable?: string): Hosts {
  const url = parseConnectionUrl(connectionString, variable);
  const encrypted = tlsAttempts(url);
  let current: Found | null = null;
  let search: Promise<Found> | null = null;
  const look = async (): Promise<Found> => {
    try {
      current = await Promise.any(url.addresses.map((address) => reach(waysTo(address))));
      return current;
    } catch (error) {
      throw error instanceof AggregateError ? mostTelling(error.errors) : error;
    }
  };
  const waysTo = (address: Route["address"]): Route[] => {
    // Does not use TLS on a unix socket, like libpq.
    const attempts = address.host.startsWith("/") ? [false as const] : encrypted;
    return attempts.map((tls) => ({ url, address, tls }));
  };
  const find = (): Promise<Found> => (search ??= look().finally(() => (search = null)));
  return {
    url,
    hasSeveral: url.addresses.length > 1,
    current: () => current,
    find,
    way: async () => (current === null || url.addresses.length > 1 ? find() : current),
    lost() {
      // Searches only if there are several ways to connect.
      if (url.addresses.length * encrypted.length > 1) find().catch(() => undefined);
    },
  };
}

/**
 * Tries the ways to connect to one host in turn.
 * @throws the most informative error
 */
async function reach(routes: readonly Route[]): Promise<Found> {
  const errors: unknown[] = [];
  for (const route of routes) {
    try {
      return await probe(route);
    } catch (error) {
      errors.push(error);
      // Stops after an error that is unrelated to TLS, because it would occur again with or without
      // TLS.
      if (error instanceof ReadOnlyServerError || isOfNetwork(error)) break;
    }
  }
  const [first, second] = errors;
  // If sslmode allows it, Posthorn connects without TLS to a server that has none. The second error
  // is then the relevant one.
  throw isWithoutTls(first) && second !== undefined ? second : first;
}

/** Recognises the driver's message for a server that does not support TLS. */
function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && error.message.includes("does not support SSL connections");
}

/** ECONNRESET is not in the list, because some servers answer a request for TLS with a reset. */
const networkCodes = /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/;

function isOfNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Recognises the driver's messages for a host that does not respond. It would not respond to a
  // second connection either.
  if (/^timeout expired$|^Query read timeout$/.test(error.message)) return true;
  return "code" in error && networkCodes.test(String(error.code));
}

/** The error of a host that responded says more than that of a host that is down. */
function mostTelling(errors: readonly unknown[]): unknown {
  const answered = errors.find(
    (error) =>
      error instanceof Error && !(error instanceof ReadOnlyServerError) && !isOfNetwork(error),
  );
  return answered ?? errors[0];
}

/** The first query on a connection. It must work whatever the settings of the role are. */
const factsSql = `
begin read only;
set local statement_timeout = ${limits.databaseConnectMs};
set local search_path = pg_catalog;
select current_setting('server_version_num')::int as server_version, pg_backend_pid() as pid,
  pg_is_in_recovery() or source not in ('user', 'database', 'database user')
    and current_setting('default_transaction_read_only')::bool as is_read_only,
  source in ('user', 'database', 'database user') as is_set_by_role
from pg_settings where name = 'default_transaction_read_only';
commit
`;

interface FactsRow {
  readonly pid: number;
  readonly server_version: number;
  readonly is_read_only: boolean;
  readonly is_set_by_role: boolean;
}

/**
 * Connects once to learn about the server.
 * @throws any error if the server does not respond or accepts no writes.
 */
async function probe(route: Route): Promise<Found> {
  const answerMs = connectTimeoutMs(route.url);
  const connect = async (): Promise<RoutedClient> => {
    const fresh = new RoutedClient(route, { name: "posthorn find", answerMs });
    fresh.on("error", () => undefined);
    try {
      await fresh.connect();
      return fresh;
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    }
  };
  const client = await connect();
  try {
    const results = (await client.query(factsSql)) as unknown as QueryResult<FactsRow>[];
    const row = results.flatMap(({ rows }) => rows)[0];
    if (row === undefined) throw new Error("The server returned no row for the first query.");
    if (row.is_read_only) throw new ReadOnlyServerError();
    const facts = { serverVersion: row.server_version, isReadOnlyByRole: row.is_set_by_role };
    return { route, facts, pooling: await findPooling(client, row.pid, connect) };
  } finally {
    // Waits until this connection is closed, so that it does not count towards the server's limit.
    await client.end().catch(() => undefined);
  }
}

/** @throws Error `READ_ONLY` on a standby or on a server that is set to read-only. */
export async function mustTakeWrites(client: Pick<ClientBase, "query">): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    "show transaction_read_only",
  );
  if (rows[0]?.transaction_read_only === "on") throw new ReadOnlyServerError();
}

/** The server accepts no writes. This is treated like a failed connection. */
export class ReadOnlyServerError extends Error {
  readonly code = "ECONNREADONLY";

  constructor() {
    super("This database server does not accept writes.");
  }
}
