/** The database of the service: somebody's server, or one of its own. */
import type { Teardown } from "./jobs.ts";
import type { Config } from "../config/config.ts";
import { openDataFolder } from "./data-folder.ts";
import type { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Logger } from "../observe/log.ts";
import { startEmbeddedPostgres } from "../embedded/index.ts";
import { connectionShares } from "../postgres/connections.ts";
import { openDirect } from "../postgres/direct.ts";
import { hostsOf, type Hosts } from "../postgres/hosts.ts";
import { lowerPriority } from "../postgres/low-priority.ts";
import { migrate } from "../postgres/migrate.ts";
import { createPool, type Pool } from "../postgres/pool.ts";
import { waitForDatabase } from "../postgres/wait.ts";
import { freeAllLeases } from "../store/postgres/take-over.ts";

export interface DatabaseOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** How many nodes the embedded database has connections for. */
  readonly nodes?: number;
  /** Told once, if the embedded database is gone for good: the service cannot go on. */
  readonly onDatabaseLost?: ((error: PosthornError) => void) | undefined;
  /** Ends the wait for a database that is not up yet. */
  readonly stopping?: AbortSignal | undefined;
}

export interface RunningDatabase {
  readonly connectionString: string;
  /** Ends the embedded server; nothing, if the server is somebody else's. */
  stop(): Promise<void>;
}

/**
 * The database of `DATABASE_URL`, or the embedded one started, with room for the connections of
 * `nodes` nodes; migrated in either case.
 */
export async function startDatabase({
  config,
  logger,
  nodes = 1,
  onDatabaseLost,
  stopping,
}: DatabaseOptions): Promise<RunningDatabase> {
  if (config.databaseUrl !== null) {
    const { databaseUrl: connectionString, databaseWaitMs: waitMs } = config;
    const log = (line: string): void => logger.warn(line);
    await waitForDatabase({ connectionString, waitMs, log, stopping });
    await migrate(config.directUrl ?? config.databaseUrl);
    return { connectionString: config.databaseUrl, stop: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({
    dataDir: await openDataFolder(config.dataDir),
    log: (line) => logger.info(line),
    settings: { max_connections: String(embeddedConnections(config, nodes)) },
    ...(onDatabaseLost === undefined ? {} : { onLost: onDatabaseLost }),
  });
  try {
    await migrate(server.connectionString);
    await freeLeasesOfDeadNodes(server.connectionString, logger);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/**
 * Whoever starts the embedded server holds its folder's lock: every node that worked on it before
 * is dead, and its deliveries need not wait for their leases to end.
 */
async function freeLeasesOfDeadNodes(connectionString: string, logger: Logger): Promise<void> {
  const pool = createPool({
    hosts: hostsOf(connectionString),
    connectionsMax: 1,
    name: "posthorn start",
    onError: () => undefined,
  });
  try {
    const deliveries = await freeAllLeases(pool);
    if (deliveries > 0) logger.info({ deliveries }, "took over the deliveries of the last run");
  } finally {
    await pool.end();
  }
}

function embeddedConnections({ databaseConnections }: Config, nodes: number): number {
  return limits.embeddedConnectionsSpare + nodes * databaseConnections;
}

export interface OpenedDatabase {
  readonly hosts: Hosts;
  /** The way past a pooler. */
  readonly direct: Hosts;
  readonly pool: Pool;
  /** For what callers of the API ask of the database. */
  readonly queryPool: Pool;
}

/** Starts the database as `startDatabase` does, and opens this node's connections to it. */
export async function openDatabase(
  options: DatabaseOptions,
  teardown: Teardown,
): Promise<OpenedDatabase> {
  const { config, logger } = options;
  const { connectionString, stop } = await startDatabase(options);
  teardown.add(stop);
  const hosts = hostsOf(connectionString);
  const open = (name: string, connectionsMax: number): Pool => {
    const pool = createPool({
      hosts,
      connectionsMax,
      name,
      onError: (error) => logger.warn({ error }, "a connection to the database broke"),
      onShortage: (connections) =>
        logger.warn(
          { connections },
          "no more connections to the database can be opened; requests wait",
        ),
    });
    teardown.add(() => pool.end());
    return pool;
  };
  // One more is for notifications.
  const shares = connectionShares(config.databaseConnections - 1);
  const pool = open("posthorn", shares.service);
  const queryPool = open("posthorn queries", shares.queries);
  queryPool.on("connect", (client) => void lowerPriority(client));
  await keepOne(queryPool);
  const direct = await openDirect(config.directUrl, hosts, pool);
  const { pooling } = await hosts.way();
  if (pooling !== "none") logger.info({ mode: pooling }, "there is a pooler before the database");
  return { hosts, direct, pool, queryPool };
}

/**
 * Opens a connection, which the pool keeps, before the service's own pool can have all that the
 * server allows. If there is none to be had, the first query says so.
 */
async function keepOne(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch {
    // The start goes on: publishing and sending need none of these.
  }
}
