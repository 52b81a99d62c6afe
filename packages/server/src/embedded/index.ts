/**
 * The embedded database: Posthorn runs its own PostgreSQL server as a child process, with its files
 * in Posthorn's data folder.
 */
import { randomBytes } from "node:crypto";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { connectClient } from "../postgres/clients.ts";
import type { Binaries } from "./binaries.ts";
import { copyBinaries, findBinaries, repairBinaries } from "./binaries.ts";
import { ensureCluster, superuser } from "./cluster.ts";
import { makeFolders } from "./folders.ts";
import type { FolderLock } from "./lock.ts";
import { lockFolder } from "./lock.ts";
import type { Places } from "./places.ts";
import { decidePlaces, gatherPlaceFacts, outsideDirDefault } from "./places.ts";
import { errorCode, reasonOf } from "../errors/reasons.ts";
import { findServer } from "./find.ts";
import type { Keeper } from "./keeper.ts";
import { keepRunning } from "./keeper.ts";
import { freePort } from "./port.ts";
import type { Server, StartOptions } from "./server.ts";
import { startError, startServer, stopServer } from "./server.ts";
import type { FileLock } from "./file-lock.ts";
import { hostsOf } from "../postgres/hosts.ts";

const databaseName = "posthorn";

export interface EmbeddedPostgresOptions {
  /** Posthorn's data folder, which is created if it is missing. */
  readonly dataDir: string;
  /** Called with one sentence for each event. */
  readonly log?: (line: string) => void;
  /**
   * PostgreSQL settings in addition to the defaults. A server that is already running keeps its
   * own.
   */
  readonly settings?: Readonly<Record<string, string>>;
  /** The programs to run. Default: those that npm installed. */
  readonly binaries?: Binaries;
  /**
   * The folder for root's files that `nobody` could not reach in place. Default:
   * `/var/lib/posthorn`.
   */
  readonly outsideDir?: string;
  /** Returns a free port of the loopback address. */
  readonly choosePort?: () => Promise<number>;
  /** Called once if the server has ended and could not be restarted (`PH_EMBEDDED_LOST`). */
  readonly onLost?: (error: PosthornError) => void;
}

export interface EmbeddedPostgres {
  /**
   * The URL with user and password, for the database `posthorn`. It stays the same after a restart.
   */
  readonly connectionString: string;
  /** The server's version, e.g. `18.4`. */
  readonly version: string;
  /** The process id of the current server. */
  readonly pid: number;
  /** Stops the server and frees the data folder. Resolves when the process has ended. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded server, or finds the one that a killed Posthorn left running on the same data
 * folder. The first start creates the database's files (about 1 s). Until `stop`, a server that
 * ends is restarted on the same port.
 *
 * @throws PosthornError `PH_EMBEDDED_PLATFORM` (no programs for this machine), `PH_DATA_DIR` (the
 *   folder cannot be used), `PH_DATA_DIR_IN_USE` (by another Posthorn), `PH_EMBEDDED_START` (with
 *   the last lines of the server's log).
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const binaries = options.binaries ?? findBinaries();
  const dataDir = await inDataDir(options.dataDir, () => makeDataDir(options.dataDir));
  const lock = await inDataDir(dataDir, () => lockFolder(dataDir));
  try {
    return await startLocked({ ...options, dataDir, binaries }, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startLocked(
  options: EmbeddedPostgresOptions & { readonly binaries: Binaries },
  lock: FolderLock,
): Promise<EmbeddedPostgres> {
  const { dataDir, settings = {} } = options;
  const log = options.log ?? (() => undefined);
  const places = await inDataDir(dataDir, () => findPlaces(options));
  await prepareBinaries(options.binaries, places);
  const { password, isNew } = await inDataDir(dataDir, () =>
    ensureCluster(dataDir, places, options.binaries, settings["fsync"] !== "off"),
  );
  if (isNew) log(`made a new database in ${places.clusterDir}`);
  const accepting = (server: Server) => accepts(server, password, places);
  const choosePort = options.choosePort ?? freePort;
  const found = await findServer(places, accepting);
  const server =
    "server" in found
      ? found.server
      : await startUnder(found.lock, { places, settings, choosePort });
  try {
    const version = await openDatabase(server, password);
    const verb = "server" in found ? "found running" : "started";
    log(`PostgreSQL ${version} ${verb}: process ${server.pid}, port ${server.port}`);
    const restart = async (cancelled: AbortSignal): Promise<Server> => {
      const again = await findServer(places, accepting, cancelled);
      if ("server" in again) return again.server;
      const samePort = () => Promise.resolve(server.port);
      return startUnder(again.lock, { places, settings, choosePort: samePort, cancelled });
    };
    const keeper = keepRunning({ server, places, restart, log, onLost: options.onLost });
    return running(keeper, lock, urlOf(server, password), version);
  } catch (error) {
    await stopServer(server, places);
    throw startError(places, reasonOf(error), error);
  }
}

/** From now on, the server itself holds the lock. */
async function startUnder(lock: FileLock, options: Omit<StartOptions, "lock">): Promise<Server> {
  try {
    return await startServer({ ...options, lock });
  } finally {
    if (process.platform !== "win32") await lock.close();
  }
}

function running(
  keeper: Keeper,
  lock: FolderLock,
  connectionString: string,
  version: string,
): EmbeddedPostgres {
  // If Posthorn exits without `stop`, this stops the server. Only `kill -9` leaves it running.
  const onExit = (): void => keeper.askToStop();
  process.once("exit", onExit);
  const stop = async (): Promise<void> => {
    await keeper.stop();
    process.off("exit", onExit);
    await lock.release();
  };
  let stopping: Promise<void> | null = null;
  return {
    connectionString,
    version,
    get pid() {
      return keeper.server.pid;
    },
    stop: () => (stopping ??= stop()),
  };
}

async function makeDataDir(dataDir: string): Promise<string> {
  await makeFolders(resolve(dataDir));
  return realpath(dataDir);
}

async function findPlaces(
  options: EmbeddedPostgresOptions & { readonly binaries: Binaries },
): Promise<Places> {
  const facts = await gatherPlaceFacts({
    dataDir: options.dataDir,
    outsideDir: options.outsideDir ?? outsideDirDefault,
    asRoot: process.getuid?.() === 0,
    binaries: options.binaries,
    newName: randomBytes(8).toString("hex"),
  });
  return decidePlaces(facts);
}

async function prepareBinaries(binaries: Binaries, places: Places): Promise<void> {
  try {
    if (places.binariesStep === "repair") await repairBinaries(places.binariesDir);
    if (places.binariesStep === "copy") await copyBinaries(binaries.dir, places.binariesDir);
  } catch (error) {
    const reason = `its programs could not be made ready: ${reasonOf(error)}`;
    throw startError(places, reason, error);
  }
}

/** Runs a step on the data folder; file system errors become `PH_DATA_DIR`. */
async function inDataDir<T>(dataDir: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    const facts = { dataDir, reason: reasonOf(error) };
    throw new PosthornError("PH_DATA_DIR", facts, { cause: error });
  }
}

function urlOf({ port }: Server, password: string, database: string = databaseName): string {
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
async function accepts(server: Server, password: string, places: Places): Promise<"yes" | "retry"> {
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
async function openDatabase(server: Server, password: string): Promise<string> {
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
