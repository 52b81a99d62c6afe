/**
 * Every limit in Posthorn, with its unit in its name. docs/reference/limits.md is generated from
 * the comments. tools/limits.test.ts checks that a test covers each limit.
 */
import { commandLimits } from "./limits-of-commands.ts";
import { contractLimits } from "./limits-of-contracts.ts";
import { databaseLimits } from "./limits-of-database.ts";
import { nodeLimits } from "./limits-of-nodes.ts";
import { publishLimits } from "./limits-of-publishing.ts";
import { requestLimits } from "./limits-of-requests.ts";
import { routingLimits } from "./limits-of-routing.ts";
import { terminalLimits } from "./limits-of-terminals.ts";
import { transformationLimits } from "./limits-of-transformations.ts";

export const limits = {
  ...commandLimits,
  ...contractLimits,
  ...databaseLimits,
  ...nodeLimits,
  ...publishLimits,
  ...requestLimits,
  ...routingLimits,
  ...terminalLimits,
  ...transformationLimits,
  /** Maximum size of a published event's `data`, and of an API request's body: 256 KiB. */
  bodyBytesMax: 256 * 1024,
  /** How much of a response is stored. Posthorn drops the rest and closes the connection. */
  responseBodyKeptBytes: 16 * 1024,
  /** Maximum total size of a receiver's response headers. undici has the same limit. */
  responseHeadersBytesMax: 16 * 1024,
  /**
   * Maximum number of sockets from a node to one origin, shared by all endpoints with that origin.
   * An endpoint uses at most half of them, which also limits its parallel attempts.
   */
  socketsPerOriginMax: 128,
  /** How long an attempt waits for a socket. After that it is rescheduled and does not count. */
  socketWaitMs: 5_000,
  /** Maximum number of origins with an open pool. The least recently used one is closed first. */
  originPoolsMax: 1024,
  /** How long an idle socket to a receiver stays open. */
  socketIdleMs: 10_000,
  /** Maximum time to cache a DNS answer, whatever its TTL. */
  dnsCacheMs: 30_000,
  /** Timeout of a DNS query. */
  dnsTimeoutMs: 5_000,
  /** Minimum time to cache a DNS answer, so that a TTL of 0 causes at most one query per second. */
  dnsCacheLeastMs: 1_000,
  /** Minimum time before a failed DNS query is repeated. */
  dnsFailureCacheMs: 1_000,
  /** Maximum number of DNS names in the cache. */
  dnsCacheNamesMax: 10_000,
  /**
   * Maximum number of addresses of a name to try. All of them are checked, and one forbidden
   * address rejects the name.
   */
  dnsAddressesTriedMax: 16,
  /** How long to wait for the second address family (IPv4 or IPv6) after the first has answered. */
  dnsSecondFamilyMs: 1_000,
  /**
   * Maximum number of checked URLs in the cache. Each expires together with the DNS answer for its
   * name.
   */
  routesMax: 20_000,
  /** Connect timeout for each address of a name except the last. */
  connectPerAddressMs: 500,
  /** Maximum number of sockets to all origins. At the limit, a new socket replaces an idle one. */
  socketsMax: 4_096,
  /**
   * How long the rest of a response may take after the status line, because the status alone
   * decides the outcome.
   */
  responseBodyWaitMs: 1_000,
  /** Maximum length of an endpoint's URL. */
  urlCharsMax: 2048,
  /** Maximum number of tries of a transaction that is rolled back, e.g. because of a deadlock. */
  rolledBackTriesMax: 5,
  /** Maximum pause after the first try. After try n, it is n times as long. */
  rolledBackPauseMs: 25,
  /** Maximum number of settlements in one transaction. */
  settlementsPerCommitMax: 500,
  /** Minimum time between two settlement transactions, unless one is already full. */
  settleSpacingMs: 10,
  /** How many settlement transactions may run in parallel. */
  settleCommitsMax: 2,
  /** How long a commit runs alone. If it takes longer, the next commit starts in parallel. */
  commitPatienceMs: 20,
  /** Pause before a failed store call is repeated. */
  storeRetryMs: 200,
  /** How long a lease lasts. Longer than any timeout, so that only a dead node loses a lease. */
  leaseMs: 60_000,
  /** Minimum time left in a lease after the attempt's timeout, for writing the outcome. */
  leaseMarginMs: 10_000,
  /** Maximum number of deliveries that one claim leases, in total and for one endpoint. */
  claimDeliveriesMax: 500,
  claimPerEndpointMax: 100,
  /** If a claim was truncated, the next one starts when at most this many deliveries are queued. */
  claimLowQueue: 50,
  /** How many deliveries a claim may take for orgs with an empty queue, even if memory is full. */
  claimLeast: 50,
  /**
   * Maximum number of due wakeups that one claim reads, oldest first. Each wakeup is for one
   * endpoint.
   */
  wakeupsPerClaimMax: 50_000,
  /** Maximum number of parallel attempts of a node. An org never uses more than what is free. */
  inFlightMax: 2_048,
  /** How many parallel attempts a node makes even if it is short of open files. */
  inFlightLeast: 8,
  /**
   * Minimum delay before an attempt is repeated after Posthorn itself ran short of files, ports or
   * memory. The maximum is twice as long.
   */
  shortageRetryMs: 1_000,
  /** How long a node starts no attempts after such a shortage. */
  shortageRestMs: 250,
  /** How long after a shortage a node starts to raise its parallel attempts, by 10 % each time. */
  shortageRaiseMs: 5_000,
  /** How many open files are reserved for the service itself. The others are for sockets. */
  openFilesReserved: 96,
  /**
   * If Posthorn's event loop was blocked for a larger share of a timeout than this, the timeout
   * does not count against the receiver.
   */
  stallShareMax: 0.5,
  /**
   * Minimum length of a stall after which Posthorn checks for a response that has already arrived,
   * and how long it checks.
   */
  stallMsLeast: 200,
  stallGraceMs: 1_000,
  /** How many parallel attempts a node reserves for orgs without an attempt in progress. */
  inFlightReserved: 64,
  /** Parallel attempts from one node to one endpoint: the default and the maximum. */
  endpointInFlightDefault: 16,
  endpointInFlightMax: 256,
  /** Maximum configurable rate limit of an endpoint, in attempts per second. */
  endpointRatePerSecondMax: 10_000,
  /** Burst size of a rate limit: as many attempts as the rate allows in this time. */
  rateBurstMs: 20,
  /** Minimum pause of an endpoint at its rate limit. Several attempts may follow the pause. */
  rateRestMs: 10,
  /** How many consecutive failures make an endpoint start slowly. */
  slowStartAfterFailures: 5,
  /** The first rate of a slow start, and how often it doubles. Attempts run one at a time. */
  slowStartRatePerSecond: 10,
  slowStartDoubleMs: 1_000,
  /** The rate at which a slow start ends, unless the endpoint has its own rate limit. */
  slowStartEndRatePerSecond: 5_120,
  /** Maximum share of attempts that retries may use while first attempts are queued. */
  retryShareMax: 0.5,
  /**
   * Maximum number of deliveries queued in a node's memory. An org may hold at most as many as are
   * free; the others stay in the database. A node gives back deliveries that it cannot send within
   * 30 to 40 s. So it gives some back if it sends fewer than 500 to 670 per second.
   */
  queuedDeliveriesMax: 20_000,
  /**
   * Maximum size of the data of queued deliveries, in characters: 128 to 256 MiB of memory.
   * Attempts in progress are not included. A claim or commit may exceed the limit once, because its
   * deliveries are never split.
   */
  queuedDataCharsMax: 128 * 1024 * 1024,
  /**
   * Maximum size of the data and bodies of attempts in progress, in characters. An attempt with
   * more than its share of them counts as several.
   */
  inFlightDataCharsMax: 512 * 1024 * 1024,
  /** Maximum number of queued deliveries of one endpoint. */
  queuedPerEndpointMax: 2_000,
  /** A node queues at most as many deliveries as an endpoint's rate limit allows in this time. */
  queuedAtRateMs: 10_000,
  /** Maximum number of endpoints cached in a node's memory. */
  cachedEndpointsMax: 50_000,
  /**
   * Maximum number of attempts of a delivery in all rounds: the number is one byte of an attempt's
   * id.
   */
  attemptsPerDeliveryMax: 255,
  /** Maximum number of attempts in one round, i.e. the maximum length of a retry schedule. */
  retryScheduleStepsMax: 120,
  /** How many days retries in progress keep an event's data beyond POSTHORN_PAYLOAD_DAYS. */
  payloadHeldDaysMax: 40,
  /** Maximum delay in a schedule, and maximum for `Retry-After`: 30 days. */
  retryDelayMsMax: 2_592_000_000,
  /** Maximum number of deliveries of deleted endpoints that are cancelled every `reapPollMs`. */
  cancelBatchMax: 5_000,
  /** Maximum number of deleted endpoints checked for pending deliveries every `reapPollMs`. */
  orphanedEndpointsMax: 1_000,
  /** Maximum number of endpoints of an org. */
  endpointsPerOrgMax: 5_000,
  /**
   * Maximum number of event types that an endpoint can name. To subscribe to all types, use null.
   */
  eventTypesPerEndpointMax: 200,
  /**
   * Maximum number of endpoints that the error lists if an event type is in use. The error also
   * gives their total number.
   */
  endpointsNamedMax: 10,
  /**
   * Maximum number of custom headers of an endpoint, and maximum lengths of their names and values.
   */
  customHeadersMax: 20,
  customHeaderNameCharsMax: 128,
  customHeaderValueCharsMax: 4_096,
  /** Maximum length of a description. */
  descriptionCharsMax: 1_024,
  /**
   * Maximum number of earlier secrets with the same name that still sign for an endpoint. With the
   * current one, a header has at most 11 signatures of that name.
   */
  oldSecretsMax: 10,
  /** How many expired secrets of an endpoint are kept to show how earlier attempts were signed. */
  endedSecretsMax: 50,
  /** Maximum number of secrets in the request that creates an endpoint. */
  initialSecretsMax: 16,
  /** Maximum length of a secret. */
  secretCharsMax: 512,
  /** A secret with fewer bytes than this gets a warning, because it might be guessed. */
  secretBytesAdvised: 24,
  /** Maximum time that an earlier secret keeps signing after a rotation: 10 years. */
  secretOverlapSecondsMax: 315_360_000,
  /** Maximum time until a scheduled secret takes over: 7 days. */
  secretSwitchSecondsMax: 604_800,
  /** How many secrets one transaction re-encrypts with the current key, and the pause after it. */
  rekeySecretsPerStepMax: 500,
  rekeyStepMs: 500,
  /** How often to check for more secrets to re-encrypt. Each check reads all secrets. */
  rekeyLookMs: 60_000,
  /** Maximum length of the names of orgs and keys. */
  nameCharsMax: 256,
  /** How long a node may still accept a deleted API key from its cache. */
  apiKeyCacheMs: 5_000,
  apiKeysCachedMax: 10_000,
  /** Maximum size of a JSON Web Token. Supabase's tokens are 1 to 2 KiB. */
  tokenCharsMax: 8_192,
  tokenSubjectCharsMax: 256,
  /** Maximum difference between the issuer's clock and the database's, for `exp` and `nbf`. */
  tokenClockToleranceSeconds: 5,
  /** Minimum length of the HS256 secret, which is the length of its hash (RFC 7518, 3.2). */
  tokenSecretBytesLeast: 32,
  /** Maximum size of the issuer's key document, and the timeout for fetching it. */
  tokenKeysBytesMax: 64 * 1024,
  tokenKeysFetchMs: 5_000,
  /** How long the issuer's keys are cached before they are fetched again: 10 minutes. */
  tokenKeysCacheMs: 600_000,
  /** Maximum age at which cached keys are still used if they cannot be fetched: 1 hour. */
  tokenKeysStaleMsMax: 3_600_000,
  /** Minimum time between two fetches caused by failures or by unknown key ids. */
  tokenKeysCooldownMs: 30_000,
  /** Maximum time until an API key expires, in days. */
  apiKeyDaysMax: 3_650,
  /**
   * Maximum number of keys and addresses whose requests are counted. The oldest ones are dropped.
   */
  countedKeysMax: 10_000,
  /**
   * Maximum number of wrong keys and links from an address per second. Above that rate, Posthorn
   * rejects unknown keys without a query.
   */
  wrongKeysPerSecondMax: 20,
  /** Maximum configurable rate limit of a key, in requests per second. */
  requestsPerSecondMax: 1_000_000,
  /** Minimum time between two updates of a key's `last_used_at`: 1 hour. */
  apiKeyUseNotedMs: 3_600_000,
  /** Maximum number of live streams of a node, in total and for the keys of one org. */
  streamsMax: 1_000,
  streamsPerOrgMax: 100,
  /** Maximum duration of a stream: 30 minutes. The client then reconnects. */
  streamMs: 1_800_000,
  /**
   * How often to send a comment, so that proxies do not close a stream. Posthorn also checks the
   * stream's key at these times.
   */
  streamBeatMs: 15_000,
  /** Maximum number of bytes written to a stream but not yet read. Beyond it, the stream ends. */
  streamBufferBytesMax: 256 * 1024,
  /**
   * How long live updates are collected into one notification, for how many orgs, and how many
   * deliveries per org.
   */
  liveFlushMs: 250,
  liveOrgsMax: 200,
  liveDeliveriesPerOrgMax: 32,
  /**
   * Maximum number of counts that wait to be written to the database, and how often they are
   * written. Counts above the maximum are lost.
   */
  statisticsCountsMax: 50_000,
  statisticsFlushMs: 5_000,
  /** Before reading statistics, a node writes its own counts if they are older than this. */
  statisticsReadFlushMs: 1_000,
  /** How long statistics per minute are kept: 2 days. */
  statisticsMinutesMs: 172_800_000,
  statisticsExpireBatchMax: 5_000,
  /** Maximum number of data points in a statistics response. */
  statisticsPointsMax: 1_000,
  /**
   * How many times per `POSTHORN_DISABLE_AFTER` failing endpoints are checked, and the minimum and
   * maximum time between two checks.
   */
  failingChecksPerPeriod: 20,
  failingCheckMsLeast: 250,
  failingCheckMsMost: 60_000,
  /**
   * Minimum number of failures that turn an endpoint off, and minimum number of deliveries that
   * they belong to.
   */
  failingAttemptsLeast: 10,
  failingDeliveriesLeast: 2,
  /** Minimum time between the warning and turning off, as a share of `POSTHORN_DISABLE_AFTER`. */
  failingWarnedShare: 0.25,
  /** Deliveries older than this at their endpoint's first failure do not count: 7 days. */
  failingLedgerMs: 604_800_000,
  /** Maximum number of missed deliveries that an operational event reports. */
  missedDeliveriesCountMax: 10_000,
  /**
   * Timeout of a probe, and the delay before the next probe after a timeout. Both are at most the
   * period between two probes.
   */
  probeArrivalMs: 20_000,
  probeAgainMs: 10_000,
  /** How often to check whether a probe is due, and whether the current one has arrived. */
  probeStepMs: 2_000,
  probeLookMs: 100,
  /** How many periods without a successful probe make the node not ready. */
  probesMissedMax: 3,
  /** Maximum count in `overview`, and maximum number of endpoints in `endpoint_health`. */
  overviewCountMax: 10_000,
  healthEndpointsMax: 200,
  /** Maximum time range of `endpoint_health`: 7 days. */
  healthRangeMsMax: 604_800_000,
  /**
   * Maximum time range that `endpoint_health` counts by the minute: 61 minutes. It counts longer
   * ranges by the hour.
   */
  healthByMinuteMsMax: 3_660_000,
  /** How often a node announces its viewers, and how long other nodes remember this. */
  watchAnnounceMs: 15_000,
  watchedMs: 40_000,
  /** How long a console session opened with a key lasts: 12 hours. */
  sessionMs: 43_200_000,
  /** Longest allowed lifetime of a portal link, and of the session that it opens: 7 days each. */
  portalSecondsMax: 604_800,
  /** Shortest allowed lifetime of a portal link, and of the session that it opens. */
  linkSecondsLeast: 10,
  portalSessionSecondsLeast: 60,
  /** Maximum size of the platform's logo. */
  logoBytesMax: 256 * 1024,
  /** How long the event type catalogue is cached. */
  eventTypesCacheMs: 30_000,
  /** How many deliveries one step of a replay makes due, and the pause after it. */
  replayDeliveriesPerStepMax: 250,
  replayStepMs: 250,
  /** Maximum number of rows that one step of a replay reads, even if it selects few of them. */
  replayRowsPerStepMax: 10_000,
  /** How many rows one step of an erasure deletes, and the pause after it. */
  eraseRowsPerStepMax: 5_000,
  eraseStepMs: 250,
  /** How long after its request an erasure still includes new data. */
  eraseAlsoMs: 60_000,
  /** Maximum number of processes of `posthorn serve`. */
  processesMax: 64,
  /** Pause before a dead process is replaced. It doubles each time, up to the maximum. */
  processRestartMs: 500,
  processRestartMsMax: 30_000,
  /** Timeout for collecting metrics from the other processes. */
  workerMetricsMs: 2_000,
  /** How long a process must run before its start counts as successful. */
  processSteadyMs: 60_000,
  /** How long the first process waits for its own signal after a signal has ended a worker. */
  processSignalMs: 300,
  /** How long after the end of `POSTHORN_DRAIN` a process that has not stopped is killed. */
  processStopMarginMs: 10_000,
  /** Maximum number of audit entries deleted in one statement. */
  auditEntriesPerStepMax: 5_000,
  /** How often to look for weekly partitions that have expired. */
  expirePollMs: 600_000,
  /** How long a node that is dropping partitions keeps other nodes from dropping partitions. */
  expireTurnMs: 600_000,
  /**
   * Delay before the first check after a start. Shorter than `expirePollMs`, so that a node that
   * restarts often still drops expired partitions.
   */
  expireFirstMs: 30_000,
  /** How far a node's clock may be behind the database's before the database corrects it. */
  clockToleranceMs: 60_000,
  /** How often a node compares its clock with the database's. */
  clockMeasureMs: 5_000,
  /** How long `posthorn dev` waits for its sample event to arrive. */
  devSampleWaitMs: 10_000,
  /** How many ports `posthorn dev` tries for its inbox if the first ones are in use. */
  devInboxPortsTried: 100,
} as const;
