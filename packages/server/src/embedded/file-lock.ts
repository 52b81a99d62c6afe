/**
 * Kernel locks on an open file, which last as long as any process has the file open. They prove
 * that a process is running. A process id does not prove that: a container reuses ids, and does not
 * see those of another container that shares the volume.
 */
import { constants } from "node:fs";
import { open, stat, unlink, type FileHandle } from "node:fs/promises";
import { createRequire } from "node:module";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode } from "../errors/reasons.ts";

/** The functions of `fs-native-extensions` that Posthorn uses. The package has no types. */
interface NativeLocks {
  /** Locks the whole file exclusively. Returns false while another open file has the lock. */
  tryLock(fd: number): boolean;
}

export interface FileLock {
  /**
   * The locked file. A child process that inherits its descriptor also keeps the lock (not on
   * Windows).
   */
  readonly file: FileHandle;
  /** Frees the lock and removes the file. A second call does nothing. */
  remove(): Promise<void>;
  /** Closes the file. Child processes that inherited the lock keep it. */
  close(): Promise<void>;
}

/** Error codes of file systems that do not support locks. */
const withoutLocks: ReadonlySet<string> = new Set([
  "ENOLCK",
  "ENOSYS",
  "EOPNOTSUPP",
  "ENOTSUP",
  "EINVAL",
]);

/**
 * Locks this file, and creates it if it is missing.
 *
 * @returns null while any process has the lock. That includes other containers on this machine, and
 *   other machines where a network file system supports locks.
 * @throws PosthornError `PH_EMBEDDED_PLATFORM` if the native module does not load here. The file
 *   system's own errors pass through.
 */
export async function tryLockFile(path: string): Promise<FileLock | null> {
  const locks = loadLocks();
  for (;;) {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      if (!lockOpen(locks, file)) {
        await file.close();
        return null;
      }
      // The process that had the lock may have removed the file between the two calls above.
      if (await isStillAt(file, path)) return lockOf(file, path);
      await file.close();
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

function lockOf(file: FileHandle, path: string): FileLock {
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  const remove = async (): Promise<void> => {
    if (!isOpen) return;
    // Removes the file before unlocking it. Once unlocked, it could belong to the next process.
    if (await isStillAt(file, path)) await unlink(path);
    await close();
  };
  return { file, remove, close };
}

function lockOpen(locks: NativeLocks, file: FileHandle): boolean {
  try {
    return locks.tryLock(file.fd);
  } catch (error) {
    // On Linux and macOS the module returns false for EAGAIN. On Windows the error is EBUSY.
    if (errorCode(error) === "EBUSY") return false;
    if (!withoutLocks.has(errorCode(error) ?? "")) throw error;
    throw new Error("its file system has no file locks", { cause: error });
  }
}

async function isStillAt(file: FileHandle, path: string): Promise<boolean> {
  try {
    const [opened, named] = await Promise.all([
      file.stat({ bigint: true }),
      stat(path, { bigint: true }),
    ]);
    return opened.ino === named.ino && opened.dev === named.dev;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Loads the module only when it is needed: with DATABASE_URL nothing is locked, so the module may
 * be missing.
 */
function loadLocks(): NativeLocks {
  try {
    return createRequire(import.meta.url)("fs-native-extensions") as NativeLocks;
  } catch (cause) {
    const isMissing = errorCode(cause) === "MODULE_NOT_FOUND";
    const problem = isMissing ? "is not installed (npm ci)" : "does not load here";
    const reason = `the package fs-native-extensions, which locks files, ${problem}`;
    throw new PosthornError("PH_EMBEDDED_PLATFORM", { reason }, { cause });
  }
}
