/** Finds the programs of an earlier PostgreSQL, which the package does not contain. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PosthornError } from "../errors/catalogue.ts";
import { platformPackage, programPath, type Binaries } from "./binaries.ts";
import { exists } from "./cluster.ts";

/** The last package of each major version. A later minor version reads the same files. */
export const lastPackages: Readonly<Record<number, string>> = {
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
  18: "18.4.0-beta.17",
};

export interface OldProgramsOptions {
  readonly major: number;
  /** The folder that contains `postgres`, if the user has named it. */
  readonly binDir: string | null;
  /** The user is told to install missing programs in this folder, which nobody else can write. */
  readonly dataDir: string;
  /** Folders where earlier versions of Posthorn may have copied their programs to. */
  readonly copiesIn: readonly string[];
}

/**
 * @throws PosthornError `PH_OLD_PROGRAMS`, which says how to install them; `PH_ARGUMENT_INVALID` if
 *   the named folder does not contain them.
 */
export async function findOldPrograms(options: OldProgramsOptions): Promise<Binaries> {
  const { major, binDir, dataDir, copiesIn } = options;
  if (binDir !== null) {
    const folder = resolve(binDir);
    const dir = basename(folder) === "bin" ? dirname(folder) : folder;
    if (await exists(programPath(dir, "postgres"))) return { dir, version: `${major}-old` };
    throw new PosthornError("PH_ARGUMENT_INVALID", {
      argument: "--old-bin",
      command: "upgrade-database",
      reason: `${folder} does not contain the program postgres`,
    });
  }
  // Where Debian's and Red Hat's packages install them.
  const systems = [`/usr/lib/postgresql/${major}`, `/usr/pgsql-${major}`];
  for (const dir of [...(await copiesOf(major, copiesIn)), ...systems]) {
    if (await exists(programPath(dir, "postgres"))) return { dir, version: `${major}-old` };
  }
  throw new PosthornError("PH_OLD_PROGRAMS", { major, remedy: remedyFor(major, dataDir) });
}

async function copiesOf(major: number, folders: readonly string[]): Promise<readonly string[]> {
  const copies: string[] = [];
  for (const folder of folders) {
    const names = (await exists(folder)) ? await readdir(folder) : [];
    const found = names.filter((name) => name.startsWith(`binaries-${major}.`));
    copies.push(...found.map((name) => join(folder, name)));
  }
  return copies;
}

function remedyFor(major: number, dataDir: string): string {
  const name = platformPackage();
  const version = lastPackages[major];
  if (name === null || version === undefined) {
    return `Install PostgreSQL ${major}, and pass its folder of programs with --old-bin.`;
  }
  const prefix = join(dataDir, `postgres-${major}-programs`);
  const binDir = join(prefix, "node_modules", name, "native", "bin");
  return (
    `Run these two commands:\nnpm install --prefix ${forShell(prefix)} ${name}@${version}\n` +
    `posthorn upgrade-database --old-bin ${forShell(binDir)}\n`
  );
}

function forShell(file: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
}
