/** Temporary folders for tests that run database servers. */
import { chmod, mkdtemp, realpath, rm, statfs, symlink } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSearchableByOthers } from "../embedded/places.ts";

/** A file system in memory, on Linux: cloning a database takes 15 ms there, up to 250 on a disk. */
const memoryDir = "/dev/shm";
/** Containers often have only 64 MB of it; with less than this free, the disk is used. */
const memoryFreeBytesMin = 4 * 1024 ** 3;

export interface TestFolder {
  /** On the disk, below the system's folder for temporary files. Programs can run from it. */
  readonly disk: string;
  /** For databases: in memory if enough is free, linked from `disk/memory`. */
  readonly memory: string;
  remove(): Promise<void>;
  /** For the exit handler, where nothing can be awaited. */
  removeAtOnce(): void;
}

/** Creates folders that `nobody` can enter, because root runs PostgreSQL as `nobody`. */
export async function makeTestFolder(): Promise<TestFolder> {
  const isReachable = await isSearchableByOthers(await realpath(tmpdir()));
  const disk = await makeFolder(process.getuid?.() === 0 && !isReachable ? "/tmp" : tmpdir());
  const { bavail, bsize } = await statfs(memoryDir).catch(() => ({ bavail: 0, bsize: 0 }));
  const hasMemory = bavail * bsize >= memoryFreeBytesMin;
  const memory = hasMemory ? await makeFolder(memoryDir) : disk;
  // The cleanup after a killed run finds everything from the disk's folder.
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
