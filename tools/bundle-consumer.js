/**
 * Puts the consumer package into the server's tarball: the server signs with the same code that
 * receivers verify with. `prepack` brings it, `postpack --remove` takes it away again.
 *
 * `bundleDependencies` is written here and not kept in package.json: with it there, npm cannot
 * make a lockfile of the workspace (it takes the link for a tarball, and finds none).
 */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const packages = path.resolve(import.meta.dirname, "../packages");
const manifest = path.join(packages, "server/package.json");
const scope = path.join(packages, "server/node_modules/@posthorn");
const bundled = path.join(scope, "consumer");

const { bundleDependencies: _, ...rest } = JSON.parse(await readFile(manifest, "utf8"));
await rm(scope, { recursive: true, force: true });
if (process.argv.includes("--remove")) {
  await writeManifest(rest);
} else {
  await mkdir(bundled, { recursive: true });
  for (const name of ["package.json", "dist", "LICENSE", "README.md"]) {
    await cp(path.join(packages, "consumer", name), path.join(bundled, name), { recursive: true });
  }
  await writeManifest({ ...rest, bundleDependencies: ["@posthorn/consumer"] });
}

async function writeManifest(content) {
  await writeFile(manifest, `${JSON.stringify(content, null, 2)}\n`);
}
