/** Creates the database's files once: first the password, then the rest with `initdb`. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, open, readdir, rename, rm, stat } from "node:fs/promises";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Binaries } from "./binaries.ts";
import { programPath } from "./binaries.ts";
import type { Places, User } from "./places.ts";
import { pointerName } from "./places.ts";
import { errorCode, reasonOf } from "../errors/reasons.ts";

export const superuser = "posthorn";

/** In the data folder: the password of `superuser`. */
export const passwordName = "postgres-password";
const passwordBytes = 24;
const passwordChars = (passwordBytes * 4) / 3;

/** The prefix of folders that an interrupted initdb left behind. Their contents were never used. */
const unfinishedPrefix = "postgres.new-";

/** The kind of shared memory that the server uses. Null if the system has only one (Windows). */
export const sharedMemoryType = process.platform === "win32" ? null : "posix";

/** The environment of PostgreSQL's programs. It omits Posthorn's secrets, PGPORT and LANG. */
export const programEnvironment: NodeJS.ProcessEnv | undefined =
  process.platform === "win32" ? undefined : { PATH: "/usr/bin:/bin", LC_ALL: "C" };

/**
 * Creates the database's files if they are missing. They are created in a temporary folder that is
 * renamed when it is complete, so an interruption leaves nothing that looks like a database.
 * @param durable false: a power failure may lose the files (for tests).
 * @returns the password of `superuser`, and whether this call created the files.
 * @throws PosthornError `PH_EMBEDDED_START` if initdb fails, `PH_DATA_DIR` if some of the files are
 * missing. Errors of the file system are thrown unchanged.
 */
export async function ensureCluster(
  dataDir: string,
  places: Places,
  binaries: Binaries,
  durable: boolean,
): Promise<{ password: string; isNew: boolean }> {
  await ensureHome(dataDir, places);
  const isNew = !(await exists(join(places.clusterDir, "PG_VERSION")));
  const password = await ensurePassword(dataDir, isNew);
  if (isNew) {
    await removeUnfinished(places.homeDir);
    await makeCluster(places, binaries, password, durable);
  }
  return { password, isNew };
}

async function ensureHome(dataDir: string, places: Places): Promise<void> {
  if (places.pointerIsNew) {
    await mkdir(places.homeDir, { recursive: true, mode: 0o755 });
    await writeWhole(join(dataDir, pointerName), `${places.homeDir}\n`, 0o644);
  } else if (!(await exists(places.homeDir))) {
    const pointer = join(dataDir, pointerName);
    throw new PosthornError("PH_DATA_DIR", {
      dataDir,
      reason:
        `its database was in ${places.homeDir}, which is gone; ` +
        `restore it, or delete ${pointer} to start with an empty database`,
    });
  }
}

async function ensurePassword(dataDir: string, isNew: boolean): Promise<string> {
  const path = join(dataDir, passwordName);
  const kept = (await exists(path)) ? (await readFile(path, "utf8")).trim() : "";
  if (kept.length === passwordChars) return kept;
  if (!isNew) {
    throw new PosthornError("PH_DATA_DIR", {
      dataDir,
      reason: `${path}, the password of the database in it, is missing or cut off; restore it`,
    });
  }
  const password = randomBytes(passwordBytes).toString("base64url");
  await writeWhole(path, `${password}\n`, 0o600);
  return password;
}

/**
 * Writes the file atomically, because half a file would look like a damaged one after an
 * interruption.
 */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, text, { mode, flush: true });
  await rename(draft, path);
}

/** Removes what interrupted runs of initdb left. */
export async function removeUnfinished(homeDir: string): Promise<void> {
  for (const name of await readdir(homeDir)) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    // The initdb of a killed Posthorn may still be writing. It stops when its folder has been
    // removed.
    await rm(join(homeDir, name), { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs initdb. The folder `places.clusterDir` appears when it is complete. */
export async function makeCluster(
  places: Places,
  binaries: Binaries,
  password: string,
  durable: boolean,
): Promise<void> {
  const unfinished = await mkdtemp(join(places.homeDir, unfinishedPrefix));
  try {
    const passwordFile = join(unfinished, "password");
    const clusterDir = join(unfinished, "cluster");
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (places.runAs !== null) {
      await chown(passwordFile, places.runAs.uid, places.runAs.gid);
      await chown(unfinished, places.runAs.uid, places.runAs.gid);
    }
    const sync = durable ? [] : ["--no-sync"];
    const options = ["-D", clusterDir, `--pwfile=${passwordFile}`, ...sync];
    await runInitdb(places, [...options, ...initdbOptions(binaries.version)], places.runAs);
    await rename(clusterDir, places.clusterDir);
    if (durable) await syncFolder(dirname(places.clusterDir));
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 5 });
  }
}

function initdbOptions(version: string): string[] {
  const isNew = Number.parseInt(version, 10) >= 17;
  return [
    "--encoding=UTF8",
    "--auth=scram-sha-256",
    `--username=${superuser}`,
    // Text sorts by code point, and letters are those of Unicode, whatever the machine's locale and
    // C library are. So an index that one machine created is valid on another. Before PostgreSQL
    // 17, the C library's C.UTF-8 comes closest.
    ...(isNew
      ? ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
      : ["--locale=C.UTF-8", "--lc-messages=C"]),
    // With this setting, a killed initdb leaves no shared memory outside of its folder.
    ...(isNew && sharedMemoryType !== null ? ["--set=dynamic_shared_memory_type=mmap"] : []),
  ];
}

async function runInitdb(places: Places, args: string[], user: User | null): Promise<void> {
  // Starts initdb in its own session, because Ctrl-C in a terminal would make it fail halfway.
  const initdb = spawn(programPath(places.binariesDir, "initdb"), args, {
    ...user,
    cwd: places.binariesDir,
    env: programEnvironment,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    windowsHide: true,
  });
  const timer = setTimeout(() => initdb.kill("SIGKILL"), limits.embeddedInitMs);
  let output = "";
  initdb.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  try {
    const [code, signalName] = (await once(initdb, "close")) as [number | null, string | null];
    if (code === 0) return;
    throw new Error(`initdb ended with ${code ?? signalName}: ${telling(output)}`);
  } catch (error) {
    const facts = { reason: reasonOf(error), logFile: places.logFile };
    throw new PosthornError("PH_EMBEDDED_START", facts, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** Finds the line of initdb's output that names the error. */
function telling(output: string): string {
  const lines = output.trim().split("\n");
  const line = lines.find((each) => /\b(?:error|FATAL|PANIC):/.test(each)) ?? lines.at(-1) ?? "";
  const isWithoutName = line.includes("could not look up effective user ID");
  const advice = isWithoutName ? "; add this user to /etc/passwd, which initdb reads" : "";
  return `${line.trim()}${advice}`;
}

/**
 * Writes a folder's entries to the disk, because a rename survives a power failure only after that.
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}
