/**
 * A database of several servers, of which one takes writes: `postgres://a:5432,b:5432/name`, as
 * libpq has it (PostgreSQL's documentation, "Connection URIs"). node-postgres knows one host only.
 */
import pg from "pg";
import { limits } from "../limits.ts";

/** What libpq calls the same thing; others would mean a server that cannot be written to. */
const sessionAttributes: ReadonlySet<string> = new Set(["read-write", "primary"]);

const shape = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#@]+)(.*)$/;

/**
 * The URL of each server, in their order. A URL with one host and no `target_session_attrs` is
 * given back as it is.
 *
 * @throws Error for what is no such URL, and for another `target_session_attrs`.
 */
export function hostUrls(connectionString: string): readonly string[] {
  const [, before, hosts, after] = shape.exec(connectionString) ?? [];
  const isPlain = hosts === undefined || !hosts.includes(",");
  if (isPlain && !connectionString.includes("target_session_attrs")) return [connectionString];
  return (hosts ?? "").split(",").map((host) => {
    if (host === "") throw new Error("has a host without a name");
    const url = new URL(`${before}${host}${after}`);
    const wanted = url.searchParams.get("target_session_attrs") ?? "read-write";
    if (!sessionAttributes.has(wanted)) throw new Error("wants a server that takes no writes");
    url.searchParams.delete("target_session_attrs");
    return url.href;
  });
}

/** The text, if it is a URL of one host or several. @throws Error as `hostUrls`. */
export function checkedDatabaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\/\S+$/.test(text)) throw new Error("is no URL of a PostgreSQL");
  hostUrls(text);
  return text;
}

/** Knows which server takes writes, and looks for it again when it is lost. */
export interface Hosts {
  readonly hasSeveral: boolean;
  /** The server that took writes last. */
  current(): string;
  /** A connection failed, or its server takes no writes: another may by now. */
  lost(): void;
  /** Asks all at once. @returns the first that takes writes; the current one if none does. */
  find(): Promise<string>;
}

export function hostsOf(connectionString: string): Hosts {
  const urls = hostUrls(connectionString);
  let current = urls[0] as string;
  let search: Promise<string> | null = null;
  const find = async (): Promise<string> => {
    if (urls.length === 1) return current;
    try {
      current = await Promise.any(urls.map((url) => takesWrites(url)));
    } catch {
      // None does: the next connection fails too, and looks again.
    }
    return current;
  };
  return {
    hasSeveral: urls.length > 1,
    current: () => current,
    find,
    lost() {
      if (urls.length > 1) search ??= find().finally(() => (search = null));
    },
  };
}

/** @returns the URL. @throws any error if it does not answer, or takes no writes. */
async function takesWrites(connectionString: string): Promise<string> {
  const client = new pg.Client({
    connectionString,
    application_name: "posthorn find",
    connectionTimeoutMillis: limits.databaseConnectMs,
    query_timeout: limits.databaseConnectMs,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await mustTakeWrites(client);
    return connectionString;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** @throws Error `READ_ONLY` on a standby, and on a server that is set to take no writes. */
export async function mustTakeWrites(client: Pick<pg.ClientBase, "query">): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    "show transaction_read_only",
  );
  if (rows[0]?.transaction_read_only === "on") throw new ReadOnlyServerError();
}

/** Counts as a connection that could not be made. */
export class ReadOnlyServerError extends Error {
  readonly code = "ECONNREADONLY";

  constructor() {
    super("This server of the database takes no writes.");
  }
}
