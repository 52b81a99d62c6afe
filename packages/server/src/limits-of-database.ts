/** Bounds on database connections, on the embedded server, and on queries; part of `limits`. */
export const databaseLimits = {
  /** Timeout for connecting to the database; after it the database counts as unavailable. */
  databaseConnectMs: 5_000,
  /** The longest `connect_timeout` of a connection URL. */
  databaseConnectMsMax: 60_000,
  /**
   * When no more connections can be opened (the server allows none, or this machine has no file or
   * port left), a node works with its existing ones for this long, then tries again. A node without
   * any connection retries after a pause.
   */
  databaseShortageMs: 5_000,
  databaseShortagePauseMs: 200,
  /** A pooler in session mode that is silent for this long has no free connection to the server. */
  poolerPatienceMs: 1_000,
  /** Pause between two attempts to connect to a database that is not up yet at the start. */
  databaseWaitPauseMs: 500,
  /** Timeout of every statement of the service. */
  databaseStatementMs: 15_000,
  /**
   * Timeout for the response of a statement, which a network partition can swallow; longer than the
   * statement's own.
   */
  databaseAnswerMs: 20_000,
  /** How long a migration waits for a table before it starts again, and for how long it retries. */
  migrationLockMs: 500,
  migrationPatienceMs: 60_000,
  /** A silent database connection is probed after this time, then every second for 10 s. */
  databaseKeepAliveMs: 10_000,
  /** The lock of a node whose machine has been silent for so long is free: whole seconds. */
  nodeSilentMs: 5_000,
  /** Timeout for creating the embedded database's files (`initdb`); about 1 s on a laptop. */
  embeddedInitMs: 60_000,
  /** Timeout from the embedded server's start until it accepts connections, including recovery. */
  embeddedStartMs: 120_000,
  /** Wait after each signal to the embedded server (SIGINT, then SIGQUIT, then SIGKILL). */
  embeddedStopMs: 10_000,
  /** How often the embedded server's process is checked; if it is gone, it is restarted. */
  embeddedWatchMs: 100,
  /** Failed restarts in a row, each after this pause, before Posthorn exits. */
  embeddedRestartTriesMax: 3,
  embeddedRestartPauseMs: 500,
  /** Processes that outlive their postmaster have this long to notice it before they are killed. */
  embeddedOrphanMs: 500,
  /** Processes in another container cannot be killed, so Posthorn waits this long for them. */
  embeddedLeftoversMs: 30_000,
  /** Ports tried in turn when another program takes the chosen one first. */
  embeddedPortTriesMax: 5,
  /**
   * If the log is larger than this, it is moved aside (one old log is kept) at the embedded
   * server's start.
   */
  embeddedLogBytesMax: 8 * 1024 * 1024,
  /** Database connections of one node: the default of the environment variable. */
  databaseConnectionsMax: 20,
  /** The variable's bounds. One connection listens, and some work needs two at once. */
  databaseConnectionsLeast: 4,
  databaseConnectionsMost: 500,
  /** Extra connections of the embedded database, for other programs. */
  embeddedConnectionsSpare: 80,
  /** Polling interval where notifications cannot be received. */
  notificationsPollMs: 2_000,
  /**
   * The share of the connections for queries of API callers: one in five, at most 4. This limits
   * the parallel queries. The admin key may use fewer of them than are free, so at most 2.
   */
  queryConnectionsShare: 0.2,
  queryConnectionsMax: 4,
  /** Parallel queries of one org: two kept both of 2 CPUs busy; others waited 110 ms. */
  queriesRunningPerOrgMax: 1,
  /** Timeout of a statement that reads for an API caller; after it the query is stopped. */
  queryStatementMs: 2_500,
  /** How long a caller's statement waits for locked rows; less than the statement timeout. */
  queryLockMs: 2_000,
  /**
   * How long a query waits for its turn before it is rejected, and how many of one org may wait.
   */
  queryWaitMs: 2_000,
  queriesWaitingPerOrgMax: 100,
  /** The same for the admin key, which may ask on behalf of many orgs. */
  operatorQueriesWaitingMax: 1_000,
} as const;
