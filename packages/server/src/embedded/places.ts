/**
 * Decides where the embedded server's files are and which user runs the server. PostgreSQL refuses
 * to run as root, so root runs it as `nobody`. That user cannot read programs or reach a database
 * below a folder like `/root`, which only root may enter. In that case both are placed in a folder
 * outside. For an ordinary user everything is in the data folder.
 */
import { readFile, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Binaries } from "./binaries.ts";
import { isOpenToOthers, isWritable, needsRepair } from "./binaries.ts";
import { errorCode } from "../errors/reasons.ts";

/** The folder for root's databases if `nobody` cannot reach the data folder. */
export const outsideDirDefault = "/var/lib/posthorn";

/** A file in the data folder that names the database's folder, if that is elsewhere. */
export const pointerName = "postgres-place";

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The user without any rights. Linux uses these ids; macOS shows them as -2. */
export const nobody: User = { uid: 65_534, gid: 65_534 };

export interface PlaceFacts {
  /** Posthorn's data folder, as an absolute path without symbolic links. */
  readonly dataDir: string;
  readonly outsideDir: string;
  readonly asRoot: boolean;
  /** Whether `nobody` can enter the data folder. */
  readonly dataDirReachable: boolean;
  /** The folder that the pointer file names. */
  readonly pointer: string | null;
  /** The owner of the database in the data folder, if there is one. */
  readonly clusterOwner: User | null;
  readonly binaries: Binaries;
  /** Whether `nobody` can read the binaries. */
  readonly binariesReachable: boolean;
  readonly binariesNeedRepair: boolean;
  readonly binariesWritable: boolean;
  /** The name for a new folder in `outsideDir`. */
  readonly newName: string;
}

export interface Places {
  /** The folder that contains all files of the server. */
  readonly homeDir: string;
  /** PostgreSQL's own data folder, which PostgreSQL calls a cluster. */
  readonly clusterDir: string;
  readonly logFile: string;
  /** True if the pointer file must be written before `homeDir` is used. */
  readonly pointerIsNew: boolean;
  readonly binariesDir: string;
  /** What must be done to the binaries before they can run. */
  readonly binariesStep: "none" | "repair" | "copy";
  /** The user that runs the server; null for the user that runs Posthorn. */
  readonly runAs: User | null;
}

/** A pure function: the same facts always give the same places. */
export function decidePlaces(facts: PlaceFacts): Places {
  const { homeDir, pointerIsNew } = decideHome(facts);
  return {
    homeDir,
    clusterDir: join(homeDir, "postgres"),
    logFile: join(homeDir, "postgres.log"),
    pointerIsNew,
    ...decideBinaries(facts, homeDir),
    // If root starts a database that belongs to an ordinary user, that user runs the server.
    runAs: facts.asRoot
      ? ((homeDir === facts.dataDir ? facts.clusterOwner : null) ?? nobody)
      : null,
  };
}

function decideHome(facts: PlaceFacts): { homeDir: string; pointerIsNew: boolean } {
  if (facts.pointer !== null) return { homeDir: facts.pointer, pointerIsNew: false };
  if (!facts.asRoot || facts.dataDirReachable || facts.clusterOwner !== null) {
    return { homeDir: facts.dataDir, pointerIsNew: false };
  }
  return { homeDir: join(facts.outsideDir, facts.newName), pointerIsNew: true };
}

function decideBinaries(
  facts: PlaceFacts,
  homeDir: string,
): Pick<Places, "binariesDir" | "binariesStep"> {
  const { binaries, dataDir, outsideDir } = facts;
  // The copy is next to the database. It is outside only if the database is, because it would
  // otherwise stay behind when the data folder is deleted.
  const copyParent = homeDir === dataDir && facts.dataDirReachable ? dataDir : outsideDir;
  const copy = {
    binariesDir: join(facts.asRoot ? copyParent : dataDir, `binaries-${binaries.version}`),
    binariesStep: "copy",
  } as const;
  if (facts.asRoot && !facts.binariesReachable) return copy;
  if (!facts.binariesNeedRepair) return { binariesDir: binaries.dir, binariesStep: "none" };
  return facts.binariesWritable ? { binariesDir: binaries.dir, binariesStep: "repair" } : copy;
}

/** Reads the facts from the disk. The data folder must exist. */
export async function gatherPlaceFacts(
  given: Pick<PlaceFacts, "dataDir" | "outsideDir" | "asRoot" | "binaries" | "newName">,
): Promise<PlaceFacts> {
  const { asRoot, binaries } = given;
  const dataDir = await realpath(given.dataDir);
  const binariesDir = await realpath(binaries.dir);
  return {
    ...given,
    dataDir,
    dataDirReachable: await isSearchableByOthers(dataDir),
    pointer: await readPointer(dataDir),
    clusterOwner: await ownerOf(join(dataDir, "postgres", "PG_VERSION")),
    binaries: { ...binaries, dir: binariesDir },
    binariesReachable:
      (await isSearchableByOthers(binariesDir)) && (await isOpenToOthers(binariesDir)),
    binariesNeedRepair: await needsRepair(binariesDir, asRoot),
    binariesWritable: await isWritable(join(binariesDir, "lib")),
  };
}

/** Returns true if any user may enter the folder and all folders above it. */
export async function isSearchableByOthers(folder: string): Promise<boolean> {
  for (let path = folder; ; path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/** The folder that the pointer file names; null if there is no such file. */
export async function readPointer(dataDir: string): Promise<string | null> {
  const path = join(dataDir, pointerName);
  try {
    const place = (await readFile(path, "utf8")).trim();
    if (isAbsolute(place)) return place;
    throw new Error(
      `${path} does not say where its database is; restore it, ` +
        "or delete it to start with an empty database",
    );
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

async function ownerOf(path: string): Promise<User | null> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}
