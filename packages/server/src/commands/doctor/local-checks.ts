/**
 * The checks of `posthorn doctor` that need no database: the data folder, the disk and the keys.
 */
import { access, constants, readFile, statfs } from "node:fs/promises";
import path from "node:path";
import type { Config } from "../../config/config.ts";
import { findBinaries } from "../../embedded/binaries.ts";
import { checkMajor, findCluster } from "../../embedded/existing.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { errorCode, reasonOf } from "../../errors/reasons.ts";
import { limits } from "../../limits.ts";
import { fine, problem, type DoctorCheck } from "./check.ts";

/**
 * Runs the checks, which only read.
 * @param freeBytesIn returns the free space of the disk that contains a folder.
 */
export async function localChecks(
  config: Config,
  freeBytesIn: (folder: string) => Promise<number> = diskFreeBytes,
): Promise<readonly DoctorCheck[]> {
  const dataDir = path.resolve(config.dataDir);
  const isEmbedded = config.databaseUrl === null;
  const database = isEmbedded ? await embeddedCheck(dataDir) : null;
  const adminKey = await keyCheck("admin key", config.adminKey, {
    variable: "POSTHORN_ADMIN_KEY",
    file: path.join(dataDir, "admin-key"),
    isMade: true,
    isShared: false,
  });
  const encryptionKey = await keyCheck("encryption key", config.encryptionKey, {
    variable: "POSTHORN_ENCRYPTION_KEY",
    file: path.join(dataDir, "encryption-key"),
    // A new key could not read the secrets of an existing database.
    isMade: database?.found === notYet,
    // Nodes that share a database must share the key, so `serve` needs the variable.
    isShared: !isEmbedded,
  });
  if (database === null) return [adminKey, encryptionKey];
  return [database, ...(await folderChecks(dataDir, freeBytesIn)), adminKey, encryptionKey];
}

async function diskFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const notYet = "embedded; the first start creates it";

async function embeddedCheck(dataDir: string): Promise<DoctorCheck> {
  const name = "database";
  try {
    const binaries = findBinaries();
    const cluster = await findCluster(dataDir);
    if (cluster === null) return fine(name, notYet);
    await checkMajor(dataDir, binaries);
    return fine(name, `embedded PostgreSQL ${cluster.major}; posthorn status shows if it works`);
  } catch (error) {
    if (!(error instanceof PosthornError)) {
      return problem(name, reasonOf(error), "Run this command as the user of the service.");
    }
    return problem(name, `${error.message} (${error.code})`, error.hint ?? "");
  }
}

async function folderChecks(
  dataDir: string,
  freeBytesIn: (folder: string) => Promise<number>,
): Promise<readonly DoctorCheck[]> {
  const existing = await existingFolder(dataDir);
  const name = "data folder";
  try {
    await access(existing, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const advice = "Give this user the right to write to it, or set POSTHORN_DATA_DIR.";
    return [problem(name, reasonOf(error), advice)];
  }
  const freeBytes = await freeBytesIn(existing);
  const found = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free in ${existing}`;
  const advice =
    "Free some space. PostgreSQL stops when its disk is full, and then nothing can be published.";
  const isEnough = freeBytes >= limits.doctorDiskFreeBytesLeast;
  return [
    fine(name, existing === dataDir ? dataDir : `${dataDir}; the first start creates it`),
    isEnough ? fine("disk", found) : problem("disk", found, advice),
  ];
}

/** Returns the folder, or the nearest existing folder above it. */
async function existingFolder(folder: string): Promise<string> {
  try {
    await access(folder, constants.F_OK);
    return folder;
  } catch (error) {
    const parent = path.dirname(folder);
    return errorCode(error) === "ENOENT" && parent !== folder ? existingFolder(parent) : folder;
  }
}

interface KeyPlace {
  readonly variable: string;
  /** The file that contains the key if the variable is unset. */
  readonly file: string;
  /** True if the next start creates a missing key. */
  readonly isMade: boolean;
  /** True if the variable must be set. */
  readonly isShared: boolean;
}

async function keyCheck(
  name: string,
  configured: string | null,
  { variable, file, isMade, isShared }: KeyPlace,
): Promise<DoctorCheck> {
  if (configured !== null) return fine(name, `set by ${variable}`);
  if (isShared) {
    const kept = await readFile(file, "utf8").catch(() => "");
    if (kept.trim() !== "") {
      const advice = `Set ${variable} to the content of that file. posthorn serve needs it.`;
      return problem(name, `in ${file}, and ${variable} is not set`, advice);
    }
    const advice = "Set it to 32 bytes in base64, the same on every node: openssl rand -base64 32";
    return problem(name, `${variable} is not set`, advice);
  }
  try {
    const text = await readFile(file, "utf8");
    if (text.trim() !== "") return fine(name, `in ${file}`);
    return problem(name, `${file} is empty`, `Restore the file, or set ${variable}.`);
  } catch (error) {
    if (isMade && errorCode(error) === "ENOENT") {
      return fine(name, `none yet; the next start creates ${file}`);
    }
    return problem(name, reasonOf(error), `Restore the file, or set ${variable}.`);
  }
}
