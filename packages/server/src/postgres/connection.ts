/** Creates the options of every connection to PostgreSQL. No other code does. */
import pg from "pg";
import { limits } from "../limits.ts";
import { connectTimeoutMs, type Address, type ConnectionUrl } from "./connection-url.ts";
import type { Tls } from "./connection-tls.ts";
import type { Pooling } from "./pooler.ts";
import { startOptions, type SessionFacts } from "./session.ts";

/** PostgreSQL truncates longer application names (NAMEDATALEN). */
const applicationNameCharsMax = 63;

/** A way to connect: to which server, and with or without TLS. */
export interface Route {
  readonly url: ConnectionUrl;
  readonly address: Address;
  readonly tls: Tls;
}

/** A server that accepted a connection. */
export interface Found {
  readonly route: Route;
  readonly facts: SessionFacts;
  readonly pooling: Pooling;
}

export interface ConnectionOptions {
  /**
   * The name in `pg_stat_activity`. It starts with `posthorn`, by which the reaper recognises
   * sessions of Posthorn.
   */
  readonly name: string;
  /** How long to wait for a response; null for no limit, e.g. for a migration. */
  readonly answerMs?: number | null;
}

export function clientConfig(route: Route, { name, answerMs }: ConnectionOptions): pg.ClientConfig {
  const { url, address, tls } = route;
  const { parameters } = url;
  const binding = parameters.get("channel_binding") ?? "disable";
  const { others: startupOptions } = startOptions(url);
  return {
    host: address.host,
    port: address.port,
    ...(url.user === null ? {} : { user: url.user }),
    ...(url.password === null ? {} : { password: url.password }),
    ...(url.database === null ? {} : { database: url.database }),
    application_name: applicationName(name, parameters.get("application_name")),
    ...(startupOptions === null ? {} : { options: startupOptions }),
    // `ssl` is always set, because PGSSLMODE would otherwise apply.
    ssl: tls,
    sslnegotiation:
      tls !== false && parameters.get("sslnegotiation") === "direct" ? "direct" : "postgres",
    enableChannelBinding: tls !== false && binding !== "disable",
    connectionTimeoutMillis: connectTimeoutMs(url),
    // In a network partition the response never arrives, and without this timeout the query would
    // wait forever.
    ...(answerMs === null ? {} : { query_timeout: answerMs ?? limits.databaseAnswerMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: limits.databaseKeepAliveMs,
  };
}

function applicationName(name: string, given: string | undefined): string {
  return given === undefined ? name : `${name}: ${given}`.slice(0, applicationNameCharsMax);
}

/** A client that is not connected yet. */
export class RoutedClient extends pg.Client {
  constructor(route: Route, options: ConnectionOptions) {
    super(clientConfig(route, options));
    if (route.url.parameters.get("channel_binding") === "require") requireChannelBinding(this);
  }
}

/**
 * Requires channel binding. The driver uses it if the server offers it, but a man in the middle
 * would not offer it.
 */
function requireChannelBinding({ connection }: pg.Client): void {
  const error = new Error("The server does not offer channel binding, which the URL requires.");
  let isOffered = false;
  connection.on("authenticationSASL", ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isOffered = mechanisms.includes("SCRAM-SHA-256-PLUS");
    if (!isOffered) connection.stream.destroy(error);
  });
  for (const event of ["authenticationCleartextPassword", "authenticationMD5Password"]) {
    connection.on(event, () => connection.stream.destroy(error));
  }
  connection.on("authenticationOk", () => {
    if (!isOffered) connection.stream.destroy(error);
  });
}
