/**
 * Moves the database of a data folder to this program's PostgreSQL: the old server and a new one
 * run side by side, and the content is copied from one to the other.
 */
import { chown, mkdir, readFile, realpath, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { findBinaries, type Binaries } from "./binaries.ts";
import { exists, makeCluster, passwordName, removeUnfinished, syncFolder } from "./cluster.ts";
import { openDatabase, startUnder, urlOf } from "./connect.ts";
import { findCluster, finishSwitch, upgradedName, type Cluster } from "./existing.ts";
import type { FileLock } from "./file-lock.ts";
import { findServer } from "./find.ts";
import { lockFolder } from "./lock.ts";
import { findOldPrograms } from "./old-programs.ts";
import { outsideDirDefault, type Places } from "./places.ts";
import { freePort } from "./port.ts";
import { findPlaces, inDataDir, prepareBinaries } from "./prepare.ts";
import { askToStop, stopServer, type Server } from "./server.ts";

/** Contains the new server's files while they are being filled. */
const workName = "postgres.new-upgrade";

export interface UpgradeOptions<Copied> {
  readonly dataDir: string;
  /** The folder of the old version's programs; null to look for them. */
  readonly oldBinDir: string | null;
  /**
   * Copies everything from one database to the other, and checks it. Afterwards the new database is
   * put in the old one's place.
   */
  copy(fromUrl: string, toUrl: string): Promise<Copied>;
  /** Default: the programs that npm installed. */
  readonly binaries?: Binaries;
  readonly outsideDir?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Upgraded<Copied> {
  readonly from: number;
  readonly to: number;
  /** Where the old files are now. */
  readonly oldDir: string;
  readonly copied: Copied;
}

/**
 * Until the last step the old files are in their place, and only their own server writes to them.
 * An interruption at any point leaves a folder that starts, with the old version or the new one.
 *
 * @returns null if the folder already has this program's version.
 * @throws PosthornError `PH_DATA_DIR_EMPTY`, `PH_DATA_DIR_IN_USE`, `PH_DATA_DIR_NEWER`,
 *   `PH_DATA_DIR`, `PH_OLD_PROGRAMS`, `PH_EMBEDDED_START`, and those of `copy`.
 */
export async function upgradeCluster<Copied>(
  given: UpgradeOptions<Copied>,
): Promise<Upgraded<Copied> | null> {
  const binaries = given.binaries ?? findBinaries();
  if (!(await exists(given.dataDir))) {
    throw new PosthornError("PH_DATA_DIR_EMPTY", { dataDir: given.dataDir });
  }
  const dataDir = await realpath(given.dataDir);
  const lock = await inDataDir(dataDir, () => lockFolder(dataDir));
  try {
    return await inDataDir(dataDir, async () => {
      await finishSwitch(dataDir);
      const cluster = await findCluster(dataDir);
      if (cluster === null) throw new PosthornError("PH_DATA_DIR_EMPTY", { dataDir });
      const [found, own] = [cluster.major, Number.parseInt(binaries.version, 10)];
      if (found === own) return null;
      if (found > own) throw new PosthornError("PH_DATA_DIR_NEWER", { dataDir, found, own });
      return upgradeLocked({ ...given, dataDir, binaries }, cluster);
    });
  } finally {
    await lock.release();
  }
}

async function upgradeLocked<Copied>(
  options: UpgradeOptions<Copied> & { readonly binaries: Binaries },
  { major, homeDir, clusterDir }: Cluster,
): Promise<Upgraded<Copied>> {
  const { dataDir, binaries, oldBinDir } = options;
  const outsideDir = options.outsideDir ?? outsideDirDefault;
  const oldDir = `${clusterDir}-${major}`;
  if (await exists(oldDir)) {
    const reason = `${oldDir} exists, and would be replaced by the old files; remove it`;
    throw new PosthornError("PH_DATA_DIR", { dataDir, reason });
  }
  const copiesIn = [dataDir, outsideDir];
  const oldBinaries = await findOldPrograms({ major, binDir: oldBinDir, dataDir, copiesIn });
  const oldPlaces = await findPlaces({ dataDir, outsideDir, binaries: oldBinaries });
  const newPlaces = placesIn(
    join(homeDir, workName),
    await findPlaces({ dataDir, outsideDir, binaries }),
  );
  // The name of a copy does not tell from where it was copied: never use that of an earlier run.
  const removeCopy = async (): Promise<void> => {
    if (oldPlaces.binariesStep !== "copy") return;
    await rm(oldPlaces.binariesDir, { recursive: true, force: true });
  };
  await removeCopy();
  await prepareBinaries(oldBinaries, oldPlaces);
  await prepareBinaries(binaries, newPlaces);
  try {
    const password = (await readFile(join(dataDir, passwordName), "utf8")).trim();
    await makeWorkFolder(homeDir, newPlaces, password, options);
    const copied = await copyBetween(oldPlaces, newPlaces, password, options);
    await switchTo(newPlaces.clusterDir, { homeDir, clusterDir, oldDir });
    return { from: major, to: Number.parseInt(binaries.version, 10), oldDir, copied };
  } finally {
    // After a failure it contains a second database.
    await rm(newPlaces.homeDir, { recursive: true, force: true, maxRetries: 5 });
    await removeCopy();
  }
}

function placesIn(homeDir: string, places: Places): Places {
  const [clusterDir, logFile] = [join(homeDir, "postgres"), join(homeDir, "postgres.log")];
  return { ...places, homeDir, clusterDir, logFile };
}

/** Starts over: an earlier run may have left files, and even a server. */
async function makeWorkFolder(
  homeDir: string,
  places: Places,
  password: string,
  { binaries, settings = {} }: UpgradeOptions<unknown> & { readonly binaries: Binaries },
): Promise<void> {
  if (await exists(places.homeDir)) await (await endServer(places)).remove();
  await removeUnfinished(homeDir);
  await rm(join(homeDir, upgradedName), { recursive: true, force: true });
  await mkdir(places.homeDir, { mode: 0o700 });
  if (places.runAs !== null) await chown(places.homeDir, places.runAs.uid, places.runAs.gid);
  await makeCluster(places, binaries, password, settings["fsync"] !== "off");
}

/**
 * Stops the server that an earlier run left. Others may still be connected to it, and what they
 * write after the copy has started would be lost.
 * @returns the lock of the server's files.
 */
async function endServer(places: Places): Promise<FileLock> {
  for (;;) {
    const found = await findServer(places, () => Promise.resolve("yes"));
    if ("lock" in found) return found.lock;
    await stopServer(found.server, places);
  }
}

async function copyBetween<Copied>(
  oldPlaces: Places,
  newPlaces: Places,
  password: string,
  { copy, settings = {} }: UpgradeOptions<Copied>,
): Promise<Copied> {
  const running: (readonly [Server, Places])[] = [];
  // Ends the servers of a process that exits without waiting for them.
  const onExit = (): void => running.forEach(([server, places]) => askToStop(server, places));
  process.once("exit", onExit);
  try {
    const urls: string[] = [];
    for (const places of [oldPlaces, newPlaces]) {
      const lock = await endServer(places);
      const server = await startUnder(lock, { places, settings, choosePort: freePort });
      running.push([server, places]);
      await openDatabase(server, password);
      urls.push(urlOf(server, password));
    }
    const [fromUrl = "", toUrl = ""] = urls;
    return await copy(fromUrl, toUrl);
  } finally {
    await Promise.all(running.map(([server, places]) => stopServer(server, places)));
    process.off("exit", onExit);
  }
}

/** `finishSwitch` completes this if it is interrupted. */
async function switchTo(
  newDir: string,
  { homeDir, clusterDir, oldDir }: Pick<Cluster, "homeDir" | "clusterDir"> & { oldDir: string },
): Promise<void> {
  const upgraded = join(homeDir, upgradedName);
  await rename(newDir, upgraded);
  await syncFolder(homeDir);
  await rename(clusterDir, oldDir);
  await rename(upgraded, clusterDir);
  await syncFolder(homeDir);
}
