/**
 * One Posthorn per data folder: a file that names the process that holds it.
 *
 * A lock whose process is gone is taken over, so a `kill -9` needs no cleaning up by hand. Only
 * one process at a time may remove a stale lock, or one that looked at it earlier could remove the
 * fresh lock of another.
 */
import { mkdir, readFile, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PosthornError } from "../errors.ts";
import { errorCode, isAlive, processIdentity } from "./embedded-process.ts";

const lockName = "posthorn.lock";

/** Between a lock's creation and its content lies one write; a reader waits so long for it. */
const contentWaitMs = 500;
const contentPollMs = 20;

/** Looks at a lock that others are taking over; after them it is somebody's. */
const triesMax = 50;

/** A takeover is three calls of the file system; one this old was cut off by a crash. */
const takeoverMsMax = 5_000;

interface Holder {
  readonly pid: number;
  readonly identity: string | null;
}

export interface FolderLock {
  /** Frees the folder. Calling it again does nothing. */
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process.
 *
 * @throws PosthornError `PH_DATA_DIR_IN_USE` while another process has it, or this one already;
 *   the file system's own error if the folder cannot be written.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const path = join(dataDir, lockName);
  const own: Holder = { pid: process.pid, identity: processIdentity(process.pid) };
  const ownText = `${JSON.stringify(own)}\n`;
  let holderPid: number | null = null;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (await createLock(path, ownText)) return { release: () => releaseLock(path, ownText) };
    const text = await readLock(path);
    const holder = parseHolder(text);
    holderPid = holder?.pid ?? null;
    if (holder !== null && isHeld(holder)) break;
    if (text !== null) await removeStale(path, text);
  }
  throw new PosthornError("PH_DATA_DIR_IN_USE", { dataDir, pid: holderPid ?? "unknown" });
}

async function createLock(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** The lock's content, empty if its maker never wrote it; null if it is gone. */
async function readLock(path: string): Promise<string | null> {
  for (let waitedMs = 0; ; waitedMs += contentPollMs) {
    const text = await readIfThere(path);
    if (text !== "" || waitedMs >= contentWaitMs) return text;
    await sleep(contentPollMs);
  }
}

function parseHolder(text: string | null): Holder | null {
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value)) return null;
    if (typeof value.pid !== "number") return null;
    const identity = "identity" in value ? value.identity : null;
    return { pid: value.pid, identity: typeof identity === "string" ? identity : null };
  } catch {
    return null;
  }
}

function isHeld(holder: Holder): boolean {
  if (!isAlive(holder.pid)) return false;
  const identity = processIdentity(holder.pid);
  // In a container a restarted service often gets the id that its dead predecessor had.
  return holder.identity === null || identity === null || holder.identity === identity;
}

async function removeStale(path: string, staleText: string): Promise<void> {
  const takeover = `${path}.takeover`;
  try {
    await mkdir(takeover);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    await removeCutOff(takeover);
    await sleep(contentPollMs);
    return;
  }
  try {
    if ((await readIfThere(path)) === staleText) await unlink(path);
  } finally {
    await rmdir(takeover);
  }
}

async function removeCutOff(takeover: string): Promise<void> {
  const found = await stat(takeover).catch(() => null);
  if (found === null || Date.now() - found.mtimeMs < takeoverMsMax) return;
  await rmdir(takeover).catch(() => undefined);
}

async function releaseLock(path: string, ownText: string): Promise<void> {
  if ((await readIfThere(path)) === ownText) await unlink(path);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
