/**
 * Every bound in Posthorn, with its unit in its name. Each is enforced where its comment says,
 * tested at its edge, and listed in docs/reference/limits.md.
 */
import { databaseLimits } from "./limits-of-database.ts";
import { publishLimits } from "./limits-of-publishing.ts";

export const limits = {
  ...databaseLimits,
  ...publishLimits,
  /** A published event's `data`, and an API request's body: 256 KiB. */
  bodyBytesMax: 256 * 1024,
  /** How much of a receiver's response is kept; the rest is cut off and the connection closed. */
  responseBodyKeptBytes: 16 * 1024,
  /** Response headers of a receiver, in total (undici's own bound is the same). */
  responseHeadersBytesMax: 16 * 1024,
  /**
   * Sockets to one origin, shared by all of its endpoints. An endpoint uses at most as many as are
   * free, so at most half. A node never sends it more in parallel, whatever its own limit.
   */
  socketsPerOriginMax: 128,
  /** How long an attempt waits for a socket; then it does not count and is made later. */
  socketWaitMs: 5_000,
  /** Origins with an open pool; the least recently used one is closed first. */
  originPoolsMax: 1024,
  /** Idle keep-alive time of a socket to a receiver. */
  socketIdleMs: 10_000,
  /** A DNS answer is cached at most this long, whatever its TTL. */
  dnsCacheMs: 30_000,
  /** Timeout of a DNS query. */
  dnsTimeoutMs: 5_000,
  /** A DNS answer is cached at least this long, so that a TTL of 0 costs one query per second. */
  dnsCacheLeastMs: 1_000,
  /** A failed DNS query is not repeated earlier than this. */
  dnsFailureCacheMs: 1_000,
  /** Cached DNS names. */
  dnsCacheNamesMax: 10_000,
  /**
   * Addresses of one name that are tried. All are checked, and one forbidden address rejects them
   * all.
   */
  dnsAddressesTriedMax: 16,
  /** If one address family has answered, how long to wait for the other. */
  dnsSecondFamilyMs: 1_000,
  /** Cached checked URLs, each as long as its name's DNS answer. */
  routesMax: 20_000,
  /** If a name has several addresses, the connect timeout of each except the last. */
  connectPerAddressMs: 500,
  /** Sockets to all origins; beyond it, an idle one is closed for a new one. */
  socketsMax: 4_096,
  /** How long the rest of a response may take after the status line; the status decides. */
  responseBodyWaitMs: 1_000,
  /** Length of an endpoint's URL. */
  urlCharsMax: 2048,
  /** Tries of a commit that was rolled back, e.g. because of a deadlock. */
  rolledBackTriesMax: 5,
  /** The longest pause before the second try; before the third it is twice as long, and so on. */
  rolledBackPauseMs: 25,
  /** Settlements written in one transaction. */
  settlementsPerCommitMax: 500,
  /** Minimum time between two transactions of settlements, unless one transaction can be filled. */
  settleSpacingMs: 10,
  /** Parallel transactions of settlements. */
  settleCommitsMax: 2,
  /** If a commit takes longer than this, the next one starts beside it. */
  commitPatienceMs: 20,
  /** Pause before a failed store call is repeated. */
  storeRetryMs: 200,
  /**
   * A node's right to make an attempt. It is longer than any timeout: only a dead node loses it.
   */
  leaseMs: 60_000,
  /** Time that a lease must have left beyond the attempt's timeout, to write its outcome. */
  leaseMarginMs: 10_000,
  /** How often due deliveries are polled if no notification announces any. */
  claimPollMs: 250,
  /** Deliveries leased by one claim, in total and for one endpoint. */
  claimDeliveriesMax: 500,
  claimPerEndpointMax: 100,
  /** A truncated claim is followed by the next when no more than this many still wait. */
  claimLowQueue: 50,
  /** A claim takes up to this many also when memory is full: for orgs with an empty queue. */
  claimLeast: 50,
  /** Due wakeups that one claim reads, oldest first; each names an endpoint to check. */
  wakeupsPerClaimMax: 50_000,
  /** How often expired leases are searched. */
  reapPollMs: 5_000,
  /** Parallel attempts of one node; an org uses at most as many as are free. */
  inFlightMax: 2_048,
  /** A node short of files still makes this many parallel attempts. */
  inFlightLeast: 8,
  /**
   * After a shortage of Posthorn's own, the affected attempt is repeated 1 to 2 times this later,
   * and no other starts before the pause is over.
   */
  shortageRetryMs: 1_000,
  shortageRestMs: 250,
  /**
   * After this long without a shortage, a node raises its parallel attempts by 10 %, up to its
   * maximum.
   */
  shortageRaiseMs: 5_000,
  /** Open files reserved for the service itself, beside sockets to receivers and clients. */
  openFilesReserved: 96,
  /**
   * If Posthorn's event loop was blocked for more than this share of a timeout, the timeout is not
   * the receiver's fault.
   */
  stallShareMax: 0.5,
  /**
   * After a stall of at least this length, Posthorn reads for this long a response that arrived
   * meanwhile.
   */
  stallMsLeast: 200,
  stallGraceMs: 1_000,
  /** Of the node's parallel attempts, those reserved for orgs with none in progress. */
  inFlightReserved: 64,
  /** Parallel attempts of one node to one endpoint: the default, and the maximum. */
  endpointInFlightDefault: 16,
  endpointInFlightMax: 256,
  /** The highest rate that an endpoint's owner can set, in attempts per second. */
  endpointRatePerSecondMax: 10_000,
  /** The burst of a rate: after a pause, this share of a second's attempts starts at once. */
  rateBurstMs: 20,
  /** The minimum pause of an endpoint at its rate limit; several attempts follow it. */
  rateRestMs: 10,
  /** After this many consecutive failures an endpoint counts as down, and starts slowly. */
  slowStartAfterFailures: 5,
  /** A slow start begins with one attempt at a time, at this rate, and doubles it each second. */
  slowStartRatePerSecond: 10,
  slowStartDoubleMs: 1_000,
  /** At this rate the slow start is over, unless the endpoint has its own rate. */
  slowStartEndRatePerSecond: 5_120,
  /** While first attempts wait, retries use at most this share of the attempts. */
  retryShareMax: 0.5,
  /** How often a node sends a heartbeat, and for how long one counts. */
  heartbeatMs: 800,
  /** A node is dead if its last heartbeat is older than this and its lock is free. */
  heartbeatLateMs: 1_100,
  /** How often a node looks for dead nodes. */
  takeOverPollMs: 250,
  heartbeatCountsMs: 15_000,
  /**
   * Deliveries waiting in a node's memory; an org holds at most as many as are free, and the others
   * wait in the database. The number must be sent within their leases, which leaves 30 to 40 s:
   * below 500 to 670 per second, some are given back.
   */
  queuedDeliveriesMax: 20_000,
  /**
   * The data of their events, in characters of one or two bytes: 128 to 256 MiB. A claim or commit
   * is always taken whole, and attempts in progress are not counted.
   */
  queuedDataCharsMax: 128 * 1024 * 1024,
  /**
   * The same for attempts in progress, which hold the data and the body built from it. An attempt
   * with more than its share of these characters counts as several.
   */
  inFlightDataCharsMax: 512 * 1024 * 1024,
  /** Of them, those of one endpoint. */
  queuedPerEndpointMax: 2_000,
  /** Of an endpoint with a rate, as many as it allows in this time: less than a lease leaves. */
  queuedAtRateMs: 10_000,
  /** Endpoints in a node's memory. */
  cachedEndpointsMax: 50_000,
  /** Attempts of one delivery over all its rounds: the number is one byte of an attempt's id. */
  attemptsPerDeliveryMax: 255,
  /** Attempts of one round: the length of a retry schedule. */
  retryScheduleStepsMax: 50,
  /** The longest delay in a schedule, and the maximum for `Retry-After`: 30 days. */
  retryDelayMsMax: 2_592_000_000,
  /** Pending deliveries of deleted endpoints cancelled in one statement, each `reapPollMs`. */
  cancelBatchMax: 5_000,
  /** Deleted endpoints checked for pending deliveries in one round, each `reapPollMs`. */
  orphanedEndpointsMax: 1_000,
  /** Endpoints of one org. */
  endpointsPerOrgMax: 5_000,
  /** Event types of one endpoint; for more, use null, i.e. all. */
  eventTypesPerEndpointMax: 200,
  /** Endpoints listed when an event type cannot be deleted; all are counted. */
  endpointsNamedMax: 10,
  /** Custom headers of one endpoint, and their lengths. */
  customHeadersMax: 20,
  customHeaderNameCharsMax: 128,
  customHeaderValueCharsMax: 4_096,
  descriptionCharsMax: 1_024,
  /** Earlier secrets of an endpoint that still sign: 10 signatures in one header are plenty. */
  oldSecretsMax: 10,
  /** Expired secrets of an endpoint, kept to show what attempts were signed with. */
  endedSecretsMax: 50,
  /** How long an earlier secret may keep signing after a rotation: 7 days. */
  secretOverlapSecondsMax: 604_800,
  /** How far in the future a rotation's new secret may start: 7 days. */
  secretSwitchSecondsMax: 604_800,
  /** Secrets re-encrypted with the current key in one transaction, and the pause after it. */
  rekeySecretsPerStepMax: 500,
  rekeyStepMs: 500,
  /** How often to look for more when none was left: each look reads all secrets. */
  rekeyLookMs: 60_000,
  /** Names of orgs and keys. */
  nameCharsMax: 256,
  /** How long a node that cached a deleted API key may still accept it. */
  apiKeyCacheMs: 5_000,
  apiKeysCachedMax: 10_000,
  /** Size of a JSON Web Token; Supabase's have 1 to 2 KiB. */
  tokenCharsMax: 8_192,
  tokenSubjectCharsMax: 256,
  /** The allowed difference between the issuer's clock and the database's, for `exp` and `nbf`. */
  tokenClockToleranceSeconds: 5,
  /** Length of the HS256 secret: as long as its hash (RFC 7518, 3.2). */
  tokenSecretBytesLeast: 32,
  /** Maximum size of the issuer's key document, and the timeout for fetching it. */
  tokenKeysBytesMax: 64 * 1024,
  tokenKeysFetchMs: 5_000,
  /** The issuer's keys are fetched again at this age: 10 minutes. */
  tokenKeysCacheMs: 600_000,
  /** If that fails, the earlier keys are used up to this age: 1 hour. */
  tokenKeysStaleMsMax: 3_600_000,
  /** Unknown key ids and failures cause no further fetch earlier than this after the last. */
  tokenKeysCooldownMs: 30_000,
  /** How far in the future a key's expiry can be. */
  apiKeyDaysMax: 3_650,
  /**
   * Keys and addresses whose requests of the current second are counted; beyond it the oldest is
   * dropped.
   */
  countedKeysMax: 10_000,
  /** Wrong keys and links of one address per second; beyond it, unknown ones are not looked up. */
  wrongKeysPerSecondMax: 20,
  /** The highest configurable rate limit of a key, in requests per second. */
  requestsPerSecondMax: 1_000_000,
  /** The last use of a key is updated after this time: 1 hour. */
  apiKeyUseNotedMs: 3_600_000,
  /** Live streams of one node, and those of them that keys of one org may use. */
  streamsMax: 1_000,
  streamsPerOrgMax: 100,
  /** A stream ends after half an hour; the client connects again. */
  streamMs: 1_800_000,
  /** A comment this often keeps proxies from closing a stream; then its key is checked again. */
  streamBeatMs: 15_000,
  /** Bytes written to a stream and not yet read; beyond it the stream ends. */
  streamBufferBytesMax: 256 * 1024,
  /**
   * Live updates are collected this long for one notification: of this many orgs, and this many
   * deliveries of each.
   */
  liveFlushMs: 250,
  liveOrgsMax: 200,
  liveDeliveriesPerOrgMax: 32,
  /** Counts that are not written yet; beyond it, further endpoints are not counted. */
  statisticsCountsMax: 50_000,
  statisticsFlushMs: 5_000,
  /** How long statistics per minute are kept: 2 days. */
  statisticsMinutesMs: 172_800_000,
  statisticsExpireBatchMax: 5_000,
  /** Points in one response of statistics. */
  statisticsPointsMax: 1_000,
  /** How often failing endpoints are checked: checks in a period, within these bounds. */
  failingChecksPerPeriod: 20,
  failingCheckMsLeast: 250,
  failingCheckMsMost: 60_000,
  /** The fewest failures that turn an endpoint off, and of how many deliveries. */
  failingAttemptsLeast: 10,
  failingDeliveriesLeast: 2,
  /** The part of the period that lies between the warning and the end, at least. */
  failingWarnedShare: 0.25,
  /** Deliveries older than this at their endpoint's first failure are not considered. */
  failingLedgerMs: 604_800_000,
  /** The highest number of missed deliveries that an operational event reports. */
  missedDeliveriesCountMax: 10_000,
  /**
   * Timeout of a probe, and the delay of the next one after it. Neither is longer than the period
   * between two probes.
   */
  probeArrivalMs: 20_000,
  probeAgainMs: 10_000,
  /** How often to check whether a probe is due, and whether the current one has arrived. */
  probeStepMs: 2_000,
  probeLookMs: 100,
  /** After this many periods without an arrived probe, the node is not ready. */
  probesMissedMax: 3,
  /** The highest count in the overview, and how many endpoints it lists. */
  overviewCountMax: 10_000,
  healthEndpointsMax: 200,
  /** The maximum range of the endpoints' health: 7 days, in whole hours. */
  healthRangeMsMax: 604_800_000,
  /** How often a node with viewers announces them, and how long the others remember it. */
  watchAnnounceMs: 15_000,
  watchedMs: 40_000,
  /** A console session opened with a key ends after this time: 12 hours. */
  sessionMs: 43_200_000,
  /** How long a portal link can be opened, and how long its session lasts: at most a day each. */
  portalSecondsMax: 86_400,
  linkSecondsLeast: 10,
  portalSessionSecondsLeast: 60,
  /** Size of the platform's logo. */
  logoBytesMax: 256 * 1024,
  /** The event type catalogue is loaded again at this age. */
  eventTypesCacheMs: 30_000,
  /** A replay makes this many deliveries due, then pauses: at most 1,000 each second. */
  replayDeliveriesPerStepMax: 250,
  replayStepMs: 250,
  /** Rows that one step of a replay reads, however few are selected. */
  replayRowsPerStepMax: 10_000,
  /** An erasure deletes this many rows per step, then pauses: at most 20,000 per second. */
  eraseRowsPerStepMax: 5_000,
  eraseStepMs: 250,
  /** An erasure does not wait for data that arrives later than this after the request. */
  eraseAlsoMs: 60_000,
  /** Processes of one `posthorn serve`. */
  processesMax: 64,
  /** Pause before a dead process is replaced; it doubles each time, up to the maximum. */
  processRestartMs: 500,
  processRestartMsMax: 30_000,
  /** Timeout of the first process for a worker's metrics, and of a worker for those of all. */
  workerMetricsMs: 2_000,
  /** If a process lived this long, its start did not fail. */
  processSteadyMs: 60_000,
  /** Time beyond the drain's own before a process that does not stop is killed. */
  processStopMarginMs: 10_000,
  /** Audit entries deleted in one statement. */
  auditEntriesPerStepMax: 5_000,
  /** How often to look for expired weeks. */
  expirePollMs: 600_000,
  /** How long a node that has started to remove them blocks other nodes, if it does not finish. */
  expireTurnMs: 600_000,
  /**
   * Delay of the first look after a start; otherwise a service that restarts often would never
   * look.
   */
  expireFirstMs: 30_000,
  /** How late a node's time may be before the database corrects it. */
  clockToleranceMs: 60_000,
  /** How often a node compares its clock with the database's. */
  clockMeasureMs: 5_000,
  /** `posthorn dev` waits this long for its sample event to arrive. */
  devSampleWaitMs: 10_000,
  /** From the first byte of a request to its last: slow clients are cut off. */
  requestMs: 20_000,
  /**
   * Timeout of the request line and headers alone; also closes a connection without any request.
   */
  requestHeadersMs: 10_000,
  /** How often to look for slow clients. */
  slowClientsCheckMs: 1_000,
  /** A connection with a running request on which no byte moves, either way. */
  connectionSilentMs: 60_000,
  /**
   * An idle connection between two requests: longer than the 60 s for which load balancers reuse
   * theirs.
   */
  connectionIdleMs: 72_000,
  /** From a request to the last byte of its response, which a client may read slowly. */
  answerMs: 120_000,
  /** Connections to one process; the next is closed at once. */
  connectionsMax: 8_192,
  /** A request's line and headers. */
  requestHeadersBytesMax: 64 * 1024,
  /** A longer Content-Location is omitted: clients accept 16 KiB of headers (Node's `fetch`). */
  contentLocationCharsMax: 4_096,
  /** How deep JSON may nest; PostgreSQL's stack fails at some thousands. */
  jsonDepthMax: 512,
  /** Length of an idempotency key; it is indexed, and PostgreSQL indexes at most 2,700 bytes. */
  idempotencyKeyCharsMax: 256,
  /** Names of event types. */
  eventTypeNameCharsMax: 128,
  /** How long the result of `/readyz` is cached: it queries the database, without a key. */
  readinessKeptMs: 100,
  /** How long a publish that the database rejected counts for `/readyz`. */
  publishFailureCountsMs: 5_000,
  /**
   * One response about a table: 8 MiB. A page has as many rows as fit. With 32 MiB, one caller who
   * read page after page raised the p99 of other publishers from 30 to 560 ms.
   */
  answerBytesMax: 8 * 1024 * 1024,
  /** Smaller responses do not count as unread. */
  unreadAnswerBytesLeast: 64 * 1024,
  /** Timeout for storing all rows of one request: it holds a connection meanwhile. */
  changeRowsMs: 5_000,
  /** Parallel replays of one org; they take turns. */
  replaysRunningPerOrgMax: 10,
  /** Rows in one response; request more by `offset`, or by a filter on `id`. */
  pageRowsMax: 1_000,
  /** With an org's key, `count=planned` counts up to here; beyond it, it estimates. */
  countedRowsMax: 1_000,
  /** Rows in the body of one insert. */
  rowsPerInsertMax: 1_000,
  /** Rows that one PATCH or DELETE may change. */
  mutationRowsMax: 10_000,
  /** Filters of one request, and how deep `and` and `or` may nest. */
  filtersMax: 50,
  filterDepthMax: 8,
  /** Columns of one `select` or `order`. */
  columnsPerListMax: 100,
  /** Steps of one JSON path, as in `data->a->0->>b`. */
  jsonPathStepsMax: 16,
} as const;
