/** Temporary folders for tests that run database servers. */
import { chmod, mkdtemp, realpath, rm, statfs, symlink } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSearchableByOthers } from "../embedded/places.ts";

/**
 * A file system in memory, on Linux. Cloning a database takes 15 ms there, and up to 250 ms on a
 * disk.
 */
const memoryDir = "/dev/shm";
/** If less than this is free in memory, the disk is used. Containers often have only 64 MB. */
const memoryFreeBytesMin = 4 * 1024 ** 3;

export interface TestFolder {
  /**
   * The folder on the disk, below the system's folder for temporary files. Programs in it can be
   * executed.
   */
  readonly disk: string;
  /** The folder for databases: in memory if enough is free, and then linked from `disk/memory`. */
  readonly memory: string;
  remove(): Promise<void>;
  /** Removes the folders synchronously, for an exit handler, which cannot await anything. */
  removeAtOnce(): void;
}

/** Creates folders that `nobody` can enter, because root runs PostgreSQL as `nobody`. */
export async function makeTestFolder(): Promise<TestFolder> {
  const isReachable = await isSearchableByOthers(await realpath(tmpdir()));
  const disk = await makeFolder(process.getuid?.() === 0 && !isReachable ? "/tmp" : tmpdir());
  const { bavail, bsize } = await statfs(memoryDir).catch(() => ({ bavail: 0, bsize: 0 }));
  const hasMemory = bavail * bsize >= memoryFreeBytesMin;
  const memory = hasMemory ? await makeFolder(memoryDir) : disk;
  // Links the folder in memory, so that the cleanup after a killed run finds everything from the
  // folder on the disk.
  if (hasMemory) await symlink(memory, join(disk, "memory"));
  const options = { recursive: true, force: true, maxRetries: 5 };
  return {
    disk,
    memory,
    remove: async () => {
      await rm(memory, options);
      await rm(disk, options);
    },
    removeAtOnce: () => {
      rmSync(memory, options);
      rmSync(disk, options);
    },
  };
}

async function makeFolder(parent: string): Promise<string> {
  const folder = await realpath(await mkdtemp(join(parent, "posthorn-test-")));
  await chmod(folder, 0o711);
  return folder;
}
