/** Bounds on the way to the database, on the embedded server, and on queries; part of `limits`. */
export const databaseLimits = {
  /** A connection to the database that is not there by then counts as unavailable. */
  databaseConnectMs: 5_000,
  /** The longest `connect_timeout` of a connection URL. */
  databaseConnectMsMax: 60_000,
  /**
   * When no more connections can be opened (the server allows none, or this machine has no file or
   * port left), a node works with those it has for so long, then tries again; one that has none
   * asks again after a pause.
   */
  databaseShortageMs: 5_000,
  databaseShortagePauseMs: 200,
  /** A pooler in session mode that is silent for so long has no connection to the server left. */
  poolerPatienceMs: 1_000,
  /** Between two attempts to reach a database that is not up yet at the start. */
  databaseWaitPauseMs: 500,
  /** Any one statement of the service. */
  databaseStatementMs: 15_000,
  /** For its answer to come, which a network that is cut swallows: longer than the statement's. */
  databaseAnswerMs: 20_000,
  /** A migration's wait for a table, after which it begins anew; and how long it goes on so. */
  migrationLockMs: 500,
  migrationPatienceMs: 60_000,
  /** A silent connection to the database is probed after this long, each second for 10 s. */
  databaseKeepAliveMs: 10_000,
  /** The lock of a node whose machine has been silent for so long is free: whole seconds. */
  nodeSilentMs: 5_000,
  /** Making the embedded database's files (`initdb`); about 1 s on a laptop. */
  embeddedInitMs: 60_000,
  /** From the embedded server's start until it takes connections, recovery included. */
  embeddedStartMs: 120_000,
  /** Waited after each signal to the embedded server (SIGINT, then SIGQUIT, then SIGKILL). */
  embeddedStopMs: 10_000,
  /** How often the embedded server's process is looked at; without it, it is started again. */
  embeddedWatchMs: 100,
  /** Failed attempts in a row to start it again, each after this pause, before Posthorn exits. */
  embeddedRestartTriesMax: 3,
  embeddedRestartPauseMs: 500,
  /** Processes that outlive their postmaster have this long to notice it before they are ended. */
  embeddedOrphanMs: 500,
  /** Those that cannot be ended, because they run in another container, are waited for. */
  embeddedLeftoversMs: 30_000,
  /** Ports tried in turn when another program takes the chosen one first. */
  embeddedPortTriesMax: 5,
  /** A log longer than this is moved aside (one is kept) when the embedded server starts. */
  embeddedLogBytesMax: 8 * 1024 * 1024,
  /** Connections that one node opens to the database: the default of the variable for it. */
  databaseConnectionsMax: 20,
  /** The variable's bounds. One connection listens, and some work needs two at once. */
  databaseConnectionsLeast: 4,
  databaseConnectionsMost: 500,
  /** Connections that the embedded database has beyond those of the nodes: for other programs. */
  embeddedConnectionsSpare: 80,
  /** Where notifications cannot be received, what they announce is looked for this often. */
  notificationsPollMs: 2_000,
  /**
   * The share of them that runs what callers of the API ask for: one in five, at most 4. So many
   * such queries run at once; the admin key has fewer of them than are free, so at most 2.
   */
  queryConnectionsShare: 0.2,
  queryConnectionsMax: 4,
  /** Queries of one org that run at once: two kept both of 2 CPUs busy; others waited 110 ms. */
  queriesRunningPerOrgMax: 1,
  /** One statement that reads what a caller asked for; after it the query is stopped. */
  queryStatementMs: 2_500,
  /** How long it waits for rows that somebody else changes: less than a statement may take. */
  queryLockMs: 2_000,
  /** How long a query waits for its turn, then it is refused; how many of one org wait. */
  queryWaitMs: 2_000,
  queriesWaitingPerOrgMax: 100,
  /** The same for the admin key, which may ask on behalf of many orgs. */
  operatorQueriesWaitingMax: 1_000,
} as const;
