/** Clients with the program's own settings, as the way to the server allows. */
import type pg from "pg";
import { limits } from "../limits.ts";
import { RoutedClient, type ConnectionOptions, type Found } from "./connection.ts";
import { sessionSettings, startSession, type SessionOptions, type Setting } from "./session.ts";
import { TransactionClient } from "./transaction-client.ts";

/** Counts as PostgreSQL's own refusal of one more connection. */
export class ConnectionShortageError extends Error {
  readonly code = "53300";

  constructor(options: ErrorOptions) {
    super("The pooler has no connection to the server left.", options);
  }
}

export type ClientOptions = ConnectionOptions & SessionOptions;

/** A client that keeps one session of the server as long as it is connected. */
export class SessionClient extends RoutedClient {
  readonly #settings: readonly Setting[];
  readonly #isPooled: boolean;

  constructor(found: Found, options: ClientOptions) {
    super(found.route, options);
    this.#settings = sessionSettings(found.route.url, found.facts, options);
    this.#isPooled = found.pooling === "session";
  }

  /**
   * Before anything else is asked.
   *
   * @throws ConnectionShortageError if a pooler has no connection to the server left for this one.
   */
  async startSession(): Promise<void> {
    const answerMs = this.#isPooled ? limits.poolerPatienceMs : limits.databaseConnectMs;
    try {
      await startSession(this, this.#settings, answerMs);
    } catch (error) {
      // A pooler accepts more clients than it has connections, and lets them wait in silence.
      const isSilent = error instanceof Error && error.message === "Query read timeout";
      if (this.#isPooled && isSilent) throw new ConnectionShortageError({ cause: error });
      throw error;
    }
  }
}

/** Not connected yet. */
export function createClient(found: Found, options: ClientOptions): pg.Client {
  return found.pooling === "transaction"
    ? new TransactionClient(found, options)
    : new SessionClient(found, options);
}

/** Connected and ready, for one purpose. */
export async function connectClient(found: Found, options: ClientOptions): Promise<pg.Client> {
  const client = createClient(found, options);
  // A connection that breaks while no query runs would end the process otherwise.
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
