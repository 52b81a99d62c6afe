/**
 * The data folder. It contains the embedded database and the keys that the first start created.
 */
import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { makeFolders } from "../embedded/folders.ts";

/**
 * @returns the folder's absolute path.
 * @throws PosthornError `PH_DATA_DIR` if it cannot be created or written to.
 */
export async function openDataFolder(folder: string): Promise<string> {
  const absolute = path.resolve(folder);
  try {
    const isNew = await stat(absolute).then(
      () => false,
      (error: unknown) => isCode(error, "ENOENT"),
    );
    await makeFolders(absolute);
    // A newcomer's folder is often inside a repository, and the keys must not get into it.
    if (isNew) await writeFile(path.join(absolute, ".gitignore"), "*\n");
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
 * Returns a value that is created once and kept in a file, which only its owner can read. Two
 * processes that start at the same time get the same value, and neither reads half of it. An empty
 * file, which a power failure can leave, is rejected, because a new key would be a wrong key.
 * @throws PosthornError `PH_DATA_DIR`
 */
export async function keptValue(file: string, make: () => string): Promise<string> {
  try {
    // The name is random, because two containers that share the folder can have the same process
    // id.
    const draft = `${file}.${randomBytes(8).toString("hex")}`;
    await writeFile(draft, `${make()}\n`, { mode: 0o600, flush: true });
    try {
      await link(draft, file);
    } catch (error) {
      if (!isCode(error, "EEXIST")) throw error;
    } finally {
      await rm(draft, { force: true });
    }
    const kept = (await readFile(file, "utf8")).trim();
    if (kept !== "") return kept;
  } catch (cause) {
    const dataDir = path.dirname(file);
    throw new PosthornError("PH_DATA_DIR", { dataDir, reason: reasonOf(cause) }, { cause });
  }
  const reason = `${file} is empty; restore it, or delete it to have a new one made`;
  throw new PosthornError("PH_DATA_DIR", { dataDir: path.dirname(file), reason });
}

/**
 * Replaces such a value atomically.
 * @throws PosthornError `PH_DATA_DIR`
 */
export async function replaceKeptValue(file: string, value: string): Promise<void> {
  try {
    const draft = `${file}.${randomBytes(8).toString("hex")}`;
    await writeFile(draft, `${value}\n`, { mode: 0o600, flush: true });
    await rename(draft, file);
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
