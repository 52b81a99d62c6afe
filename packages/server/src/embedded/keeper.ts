/** Restarts the embedded server whenever it ends, until it is stopped. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Places } from "./places.ts";
import { reasonOf } from "../errors/reasons.ts";
import type { Server } from "./server.ts";
import { askToStop, isServerOf, readRecord, stopServer } from "./server.ts";

export interface KeepOptions {
  readonly server: Server;
  readonly places: Places;
  /**
   * Restarts the server on the same port.
   * @throws any error if the restart fails or is cancelled.
   */
  restart(cancelled: AbortSignal): Promise<Server>;
  log(line: string): void;
  /** Called once, after too many failures in a row. There are no more restarts after that. */
  readonly onLost: ((error: PosthornError) => void) | undefined;
}

export interface Keeper {
  /** The current server, or the last one if none is running. */
  readonly server: Server;
  /** Asks the server to stop, without waiting for it. For a process that is about to exit. */
  askToStop(): void;
  /** Stops the server for good. Resolves when it has ended. */
  stop(): Promise<void>;
}

export function keepRunning(options: KeepOptions): Keeper {
  const { places, log } = options;
  const stopping = new AbortController();
  let server = options.server;

  const watch = async (): Promise<void> => {
    while (await passes(limits.embeddedWatchMs, stopping.signal)) {
      if (isServerOf(server.pid, places)) {
        if (!(await isEnding(server, places))) continue;
        // After a single SIGTERM, the server would wait for its connections forever and accept no
        // new ones.
        log(`PostgreSQL (process ${server.pid}) was told to end by somebody; ending it`);
        await stopServer(server, places);
        if (stopping.signal.aborted) return;
      }
      const endedMs = performance.now();
      log(`PostgreSQL (process ${server.pid}) ended unexpectedly; starting it again`);
      const next = await startAgain(options, stopping.signal);
      if (next === null) return;
      server = next;
      const tookMs = Math.round(performance.now() - endedMs);
      log(`PostgreSQL was started again after ${tookMs} ms: process ${server.pid}`);
    }
  };
  const watching = watch();

  return {
    get server() {
      return server;
    },
    askToStop: () => askToStop(server, places),
    async stop() {
      stopping.abort();
      await watching;
      await stopServer(server, places);
    },
  };
}

async function isEnding({ pid }: Server, { clusterDir }: Places): Promise<boolean> {
  const record = await readRecord(clusterDir).catch(() => null);
  return record?.pid === pid && record.isStopping;
}

/** Returns null if the restart was cancelled, or if every try failed. */
async function startAgain(options: KeepOptions, cancelled: AbortSignal): Promise<Server | null> {
  const tries = limits.embeddedRestartTriesMax;
  for (let failed = 0; !cancelled.aborted;) {
    try {
      return await options.restart(cancelled);
    } catch (error) {
      if (cancelled.aborted) return null;
      failed += 1;
      options.log(`PostgreSQL could not be started again (${failed} of ${tries} attempts)`);
      if (failed === tries) {
        const reason = error instanceof PosthornError ? error.message : `${reasonOf(error)}.`;
        options.onLost?.(
          new PosthornError("PH_EMBEDDED_LOST", { tries, reason }, { cause: error }),
        );
        return null;
      }
      await passes(limits.embeddedRestartPauseMs, cancelled);
    }
  }
  return null;
}

/**
 * Waits without keeping the process running.
 * @returns false if the wait was interrupted.
 */
function passes(ms: number, cancelled: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal: cancelled, ref: false }).catch(() => false);
}
