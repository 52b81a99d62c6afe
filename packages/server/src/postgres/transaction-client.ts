/**
 * A client for a pooler in transaction mode. Each transaction may run in another session of the
 * server, so each transaction makes its own settings, and named prepared statements are not used.
 */
import { callbackify } from "node:util";
import pg from "pg";
import { RoutedClient, type ConnectionOptions, type Found } from "./connection.ts";
import { sessionSettings, settingsSql, type SessionOptions } from "./session.ts";

type Result = pg.QueryResult<Record<string, unknown>>;
type Callback = (error: unknown, result?: Result) => void;
type Send = (query: pg.QueryConfig) => Promise<Result>;

/** Matches statements that cannot run inside a transaction. */
const standsAlone = /^\s*(?:vacuum\b|(?:alter|create|drop|reindex)\b.*\bconcurrently\b)/is;
const beginning = /^\s*begin\b([^;]*);?/i;

export class TransactionClient extends RoutedClient {
  readonly #send: Send;
  readonly #settingsSql: string;
  readonly #writes: string;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(found: Found, options: ConnectionOptions & SessionOptions) {
    super(found.route, options);
    this.#settingsSql = settingsSql(sessionSettings(found.route.url, found.facts, options), true);
    // `default_transaction_read_only` would only apply to later transactions, so `begin` requests a
    // writable one.
    this.#writes = found.facts.isReadOnlyByRole ? " read write" : "";
    this.#send = this.query.bind(this) as Send;
    // Replaces the driver's method, which has a dozen overloads. The program uses only these two
    // forms.
    this.query = ((...given: unknown[]) => this.#take(given)) as typeof this.query;
  }

  #take([query, ...others]: readonly unknown[]): Promise<Result> | undefined {
    const callback = others.find((each): each is Callback => typeof each === "function");
    const values = Array.isArray(others[0]) ? { values: others[0] as unknown[] } : {};
    const config = typeof query === "string" ? { text: query } : (query as pg.QueryConfig);
    // Statements run one after the other, because the transaction status is that after the previous
    // statement.
    const answer = this.#previous.then(() => this.#run({ ...config, ...values, name: undefined }));
    this.#previous = answer.catch(() => undefined);
    if (callback === undefined) return answer;
    callbackify(() => answer)(callback);
    return undefined;
  }

  async #run(query: pg.QueryConfig): Promise<Result> {
    const isInTransaction = this.getTransactionStatus() !== "I";
    if (isInTransaction || standsAlone.test(query.text)) return this.#send(query);
    if (beginning.test(query.text)) {
      return this.#send({ text: query.text.replace(beginning, (_, mode) => this.#begin(mode)) });
    }
    await this.#send({ text: this.#begin("") });
    try {
      const result = await this.#send(query);
      await this.#send({ text: "commit" });
      return result;
    } catch (error) {
      // If the server sent no error, the connection is lost or still busy with the statement, so a
      // rollback would not help.
      if (error instanceof pg.DatabaseError)
        await this.#send({ text: "rollback" }).catch(() => null);
      throw error;
    }
  }

  #begin(mode: string): string {
    const writes = /\bread\s+only\b/i.test(mode) ? "" : this.#writes;
    return `begin isolation level read committed${writes}${mode}; ${this.#settingsSql};`;
  }
}
