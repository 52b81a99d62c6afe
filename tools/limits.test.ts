/**
 * Every limit has a test that names it, a test that uses its value, or an entry here that says why
 * no test reaches it.
 */
import { describe, expect, test } from "vitest";
import { limits } from "../packages/server/src/limits.ts";
import { isTest, sources } from "./sources.ts";

type LimitName = keyof typeof limits;

/** Tests that use a lower value of the limit, or check only its effect: file and title. */
const provenBy: Readonly<Partial<Record<LimitName, readonly [file: string, title: string]>>> = {
  originPoolsMax: ["transport/pools", "beyond the limit of origins, the least recently used one"],
  dnsSecondFamilyMs: ["transport/resolver", "does not wait long for the second family"],
  dnsTimeoutMs: ["transport/resolver", "delays no other query while one hangs"],
  queuedDeliveriesMax: [
    "pipeline/dispatch/queue",
    "is full by the number of deliveries, or by their data",
  ],
  terminalsMax: ["terminals/terminals", "a node takes terminalsMax terminals, and none after"],
  settleSpacingMs: ["pipeline/batcher", "flushes the first item immediately after a pause"],
  inFlightReserved: [
    "pipeline/dispatch/queue-shares",
    "reserves the last attempts for orgs that have none",
  ],
  rateBurstMs: ["pipeline/dispatch/queue", "is kept over time, without a burst after a rest"],
  rateRestMs: ["pipeline/dispatch/queue", "is kept over time, without a burst after a rest"],
  slowStartAfterFailures: [
    "pipeline/dispatch/queue",
    "does not include one that failed a few times",
  ],
  slowStartRatePerSecond: [
    "pipeline/dispatch/queue",
    "gets one delivery at a time, slowly, then twice as many",
  ],
  slowStartDoubleMs: [
    "pipeline/dispatch/queue",
    "gets one delivery at a time, slowly, then twice as many",
  ],
  slowStartEndRatePerSecond: [
    "pipeline/dispatch/queue",
    "gets one delivery at a time, slowly, then twice as many",
  ],
  retryShareMax: ["pipeline/dispatch/queue", "to all endpoints leave slots for first attempts"],
  embeddedPortTriesMax: ["embedded/index", "takes another port when the chosen one is taken"],
  embeddedOrphanMs: ["embedded/keeper", "restarts although a backend of the dead one"],
  embeddedStopMs: ["embedded/index", "is ended by force if it does not stop cleanly"],
  stallShareMax: ["transport/own-limits", "most of the time, a receiver is not blamed for its"],
  stallMsLeast: ["transport/own-limits", "a response that arrived meanwhile is read, although the"],
  stallGraceMs: ["transport/own-limits", "a response that arrived meanwhile is read, although the"],
  apiKeyUseNotedMs: ["test/api/keys", "is stored at its first use, and again only after an hour"],
  streamBufferBytesMax: ["test/api/stream", "a client that does not read is dropped"],
  liveDeliveriesPerOrgMax: ["observe/live-feed", "a flood of one org is sent in part"],
  liveOrgsMax: ["observe/live-feed", "no payload exceeds PostgreSQL's limit"],
  failingAttemptsLeast: [
    "test/delivery/failing-endpoints",
    "nine failures, or any number of one delivery",
  ],
  failingDeliveriesLeast: [
    "test/delivery/failing-endpoints",
    "nine failures, or any number of one delivery",
  ],
  failingChecksPerPeriod: ["pipeline/upkeep/turn-off", "is checked 20 times in a period"],
  failingCheckMsLeast: ["pipeline/upkeep/turn-off", "is checked 20 times in a period"],
  failingCheckMsMost: ["pipeline/upkeep/turn-off", "is checked 20 times in a period"],
  sessionMs: ["test/security/console-sessions", "ends at sign-out, and when it expires"],
  processesMax: ["test/process/processes", "an impossible number of processes is rejected"],
  overviewCountMax: [
    "test/api/statistics",
    "overview counts due deliveries and dead letters, up to its",
  ],
  auditEntriesPerStepMax: [
    "test/api/audit-table",
    "entries are deleted at the end of their period, however",
  ],
};

interface Untested {
  readonly why: string;
  readonly names: readonly LimitName[];
}

const notAtTheirEdge: readonly Untested[] = [
  {
    why: "After it, a command prints what is known; a test would wait half a minute.",
    names: ["commandAttemptWaitMs"],
  },
  {
    why: "How much is taken at once: what is beyond it is taken next, and nobody is told anything.",
    names: [
      "claimLowQueue",
      "claimLeast",
      "cancelBatchMax",
      "fanOutDeliveriesPerStepMax",
      "orphanedEndpointsMax",
      "replayDeliveriesPerStepMax",
      "replayFilteredRowsPerStepMax",
      "eraseRowsPerStepMax",
      "rekeySecretsPerStepMax",
    ],
  },
  {
    why: "How often something is done; the tests wait for what is done, not for how long it takes.",
    names: [
      "quietHeartbeatMs",
      "terminalSeenMs",
      "terminalAnswersPollMs",
      "metricsKeysReadMs",
      "takeOverPollMs",
      "heartbeatLateMs",
      "statisticsFlushMs",
      "replayStepMs",
      "eraseStepMs",
      "expirePollMs",
      "notificationsPollMs",
      "databaseShortagePauseMs",
      "expireFirstMs",
      "clockMeasureMs",
      "rekeyStepMs",
      "rekeyLookMs",
      "probeLookMs",
      "embeddedRestartPauseMs",
      "databaseWaitPauseMs",
      "commandPollMs",
      "commandReconnectMs",
    ],
  },
  {
    why: "How much is kept in memory: beyond it, the database or the network is asked again.",
    names: [
      "queuedPerEndpointMax",
      "cachedEndpointsMax",
      "fanOutSizesMax",
      "fanOutRestingOrgsMax",
      "transformationsKilledMax",
      "schemaCheckRestingOrgsMax",
      "knownOrgsMax",
      "apiKeysCachedMax",
      "metricsKeysKeptMax",
      "countedKeysMax",
      "embeddedConnectionsSpare",
    ],
  },
  {
    why: "A wait of seconds to minutes that only ends what hangs: at its edge the test would hang.",
    names: [
      "socketIdleMs",
      "connectPerAddressMs",
      "databaseStatementMs",
      "databaseAnswerMs",
      "databaseKeepAliveMs",
      "listenStopMs",
      "nodeSilentMs",
      "sandboxStartMs",
      "databaseShortageMs",
      "poolerPatienceMs",
      "expireTurnMs",
      "migrationPatienceMs",
      "embeddedInitMs",
      "embeddedStartMs",
      "embeddedLeftoversMs",
      "tokenKeysFetchMs",
      "workerMetricsMs",
      "metricsGaugesMs",
      "processSteadyMs",
      "processStopMarginMs",
      "processSignalMs",
      "processRestartMs",
      "processRestartMsMax",
      "devSampleWaitMs",
    ],
  },
  {
    why: "How long something known may be believed; to be seen, a test would wait as long.",
    names: ["heartbeatCountsMs"],
  },
  {
    why: "Days of history, or megabytes of a log, that a test would have to make.",
    names: ["statisticsMinutesMs", "failingLedgerMs", "embeddedLogBytesMax"],
  },
  {
    why: "A count or a list that is cut, and says so; nothing is refused, and no number is wrong.",
    names: ["missedDeliveriesCountMax", "svixPendingCountMax"],
  },
];

const names = Object.keys(limits) as LimitName[];
const tests = sources("packages", ".ts").filter(
  (source) => isTest(source) || /\/test\/|\.testsuite\.ts$/.test(source.name),
);
/** Tests write `limits.name`. The tables in test/limits/limits*.test.ts write `"name"`. */
const isNamed = (name: LimitName): boolean =>
  tests.some(
    ({ name: file, text }) =>
      new RegExp(`\\blimits\\.${name}\\b`).test(text) ||
      (/\/test\/limits\/limits[\w-]*\.test\.ts$/.test(file) && text.includes(`limit: "${name}"`)),
  );
const excused = new Set(notAtTheirEdge.flatMap((each) => each.names));

describe("a limit has a test", () => {
  test("that names it, or is listed here", () => {
    const missing = names.filter(
      (name) => !isNamed(name) && provenBy[name] === undefined && !excused.has(name),
    );
    expect(missing).toEqual([]);
  });

  test("and is listed once, and only if needed", () => {
    const listed = [...Object.keys(provenBy), ...notAtTheirEdge.flatMap((each) => each.names)];
    expect(listed.filter((name, index) => listed.indexOf(name) !== index)).toEqual([]);
    expect(listed.filter((name) => isNamed(name as LimitName))).toEqual([]);
  });

  test.each(Object.entries(provenBy))("%s: %j exists", (_name, [file, title]) => {
    const found = tests.filter(
      (source) => source.name.endsWith(`${file}.test.ts`) && source.text.includes(title),
    );
    expect(found).toHaveLength(1);
  });
});
