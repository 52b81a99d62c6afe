/** Looks at the database of a data folder without starting it. */
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode } from "../errors/reasons.ts";
import type { Binaries } from "./binaries.ts";
import { exists, passwordName, syncFolder } from "./cluster.ts";
import { urlOf } from "./connect.ts";
import { readPointer } from "./places.ts";
import { readRecord } from "./server.ts";

export interface Cluster {
  readonly homeDir: string;
  readonly clusterDir: string;
  /** PostgreSQL's major version, e.g. 18. */
  readonly major: number;
}

/** A database that upgrade-database has completed, before it replaces the old one. */
export const upgradedName = "postgres.upgraded";

/** Null if the folder contains no database. File system errors pass through. */
export async function findCluster(dataDir: string): Promise<Cluster | null> {
  const homeDir = (await readPointer(dataDir)) ?? dataDir;
  const clusterDir = join(homeDir, "postgres");
  try {
    const text = await readFile(join(clusterDir, "PG_VERSION"), "utf8");
    return { homeDir, clusterDir, major: Number.parseInt(text, 10) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** True if a start would not create a new database. */
export async function hasDatabase(dataDir: string): Promise<boolean> {
  if ((await findCluster(dataDir)) !== null) return true;
  return exists(join((await readPointer(dataDir)) ?? dataDir, upgradedName));
}

/** The URL of the server that runs on this folder; null if none accepts connections. */
export async function runningUrl(dataDir: string): Promise<string | null> {
  const cluster = await findCluster(dataDir);
  const record = cluster === null ? null : await readRecord(cluster.clusterDir);
  if (record === null || !record.isReady) return null;
  const password = await readFile(join(dataDir, passwordName), "utf8");
  return urlOf(record, password.trim());
}

/**
 * Completes an upgrade that was interrupted between its last two steps. Otherwise the next start
 * would find no database, and create an empty one.
 */
export async function finishSwitch(dataDir: string): Promise<void> {
  const homeDir = (await readPointer(dataDir)) ?? dataDir;
  const [upgraded, clusterDir] = [join(homeDir, upgradedName), join(homeDir, "postgres")];
  if ((await exists(clusterDir)) || !(await exists(upgraded))) return;
  await rename(upgraded, clusterDir);
  await syncFolder(homeDir);
}

/**
 * Checks that these programs can run the folder's database, if there is one.
 *
 * @throws PosthornError `PH_DATA_DIR_OLDER`, `PH_DATA_DIR_NEWER`
 */
export async function checkMajor(dataDir: string, { version }: Binaries): Promise<void> {
  const own = Number.parseInt(version, 10);
  const found = (await findCluster(dataDir))?.major ?? own;
  if (found < own) throw new PosthornError("PH_DATA_DIR_OLDER", { dataDir, found, own });
  if (found > own) throw new PosthornError("PH_DATA_DIR_NEWER", { dataDir, found, own });
}
