/** Starts and stops PostgreSQL's server process. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { programPath } from "./binaries.ts";
import { programEnvironment, sharedMemoryType } from "./cluster.ts";
import type { Places } from "./places.ts";
import { errorCode, reasonOf } from "../errors/reasons.ts";
import { isAlive, signal, worksIn } from "./process.ts";
import type { FileLock } from "./file-lock.ts";

const host = "127.0.0.1";

/** The time between two checks whether the server is ready or has ended. */
const pollMs = 10;

/** Settings that suit both a laptop and a small server. They need about 150 MB of memory. */
const settingsDefault: Readonly<Record<string, string>> = {
  shared_buffers: "128MB",
  max_connections: "100",
  synchronous_commit: "on",
  fsync: "on",
  timezone: "UTC",
  log_timezone: "UTC",
  // Logs events of the server, but not failed statements: they contain customers' data, and the
  // client gets the error anyway.
  log_min_messages: "log",
  log_checkpoints: "off",
  ...(sharedMemoryType === null ? {} : { dynamic_shared_memory_type: sharedMemoryType }),
};

/** Matches the part of a log line before the message of a failure. */
const severe = /^.*?\b(?:FATAL|PANIC): {2}/;

/** A server process that accepts connections. */
export interface Server {
  readonly pid: number;
  readonly port: number;
}

export interface StartOptions {
  readonly places: Places;
  readonly settings: Readonly<Record<string, string>>;
  /** Returns a port of the loopback address that is currently free. */
  readonly choosePort: () => Promise<number>;
  /** The lock of the server's files, which every process of the server inherits. */
  readonly lock: FileLock;
  /** Cancels the start before the server is ready. */
  readonly cancelled?: AbortSignal;
}

/**
 * Starts the server, and waits until it accepts connections. It runs in its own session, so Ctrl-C
 * in a terminal reaches only Posthorn, which then stops the server cleanly.
 * @throws PosthornError `PH_EMBEDDED_START`, with the last lines of the server's log.
 */
export async function startServer(options: StartOptions): Promise<Server> {
  await moveLongLog(options.places.logFile);
  for (let tries = 1; ; tries += 1) {
    const port = await options.choosePort();
    const outcome = await tryStart(options, port);
    if (typeof outcome !== "string") return outcome;
    const portTaken = outcome.includes("could not create any TCP/IP sockets");
    if (!portTaken || tries === limits.embeddedPortTriesMax) {
      throw startError(options.places, `it ended at once: ${outcome}`);
    }
  }
}

/** Tries to start the server on this port. Returns the end of its log if the start failed. */
async function tryStart(options: StartOptions, port: number): Promise<Server | string> {
  const { places } = options;
  const log = await open(places.logFile, "a", 0o600);
  const logStart = (await log.stat()).size;
  try {
    const child = spawn(programPath(places.binariesDir, "postgres"), serverArgs(options, port), {
      ...places.runAs,
      cwd: places.binariesDir,
      env: programEnvironment,
      detached: true,
      // The server's processes inherit the lock, so it lasts as long as any of them runs.
      stdio: ["ignore", log.fd, log.fd, options.lock.file.fd],
      windowsHide: true,
    });
    const pid = await spawned(child);
    const ready = await becomesReady(child, pid, options);
    return ready ? { pid, port } : await lastWords(places.logFile, logStart);
  } catch (error) {
    if (error instanceof PosthornError) throw error;
    throw startError(places, reasonOf(error), error);
  } finally {
    await log.close();
  }
}

function serverArgs({ places, settings }: StartOptions, port: number): string[] {
  const all: Record<string, string> = {
    ...settingsDefault,
    ...settings,
    listen_addresses: host,
    port: String(port),
    // No unix socket, because its path is limited to 107 bytes and would be too long in a deep
    // folder.
    unix_socket_directories: "",
  };
  const pairs = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return ["-D", places.clusterDir, ...pairs];
}

async function spawned(child: ChildProcess): Promise<number> {
  await once(child, "spawn");
  child.unref();
  if (child.pid === undefined) throw new Error("it got no process id from the system");
  return child.pid;
}

/** Resolves to true when the server accepts connections, and to false if it has ended. */
async function becomesReady(
  child: ChildProcess,
  pid: number,
  { places, cancelled }: StartOptions,
): Promise<boolean> {
  const deadlineMs = performance.now() + limits.embeddedStartMs;
  const isCancelled = (): boolean => cancelled?.aborted === true;
  while (performance.now() < deadlineMs && !isCancelled()) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const record = await readRecord(places.clusterDir);
    if (record?.pid === pid && record.isReady) return true;
    await sleep(pollMs);
  }
  await stopServer({ pid }, places, limits.embeddedStopMs, ["SIGQUIT", "SIGKILL"]);
  cancelled?.throwIfAborted();
  const seconds = limits.embeddedStartMs / 1000;
  const words = await lastWords(places.logFile, 0);
  throw startError(places, `it was not ready after ${seconds} s: ${words}`);
}

/**
 * Stops the server: first cleanly, which closes its connections; then immediately, which costs a
 * recovery at the next start. Resolves when the process has ended.
 * @param waitMs how long to wait after each signal.
 * @throws PosthornError `PH_EMBEDDED_STOP` if not even SIGKILL ends it.
 */
export async function stopServer(
  { pid }: Pick<Server, "pid">,
  places: Places,
  waitMs: number = limits.embeddedStopMs,
  signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGKILL"],
): Promise<void> {
  for (const name of signals) {
    if (!isServerOf(pid, places) || !signal(pid, name)) return;
    const deadlineMs = performance.now() + waitMs;
    while (performance.now() < deadlineMs) {
      if (!isAlive(pid)) return;
      await sleep(pollMs);
    }
  }
  throw new PosthornError("PH_EMBEDDED_STOP", { pid });
}

/** Asks the server to stop cleanly, without waiting for it. For a process that is about to exit. */
export function askToStop({ pid }: Server, places: Places): void {
  if (isServerOf(pid, places)) signal(pid, "SIGINT");
}

export function startError({ logFile }: Places, reason: string, cause?: unknown): PosthornError {
  const facts = { reason, logFile };
  return new PosthornError("PH_EMBEDDED_START", facts, { cause });
}

/**
 * Returns whether this process is a server of these files. Checks the folder as well, because
 * another process may have got the server's id.
 */
export function isServerOf(pid: number, places: Places): boolean {
  return isAlive(pid) && worksIn(pid, places.clusterDir) !== false;
}

export interface ServerRecord extends Server {
  readonly isReady: boolean;
  /**
   * True if the server was asked to stop. It accepts no new connections, and waits for the existing
   * ones.
   */
  readonly isStopping: boolean;
}

/** Reads `postmaster.pid` of the running server; null if there is none. */
export async function readRecord(clusterDir: string): Promise<ServerRecord | null> {
  const text = readRecordText(join(clusterDir, "postmaster.pid"));
  if (text === null) return null;
  // PostgreSQL's src/include/utils/pidfile.h numbers the lines: 1 is the process id, 4 the port, 8
  // the status.
  const lines = text.split("\n");
  const port = Number(lines[3]);
  const status = lines[7]?.trim();
  return {
    pid: Number(lines[0]),
    port,
    isReady: status === "ready" && port > 0,
    isStopping: status === "stopping",
  };
}

/**
 * Reads it at once: the file is tiny and is read ten times a second. Through Node's thread pool,
 * that used nearly 1 % of a core.
 */
function readRecordText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/**
 * Removes the record of a server that has ended. PostgreSQL assumes that a server is running if the
 * record's process exists, and it rejects an empty record. In a restarted container that process
 * may be any other, even the new server itself.
 */
export async function removeRecord(clusterDir: string): Promise<void> {
  await rm(join(clusterDir, "postmaster.pid"), { force: true });
}

async function moveLongLog(logFile: string): Promise<void> {
  try {
    const { size } = await stat(logFile);
    if (size > limits.embeddedLogBytesMax) await rename(logFile, `${logFile}.1`);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** Returns the last line of the server's log that explains why the server is not running. */
export async function lastWords(logFile: string, fromByte: number): Promise<string> {
  const log = (await readIfThere(logFile))?.slice(fromByte) ?? "";
  const lines = log.trimEnd().split("\n");
  const line = lines.findLast((each) => severe.test(each)) ?? lines.at(-1) ?? "";
  return line.replace(severe, "").trim().replace(/\.$/, "") || "it printed nothing";
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "latin1");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
