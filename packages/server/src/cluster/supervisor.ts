/**
 * `posthorn serve --processes N` runs N workers behind one port, each of which is a node. They
 * share only the database, as N machines would. The first process serves no requests. It owns the
 * embedded database, if there is one, and keeps N workers running. If a worker dies, the first
 * process starts another and tells a running worker to take over the work. All workers stop when
 * the first process stops.
 */
import cluster, { type Worker } from "node:cluster";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { writeAddress } from "../service/address-file.ts";
import { describeFirstStart } from "../service/first-start.ts";
import { readKeys } from "../service/keys.ts";
import { limits } from "../limits.ts";
import { createLogger, type Logger } from "../observe/log.ts";
import { startDatabase, type DatabaseOptions } from "../service/database.ts";
import { WorkerMetrics } from "../observe/worker-metrics.ts";
import { stopMessage, type Died, type Ready } from "./worker.ts";

/**
 * A larger young generation, because most of a node's garbage is young: with V8's default of 16
 * MiB, 4 % more time went to garbage collection.
 */
const workerFlags = ["--max-semi-space-size=64"];

/**
 * Runs until `stopped` resolves. If the process exits earlier (at a second signal), it kills the
 * workers.
 * @returns the exit code: that of a worker that could not start, 1 if a worker did not stop
 * cleanly, or 0.
 * @throws PosthornError if the keys or the database are unusable.
 */
export async function serveWithWorkers(
  config: Config,
  count: number,
  stopped: Promise<void>,
  options: Pick<DatabaseOptions, "onDatabaseLost" | "stopping">,
): Promise<number> {
  let isStopAsked = false;
  void stopped.then(() => (isStopAsked = true));
  const logger = createLogger(config.logLevel);
  const keys = await readKeys(config);
  const database = await startDatabase({ ...options, config, logger, nodes: count });
  cluster.setupPrimary({ args: ["serve"], execArgv: [...process.execArgv, ...workerFlags] });
  const workers = new Workers(logger, config.port === 0, {
    // Options of the command line are passed as variables, because workers do not get the options.
    POSTHORN_HOST: config.host,
    POSTHORN_PORT: String(config.port),
    DATABASE_URL: database.connectionString,
    POSTHORN_ENCRYPTION_KEY: keys.encryptionKey,
    POSTHORN_ADMIN_KEY: keys.adminKey,
  });
  const killAll = (): void => workers.kill();
  process.once("exit", killAll);
  let code = 0;
  let removeAddress = (): Promise<void> => Promise.resolve();
  try {
    const failed = await Promise.race([workers.start(count), stopped.then(() => null)]);
    // Ctrl-C during the start ends workers that do not handle signals yet. That is not a failure.
    if (failed !== null && !isStopAsked) code = failed;
    else {
      if (!isStopAsked) {
        // Workers get both keys and the database from here, so none of them writes the file.
        removeAddress = await writeAddress(config, keys.adminKeyFile, workers.url);
        logger.info({ url: workers.url, processes: count }, "posthorn is ready");
      }
      if (!isStopAsked && workers.isFirstStart) {
        const url = config.publicUrl ?? workers.url;
        logger.info(describeFirstStart({ url, adminKeyFile: keys.adminKeyFile }));
      }
      await stopped;
      logger.info("posthorn is stopping");
    }
  } finally {
    const areClean = await workers.stop(
      config.preStopDelayMs + config.drainMs + limits.processStopMarginMs,
    );
    process.off("exit", killAll);
    await removeAddress();
    await database.stop();
    if (!areClean && code === 0) code = 1;
  }
  return code;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One worker process, from its start to its exit. */
interface Running {
  /** The worker; null if its process could not be created. */
  readonly worker: Worker | null;
  isReady: boolean;
  /** The id of the worker's node; null until the worker is ready. */
  nodeId: string | null;
  /**
   * Resolves to null when the worker is ready. If the worker exits before that, it resolves to the
   * exit.
   */
  readonly started: Promise<Ended | null>;
  readonly ended: Promise<Ended>;
}

class Workers {
  /** The URL of the workers; empty until the first one is ready. */
  url = "";
  /** True if the first worker was the first node of its database. */
  isFirstStart = false;
  readonly #logger: Logger;
  readonly #anyPort: boolean;
  #environment: Readonly<Record<string, string>>;
  readonly #alive = new Set<Running>();
  /** The nodes of workers that have died since the last worker became ready. */
  readonly #dead: string[] = [];
  readonly #stopping = new AbortController();
  readonly #metrics = new WorkerMetrics();

  constructor(logger: Logger, anyPort: boolean, environment: Readonly<Record<string, string>>) {
    this.#logger = logger;
    this.#anyPort = anyPort;
    this.#environment = environment;
  }

  /**
   * Starts the first worker alone, so that a failed start is reported once and not N times.
   * @returns null when all are ready; otherwise the exit code of a worker that ended before.
   */
  async start(count: number): Promise<number | null> {
    const running: Running[] = [];
    for (const more of [1, count - 1]) {
      if (this.#stopping.signal.aborted) return null;
      const batch = Array.from({ length: more }, () => this.#startOne());
      running.push(...batch);
      const ends = await Promise.all(batch.map(({ started }) => started));
      const failed = ends.find((end) => end !== null);
      if (failed !== undefined) return this.#failedStart(failed);
    }
    for (const each of running) void this.#keep(each);
    return null;
  }

  /**
   * Drains all workers, and kills those that have not exited after `withinMs`.
   * @returns whether all workers that were ready have stopped cleanly.
   */
  async stop(withinMs: number): Promise<boolean> {
    this.#stopping.abort();
    const alive = [...this.#alive];
    for (const { worker, isReady } of alive) {
      // A worker that is starting cannot read messages yet. It serves no requests, so it can simply
      // exit.
      if (!isReady) worker?.process.kill("SIGTERM");
      else if (worker?.isConnected() === true) worker.send(stopMessage, () => undefined);
    }
    const deadline = setTimeout(() => this.kill(), withinMs);
    const clean = await Promise.all(
      alive.map(async ({ worker, isReady, ended }) => {
        const { code, signal } = await ended;
        if (!isReady || code === 0) return true;
        this.#logger.error({ pid: worker?.process.pid, code, signal }, "a process did not drain");
        return false;
      }),
    );
    clearTimeout(deadline);
    return !clean.includes(false);
  }

  /** Kills all workers immediately. */
  kill(): void {
    for (const { worker } of this.#alive) worker?.process.kill("SIGKILL");
  }

  /**
   * Ctrl-C reaches all processes at once, and a worker may end before this process has noticed its
   * own signal. So the failure is reported only after a moment.
   */
  async #failedStart({ code, signal }: Ended): Promise<number> {
    if (signal !== null) await sleep(limits.processSignalMs);
    // A worker that exits has logged the reason itself. A worker that was killed could not.
    if (signal !== null && !this.#stopping.signal.aborted) {
      this.#logger.error({ signal }, "a process was killed before it was ready");
    }
    return code ?? 1;
  }

  #startOne(): Running {
    let worker: Worker;
    try {
      worker = cluster.fork(this.#environment);
    } catch (error) {
      this.#logger.error({ error }, "starting a process failed");
      const end: Ended = { code: 1, signal: null };
      return {
        worker: null,
        isReady: false,
        nodeId: null,
        started: Promise.resolve(end),
        ended: Promise.resolve(end),
      };
    }
    this.#metrics.attend(worker, () => this.#ready());
    const ended = this.#endOf(worker);
    const ready = new Promise<null>((resolve) => {
      worker.on("message", (message: Partial<Ready> | null) => {
        if (typeof message?.readyAt !== "string") return;
        this.url = message.readyAt;
        this.isFirstStart ||= message.isFirstStart === true;
        running.isReady = true;
        running.nodeId = message.nodeId ?? null;
        for (const nodeId of this.#dead.splice(0)) reportDeath(worker, nodeId);
        resolve(null);
      });
    });
    const running: Running = {
      worker,
      isReady: false,
      nodeId: null,
      ended,
      started: Promise.race([ready, ended]),
    };
    this.#alive.add(running);
    void ended.then(() => this.#forget(running));
    return running;
  }

  #ready(): readonly Worker[] {
    return [...this.#alive].flatMap(({ worker, isReady }) => (isReady && worker ? [worker] : []));
  }

  #endOf(worker: Worker): Promise<Ended> {
    return new Promise((resolve) => {
      worker.once("exit", (code: number | null, signal: string | null) => {
        resolve({ code, signal });
      });
      // Without this listener, a message to a worker that has just died would crash the first
      // process.
      worker.on("error", (error: unknown) => {
        this.#logger.error({ error }, "a process could not be reached");
        // The process was never created, so there will be no exit event.
        if (worker.process.pid === undefined) resolve({ code: 1, signal: null });
      });
    });
  }

  #forget(running: Running): void {
    this.#alive.delete(running);
    if (running.nodeId !== null && !this.#stopping.signal.aborted) this.#died(running.nodeId);
    if (this.#alive.size > 0 || !this.#anyPort || this.url === "") return;
    // The port was closed with the last worker. The next workers must open the same port.
    this.#environment = { ...this.#environment, POSTHORN_PORT: new URL(this.url).port };
  }

  /**
   * Reports the death to one worker, and also to the next one that becomes ready, in case the first
   * one dies as well. If the message is lost, every node sees the free lock and the late heartbeat
   * a second later.
   */
  #died(nodeId: string): void {
    this.#dead.push(nodeId);
    const [survivor] = this.#ready();
    if (survivor !== undefined) reportDeath(survivor, nodeId);
  }

  /** Replaces a worker whenever it exits, until the workers are stopped. */
  async #keep(first: Running): Promise<void> {
    let running = first;
    let pauseMs: number = limits.processRestartMs;
    while (!this.#stopping.signal.aborted) {
      const sinceMs = performance.now();
      const { code, signal } = await running.ended;
      if (this.#stopping.signal.aborted) return;
      const { nodeId } = running;
      const pid = running.worker?.process.pid;
      this.#logger.error({ pid, nodeId, code, signal }, "a process ended; another one replaces it");
      // A worker that has run for a while is restarted immediately. One that keeps failing is
      // restarted after growing pauses.
      if (performance.now() - sinceMs > limits.processSteadyMs) pauseMs = limits.processRestartMs;
      await sleep(pauseMs, null, { signal: this.#stopping.signal }).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      pauseMs = Math.min(pauseMs * 2, limits.processRestartMsMax);
      running = this.#startOne();
    }
  }
}

function reportDeath(worker: Worker, nodeId: string): void {
  worker.send({ diedNodeId: nodeId } satisfies Died, () => undefined);
}
