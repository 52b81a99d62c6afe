/**
 * Finds the server that an earlier run left running on the files, or proves that there is none.
 * Every process of a server inherits the lock of its files. So the lock tells whether a server is
 * running. The process id in `postmaster.pid` does not, because ids are reused, above all in
 * containers.
 */
import { chown } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { limits } from "../limits.ts";
import type { Places } from "./places.ts";
import { isAlive, processesIn, signal, worksIn } from "./process.ts";
import type { Server } from "./server.ts";
import { isServerOf, lastWords, readRecord, removeRecord, startError } from "./server.ts";
import type { FileLock } from "./file-lock.ts";
import { tryLockFile } from "./file-lock.ts";

export const serverLockName = "postgres.lock";

/** The time between two checks. */
const pollMs = 10;

/** On Windows only one process can have a lock, so there the process id decides. */
const isInherited = process.platform !== "win32";

/**
 * A server that accepts connections or, if none of its processes are running, the lock for starting
 * one.
 */
export type Found = { readonly server: Server } | { readonly lock: FileLock };

/**
 * Looks for a server. Waits for one that is stopping, and ends processes that outlived their
 * postmaster, because they may still write to the files.
 * @param accepts tells whether a ready server accepts Posthorn's password, or `retry` if the server
 * is going down.
 * @throws PosthornError `PH_EMBEDDED_START` if a server exists and stays unusable.
 */
export async function findServer(
  places: Places,
  accepts: (server: Server) => Promise<"yes" | "retry">,
  cancelled?: AbortSignal,
): Promise<Found> {
  const startedMs = performance.now();
  let withoutMasterMs: number | null = null;
  for (;;) {
    cancelled?.throwIfAborted();
    const lock = await lockServerFiles(places);
    const record = await readRecord(places.clusterDir);
    if (lock !== null && !(record !== null && runsUnlocked(record.pid, places))) {
      await removeRecord(places.clusterDir);
      return { lock };
    }
    await lock?.close();
    const nowMs = performance.now();
    if (record !== null && isServerOf(record.pid, places)) {
      withoutMasterMs = null;
      if (record.isReady && (await accepts(record)) === "yes") return { server: record };
      if (nowMs - startedMs > limits.embeddedStartMs) throw await unusable(record.pid, places);
    } else {
      withoutMasterMs ??= nowMs;
      const waitedMs = nowMs - withoutMasterMs;
      endLeftovers(places, waitedMs);
      if (waitedMs > limits.embeddedLeftoversMs) throw await stillLocked(places);
    }
    await sleep(pollMs);
  }
}

async function lockServerFiles(places: Places): Promise<FileLock | null> {
  const path = join(places.homeDir, serverLockName);
  const lock = await tryLockFile(path);
  // Changes the owner, because the database's owner must be able to open a file that root created.
  if (lock !== null && places.runAs !== null) {
    await chown(path, places.runAs.uid, places.runAs.gid);
  }
  return lock;
}

/**
 * Returns whether a server is running that was started by hand. It has no lock, but its process is
 * visible (on Linux).
 */
function runsUnlocked(pid: number, places: Places): boolean {
  return isAlive(pid) && (worksIn(pid, places.clusterDir) ?? !isInherited);
}

/**
 * Ends processes that are still running. Idle ones have ended by now, but one in a long statement
 * has not noticed its postmaster's death.
 */
function endLeftovers({ clusterDir }: Places, waitedMs: number): void {
  if (waitedMs < limits.embeddedOrphanMs) return;
  const name = waitedMs < limits.embeddedOrphanMs * 4 ? "SIGQUIT" : "SIGKILL";
  for (const pid of processesIn(clusterDir, "postgres")) signal(pid, name);
}

async function unusable(pid: number, places: Places): Promise<Error> {
  const words = await lastWords(places.logFile, 0);
  const server = `the server that an earlier run left (process ${pid})`;
  return startError(places, `${server} takes no connections: ${words}`);
}

async function stillLocked(places: Places): Promise<Error> {
  const path = join(places.homeDir, serverLockName);
  const reason =
    `processes of an earlier server still have ${path} open, perhaps in another container; ` +
    "end them";
  return startError(places, reason);
}
