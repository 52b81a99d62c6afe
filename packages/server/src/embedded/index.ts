/**
 * The embedded database: Posthorn runs its own PostgreSQL server as a child process, with its files
 * in Posthorn's data folder.
 */
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import type { PosthornError } from "../errors/catalogue.ts";
import { reasonOf } from "../errors/reasons.ts";
import type { Binaries } from "./binaries.ts";
import { findBinaries } from "./binaries.ts";
import { ensureCluster } from "./cluster.ts";
import { accepts, openDatabase, startUnder, urlOf } from "./connect.ts";
import { checkMajor, finishSwitch } from "./existing.ts";
import { findServer } from "./find.ts";
import { makeFolders } from "./folders.ts";
import type { Keeper } from "./keeper.ts";
import { keepRunning } from "./keeper.ts";
import type { FolderLock } from "./lock.ts";
import { lockFolder } from "./lock.ts";
import { freePort } from "./port.ts";
import { findPlaces, inDataDir, prepareBinaries } from "./prepare.ts";
import type { Server } from "./server.ts";
import { startError, stopServer } from "./server.ts";

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
 *   folder cannot be used), `PH_DATA_DIR_IN_USE` (by another Posthorn), `PH_DATA_DIR_OLDER` or
 *   `PH_DATA_DIR_NEWER` (of another PostgreSQL), `PH_EMBEDDED_START` (with the last lines of the
 *   server's log).
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
  await inDataDir(dataDir, () => finishSwitch(dataDir));
  await inDataDir(dataDir, () => checkMajor(dataDir, options.binaries));
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
