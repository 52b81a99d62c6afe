/**
 * One Posthorn per data folder: a file that is locked while the process that holds it lives.
 *
 * A process id in the file would prove nothing. After a restart a container gives the same ids to
 * other processes, and two containers that share a volume cannot see each other's. So the text in
 * the file only serves the error message.
 */
import { hostname } from "node:os";
import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { PosthornError } from "../errors/catalogue.ts";
import { tryLockFile } from "./file-lock.ts";

const lockName = "posthorn.lock";

/** What an error message takes from a lock's text at most. */
const holderCharsMax = 200;

export interface FolderLock {
  /** Frees the folder. Calling it again does nothing. */
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process, until it releases it or ends, however it ends.
 *
 * @throws PosthornError `PH_DATA_DIR_IN_USE` while another process has it, or this one already;
 *   the file system's own error if the folder cannot be written.
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

/** Who has the folder, in words: the lock's first line, if its holder has written one already. */
async function readHolder(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const [line = ""] = text.split("\n", 1);
  return line === "" ? "a process that has just started" : line.slice(0, holderCharsMax);
}
