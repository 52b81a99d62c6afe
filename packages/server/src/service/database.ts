/** The service's database: a server that the operator runs, or the embedded one. */
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
import { migrateAt } from "../postgres/migrate.ts";
import { createPool, type Pool } from "../postgres/pool.ts";
import { waitForDatabase } from "../postgres/wait.ts";
import { freeAllLeases } from "../store/postgres/take-over.ts";

export interface DatabaseOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** The number of nodes for which the embedded database needs connections. */
  readonly nodes?: number;
  /**
   * Called once if the embedded database cannot be restarted. The service cannot continue in that
   * case.
   */
  readonly onDatabaseLost?: ((error: PosthornError) => void) | undefined;
  /** Stops waiting for a database that is not up yet. */
  readonly stopping?: AbortSignal | undefined;
}

export interface RunningDatabase {
  readonly connectionString: string;
  readonly hosts: Hosts;
  /** Stops the embedded server. Does nothing for a server that the operator runs. */
  stop(): Promise<void>;
}

/**
 * Connects to the database of `DATABASE_URL`, or starts the embedded one with enough connections
 * for `nodes` nodes. Migrates it in both cases.
 */
export async function startDatabase({
  config,
  logger,
  nodes = 1,
  onDatabaseLost,
  stopping,
}: DatabaseOptions): Promise<RunningDatabase> {
  if (config.databaseUrl !== null) {
    const { databaseUrl: connectionString, databaseWaitMs: waitMs, directUrl } = config;
    const hosts = hostsOf(connectionString);
    const log = (line: string): void => logger.warn(line);
    await waitForDatabase({ hosts, waitMs, log, stopping });
    await migrateAt(directUrl === null ? hosts : hostsOf(directUrl));
    return { connectionString, hosts, stop: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({
    dataDir: await openDataFolder(config.dataDir),
    log: (line) => logger.info(line),
    settings: { max_connections: String(embeddedConnections(config, nodes)) },
    ...(onDatabaseLost === undefined ? {} : { onLost: onDatabaseLost }),
  });
  const hosts = hostsOf(server.connectionString);
  try {
    await migrateAt(hosts);
    await freeLeasesOfDeadNodes(hosts, logger);
  } catch (error) {
    await server.stop();
    throw error;
  }
  const { connectionString } = server;
  return { connectionString, hosts, stop: () => server.stop() };
}

/**
 * The process that starts the embedded server has the lock of its folder, so all earlier nodes are
 * dead. Their deliveries need not wait for the end of their leases.
 */
async function freeLeasesOfDeadNodes(hosts: Hosts, logger: Logger): Promise<void> {
  const pool = createPool({
    hosts,
    connectionsMax: 1,
    name: "posthorn start",
    onError: () => undefined,
  });
  try {
    const deliveries = await freeAllLeases(pool);
    if (deliveries > 0) logger.info({ deliveries }, "took over the deliveries of the previous run");
  } finally {
    await pool.end();
  }
}

function embeddedConnections({ databaseConnections }: Config, nodes: number): number {
  return limits.embeddedConnectionsSpare + nodes * databaseConnections;
}

export interface OpenedDatabase {
  readonly hosts: Hosts;
  /** The connection without a pooler. */
  readonly direct: Hosts;
  readonly pool: Pool;
  /** The connections for queries of API callers. */
  readonly queryPool: Pool;
}

/** Starts the database as `startDatabase` does, and opens the node's connections. */
export async function openDatabase(
  options: DatabaseOptions,
  teardown: Teardown,
): Promise<OpenedDatabase> {
  const { config, logger } = options;
  const { hosts, stop } = await startDatabase(options);
  teardown.add(stop);
  const open = (name: string, connectionsMax: number): Pool => {
    let isEnding = false;
    const pool = createPool({
      hosts,
      connectionsMax,
      name,
      // A pool ends before its connections are closed, so the embedded server may close them first.
      onError: (error) => {
        if (!isEnding) logger.warn({ error }, "a database connection was lost");
      },
      onShortage: (connections) =>
        logger.warn(
          { connections },
          "no more database connections can be opened; requests are queued",
        ),
    });
    teardown.add(() => {
      isEnding = true;
      return pool.end();
    });
    return pool;
  };
  // One connection is needed for notifications.
  const shares = connectionShares(config.databaseConnections - 1);
  const pool = open("posthorn", shares.service);
  const queryPool = open("posthorn queries", shares.queries);
  queryPool.on("connect", (client) => void lowerPriority(client));
  await keepOne(queryPool);
  const direct = await openDirect(config.directUrl, hosts, pool);
  const { pooling } = await hosts.way();
  if (pooling !== "none")
    logger.info({ mode: pooling }, "the database connection goes through a pooler");
  return { hosts, direct, pool, queryPool };
}

/**
 * Opens a connection of this pool, which then stays open. Later, the pool for publishing and
 * sending might already have all connections that the server allows. If the connection cannot be
 * opened, the first query tries again, and reports the error.
 */
async function keepOne(pool: Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch {
    // The start continues without this connection, because publishing and sending do not need it.
  }
}
