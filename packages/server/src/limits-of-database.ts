/** Limits for database connections, the embedded server and queries; part of `limits`. */
export const databaseLimits = {
  /** Timeout for connecting to the database. After it, the database counts as unavailable. */
  databaseConnectMs: 5_000,
  /** Maximum `connect_timeout` in a connection URL. */
  databaseConnectMsMax: 60_000,
  /**
   * If the server or this machine allows no more connections, how long a node works with those it
   * has before it tries to open more. A node without any connection retries after the pause.
   */
  databaseShortageMs: 5_000,
  databaseShortagePauseMs: 200,
  /**
   * If a session-mode pooler does not respond for this long, Posthorn assumes that all its server
   * connections are in use.
   */
  poolerPatienceMs: 1_000,
  /** If Posthorn cannot connect to the database when it starts: the pause before it tries again. */
  databaseWaitPauseMs: 500,
  /** Timeout of every statement of the service. */
  databaseStatementMs: 15_000,
  /**
   * How long to wait for the result of a statement, which a network partition can swallow. Longer
   * than the statement timeout.
   */
  databaseAnswerMs: 20_000,
  /**
   * How long a migration waits for a table lock before it releases its locks and retries, and for
   * how long it retries.
   */
  migrationLockMs: 500,
  migrationPatienceMs: 60_000,
  /**
   * Idle time before the first keep-alive probe of a database connection. After that, Posthorn
   * sends a probe every second for 10 s.
   */
  databaseKeepAliveMs: 10_000,
  /**
   * How long a node's machine may be silent before the database frees the node's lock, in whole
   * seconds.
   */
  nodeSilentMs: 5_000,
  /** Timeout for creating the embedded database's files (`initdb`), which takes about 1 s. */
  embeddedInitMs: 60_000,
  /** Timeout from the embedded server's start until it accepts connections, including recovery. */
  embeddedStartMs: 120_000,
  /** How long to wait after each signal to the embedded server (SIGINT, then SIGQUIT, SIGKILL). */
  embeddedStopMs: 10_000,
  /** How often to check that the embedded server is running. If not, it is restarted. */
  embeddedWatchMs: 100,
  /** How many failed restarts in a row make Posthorn exit. */
  embeddedRestartTriesMax: 3,
  /** Pause after a failed restart before the next one. */
  embeddedRestartPauseMs: 500,
  /**
   * How long PostgreSQL's child processes get to exit by themselves if their postmaster has died.
   */
  embeddedOrphanMs: 500,
  /** How long to wait for PostgreSQL processes in another container, which Posthorn cannot kill. */
  embeddedLeftoversMs: 30_000,
  /** Maximum number of ports to try if another program takes the chosen one first. */
  embeddedPortTriesMax: 5,
  /**
   * If the embedded server's log is larger than this at the start, it is renamed. One old log is
   * kept.
   */
  embeddedLogBytesMax: 8 * 1024 * 1024,
  /** Default for the maximum number of database connections of a process. */
  databaseConnectionsMax: 20,
  /**
   * Allowed values of `POSTHORN_DATABASE_CONNECTIONS`. One connection listens, and some work needs
   * two.
   */
  databaseConnectionsLeast: 4,
  databaseConnectionsMost: 500,
  /** How many more connections the embedded database allows, for other programs. */
  embeddedConnectionsSpare: 80,
  /** How often to poll if notifications cannot be received. */
  notificationsPollMs: 2_000,
  /**
   * Share of the database connections for queries of API callers: one in five, at most 4. The admin
   * key may use at most 2 of the free ones.
   */
  queryConnectionsShare: 0.2,
  queryConnectionsMax: 4,
  /**
   * Maximum number of parallel queries of an org. With two, one org kept both CPUs busy, and the
   * queries of others waited 110 ms.
   */
  queriesRunningPerOrgMax: 1,
  /** Timeout of a statement that reads for an API caller. */
  queryStatementMs: 2_500,
  /**
   * How long an API caller's statement waits for locked rows. Shorter than the statement timeout.
   */
  queryLockMs: 2_000,
  /**
   * How long a query may be queued before it is rejected, and how many queries of an org may be
   * queued.
   */
  queryWaitMs: 2_000,
  queriesWaitingPerOrgMax: 100,
  /**
   * How many queries of the admin key may be queued. The limit is higher, because that key often
   * acts for many orgs.
   */
  operatorQueriesWaitingMax: 1_000,
  /**
   * Keys with the role `metrics` that a node accepts while the database does not respond: how
   * often it reads them, how many, for how long after it last read them (1 day), and how long it
   * waits for the database before it uses them.
   */
  metricsKeysReadMs: 30_000,
  metricsKeysKeptMax: 100,
  metricsKeysKeptMs: 86_400_000,
  metricsKeyLookUpMs: 2_000,
  /** How long a scrape waits for the metrics that come from the database. */
  metricsGaugesMs: 5_000,
  /**
   * The log during an outage of the database: the time between two lines, and how long nothing must
   * fail until the database counts as working again.
   */
  outageLineMs: 30_000,
  outageQuietMs: 3_000,
} as const;
