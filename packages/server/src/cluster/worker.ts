/** A worker of `posthorn serve --processes N`: a node that its first process starts and ends. */
import cluster from "node:cluster";
import type { Config } from "../config/config.ts";
import { limits } from "../limits.ts";
import { startService } from "../service/compose.ts";

/** From a worker, when it answers requests; its URL. */
export interface Ready {
  readonly readyAt: string;
}

/** To a worker: drain and end. */
export const stopMessage = "stop";

/** True in a process that `serveWithWorkers` started. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Serves until the first process says that it is enough, or is gone. */
export async function serveAsWorker(config: Config): Promise<void> {
  const stopped = workerStopSignal(config.preStopDelayMs + config.drainMs);
  try {
    const service = await startService(config);
    announceReady(service.url);
    await stopped;
    await service.close();
  } finally {
    leaveFirstProcess();
  }
}

/**
 * Resolves when this worker is told to end, or its first process is gone. In that case the worker
 * exits after `stopMs` and a margin in any case, because no process is left to kill it.
 */
function workerStopSignal(stopMs: number): Promise<void> {
  return new Promise((resolve) => {
    process.on("message", (message) => {
      if (message === stopMessage) resolve();
    });
    process.on("disconnect", () => {
      setTimeout(() => process.exit(1), stopMs + limits.processStopMarginMs).unref();
      resolve();
    });
    process.on("SIGTERM", () => resolve());
    // Ctrl-C reaches the whole group: the first process says when it is time.
    process.on("SIGINT", () => undefined);
  });
}

/** Says that this worker answers at `url`. */
function announceReady(url: string): void {
  stayWhenDisconnected();
  process.send?.({ readyAt: url } satisfies Ready);
}

/** Lets this worker end by itself: the channel to the first process would keep it alive. */
function leaveFirstProcess(): void {
  stayWhenDisconnected();
  if (process.connected) process.disconnect();
}

/**
 * Without this, node:cluster exits with 0 as soon as the channel closes: before attempts under way
 * have ended, and in place of the exit code of a failed start. Until a worker is ready that is
 * right, though: it could wait forever for the first process to open the port.
 */
function stayWhenDisconnected(): void {
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
}
