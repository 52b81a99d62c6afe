/** A worker of `posthorn serve --processes N`: a node that the first process starts and stops. */
import cluster from "node:cluster";
import type { Config } from "../config/config.ts";
import { limits } from "../limits.ts";
import { startService, type Service } from "../service/compose.ts";

/** A message from a worker that accepts requests: its URL and its node's id. */
export interface Ready {
  readonly readyAt: string;
  readonly nodeId: string;
  /** True if the node was the first one of its database. */
  readonly isFirstStart: boolean;
}

/** A message to a worker: another worker's process, and so its node, has ended. */
export interface Died {
  readonly diedNodeId: string;
}

/** A message to a worker: drain, then exit. */
export const stopMessage = "stop";

/** Returns true in a process that `serveWithWorkers` started. */
export function isWorker(): boolean {
  return cluster.isWorker;
}

/** Serves until the first process sends the stop message or ends. */
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
 * Resolves when this worker is told to stop, or when the first process has ended. In the second
 * case no process is left that could kill this one, so it exits by itself after `stopMs` and a
 * margin.
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
    // Ctrl-C reaches the whole process group, but the first process decides when workers stop.
    process.on("SIGINT", () => undefined);
  });
}

/** Tells the first process that this worker accepts requests, and at which URL. */
function announceReady({ url, node, installed: { isFirstStart } }: Service): void {
  stayWhenDisconnected();
  process.send?.({ readyAt: url, nodeId: node.id, isFirstStart } satisfies Ready);
}

/**
 * Takes over from each node that the first process reports as dead, without waiting until its
 * heartbeat is late. If a statement of the dead node still commits afterwards, the regular search
 * for dead nodes finds those deliveries.
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

/** Lets this worker exit, because the open channel to the first process would keep it running. */
function leaveFirstProcess(): void {
  stayWhenDisconnected();
  if (process.connected) process.disconnect();
}

/**
 * Without this, node:cluster exits with 0 as soon as the channel closes. That would be before the
 * running attempts have ended, and would replace the exit code of a failed start. Until a worker is
 * ready, that exit is right, because the worker could otherwise wait forever for the first process
 * to open the port.
 */
function stayWhenDisconnected(): void {
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
}
