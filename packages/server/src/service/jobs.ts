/** A node's background work: it listens for notifications and repeats its jobs. */
import type { ContractLibrary } from "./contract-library.ts";
import { keysDeleted, type Access } from "./access.ts";
import { systemRandom, type DatabaseClock } from "./database-clock.ts";
import type { Config } from "../config/config.ts";
import { beat, Heartbeats } from "./heartbeats.ts";
import { limits } from "../limits.ts";
import { system } from "../model/audit.ts";
import type { SecretBox } from "../model/secret-box.ts";
import type { LiveFeed } from "../observe/live-feed.ts";
import type { Logger } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { expireStatistics } from "../observe/statistics-table.ts";
import type { Statistics } from "../observe/statistics.ts";
import type { EraseStore } from "../pipeline/upkeep/erase.ts";
import { expire } from "../pipeline/upkeep/expire.ts";
import { startLoop, type Loop, type LoopOptions } from "../pipeline/upkeep/loop.ts";
import type { Node } from "../pipeline/dispatch/node.ts";
import { ReplayTurns, type ReplayStore } from "../pipeline/upkeep/replay.ts";
import { takeOver } from "../pipeline/upkeep/take-over.ts";
import { checkPauseMs, turnOffFailing, type TurnOffStore } from "../pipeline/upkeep/turn-off.ts";
import type { Hosts } from "../postgres/hosts.ts";
import { listen, type Listener } from "../postgres/listen.ts";
import {
  contractsChannel,
  dueChannel,
  endpointsChannel,
  eventTypesChannel,
  keysChannel,
  liveChannel,
  watchedChannel,
} from "../postgres/notify.ts";
import { inTransaction, type Pool } from "../postgres/pool.ts";
import { Rekeyer, type EndpointRegistry, type EventTypeCatalogue } from "../registry/index.ts";
import type { Store } from "../store/store.ts";
import { dropOldAnswers, endpointsWithoutTerminal, terminalsChannel } from "../terminals/store.ts";
import type { Terminals } from "../terminals/terminals.ts";

const dayMs = 86_400_000;

export interface Background {
  readonly config: Config;
  /** The hosts without a pooler if `POSTHORN_DIRECT_URL` is set, otherwise those of the pool. */
  readonly direct: Hosts;
  readonly pool: Pool;
  readonly secretBox: SecretBox;
  readonly metrics: Metrics;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly node: Node;
  readonly store: Store;
  readonly replays: ReplayStore;
  readonly erasures: EraseStore;
  readonly turnOffs: TurnOffStore;
  readonly eventTypes: EventTypeCatalogue;
  readonly library: ContractLibrary;
  readonly live: LiveFeed;
  readonly statistics: Statistics;
  readonly terminals: Terminals;
  readonly endpoints: EndpointRegistry;
  readonly access: Access;
}

/** Collects functions that stop what was started. */
export interface Teardown {
  add(step: () => Promise<void>): void;
}

type Repeat = (
  what: string,
  pauseMs: LoopOptions["pauseMs"],
  round: () => Promise<unknown>,
  firstPauseMs?: number,
) => Loop;

/** Starts all jobs. `teardown` gets the functions that stop them. */
export function startBackground(
  dependencies: Background,
  listener: Listener,
  teardown: Teardown,
): void {
  const { config, pool, store, clock, logger, statistics } = dependencies;
  const repeat: Repeat = (what, pauseMs, round, firstPauseMs) => {
    const loop = startLoop({
      clock,
      pauseMs,
      ...(firstPauseMs === undefined ? {} : { firstPauseMs }),
      round,
      onFailed: (error) => logger.error({ error }, `${what} failed; it will be retried`),
    });
    teardown.add(() => loop.stop());
    return loop;
  };
  startPolledJobs(dependencies, listener, repeat);
  const removeExpired = async (): Promise<void> => {
    const outcome = await expire({ store, clock, retention: config.retention });
    const hasDone = Object.values(outcome).some((count) => count > 0);
    if (hasDone) logger.info(outcome, "retention removed expired data");
    const nowMs = clock.now();
    await expireStatistics(pool, {
      60: nowMs - limits.statisticsMinutesMs,
      3_600: nowMs - config.retention.ledgerDays * dayMs,
    });
  };
  repeat("retention", limits.expirePollMs, removeExpired, limits.expireFirstMs);
  const rekeyer = new Rekeyer({ ...dependencies, database: pool, random: systemRandom });
  dependencies.metrics.watch("secretsUnderOtherKeys", () => rekeyer.secretsUnderOtherKeys);
  repeat(
    "re-encrypting secrets",
    () => rekeyer.pauseMs,
    async () => {
      const secrets = await rekeyer.step();
      const left = rekeyer.secretsUnderOtherKeys;
      if (secrets > 0)
        logger.info({ secrets, left }, "secrets were re-encrypted with the current key");
    },
  );
  startTerminalJobs(dependencies, repeat);
  const readKeys = (): Promise<void> => dependencies.access.authenticator.readMetricsKeys();
  repeat("reading the metrics keys", limits.metricsKeysReadMs, readKeys, 0);
  repeat("writing statistics", limits.statisticsFlushMs, () => statistics.flush());
  const periodMs = config.disableAfterMs;
  if (periodMs > 0) {
    repeat("checking for failing endpoints", checkPauseMs(periodMs), () =>
      turnOffRound(dependencies, periodMs),
    );
  }
  measureClock(dependencies, teardown);
}

/** Jobs that run only while the node's polls find their kind of work, and the heartbeats. */
function startPolledJobs(dependencies: Background, listener: Listener, repeat: Repeat): void {
  const { node, store, clock, logger, replays, erasures } = dependencies;
  const repeatWhile = (
    kind: "hasReplays" | "hasErasures" | "hasOtherNodes",
    what: string,
    pauseMs: number,
    round: () => Promise<unknown>,
  ): void => {
    const loop = repeat(what, () => (node.poller.waiting[kind] ? pauseMs : null), round);
    node.poller.subscribe(() => loop.wake());
  };
  const turns = new ReplayTurns(replays);
  repeatWhile("hasReplays", "a replay's step", limits.replayStepMs, () =>
    turns.step(clock.now(), limits.replayDeliveriesPerStepMax),
  );
  repeatWhile("hasErasures", "an erasure's step", limits.eraseStepMs, () =>
    erasures.step(clock.now(), limits.eraseRowsPerStepMax),
  );
  const heartbeats = new Heartbeats(dependencies, listener);
  repeat("a heartbeat", limits.heartbeatMs, () => heartbeats.round());
  repeatWhile("hasOtherNodes", "taking over from dead nodes", limits.takeOverPollMs, async () => {
    const deliveries = await takeOver({
      store,
      nodeId: node.id,
      onTakenOver: (taken) => logger.warn(taken, "took over the deliveries of a dead node"),
    });
    if (deliveries > 0) node.wake();
  });
}

function measureClock({ clock, pool, logger }: Background, teardown: Teardown): void {
  const measuring = setInterval(() => {
    clock.measure(pool).catch((error: unknown) => {
      logger.warn({ error }, "reading the database's clock failed");
    });
  }, limits.clockMeasureMs);
  teardown.add(async () => clearInterval(measuring));
}

function startTerminalJobs(dependencies: Background, repeat: Repeat): void {
  repeat("collecting answers of terminals", limits.terminalAnswersPollMs, () =>
    dependencies.terminals.collect(),
  );
  repeat("recording terminals", limits.terminalSeenMs, () => terminalsRound(dependencies));
}

/** Records this node's terminals, and deletes the endpoints of terminals that left long ago. */
async function terminalsRound(dependencies: Background): Promise<void> {
  const { terminals, pool, endpoints, clock, node } = dependencies;
  await terminals.refresh();
  if (!node.poller.waiting.hasTerminals) return;
  await dropOldAnswers(pool, limits.terminalAwayMs);
  await inTransaction(pool, async (transaction) => {
    const ids = await endpointsWithoutTerminal(transaction, limits.terminalAwayMs);
    if (ids.length > 0) await endpoints.delete(transaction, ids, clock.now(), system);
  });
}

async function turnOffRound(
  { statistics, turnOffs, clock, logger }: Background,
  periodMs: number,
): Promise<void> {
  await statistics.flush();
  const round = await turnOffFailing({ store: turnOffs, clock, periodMs });
  const { turnedOff: endpoints, failures } = round;
  if (endpoints.length > 0)
    logger.warn({ endpoints }, "endpoints whose attempts all failed were turned off");
  if (failures.length > 0) throw new AggregateError(failures, "Some endpoints were left on.");
}

/**
 * Takes the node's lock and listens for notifications. It starts before everything that must be
 * drained, so it stops after that. If a node is killed while it drains, other nodes can therefore
 * detect its death from the free lock and the late heartbeat.
 */
export async function joinNodes(dependencies: Background, teardown: Teardown): Promise<Listener> {
  await beat(dependencies, false);
  const { store, direct, node, clock, eventTypes, library, logger, live, terminals } = dependencies;
  let announcing: Promise<void> = Promise.resolve();
  // This is the last step, after which no heartbeat can follow.
  teardown.add(async () => {
    await announcing;
    await store.leave(node.id);
  });
  const listener = listen({
    hosts: direct,
    channels: [
      contractsChannel,
      dueChannel,
      endpointsChannel,
      eventTypesChannel,
      keysChannel,
      watchedChannel,
      liveChannel,
      terminalsChannel,
    ],
    clock,
    nodeId: node.id,
    onLocked() {
      announcing = beat(dependencies, true).catch(() => undefined);
    },
    onNotification(channel, payload) {
      if (channel === eventTypesChannel) eventTypes.invalidate();
      else if (channel === contractsChannel) void library.reload();
      else if (channel === endpointsChannel) endpointsChanged(dependencies, payload.split(","));
      else if (channel === keysChannel) keysDeleted(dependencies.access, payload);
      else if (channel === terminalsChannel) terminals.notified(payload);
      else if (channel === watchedChannel) live.watchedSomewhere(payload);
      else if (channel === liveChannel) live.happenedSomewhere(payload);
      else node.wake();
    },
    onConnected() {
      node.poller.isNotified = true;
      eventTypes.invalidate();
      void library.reload();
      node.wake();
      live.listensAgain();
    },
    onPoll() {
      eventTypes.invalidate();
      void library.reload();
      void node.refreshEndpoints();
      live.lookUp();
    },
    onLost() {
      node.poller.isNotified = false;
    },
    onError: (error) => logger.warn({ error }, "the connection for notifications was lost"),
  });
  teardown.add(() => listener.close());
  return listener;
}

function endpointsChanged({ node, terminals }: Background, ids: readonly string[]): void {
  void node.endpointsChanged(ids);
  terminals.endpointsChanged(ids);
}
