/**
 * Allows one Posthorn per data folder, with a file that stays locked as long as its process runs. A
 * process id in the file would prove nothing. After a restart a container gives the same ids to
 * other processes, and two containers that share a volume cannot see each other's processes. So the
 * text in the file is only used for the error message.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { PosthornError } from "../errors/catalogue.ts";
import { tryLockFile } from "./file-lock.ts";

const lockName = "posthorn.lock";

/** How much of the file's text an error message contains. */
const holderCharsMax = 200;

export interface FolderLock {
  /** Frees the folder. A second call does nothing. */
  release(): Promise<void>;
}

/**
 * Locks the data folder for this process, until it releases the lock or ends in any way.
 *
 * @throws PosthornError `PH_DATA_DIR_IN_USE` if any process has the lock, including this one; the
 *   file system's own error if the folder is not writable.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  const path = join(dataDir, lockName);
  const lock = await tryLockFile(path);
  if (lock === null) {
    throw new PosthornError("PH_DATA_DIR_IN_USE", { dataDir, holder: await readHolder(path) });
  }
  try {
    await lock.file.truncate(0);
    await lock.file.write(`process ${process.pid} on ${hostname()}\n`, 0);
  } catch (error) {
    await lock.remove();
    throw error;
  }
  return { release: () => lock.remove() };
}

/**
 * Describes the process that has the lock: the first line of the file, if that process has already
 * written it.
 */
async function readHolder(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [line = ""] = text.split("\n", 1);
  return line === "" ? "a process that has just started" : line.slice(0, holderCharsMax);
}
