/**
 * Puts the consumer package into the server's tarball, because the server signs with the same code
 * that receivers verify with. `prepack` adds it, `postpack --remove` removes it.
 *
 * `bundleDependencies` is written here and not kept in package.json: with it there, npm cannot
 * create a lockfile of the workspace (it takes the link for a tarball, and finds none).
 */
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const packages = path.resolve(import.meta.dirname, "../packages");
const manifest = path.join(packages, "server/package.json");
const scope = path.join(packages, "server/node_modules/@posthorn");

const { bundleDependencies: _, ...rest } = JSON.parse(await readFile(manifest, "utf8"));
await removeBundled();
if (process.argv.includes("--remove")) {
  await writeManifest(rest);
} else {
  const copy = `${scope}.new`;
  await rm(copy, { recursive: true, force: true });
  const unfinished = path.join(copy, "consumer");
  await mkdir(unfinished, { recursive: true });
  for (const name of ["package.json", "dist", "LICENSE", "README.md"]) {
    const from = path.join(packages, "consumer", name);
    await cp(from, path.join(unfinished, name), { recursive: true });
  }
  await rename(copy, scope);
  await writeManifest({ ...rest, bundleDependencies: ["@posthorn/consumer"] });
}

/** Renames first: a Posthorn that starts meanwhile finds all of it or nothing. */
async function removeBundled() {
  const old = `${scope}.old`;
  await rm(old, { recursive: true, force: true });
  await rename(scope, old).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rm(old, { recursive: true, force: true });
}

async function writeManifest(content) {
  await writeFile(`${manifest}.new`, `${JSON.stringify(content, null, 2)}\n`);
  await rename(`${manifest}.new`, manifest);
}
