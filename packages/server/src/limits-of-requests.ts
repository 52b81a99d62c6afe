/** Limits for requests to the API and for its responses; part of `limits`. */
export const requestLimits = {
  /** Maximum time from the first byte of a request to its last. Slower clients are disconnected. */
  requestMs: 20_000,
  /** Timeout for the request line and headers. It also applies to connections without a request. */
  requestHeadersMs: 10_000,
  /** How often to look for slow clients. */
  slowClientsCheckMs: 1_000,
  /** How long a connection with a request in progress may go without a byte in either direction. */
  connectionSilentMs: 60_000,
  /**
   * How long an idle connection stays open. Longer than load balancers reuse their connections (60
   * s).
   */
  connectionIdleMs: 72_000,
  /**
   * Maximum time from a request to the last byte of its response, because some clients read slowly.
   */
  answerMs: 120_000,
  /** Maximum number of connections to one process. Further ones are closed immediately. */
  connectionsMax: 8_192,
  /** Maximum size of the request line and headers. */
  requestHeadersBytesMax: 64 * 1024,
  /**
   * Maximum length of Content-Location. A longer header is omitted, because `fetch` rejects long
   * headers.
   */
  contentLocationCharsMax: 4_096,
  /** Maximum JSON nesting depth. PostgreSQL runs out of stack at a few thousand levels. */
  jsonDepthMax: 512,
  /** Maximum length of an idempotency key. PostgreSQL can index at most 2,700 bytes. */
  idempotencyKeyCharsMax: 256,
  /**
   * Maximum length of the platform's own id of an org, an event or an endpoint, in Unicode
   * characters.
   */
  externalIdCharsMax: 256,
  /** Maximum size of an org's or endpoint's metadata, as JSON. */
  metadataBytesMax: 4_096,
  /** How long a node may still publish for an org that another node has erased. */
  knownOrgMs: 5_000,
  knownOrgsMax: 10_000,
  /** How long a node remembers the application that an imported Svix id means, and how many. */
  svixAliasMs: 5_000,
  svixAliasesMax: 10_000,
  /** Maximum number of feature flags of an event type or a token of the Svix dialect. */
  svixFeatureFlagsMax: 25,
  /** How long the Svix dialect returns the same answer for an idempotency key. */
  storedAnswerMs: 12 * 60 * 60 * 1000,
  /** How many answers that have expired a change deletes. */
  storedAnswersExpiredPerChangeMax: 10,
  /** Maximum and default number of items in a page of the Svix dialect. */
  svixPageMax: 250,
  svixPageDefault: 50,
  /** How far back the Svix dialect recovers messages: 14 days. */
  svixRecoverMsMax: 14 * 24 * 60 * 60 * 1000,
  /** The longest range of an endpoint's statistics in the Svix dialect: 28 days and 5 minutes. */
  svixStatsRangeMsMax: (28 * 24 * 60 + 5) * 60 * 1000,
  /** For how many pending messages the statistics of the Svix dialect count. */
  svixPendingCountMax: 10_000,
  /** For how many orgs a process remembers the platform's id. */
  orgTextsCachedMax: 10_000,
  /** Maximum length of an event type's name. */
  eventTypeNameCharsMax: 256,
  /** How long the result of `/readyz` is cached: anyone can request it, and it runs a query. */
  readinessKeptMs: 100,
  /** How long `/readyz` reports a publish that the database rejected. */
  publishFailureCountsMs: 5_000,
  /**
   * Maximum size of a response about a table: 8 MiB. A page contains as many rows as fit. With 32
   * MiB, one caller who read page after page raised publishers' p99 from 30 to 560 ms.
   */
  answerBytesMax: 8 * 1024 * 1024,
  /** Minimum size of a response that counts as unread. */
  unreadAnswerBytesLeast: 64 * 1024,
  /** Timeout for storing all rows of a request, which occupies a connection for that time. */
  changeRowsMs: 5_000,
  /** Maximum number of running replays of an org. They take turns. */
  replaysRunningPerOrgMax: 10,
  /** Maximum number of rows in one response. To get more, use `offset` or a filter on `id`. */
  pageRowsMax: 1_000,
  /** With an org's key, `count=planned` counts up to this many rows and estimates beyond it. */
  countedRowsMax: 1_000,
  /** Maximum number of rows in the body of an insert. */
  rowsPerInsertMax: 1_000,
  /** Maximum number of rows that a PATCH or DELETE may change. */
  mutationRowsMax: 10_000,
  /** Maximum number of filters in a request, and maximum nesting depth of `and` and `or`. */
  filtersMax: 50,
  filterDepthMax: 8,
  /** Maximum number of columns in a `select` or `order`. */
  columnsPerListMax: 100,
  /** Maximum number of steps in a JSON path, as in `data->a->0->>b`. */
  jsonPathStepsMax: 16,
} as const;
