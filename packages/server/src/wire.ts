/** Puts the service together from its configuration, and takes it apart again. */
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { FastifyInstance } from "fastify";
import { DatabaseClock, systemRandom } from "./clock.ts";
import type { Config } from "./config.ts";
import { loadCatalogue } from "./contracts/catalogue.ts";
import type { Contract } from "./contracts/contract.ts";
import { loadContracts } from "./contracts/load.ts";
import { compileContract, type CompiledContract } from "./contracts/render.ts";
import { keptValue, openDataFolder } from "./data-folder.ts";
import { PosthornError } from "./errors.ts";
import { createApp } from "./http/app.ts";
import { loadTheme } from "./http/console/theme.ts";
import { install } from "./installation.ts";
import { limits } from "./limits.ts";
import { createSecretBox, type SecretBox } from "./model/secret-box.ts";
import { createLogger, logObserver, type Logger } from "./observe/log.ts";
import { createMetrics, type Metrics } from "./observe/metrics.ts";
import { tellAll } from "./observe/observers.ts";
import { expire } from "./pipeline/expire.ts";
import { Node } from "./pipeline/node.ts";
import type { Observer } from "./pipeline/ports.ts";
import { startLoop } from "./pipeline/loop.ts";
import type { EraseStore } from "./pipeline/erase.ts";
import type { ReplayStore } from "./pipeline/replay.ts";
import { startEmbeddedPostgres } from "./postgres/embedded.ts";
import { listen } from "./postgres/listen.ts";
import { migrate } from "./postgres/migrate.ts";
import { dueChannel, endpointsChannel, eventTypesChannel } from "./postgres/notify.ts";
import { createPool, type Pool } from "./postgres/pool.ts";
import {
  Authenticator,
  createEndpointRegistry,
  EventTypeCatalogue,
  Sessions,
  type EndpointRegistry,
} from "./registry/index.ts";
import { createPostgresStore } from "./store/postgres/index.ts";
import { createPostgresEraseStore } from "./store/postgres/erase.ts";
import { makePartitions } from "./store/postgres/partitions.ts";
import { createPostgresReplayStore } from "./store/postgres/replay.ts";
import type { Store } from "./store/store.ts";
import { createTransport } from "./transport/index.ts";
import { version } from "./version.ts";

export interface Service {
  /** Where the API answers. */
  readonly url: string;
  readonly adminKey: string;
  readonly logger: Logger;
  readonly pool: Pool;
  readonly node: Node;
  readonly store: Store;
  readonly endpoints: EndpointRegistry;
  readonly clock: DatabaseClock;
  /** Stops taking requests and work, lets attempts finish, stops what was started. */
  close(): Promise<void>;
}

/** For programs that run Posthorn inside themselves. */
export interface ServiceOptions {
  /** Told what becomes of every attempt, beside the log and the metrics. */
  readonly observer?: Observer;
}

/** Undoes, in reverse order, what was done so far. */
class Teardown {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.splice(0).toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0)
      throw new AggregateError(failures, "The service did not stop cleanly.");
  }
}

/**
 * Starts everything, or nothing: what was started before a failure is stopped again.
 *
 * @throws PosthornError for whatever is wrong with the configuration, the database or the port.
 */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const teardown = new Teardown();
  try {
    return await start(config, options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(
  config: Config,
  options: ServiceOptions,
  teardown: Teardown,
): Promise<Service> {
  const logger = createLogger(config.logLevel);
  const contracts = contractsFor(config);
  const keys = await readKeys(config);
  const secretBox = createSecretBox(keys.encryptionKey);
  const { connectionString, stop } = await startDatabase(config, logger);
  teardown.add(stop);
  const pool = createPool({
    connectionString,
    connectionsMax: limits.databaseConnectionsMax,
    name: "posthorn",
    onError: (error) => logger.warn({ error }, "a connection to the database broke"),
  });
  teardown.add(() => pool.end());
  const clock = new DatabaseClock();
  await clock.measure(pool);
  await makePartitions(pool, clock.now());
  await install(pool, { contracts, catalogue: loadCatalogue(), secretBox, nowMs: clock.now() });

  const parts = connectParts({ config, options, logger, contracts, secretBox, pool, clock });
  const { node, endpoints, store } = parts;
  const { adminKey } = keys;
  let listensAt = "";
  const app = await createApp({
    ...parts,
    pool,
    logger,
    clock,
    random: systemRandom,
    onEventsPublished: (count) => parts.metrics.eventsPublished(count),
    authenticator: new Authenticator({ database: pool, clock, adminKey }),
    sessions: new Sessions({ database: pool, clock, random: systemRandom, adminKey }),
    publicUrl: () => config.publicUrl ?? listensAt,
    consolePage: {
      theme: await loadTheme(config.console),
      frameOrigins: config.console.frameOrigins,
    },
  });
  await beat({ ...parts, clock });
  node.start();
  teardown.add(() => node.drain(config.drainMs));
  startBackground({ ...parts, config, connectionString, pool, clock, logger }, teardown);
  teardown.add(() => app.close());
  listensAt = await listenOn(app, config);
  return {
    url: listensAt,
    adminKey,
    logger,
    pool,
    node,
    store,
    endpoints,
    clock,
    close: () => teardown.run(),
  };
}

/** @throws PosthornError `PH_CONTRACT_UNKNOWN` if the default contract has no document. */
function contractsFor(config: Config): ReadonlyMap<string, Contract> {
  const contracts = loadContracts();
  if (!contracts.has(config.contract)) {
    throw new PosthornError("PH_CONTRACT_UNKNOWN", {
      contract: config.contract,
      contracts: [...contracts.keys()].join(", "),
    });
  }
  return contracts;
}

interface Base {
  readonly config: Config;
  readonly options: ServiceOptions;
  readonly logger: Logger;
  readonly contracts: ReadonlyMap<string, Contract>;
  readonly secretBox: SecretBox;
  readonly pool: Pool;
  readonly clock: DatabaseClock;
}

interface Parts {
  readonly node: Node;
  readonly store: Store;
  readonly replays: ReplayStore;
  readonly erasures: EraseStore;
  readonly endpoints: EndpointRegistry;
  readonly eventTypes: EventTypeCatalogue;
  readonly metrics: Metrics;
}

function connectParts(base: Base): Parts {
  const { config, options, logger, contracts, secretBox, pool, clock } = base;
  const transport = createTransport({
    allowCidrs: config.allowCidrs,
    userAgent: `Posthorn/${version}`,
  });
  const compiled = new Map(
    [...contracts].map(([name, contract]) => [name, compileContract(contract)]),
  );
  const eventTypes = new EventTypeCatalogue(pool, clock);
  const store = createPostgresStore(pool, secretBox);
  const metrics = createMetrics({
    database: pool,
    inFlight: () => node.inFlight,
    queued: () => node.queued,
  });
  const node: Node = new Node({
    store,
    transport,
    contracts: compiled,
    eventTypes,
    clock,
    random: systemRandom,
    observer: tellAll([
      logObserver(logger),
      metrics.observer,
      ...(options.observer === undefined ? [] : [options.observer]),
    ]),
    retryScheduleMs: config.retryScheduleMs,
  });
  const endpoints = createEndpointRegistry({
    transport,
    contractNames: [...contracts.keys()],
    reservedHeaders: headersOf(compiled),
    defaultContract: config.contract,
    secretBox,
    random: systemRandom,
  });
  return {
    node,
    store,
    replays: createPostgresReplayStore(pool),
    erasures: createPostgresEraseStore(pool),
    endpoints,
    eventTypes,
    metrics,
  };
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
export async function startDatabase(
  config: Config,
  logger: Logger,
  nodes: number = 1,
): Promise<RunningDatabase> {
  if (config.databaseUrl !== null) {
    await migrate(config.databaseUrl);
    return { connectionString: config.databaseUrl, stop: () => Promise.resolve() };
  }
  const server = await startEmbeddedPostgres({
    dataDir: await openDataFolder(config.dataDir),
    log: (line) => logger.info(line),
    settings: { max_connections: String(embeddedConnections(nodes)) },
  });
  try {
    await migrate(server.connectionString);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Each node has a pool and a listener; with 100 for all, five nodes would lock each other out. */
function embeddedConnections(nodes: number): number {
  return limits.embeddedConnectionsMax + (nodes - 1) * (limits.databaseConnectionsMax + 1);
}

export interface Keys {
  readonly adminKey: string;
  readonly encryptionKey: string;
}

/** Keys that nobody set are made once and kept in the data folder. */
export async function readKeys(config: Config): Promise<Keys> {
  const { adminKey, encryptionKey } = config;
  if (adminKey !== null && encryptionKey !== null) return { adminKey, encryptionKey };
  const folder = await openDataFolder(config.dataDir);
  const made = (bytes: number, encoding: BufferEncoding): string =>
    randomBytes(bytes).toString(encoding);
  return {
    adminKey:
      adminKey ??
      (await keptValue(path.join(folder, "admin-key"), () => `pha_${made(24, "base64url")}`)),
    encryptionKey:
      encryptionKey ??
      (await keptValue(path.join(folder, "encryption-key"), () => made(32, "base64"))),
  };
}

function headersOf(contracts: ReadonlyMap<string, CompiledContract>): ReadonlySet<string> {
  return new Set([...contracts.values()].flatMap((contract) => contract.headerNames));
}

interface Background extends Parts {
  readonly config: Config;
  readonly connectionString: string;
  readonly pool: Pool;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
}

/** Notifications, replays, and the clock's correction. */
function startBackground(parts: Background, teardown: Teardown): void {
  const {
    config,
    connectionString,
    pool,
    node,
    store,
    clock,
    eventTypes,
    logger,
    replays,
    erasures,
  } = parts;
  const listener = listen({
    connectionString,
    channels: [dueChannel, endpointsChannel, eventTypesChannel],
    clock,
    onNotification(channel, payload) {
      if (channel === eventTypesChannel) eventTypes.invalidate();
      else if (channel === endpointsChannel) void node.endpointsChanged(payload.split(","));
      else node.wake();
    },
    onConnected() {
      eventTypes.invalidate();
      node.wake();
    },
    onError: (error) => logger.warn({ error }, "the connection for notifications broke"),
  });
  teardown.add(() => listener.close());
  const repeat = (what: string, pauseMs: number, round: () => Promise<unknown>): void => {
    const loop = startLoop({
      clock,
      pauseMs,
      round,
      onFailed: (error) => logger.error({ error }, `${what} failed; it is tried again`),
    });
    teardown.add(() => loop.stop());
  };
  repeat("a replay's step", limits.replayStepMs, () =>
    replays.step(clock.now(), limits.replayDeliveriesPerStepMax),
  );
  repeat("an erasure's step", limits.eraseStepMs, () =>
    erasures.step(clock.now(), limits.eraseRowsPerStepMax),
  );
  repeat("a heartbeat", limits.heartbeatMs, () => beat(parts));
  teardown.add(async () => {
    await store.heartbeat(node.id, null, 0);
  });
  repeat("retention", limits.expirePollMs, async () => {
    const outcome = await expire({ store, clock, retention: config.retention });
    const hasDone = Object.values(outcome).some((count) => count > 0);
    if (hasDone) logger.info(outcome, "retention removed what is past its period");
  });
  const measuring = setInterval(() => {
    clock.measure(pool).catch((error: unknown) => {
      logger.warn({ error }, "the database's clock could not be read");
    });
  }, limits.clockMeasureMs);
  teardown.add(async () => clearInterval(measuring));
}

async function beat({ node, store, clock }: Pick<Background, "node" | "store" | "clock">) {
  const atMs = clock.now();
  node.nodes = await store.heartbeat(node.id, atMs, atMs - limits.heartbeatCountsMs);
}

async function listenOn(app: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config;
  try {
    return await app.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
      throw new PosthornError("PH_PORT_TAKEN", { host, port }, { cause: error });
    }
    throw error;
  }
}
