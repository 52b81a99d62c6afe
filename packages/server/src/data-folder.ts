/** The data folder: the embedded database's place, and keys made at the first start. */
import { link, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { PosthornError } from "./errors.ts";
import { makeFolders } from "./postgres/embedded-folders.ts";

/**
 * @returns the folder's absolute path.
 * @throws PosthornError `PH_DATA_DIR` if it cannot be made or written to.
 */
export async function openDataFolder(folder: string): Promise<string> {
  const absolute = path.resolve(folder);
  try {
    await makeFolders(absolute);
    return absolute;
  } catch (cause) {
    throw new PosthornError(
      "PH_DATA_DIR",
      { dataDir: absolute, reason: reasonOf(cause) },
      { cause },
    );
  }
}

/**
 * A value that is made once and kept: read from the file, or made and written there, readable by
 * its owner alone. Two processes that start at once agree on one value, and none reads half.
 *
 * @throws PosthornError `PH_DATA_DIR`
 */
export async function keptValue(file: string, make: () => string): Promise<string> {
  try {
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, `${make()}\n`, { mode: 0o600 });
    try {
      await link(draft, file);
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    } finally {
      await rm(draft, { force: true });
    }
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const dataDir = path.dirname(file);
    throw new PosthornError("PH_DATA_DIR", { dataDir, reason: reasonOf(cause) }, { cause });
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
