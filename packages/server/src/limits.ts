/**
 * Every bound that Posthorn puts on anything, with its unit in its name.
 * Each is enforced where it says, tested at its edge, and listed in docs/reference/limits.md.
 */
import { databaseLimits } from "./limits-of-database.ts";
import { publishLimits } from "./limits-of-publishing.ts";

export const limits = {
  ...databaseLimits,
  ...publishLimits,
  /** A published event's `data`, and an API request's body: 256 KiB. */
  bodyBytesMax: 256 * 1024,
  /** What is kept of a receiver's answer; the rest is cut off and the connection closed. */
  responseBodyKeptBytes: 16 * 1024,
  /** Response headers of a receiver, all together (undici's own bound is the same). */
  responseHeadersBytesMax: 16 * 1024,
  /**
   * Sockets to one origin, shared by all endpoints on it. An endpoint has at most as many as are
   * left free, so at most half: whatever it may have under way, a node sends it no more at once.
   */
  socketsPerOriginMax: 128,
  /** A socket is waited for this long; then the attempt was none, and is made later. */
  socketWaitMs: 5_000,
  /** Origins with an open pool; the one used least recently is closed first. */
  originPoolsMax: 1024,
  /** Idle keep-alive time of a socket to a receiver. */
  socketIdleMs: 10_000,
  /** A name's answer is kept at most this long, whatever its TTL says. */
  dnsCacheMs: 30_000,
  /** A name that is not answered by then counts as a failure. */
  dnsTimeoutMs: 5_000,
  /** A name's answer is kept at least this long, so that a TTL of 0 costs one query a second. */
  dnsCacheLeastMs: 1_000,
  /** A failed look-up is not repeated before. */
  dnsFailureCacheMs: 1_000,
  /** Names whose answers are kept. */
  dnsCacheNamesMax: 10_000,
  /** Addresses of one name that are tried; all are checked, and one bad one refuses them all. */
  dnsAddressesTriedMax: 16,
  /** With addresses of one family there, those of the other are waited for this long. */
  dnsSecondFamilyMs: 1_000,
  /** URLs whose parsed and checked form is kept, each as long as its name's answer. */
  routesMax: 20_000,
  /** When a name has several addresses, each but the last has this long to take the connection. */
  connectPerAddressMs: 500,
  /** Sockets to all origins; an idle one is closed for a new one past it. */
  socketsMax: 4_096,
  /** After the status line, the rest of an answer is waited for this long; the status decides. */
  responseBodyWaitMs: 1_000,
  /** Length of an endpoint's URL. */
  urlCharsMax: 2048,
  /** A commit that was rolled back whole, e.g. for a deadlock, is tried this often in all. */
  rolledBackTriesMax: 5,
  /** The longest pause before the second try; before the third it is twice as long, and so on. */
  rolledBackPauseMs: 25,
  /** Settlements written in one transaction. */
  settlementsPerCommitMax: 500,
  /** From one transaction of settlements to the next, unless as many wait as fit one. */
  settleSpacingMs: 10,
  /** Transactions of settlements under way at once. */
  settleCommitsMax: 2,
  /** A commit that takes longer than this is not waited for: the next one goes beside it. */
  commitPatienceMs: 20,
  /** Pause before the store is asked again after it failed. */
  storeRetryMs: 200,
  /** A node's right to make an attempt; longer than any timeout: only a dead node loses it. */
  leaseMs: 60_000,
  /** What must be left of a lease beyond the attempt's timeout, to write its outcome in. */
  leaseMarginMs: 10_000,
  /** How often due deliveries are looked for when nobody announces any. */
  claimPollMs: 250,
  /** Deliveries leased by one claim, in all and for one endpoint. */
  claimDeliveriesMax: 500,
  claimPerEndpointMax: 100,
  /** A claim that was cut short is followed by the next when no more than this many still wait. */
  claimLowQueue: 50,
  /** A claim takes as many also when memory is full: for orgs with nothing waiting there. */
  claimLeast: 50,
  /** Due wakeups that one claim reads, the oldest first; each names an endpoint to look at. */
  wakeupsPerClaimMax: 50_000,
  /** How often leases of dead nodes are looked for. */
  reapPollMs: 5_000,
  /** Attempts that one node makes at once; an org has at most as many as are left free. */
  inFlightMax: 2_048,
  /** A node short of files makes no fewer than this many. */
  inFlightLeast: 8,
  /**
   * When Posthorn itself is short of something: an attempt that could not be made for it is made
   * 1 to 2 times this later, and no other starts before the rest is over.
   */
  shortageRetryMs: 1_000,
  shortageRestMs: 250,
  /** After this long without a shortage a node makes 10 % more attempts at once, up to its most. */
  shortageRaiseMs: 5_000,
  /** Open files that sockets to receivers and of clients leave to the service itself. */
  openFilesReserved: 96,
  /** A timeout is not the receiver's if Posthorn's event loop was blocked for more of it. */
  stallShareMax: 0.5,
  /** After a stall of this length or more, an answer that came meanwhile is read for this long. */
  stallMsLeast: 200,
  stallGraceMs: 1_000,
  /** Of these, those that only an org with none under way may start. */
  inFlightReserved: 64,
  /** Attempts that one node makes at once to one endpoint: the default, and its upper bound. */
  endpointInFlightDefault: 16,
  endpointInFlightMax: 256,
  /** The greatest rate that an endpoint's owner can set, in attempts a second. */
  endpointRatePerSecondMax: 10_000,
  /** What a rate may save up: so much of a second's attempts go at once after a rest. */
  rateBurstMs: 20,
  /** The least rest of an endpoint at its rate; several attempts go after it. */
  rateRestMs: 10,
  /** After so many failures in a row an endpoint counts as down, and starts slowly. */
  slowStartAfterFailures: 5,
  /** A slow start begins with one attempt at once, at this rate, and doubles it each second. */
  slowStartRatePerSecond: 10,
  slowStartDoubleMs: 1_000,
  /** At this rate it is over, where the endpoint has none of its own. */
  slowStartEndRatePerSecond: 5_120,
  /** Of the attempts, at most this share are retries while first attempts wait. */
  retryShareMax: 0.5,
  /** How often a node says that it is at work, and for how long that counts. */
  heartbeatMs: 1_000,
  /** A node whose last heartbeat is older than this, and whose lock is free, is dead. */
  heartbeatLateMs: 1_300,
  /** How often a node looks for dead ones. */
  takeOverPollMs: 250,
  heartbeatCountsMs: 15_000,
  /**
   * Deliveries waiting in a node's memory, an org's at most as many as are left free; more wait in
   * the database. Not more than are sent while their lease lasts, which leaves 30 to 40 s: below
   * 500 to 670 a second some are given back.
   */
  queuedDeliveriesMax: 20_000,
  /**
   * Their events' data, in characters of one byte or two: 128 to 256 MiB. What a claim or a commit
   * brings is taken whole, and what is under way is not counted.
   */
  queuedDataCharsMax: 128 * 1024 * 1024,
  /**
   * The same for attempts under way, which hold the data and the body made of it. An attempt with
   * more than its share of these characters takes the place of several.
   */
  inFlightDataCharsMax: 512 * 1024 * 1024,
  /** Of them, those of one endpoint. */
  queuedPerEndpointMax: 2_000,
  /** Of an endpoint with a rate, as many as it allows in so long: less than a lease leaves. */
  queuedAtRateMs: 10_000,
  /** Endpoints that a node keeps in memory. */
  cachedEndpointsMax: 50_000,
  /** Attempts of one delivery over all its rounds: the number is one byte of an attempt's id. */
  attemptsPerDeliveryMax: 255,
  /** Attempts of one round: the length of a retry schedule. */
  retryScheduleStepsMax: 50,
  /** The longest delay in a schedule, and the most that a `Retry-After` is read as: 30 days. */
  retryDelayMsMax: 2_592_000_000,
  /** Waiting deliveries of deleted endpoints cancelled in one statement, each `reapPollMs`. */
  cancelBatchMax: 5_000,
  /** Deleted endpoints looked at in one go, each `reapPollMs`, for deliveries that still wait. */
  orphanedEndpointsMax: 1_000,
  /** Endpoints of one org. */
  endpointsPerOrgMax: 5_000,
  /** Event types that one endpoint names; more want null, i.e. all. */
  eventTypesPerEndpointMax: 200,
  /** Endpoints that a refusal to delete an event type lists; it counts all. */
  endpointsNamedMax: 10,
  /** Custom headers of one endpoint, and their lengths. */
  customHeadersMax: 20,
  customHeaderNameCharsMax: 128,
  customHeaderValueCharsMax: 4_096,
  descriptionCharsMax: 1_024,
  /** Earlier secrets of an endpoint that still sign: 10 signatures in one header are plenty. */
  oldSecretsMax: 10,
  /** Secrets of an endpoint that have ended, kept to show what attempts were signed with. */
  endedSecretsMax: 50,
  /** How long an earlier secret may go on signing after a rotation: 7 days. */
  secretOverlapSecondsMax: 604_800,
  /** How far ahead a rotation's new secret may begin: 7 days. */
  secretSwitchSecondsMax: 604_800,
  /** Secrets that are encrypted with the current key in one transaction, with a pause after it. */
  rekeySecretsPerStepMax: 500,
  rekeyStepMs: 500,
  /** How often it is looked for others when none was left: each look reads all. */
  rekeyLookMs: 60_000,
  /** Names of orgs and keys. */
  nameCharsMax: 256,
  /** A deleted API key may still be let in this long, by a node that knew it. */
  apiKeyCacheMs: 5_000,
  apiKeysCachedMax: 10_000,
  /** A JSON Web Token; Supabase's have 1 to 2 KiB. */
  tokenCharsMax: 8_192,
  tokenSubjectCharsMax: 256,
  /** How much the issuer's clock may differ from the database's, for `exp` and `nbf`. */
  tokenClockToleranceSeconds: 5,
  /** The secret of HS256: as long as its hash (RFC 7518, 3.2). */
  tokenSecretBytesLeast: 32,
  /** The issuer's public keys: how large and slow their document may be. */
  tokenKeysBytesMax: 64 * 1024,
  tokenKeysFetchMs: 5_000,
  /** They are fetched again when they are this old: 10 minutes. */
  tokenKeysCacheMs: 600_000,
  /** Where that fails, the earlier ones serve until they are this old: 1 hour. */
  tokenKeysStaleMsMax: 3_600_000,
  /** Unknown key ids and failures cause no further fetch sooner than this after the last. */
  tokenKeysCooldownMs: 30_000,
  /** How far ahead a key's end can be. */
  apiKeyDaysMax: 3_650,
  /** Keys and addresses whose requests of this second are counted; beyond it the oldest is not. */
  countedKeysMax: 10_000,
  /** Wrong keys and links of one address in a second; after it, unseen ones are not looked for. */
  wrongKeysPerSecondMax: 20,
  /** Whole requests a second that a key can be given. */
  requestsPerSecondMax: 1_000_000,
  /** That a key was used is noted again after this long: 1 hour. */
  apiKeyUseNotedMs: 3_600_000,
  /** Live updates: streams of one node, and those of them that keys of one org may have. */
  streamsMax: 1_000,
  streamsPerOrgMax: 100,
  /** A stream ends after half an hour; the client connects again. */
  streamMs: 1_800_000,
  /** A comment this often keeps proxies from ending a stream; then its key is looked at again. */
  streamBeatMs: 15_000,
  /** Written to a stream and not yet read; beyond it the stream ends. */
  streamBufferBytesMax: 256 * 1024,
  /** Updates are gathered this long for one notification: of so many orgs, and of each so many. */
  liveFlushMs: 250,
  liveOrgsMax: 200,
  liveDeliveriesPerOrgMax: 32,
  /** Counted and not yet written: of more endpoints at once the rest is not counted. */
  statisticsCountsMax: 50_000,
  statisticsFlushMs: 5_000,
  /** How long statistics by the minute are kept: 2 days. */
  statisticsMinutesMs: 172_800_000,
  statisticsExpireBatchMax: 5_000,
  /** Points of one answer about statistics. */
  statisticsPointsMax: 1_000,
  /** How often failing endpoints are looked for: so often in a period, within these bounds. */
  failingChecksPerPeriod: 20,
  failingCheckMsLeast: 250,
  failingCheckMsMost: 60_000,
  /** The fewest failures that turn an endpoint off, and of how many deliveries. */
  failingAttemptsLeast: 10,
  failingDeliveriesLeast: 2,
  /** Deliveries older than this at their endpoint's first failure are not looked at for it. */
  failingLedgerMs: 604_800_000,
  /** The highest number of missed deliveries that an operational event reports. */
  missedDeliveriesCountMax: 10_000,
  /**
   * A probe that has not arrived after this is missed, and the next then comes this much later;
   * neither is longer than the period between two probes.
   */
  probeArrivalMs: 20_000,
  probeAgainMs: 10_000,
  /** How often it is seen whether a probe is due, and whether the one under way has arrived. */
  probeStepMs: 2_000,
  probeLookMs: 100,
  /** So many periods without a probe that arrived, and the node is not ready. */
  probesMissedMax: 3,
  /** What the overview counts to, and how many endpoints it tells of. */
  overviewCountMax: 10_000,
  healthEndpointsMax: 200,
  /** How far back the health of endpoints is counted: 7 days, in whole hours. */
  healthRangeMsMax: 604_800_000,
  /** A node with viewers says so this often; the others believe it this long. */
  watchAnnounceMs: 15_000,
  watchedMs: 40_000,
  /** Whoever signed in to the console with a key does so again after this long: 12 hours. */
  sessionMs: 43_200_000,
  /** How long a portal link can be opened, and how long it then lets in: at most a day each. */
  portalSecondsMax: 86_400,
  linkSecondsLeast: 10,
  portalSessionSecondsLeast: 60,
  /** The file of the platform's logo. */
  logoBytesMax: 256 * 1024,
  /** The catalogue of event types is loaded again when it is this old. */
  eventTypesCacheMs: 30_000,
  /** A replay makes this many deliveries due, then pauses: at most 1,000 each second. */
  replayDeliveriesPerStepMax: 250,
  replayStepMs: 250,
  /** Rows that one step of a replay looks at, however few of them are meant. */
  replayRowsPerStepMax: 10_000,
  /** An erasure takes this many rows at once, then pauses: at most 20,000 each second. */
  eraseRowsPerStepMax: 5_000,
  eraseStepMs: 250,
  /** What comes to an org later than this after the request for its erasure is not waited for. */
  eraseAlsoMs: 60_000,
  /** Processes of one `posthorn serve`. */
  processesMax: 64,
  /** A process that ended is replaced after this pause, twice as long each time, up to the most. */
  processRestartMs: 500,
  processRestartMsMax: 30_000,
  /** The first process waits this long for a worker's metrics, and a worker for those of all. */
  workerMetricsMs: 2_000,
  /** One that lived this long was no failed start. */
  processSteadyMs: 60_000,
  /** Beyond the drain's own time, before a process that does not end is killed. */
  processStopMarginMs: 10_000,
  /** Entries of the audit that are removed in one statement. */
  auditEntriesPerStepMax: 5_000,
  /** How often expired weeks are looked for. */
  expirePollMs: 600_000,
  /** A node that has started to remove them is alone with that for so long, if it does not end. */
  expireTurnMs: 600_000,
  /** And for the first time after a start, or a service that is often started would never look. */
  expireFirstMs: 30_000,
  /** How far a node's time may be behind the database's before the database corrects it. */
  clockToleranceMs: 60_000,
  /** How often a node compares its clock with the database's. */
  clockMeasureMs: 5_000,
  /** `posthorn dev` waits this long for its sample event to arrive. */
  devSampleWaitMs: 10_000,
  /** From the first byte of a request to its last: a client that drips is cut off. */
  requestMs: 20_000,
  /** Its line and headers alone; a connection on which nothing is said ends then, too. */
  requestHeadersMs: 10_000,
  /** How often slow clients are looked for. */
  slowClientsCheckMs: 1_000,
  /** A connection with a request on it on which not one byte moves, either way. */
  connectionSilentMs: 60_000,
  /** One between two requests: longer than the 60 s that load balancers reuse theirs for. */
  connectionIdleMs: 72_000,
  /** From a request to the last byte of its answer, which a client may read slowly. */
  answerMs: 120_000,
  /** Connections to one process; the next is closed at once. */
  connectionsMax: 8_192,
  /** A request's line and headers. */
  requestHeadersBytesMax: 64 * 1024,
  /** A longer Content-Location is left out: clients take 16 KiB of headers (Node's `fetch`). */
  contentLocationCharsMax: 4_096,
  /** How deep JSON may nest; PostgreSQL's own stack ends a statement at some thousands. */
  jsonDepthMax: 512,
  /** An idempotency key; it is indexed, and PostgreSQL takes no more than 2,700 bytes there. */
  idempotencyKeyCharsMax: 256,
  /** Names of event types. */
  eventTypeNameCharsMax: 128,
  /** What `/readyz` found is answered again for this long: it asks the database, without a key. */
  readinessKeptMs: 100,
  /** How long a publish that the database refused counts for `/readyz`. */
  publishFailureCountsMs: 5_000,
  /**
   * One answer about a table: 8 MiB. A page has as many rows as fit. With 32 MiB, one caller who
   * read page after page put the p99 of the others' publishes up from 30 to 560 ms.
   */
  answerBytesMax: 8 * 1024 * 1024,
  /** Smaller answers are not counted among those that wait to be read. */
  unreadAnswerBytesLeast: 64 * 1024,
  /** All rows of one request are stored within this, or none: it holds a connection meanwhile. */
  changeRowsMs: 5_000,
  /** Replays of one org that run at once; they take turns. */
  replaysRunningPerOrgMax: 10,
  /** Rows in one answer; more are asked for by `offset`, or by a filter on `id`. */
  pageRowsMax: 1_000,
  /** With an org's key `count=planned` counts up to here; beyond it guesses. */
  countedRowsMax: 1_000,
  /** Rows in the body of one insert. */
  rowsPerInsertMax: 1_000,
  /** Rows that one PATCH or DELETE changes. */
  mutationRowsMax: 10_000,
  /** Filters of one request, and how deep `and` and `or` may nest. */
  filtersMax: 50,
  filterDepthMax: 8,
  /** Columns of one `select` or `order`. */
  columnsPerListMax: 100,
  /** Steps of one JSON path, as in `data->a->0->>b`. */
  jsonPathStepsMax: 16,
} as const;
