/** Compiles modules for tests that need a separate Node process, e.g. to kill it. */
import { execFile } from "node:child_process";
import { symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const runFile = promisify(execFile);

const sourceDir = fileURLToPath(new URL("../", import.meta.url));
/** The folder of the workspace's installed packages. */
export const packagesDir = fileURLToPath(new URL("../../../../node_modules", import.meta.url));

/**
 * Compiles modules of this package, and their imports, to JavaScript for Node 20, without checking
 * types.
 *
 * @param outDir an existing folder; `src/postgres/pool.ts` becomes `<outDir>/postgres/pool.js`.
 * @param modules paths below `src`.
 */
export async function compileModules(outDir: string, modules: readonly string[]): Promise<void> {
  const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
  const options = {
    "--outDir": outDir,
    "--rootDir": sourceDir,
    "--module": "nodenext",
    "--target": "es2023",
    "--types": "node",
    "--typeRoots": join(packagesDir, "@types"),
    "--customConditions": "source",
  };
  const flags = ["--ignoreConfig", "--noCheck", "--rewriteRelativeImportExtensions"];
  const sources = modules.map((module) => join(sourceDir, module));
  const args = [...Object.entries(options).flat(), ...flags, ...sources];
  await runFile(process.execPath, [join(dirname(manifest), "bin", "tsc"), ...args]);
  await writeFile(join(outDir, "package.json"), '{ "type": "module" }\n');
  await symlink(packagesDir, join(outDir, "node_modules"), "dir");
}
