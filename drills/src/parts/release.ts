/** The next release: this build with additional migrations, in a separate folder. */
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const server = path.dirname(fileURLToPath(new URL("../bin", import.meta.resolve("posthorn"))));
const copied = ["bin", "dist", "migrations", "sql", "contracts", "catalogue", "package.json"];

export interface Release {
  /** The path of the release's command, for `startNode`. */
  readonly command: string;
  remove(): Promise<void>;
}

/** @param migrations the text of each migration by its file name, e.g. `9001-name.sql`. */
export async function releaseWith(migrations: Readonly<Record<string, string>>): Promise<Release> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-release-"));
  try {
    for (const name of copied) {
      await cp(path.join(server, name), path.join(folder, name), { recursive: true });
    }
    // Links the console, because the drill does not change it.
    await symlink(path.join(server, "console"), path.join(folder, "console"));
    await linkModules(path.join(folder, "node_modules"));
    for (const [name, text] of Object.entries(migrations)) {
      await writeFile(path.join(folder, "migrations", name), text);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    command: path.join(folder, "bin/posthorn.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Links the packages of the workspace, and the server's own packages if it has any. */
async function linkModules(to: string): Promise<void> {
  await mkdir(to);
  const workspace = path.join(server, "../../node_modules");
  for (const from of [path.join(server, "node_modules"), workspace]) {
    for (const name of await readdir(from).catch((): string[] => [])) {
      if (name.startsWith(".")) continue;
      await symlink(path.join(from, name), path.join(to, name)).catch(() => undefined);
    }
  }
}
