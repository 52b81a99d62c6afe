/**
 * Waits for a database that is not up yet, because in Compose and Kubernetes all services start
 * together.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../limits.ts";
import type { Hosts } from "./hosts.ts";
import { isPassing, oneLine, startFailure, unreachable } from "./start-failures.ts";

export interface WaitOptions {
  readonly hosts: Pick<Hosts, "find">;
  /** The maximum wait, e.g. 60,000. 0 means a single attempt. */
  readonly waitMs: number;
  /** Called once with a sentence, when the first attempt has failed and the wait starts. */
  readonly log: (line: string) => void;
  /** Aborts the wait when the signal fires. */
  readonly stopping?: AbortSignal | undefined;
}

/**
 * Resolves when a server of the URL accepts writes.
 *
 * @throws PosthornError `PH_DATABASE_UNREACHABLE` or `PH_DATABASE_READ_ONLY` after the wait;
 *   immediately for errors that waiting cannot fix: `PH_DATABASE_LOGIN`, `PH_DATABASE_MISSING`,
 *   `PH_DATABASE_TLS`.
 */
export async function waitForDatabase(options: WaitOptions): Promise<void> {
  const { hosts, waitMs, stopping } = options;
  const sinceMs = performance.now();
  let isNotified = false;
  for (;;) {
    try {
      await hosts.find();
      return;
    } catch (error) {
      stopping?.throwIfAborted();
      if (!isPassing(error)) throw startFailure(error);
      const waitedMs = performance.now() - sinceMs;
      const failure = unreachable(error, waitedMs);
      if (waitedMs >= waitMs) throw failure;
      if (!isNotified) {
        const seconds = waitMs / 1000;
        options.log(`waiting up to ${seconds} s for the database: ${oneLine(error)}`);
      }
      isNotified = true;
      const pauseMs = Math.min(limits.databaseWaitPauseMs, waitMs - waitedMs);
      await sleep(pauseMs, null, { signal: stopping }).catch(() => stopping?.throwIfAborted());
    }
  }
}
