/** An earlier release, built from the project's own history. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const buildMs = 120_000;

export interface Release {
  readonly commit: string;
  /** Its command, for `startNode`. */
  readonly command: string;
  remove(): Promise<void>;
}

/**
 * The state of the code just before the newest migration was added.
 *
 * @returns null where there is no history that far, as in a shallow clone.
 */
export async function commitBeforeLastMigration(): Promise<string | null> {
  const folder = "packages/server/migrations";
  const args = [
    "log",
    "--diff-filter=A",
    "--first-parent",
    "-m",
    "-1",
    "--format=%H",
    "--",
    folder,
  ];
  try {
    const { stdout } = await run("git", args, { cwd: root });
    const before = await run("git", ["rev-parse", "--short", `${stdout.trim()}^1`], { cwd: root });
    return before.stdout.trim();
  } catch {
    return null;
  }
}

/** @throws Error if the commit is not there, or does not build. */
export async function buildRelease(commit: string): Promise<Release> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-release-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await run("git", ["clone", "--quiet", "--shared", "--no-checkout", root, folder]);
    await run("git", ["checkout", "--quiet", "--detach", commit], { cwd: folder });
    await linkModules(folder);
    const projects = ["consumer", "server"].map((name) => `packages/${name}/tsconfig.build.json`);
    const compiler = path.join(root, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [compiler, "-b", ...projects], { cwd: folder, timeout: buildMs });
    // Its page is not what is drilled, and takes long to build.
    await symlink(
      path.join(root, "packages/server/console"),
      path.join(folder, "packages/server/console"),
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return { commit, command: path.join(folder, "packages/server/bin/posthorn.js"), remove };
}

/** All packages are those of today, but for the project's own. */
async function linkModules(folder: string): Promise<void> {
  const from = path.join(root, "node_modules");
  const to = path.join(folder, "node_modules");
  await mkdir(path.join(to, "@posthorn"), { recursive: true });
  for (const name of await readdir(from)) {
    if (name === "posthorn" || name === "@posthorn" || name.startsWith(".")) continue;
    await symlink(path.join(from, name), path.join(to, name));
  }
  await symlink(path.join(folder, "packages/consumer"), path.join(to, "@posthorn/consumer"));
}
