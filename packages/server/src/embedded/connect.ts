/** Starts the server of a folder, and connects to it. */
import type pg from "pg";
import { errorCode } from "../errors/reasons.ts";
import { limits } from "../limits.ts";
import { connectClient } from "../postgres/clients.ts";
import { hostsOf } from "../postgres/hosts.ts";
import { superuser } from "./cluster.ts";
import type { FileLock } from "./file-lock.ts";
import type { Places } from "./places.ts";
import type { Server, StartOptions } from "./server.ts";
import { startError, startServer } from "./server.ts";

const databaseName = "posthorn";

/** From now on, the server itself holds the lock. */
export async function startUnder(
  lock: FileLock,
  options: Omit<StartOptions, "lock">,
): Promise<Server> {
  try {
    return await startServer({ ...options, lock });
  } finally {
    if (process.platform !== "win32") await lock.close();
  }
}

/** With user and password. */
export function urlOf({ port }: Server, password: string, database: string = databaseName): string {
  // Sets sslmode explicitly, because a PGSSLMODE in the environment would otherwise request TLS.
  return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const found = await hostsOf(url).find();
  const statementMs = limits.databaseStatementMs;
  const client = await connectClient(found, { name: "posthorn start", statementMs });
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Tells whether a server that is already running accepts the stored password. */
export async function accepts(
  server: Server,
  password: string,
  places: Places,
): Promise<"yes" | "retry"> {
  try {
    await withClient(urlOf(server, password, "postgres"), (client) => client.query("select 1"));
    return "yes";
  } catch (error) {
    // SQLSTATE 28P01 means invalid_password.
    if (errorCode(error) !== "28P01") return "retry";
    const reason = `the server that an earlier run left (process ${server.pid}) refuses us`;
    throw startError(places, reason, error);
  }
}

/** Creates the database if it is missing; returns the server's version. */
export async function openDatabase(server: Server, password: string): Promise<string> {
  try {
    return await readVersion(server, password);
  } catch (error) {
    // SQLSTATE 3D000 means that the database does not exist: this is the first start, or the last
    // one was interrupted.
    if (errorCode(error) !== "3D000") throw error;
    await withClient(urlOf(server, password, "postgres"), (client) =>
      client.query(`create database ${databaseName}`),
    );
    return readVersion(server, password);
  }
}

async function readVersion(server: Server, password: string): Promise<string> {
  return withClient(urlOf(server, password), async (client) => {
    const { rows } = await client.query<{ version: string }>(
      "select split_part(current_setting('server_version'), ' ', 1) as version",
    );
    return rows[0]?.version ?? "unknown";
  });
}
