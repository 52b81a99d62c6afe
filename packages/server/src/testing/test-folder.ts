/** Temporary folders for tests that run database servers. */
import { chmod, mkdtemp, realpath, rm, statfs, symlink } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSearchableByOthers } from "../embedded/places.ts";

/** A file system in memory, on Linux: cloning a database takes 15 ms there, on a disk up to 250. */
const memoryDir = "/dev/shm";
/** A container often has 64 MB of it; below this the disk is used. */
const memoryFreeBytesMin = 4 * 1024 ** 3;

export interface TestFolder {
  /** On the disk, below the system's folder for temporary files. Programs can run from it. */
  readonly disk: string;
  /** For databases: in memory where there is enough, linked from `disk/memory`. */
  readonly memory: string;
  remove(): Promise<void>;
  /** For the moment of exit, when nothing can be awaited any more. */
  removeAtOnce(): void;
}

/** Makes folders that `nobody`, as whom root runs PostgreSQL, can pass through. */
export async function makeTestFolder(): Promise<TestFolder> {
  const isReachable = await isSearchableByOthers(await realpath(tmpdir()));
  const disk = await makeFolder(process.getuid?.() === 0 && !isReachable ? "/tmp" : tmpdir());
  const { bavail, bsize } = await statfs(memoryDir).catch(() => ({ bavail: 0, bsize: 0 }));
  const hasMemory = bavail * bsize >= memoryFreeBytesMin;
  const memory = hasMemory ? await makeFolder(memoryDir) : disk;
  // Whoever cleans up after a killed run finds all of it from the disk's folder.
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
