/** Bundles the command `posthorn` once per test run, from today's sources. */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The bundled command's folder: `posthorn.js` runs the command, `load.cjs` exports `main`. */
    readonly commandFolder: string;
  }
}

const serverFolder = path.resolve(import.meta.dirname, "../..");
const bundler = path.resolve(serverFolder, "../../tools/bundle-command.js");
const loader = JSON.stringify(path.join(serverFolder, "bin/load-command.cjs"));

export async function bundleCommand(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), "posthorn-command-"));
  // Some tests run the command as another user, who must be able to read it.
  await chmod(folder, 0o755);
  await promisify(execFile)(process.execPath, [bundler, folder]);
  const load = `require(${loader}).loadCommand(__dirname)`;
  await writeFile(path.join(folder, "load.cjs"), `module.exports = ${load};\n`);
  await writeFile(path.join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await writeFile(
    path.join(folder, "posthorn.js"),
    'void require("./load.cjs").main(process.argv);\n',
  );
  project.provide("commandFolder", folder);
  return () => rm(folder, { recursive: true, force: true });
}
