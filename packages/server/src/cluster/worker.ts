/** A worker of `posthorn serve --processes N`: a node that its first process starts and ends. */
import cluster from "node:cluster";
import type { Config } from "../config/config.ts";
import { limits } from "../limits.ts";
import { startService, type Service } from "../service/compose.ts";

/** From a worker, when it answers requests; its URL and the id of its node. */
export interface Ready {
  readonly readyAt: string;
  readonly nodeId: string;
}

/** To a worker: the process of another one has ended, and its node with it. */
export interface Died {
  readonly diedNodeId: string;
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
    takeOverWhenTold(service);
    announceReady(service);
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

/** Says that this worker answers, and where. */
function announceReady({ url, node }: Service): void {
  stayWhenDisconnected();
  process.send?.({ readyAt: url, nodeId: node.id } satisfies Ready);
}

/**
 * Takes over from each node that the first process reports, without waiting until its heartbeat is
 * late. What its statements commit meanwhile is left to the search for dead nodes.
 */
function takeOverWhenTold({ store, node, logger }: Service): void {
  const takeOver = async (nodeId: string): Promise<void> => {
    const deliveries = await store.takeOverFrom(nodeId);
    if (deliveries === 0) return;
    logger.warn({ nodeId, deliveries }, "took over the deliveries of a dead node");
    node.wake();
  };
  process.on("message", (message: Partial<Died> | null) => {
    if (typeof message?.diedNodeId !== "string") return;
    takeOver(message.diedNodeId).catch((error: unknown) => {
      logger.error({ error }, "taking over from a dead node failed; it will be retried");
    });
  });
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
