/**
 * The checks of `posthorn doctor` that need no database: the data folder, the disk and the keys.
 */
import { access, constants, readFile, statfs } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../config/config.ts";
import { reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";
import { fine, problem, type DoctorCheck } from "./check.ts";

/**
 * Runs the checks, which only read. @param freeBytesIn returns the free space of the disk that
 * contains a folder.
 */
export async function localChecks(
  config: Config,
  freeBytesIn: (folder: string) => Promise<number> = diskFreeBytes,
): Promise<readonly DoctorCheck[]> {
  const dataDir = path.resolve(config.dataDir);
  const isEmbedded = config.databaseUrl === null;
  const keys = [
    await keyCheck(
      "admin key",
      config.adminKey,
      "POSTHORN_ADMIN_KEY",
      path.join(dataDir, "admin-key"),
    ),
    await keyCheck(
      "encryption key",
      config.encryptionKey,
      "POSTHORN_ENCRYPTION_KEY",
      // Nodes that share a database must share the key, so the key cannot be in a file.
      isEmbedded ? path.join(dataDir, "encryption-key") : null,
    ),
  ];
  if (!isEmbedded) return keys;
  return [
    fine("database", "embedded; posthorn status shows whether it works"),
    ...(await folderChecks(dataDir, freeBytesIn)),
    ...keys,
  ];
}

async function diskFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

async function folderChecks(
  dataDir: string,
  freeBytesIn: (folder: string) => Promise<number>,
): Promise<readonly DoctorCheck[]> {
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = "Start the service once, which creates it, or set POSTHORN_DATA_DIR.";
    return [problem("data folder", reasonOf(error), advice)];
  }
  const freeBytes = await freeBytesIn(dataDir);
  const found = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free in ${dataDir}`;
  const advice =
    "Free some space. PostgreSQL stops when its disk is full, and then nothing can be published.";
  const isEnough = freeBytes >= limits.doctorDiskFreeBytesLeast;
  return [
    fine("data folder", dataDir),
    isEnough ? fine("disk", found) : problem("disk", found, advice),
  ];
}

/**
 * @param file the file that contains the key if the variable is not set; null if the variable must
 * be set.
 */
async function keyCheck(
  name: string,
  configured: string | null,
  variable: string,
  file: string | null,
): Promise<DoctorCheck> {
  if (configured !== null) return fine(name, `set by ${variable}`);
  if (file === null) {
    const advice = "Set it to 32 bytes in base64, the same on every node: openssl rand -base64 32";
    return problem(name, `${variable} is not set`, advice);
  }
  try {
    const text = await readFile(file, "utf8");
    if (text.trim() !== "") return fine(name, `in ${file}`);
    return problem(name, `${file} is empty`, `Restore the file, or set ${variable}.`);
  } catch (error) {
    return problem(
      name,
      reasonOf(error),
      `Start the service once, which creates it, or set ${variable}.`,
    );
  }
}
