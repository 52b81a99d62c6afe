/** Clients with Posthorn's own settings, adapted to whether there is a pooler before the server. */
import type pg from "pg";
import { limits } from "../limits.ts";
import { RoutedClient, type ConnectionOptions, type Found } from "./connection.ts";
import { sessionSettings, startSession, type SessionOptions, type Setting } from "./session.ts";
import { TransactionClient } from "./transaction-client.ts";

/**
 * Has the code of PostgreSQL's own error for too many connections, so it is treated in the same
 * way.
 */
export class ConnectionShortageError extends Error {
  readonly code = "53300";

  constructor(options: ErrorOptions) {
    super("All of the pooler's connections to the server are in use.", options);
  }
}

export type ClientOptions = ConnectionOptions & SessionOptions;

/** A client that keeps the same server session as long as it is connected. */
export class SessionClient extends RoutedClient {
  readonly #settings: readonly Setting[];
  readonly #isPooled: boolean;

  constructor(found: Found, options: ClientOptions) {
    super(found.route, options);
    this.#settings = sessionSettings(found.route.url, found.facts, options);
    this.#isPooled = found.pooling === "session";
  }

  /**
   * Runs before any other query.
   *
   * @throws ConnectionShortageError if a pooler has no free connection to the server.
   */
  async startSession(): Promise<void> {
    const answerMs = this.#isPooled ? limits.poolerPatienceMs : limits.databaseConnectMs;
    try {
      await startSession(this, this.#settings, answerMs);
    } catch (error) {
      // A pooler accepts more clients than it has server connections, and lets them wait without a
      // response.
      const isSilent = error instanceof Error && error.message === "Query read timeout";
      if (this.#isPooled && isSilent) throw new ConnectionShortageError({ cause: error });
      throw error;
    }
  }
}

/** Returns a client that is not connected yet. */
export function createClient(found: Found, options: ClientOptions): pg.Client {
  return found.pooling === "transaction"
    ? new TransactionClient(found, options)
    : new SessionClient(found, options);
}

/** Returns a connected client that is ready for use, for one purpose. */
export async function connectClient(found: Found, options: ClientOptions): Promise<pg.Client> {
  const client = createClient(found, options);
  // Without this listener, a connection that breaks while no query is running would end the
  // process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    if (client instanceof SessionClient) await client.startSession();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
