/** Assembles the service from its configuration, and shuts it down. */
import type { FastifyInstance } from "fastify";
import { boundsFor, readResources, type Bounds } from "../config/bounds.ts";
import { authentication, openTenants, type Access } from "./access.ts";
import { writeAddress } from "./address-file.ts";
import { joinNodes, startBackground } from "./jobs.ts";
import { DatabaseClock, systemRandom } from "./database-clock.ts";
import { dueAnnouncer } from "./due-announcer.ts";
import type { Config } from "../config/config.ts";
import { loadCatalogue } from "../contracts/catalogue.ts";
import { loadAllContracts } from "../contracts/load.ts";
import type { CompiledContract } from "../contracts/render.ts";
import { readPlatformKeys, type PlatformKeys } from "../contracts/platform-keys.ts";
import { ContractLibrary } from "./contract-library.ts";
import { openDatabase, type DatabaseOptions } from "./database.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { createApp } from "../http/app.ts";
import type { PageOptions } from "../http/console/page.ts";
import { loadTheme } from "../http/console/theme.ts";
import { Drain } from "../http/drain.ts";
import { Stopping } from "../http/pre-stop-delay.ts";
import { routesOf, type RouteName } from "../http/routes.ts";
import { install, type ContractFiles, type Installed } from "./install.ts";
import { readKeys } from "./keys.ts";
import { describePresets } from "./presets.ts";
import { limits } from "../limits.ts";
import type { PublicKeys } from "../model/public-keys.ts";
import { createSecretBox, type SecretBox } from "../model/secret-box.ts";
import type { Statistics } from "../observe/statistics.ts";
import { LiveFeed } from "../observe/live-feed.ts";
import { OrgTexts } from "../postgres/org-texts.ts";
import { createLogger, logObserver, type Logger } from "../observe/log.ts";
import { createMetrics, type Metrics } from "../observe/metrics.ts";
import { notifyAll } from "../observe/observers.ts";
import { Outage } from "../observe/outage.ts";
import { StoreWatch, keptReadiness, readiness } from "../observe/readiness.ts";
import { Node } from "../pipeline/dispatch/node.ts";
import type { Prober } from "../probe/prober.ts";
import type { Observer } from "../pipeline/ports.ts";
import type { EraseStore } from "../pipeline/upkeep/erase.ts";
import { createRebuildRequest, type RebuildRequest } from "../pipeline/dispatch/rebuild-request.ts";
import type { ReplayStore } from "../pipeline/upkeep/replay.ts";
import type { TurnOffStore } from "../pipeline/upkeep/turn-off.ts";
import { newestMigration } from "../postgres/migrate.ts";
import { announceLive, announceWatched } from "../postgres/notify.ts";
import type { Pool } from "../postgres/pool.ts";
import type { Tenants } from "../postgres/tenants.ts";
import { EventTypeCatalogue } from "../registry/index.ts";
import { createPostgresStore } from "../store/postgres/index.ts";
import { createPostgresEraseStore } from "../store/postgres/erase.ts";
import { makePartitions } from "../store/postgres/partitions.ts";
import { createPostgresSentStore } from "../store/postgres/rebuild-request.ts";
import { createPostgresReplayStore } from "../store/postgres/replay.ts";
import { createPostgresTurnOffStore } from "../store/postgres/turn-off.ts";
import type { Store } from "../store/store.ts";
import { openProbeReceiver, startProbe } from "../probe/start.ts";
import { openRegistries, type Registries } from "./registries.ts";
import { openStatistics } from "./open-statistics.ts";
import { Teardown } from "./teardown.ts";
import { createTokens } from "./token-checker.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Terminals } from "../terminals/terminals.ts";
import { openDestinations, sentHeaders, type DestinationDependencies } from "./destinations.ts";
import { metricsOfAll } from "../observe/worker-metrics.ts";

export interface Service {
  /** The API's URL. */
  readonly url: string;
  readonly adminKey: string;
  readonly logger: Logger;
  readonly pool: Pool;
  readonly node: Node;
  readonly store: Store;
  readonly endpoints: Registries["endpoints"];
  readonly clock: DatabaseClock;
  readonly routes: readonly RouteName[];
  readonly installed: Installed;
  /** The file with the admin key; null if POSTHORN_ADMIN_KEY contains it. */
  readonly adminKeyFile: string | null;
  /** The file with the encryption key; null if POSTHORN_ENCRYPTION_KEY contains it. */
  readonly encryptionKeyFile: string | null;
  /**
   * Stops accepting requests and work, lets attempts finish, and stops everything that was started.
   */
  close(): Promise<void>;
}

/** For programs that embed Posthorn. */
export interface ServiceOptions extends Pick<DatabaseOptions, "onDatabaseLost" | "stopping"> {
  /** An observer that gets the outcome of every attempt, in addition to the log and the metrics. */
  readonly observer?: Observer;
}

/**
 * Starts the service. If a step fails, everything that was started is stopped again.
 *
 * @throws PosthornError for any problem with the configuration, the database or the port.
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
  const outage = new Outage();
  const logger = createLogger(config.logLevel, { outage });
  const contracts = loadAllContracts(config.contractsDir);
  const platformKeys = readPlatformKeys(config.signingKeys);
  const { encryptionKey, ...admin } = await readKeys(config);
  const secretBox = createSecretBox(encryptionKey, config.decryptionKeys);
  const { hosts, direct, ...pools } = await openDatabase({ ...options, config, logger }, teardown);
  const prepared = { config, contracts, platformKeys, secretBox, logger, outage };
  const { clock, installed } = await prepareDatabase(pools.pool, prepared);
  const bounds = measureBounds(logger);
  const onRefused = (): void => dependencies.metrics.refused("queries");
  const tenants = await openTenants({ ...pools, ...bounds, clock, onRefused }, logger);
  const ownReceivers = await openProbeReceiver(config, () => dependencies.store, teardown);
  const access = authentication({ ...config, ...pools, ...admin, tenants, clock });
  const opened = { ...prepared, installed, ...pools, clock };
  const base = { ...opened, library: await openLibrary(opened), options, tenants, bounds, access };
  const dependencies = connectDependencies({ ...base, ownReceivers });
  const { node, endpoints, store } = dependencies;
  const [stopping, drain] = [new Stopping(), new Drain(config.drainMs)];
  const found = { database: pools.pool, hosts, direct, newestMigration: await newestMigration() };
  let [listensAt, probe]: [string, Prober | null] = ["", null];
  const app = await createApp({
    ...dependencies,
    stopping,
    tenants,
    logger,
    clock,
    random: systemRandom,
    renderMetrics: metricsOfAll(dependencies.metrics.registry),
    readiness: keptReadiness(() => readiness({ ...dependencies, ...found, probe })),
    ...access,
    publicUrl: () => config.publicUrl ?? listensAt,
    tokens: createTokens(config.jwt, clock, logger),
    requestRates: config.requestRates,
    trustProxy: config.trustProxy,
    ...bounds,
    consolePage: await consolePageOf(config),
  });
  const listener = await joinNodes({ ...dependencies, ...base, direct }, teardown);
  // Runs after the drain, whose attempts are also reported, counted and transformed.
  teardown.add(() => dependencies.live.close());
  teardown.add(() => dependencies.statistics.flush());
  teardown.add(async () => dependencies.sandbox.close());
  node.start();
  teardown.add(() => node.drain(drain.leftMs()));
  startBackground({ ...dependencies, ...base, direct }, listener, teardown);
  probe = startProbe({ ...dependencies, ...base, random: systemRandom }, teardown);
  teardown.add(() => drain.close(app));
  listensAt = await listenOn(app, config);
  teardown.add(await writeAddress(config, admin.adminKeyFile, listensAt));
  teardown.add(async () => drain.begin());
  teardown.add(() => stopping.waitBeforeStop(app, config.preStopDelayMs));
  return {
    url: listensAt,
    ...admin,
    logger,
    pool: pools.pool,
    node,
    store,
    endpoints,
    clock,
    routes: routesOf(app),
    installed,
    close: () => teardown.run(),
  };
}

async function consolePageOf({ console: page }: Config): Promise<PageOptions> {
  return { theme: await loadTheme(page), frameOrigins: page.frameOrigins };
}

/**
 * Prepares the database. Afterwards, its clock is known, and it contains what nodes need:
 * partitions, contracts and the presets.
 */
async function prepareDatabase(
  pool: Pool,
  {
    config,
    contracts,
    platformKeys,
    secretBox,
    logger,
  }: Pick<Base, "config" | "contracts" | "platformKeys" | "secretBox" | "logger">,
): Promise<{ readonly clock: DatabaseClock; readonly installed: Installed }> {
  const clock = new DatabaseClock();
  await clock.measure(pool);
  await makePartitions(pool, clock.now());
  const { presets, operationalOrgId } = config;
  const installed = await install(pool, {
    contracts,
    platformKeys,
    secretBox,
    catalogue: loadCatalogue(),
    presets,
    hasOperationalEvents: presets.length > 0 || operationalOrgId !== null,
    nowMs: clock.now(),
  });
  logger.info(describePresets(installed.presets, config));
  return { clock, installed };
}

/** Logs a warning if the process may open fewer files than Posthorn could use. */
function measureBounds(logger: Logger): Bounds {
  const resources = readResources();
  const bounds = boundsFor(resources);
  if (bounds.inFlightMax < limits.inFlightMax || bounds.connectionsMax < limits.connectionsMax) {
    logger.warn(
      { ...resources, ...bounds },
      "the limit of open files reduces this node's parallel attempts and connections",
    );
  }
  return bounds;
}

/**
 * @throws PosthornError `PH_CONTRACT_UNKNOWN` if there is no document for the default contract;
 *   those of `ContractLibrary.open`.
 */
async function openLibrary(
  opened: Pick<Base, "config" | "contracts" | "platformKeys" | "installed" | "pool" | "clock"> & {
    readonly logger: Logger;
  },
): Promise<ContractLibrary> {
  const { config, contracts, installed, logger } = opened;
  const library = await ContractLibrary.open({
    ...opened,
    files: new Map([...contracts.shipped, ...contracts.folder]),
    fileVersions: installed.contractVersions,
    onError: (error) => logger.error({ error }, "a contract could not be read"),
  });
  if (library.current.has(config.contract)) return library;
  throw new PosthornError("PH_CONTRACT_UNKNOWN", {
    contract: config.contract,
    contracts: [...library.current.keys()].join(", "),
  });
}

interface Base extends DestinationDependencies {
  readonly options: ServiceOptions;
  readonly outage: Outage;
  readonly contracts: ContractFiles;
  readonly library: ContractLibrary;
  readonly secretBox: SecretBox;
  readonly platformKeys: PlatformKeys;
  readonly installed: Installed;
  readonly queryPool: Pool;
  readonly tenants: Tenants;
  readonly access: Access;
}

interface Dependencies extends Registries {
  readonly node: Node;
  readonly store: Store;
  readonly compiledContracts: ReadonlyMap<string, CompiledContract>;
  readonly publicKeys: PublicKeys;
  readonly replays: ReplayStore;
  readonly erasures: EraseStore;
  readonly turnOffs: TurnOffStore;
  readonly eventTypes: EventTypeCatalogue;
  readonly metrics: Metrics;
  readonly storeWatch: StoreWatch;
  readonly rebuildRequest: RebuildRequest;
  readonly live: LiveFeed;
  readonly statistics: Statistics;
  readonly terminals: Terminals;
  readonly sandbox: Sandbox;
}

function connectDependencies(base: Base): Dependencies {
  const { config, options, logger, library, secretBox, pool, tenants, clock, bounds } = base;
  const opened = openDestinations(base, () => node.wake());
  const { transport, terminals, destinations, sandbox } = opened;
  const eventTypes = new EventTypeCatalogue(pool, clock);
  const metrics = createMetrics({
    database: pool,
    queries: tenants.queries,
    sandbox,
    inFlight: () => node.inFlight,
    queued: () => node.queued,
  });
  const storeWatch = new StoreWatch(clock, () => base.outage.succeeded(logger));
  const postgresStore = createPostgresStore(pool, secretBox, config.operationalOrgId);
  const store = storeWatch.watched(metrics.timed(postgresStore));
  const orgTexts = new OrgTexts(pool);
  const live = new LiveFeed({
    clock,
    announceWatched: (payload) => announceWatched(pool, payload),
    announceLive: (payload) => announceLive(pool, payload),
    orgTexts: (orgIds) => orgTexts.of(orgIds),
    onError: (error) => logger.warn({ error }, "sending live updates failed"),
  });
  const statistics = openStatistics(base);
  const node: Node = new Node({
    store,
    destinations,
    transformer: sandbox,
    contracts: library.current,
    loadContract: (name) => library.seek(name),
    eventTypes,
    clock,
    random: systemRandom,
    onDue: dueAnnouncer(base, () => node.wake()),
    observer: notifyAll([
      logObserver(logger),
      ...[metrics, live, statistics].map(({ observer }) => observer),
      ...(options.observer === undefined ? [] : [options.observer]),
    ]),
    retryScheduleMs: config.retryScheduleMs,
    bounds,
  });
  return {
    node,
    store,
    ...openRegistries({ ...base, transport, sandbox }),
    sandbox,
    compiledContracts: library.current,
    publicKeys: base.platformKeys.published,
    replays: createPostgresReplayStore(pool, base.queryPool),
    erasures: createPostgresEraseStore(pool),
    turnOffs: createPostgresTurnOffStore(pool, config.operationalOrgId),
    eventTypes,
    metrics,
    storeWatch,
    live,
    statistics,
    terminals,
    rebuildRequest: createRebuildRequest({
      store: createPostgresSentStore(tenants, secretBox),
      contractVersion: (id) => library.version(id),
      transformer: sandbox,
      ...sentHeaders,
    }),
  };
}

async function listenOn(app: FastifyInstance, config: Config): Promise<string> {
  const { host, port } = config;
  try {
    return await app.listen({ host, port });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if ("code" in error && error.code === "EADDRINUSE") {
      throw new PosthornError("PH_PORT_TAKEN", { host, port }, { cause: error });
    }
    const reason = error.message;
    throw new PosthornError("PH_LISTEN", { host, port, reason }, { cause: error });
  }
}
