/**
 * `posthorn serve --processes N`: N workers behind one port, each a node of its own. They share
 * nothing but the database, so this is the same as N machines, on one.
 *
 * The first process serves nothing itself. It owns the embedded database, if there is one, and
 * sees to it that N workers run: one that dies is replaced, and all end when it ends.
 */
import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import { limits } from "./limits.ts";
import { createLogger, type Logger } from "./observe/log.ts";
import { readKeys, startDatabase } from "./wire.ts";

/** From a worker, when it answers requests; its URL. */
interface Ready {
  readonly readyAt: string;
}

/** To a worker: drain and end. */
const stopMessage = "stop";

/** Young garbage is most of what a node makes: with V8's own 16 MiB, 4 % more went to its GC. */
const workerFlags = ["--max-semi-space-size=64"];

/** True in a process that `serveWithWorkers` started. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Resolves when this worker is told to end, or its first process is gone. */
export function workerStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === stopMessage) resolve();
    });
    process.on("disconnect", () => resolve());
    process.on("SIGTERM", () => resolve());
    // Ctrl-C reaches the whole group: the first process says when it is time.
    process.on("SIGINT", () => undefined);
  });
}

/** Says that this worker answers at `url`. */
export function announceReady(url: string): void {
  process.send?.({ readyAt: url } satisfies Ready);
}

/**
 * Runs until `stopped` resolves.
 *
 * @returns the exit code: that of a worker that could not start, or 0.
 */
export async function serveWithWorkers(
  config: Config,
  count: number,
  stopped: Promise<void>,
): Promise<number> {
  const logger = createLogger(config.logLevel);
  const keys = await readKeys(config);
  const database = await startDatabase(config, logger);
  cluster.setupPrimary({ args: ["serve"], execArgv: workerFlags });
  const workers = new Workers(logger, {
    DATABASE_URL: database.connectionString,
    POSTHORN_ENCRYPTION_KEY: keys.encryptionKey,
    POSTHORN_ADMIN_KEY: keys.adminKey,
  });
  try {
    const failed = await workers.start(count);
    if (failed !== null) return failed;
    logger.info({ url: workers.url, processes: count }, "posthorn is ready");
    await stopped;
    logger.info("posthorn is stopping");
    return 0;
  } finally {
    await workers.stop(config.drainMs + limits.processStopMarginMs);
    await database.stop();
  }
}

class Workers {
  url = "";
  readonly #logger: Logger;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #alive = new Set<Worker>();
  #isStopping = false;
  #pauseMs: number = limits.processRestartMs;

  constructor(logger: Logger, environment: Readonly<Record<string, string>>) {
    this.#logger = logger;
    this.#environment = environment;
  }

  /** @returns null when all are ready; else the exit code of one that is not. */
  async start(count: number): Promise<number | null> {
    const outcomes = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
    const failed = outcomes.find((code) => code !== null);
    if (failed !== undefined) return failed;
    for (const worker of this.#alive) this.#keepAlive(worker);
    return null;
  }

  async stop(withinMs: number): Promise<void> {
    this.#isStopping = true;
    const ended = [...this.#alive].map((worker) => once(worker, "exit"));
    for (const worker of this.#alive) if (worker.isConnected()) worker.send(stopMessage);
    const deadline = setTimeout(() => {
      for (const worker of this.#alive) worker.process.kill("SIGKILL");
    }, withinMs);
    await Promise.all(ended);
    clearTimeout(deadline);
  }

  /** @returns null when it is ready, or its exit code. */
  #startOne(): Promise<number | null> {
    const worker = cluster.fork(this.#environment);
    this.#alive.add(worker);
    return new Promise((resolve) => {
      worker.once("exit", (code: number | null) => {
        this.#alive.delete(worker);
        resolve(code ?? 1);
      });
      worker.on("message", (message: Partial<Ready> | null) => {
        if (typeof message?.readyAt !== "string") return;
        this.url = message.readyAt;
        // Told to stop while it was starting: it was not listening yet.
        if (this.#isStopping) worker.send(stopMessage);
        resolve(null);
      });
    });
  }

  #keepAlive(worker: Worker): void {
    const startedAtMs = performance.now();
    worker.once("exit", (code, signal) => {
      if (this.#isStopping) return;
      const pid = worker.process.pid;
      this.#logger.error({ pid, code, signal }, "a process ended; another one takes its place");
      // One that lived for a while starts at once again; one that cannot live must not spin.
      if (performance.now() - startedAtMs > limits.processSteadyMs) {
        this.#pauseMs = limits.processRestartMs;
      }
      void this.#replace();
    });
  }

  async #replace(): Promise<void> {
    await sleep(this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, limits.processRestartMsMax);
    if (this.#isStopping) return;
    const before = new Set(this.#alive);
    const failed = await this.#startOne();
    if (this.#isStopping) return;
    if (failed !== null) return this.#replace();
    for (const worker of this.#alive) if (!before.has(worker)) this.#keepAlive(worker);
  }
}
