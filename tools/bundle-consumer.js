/**
 * Adds the consumer package to the server's tarball, because the server signs with the same code
 * with which receivers verify. `prepack` adds the package, and `postpack --remove` removes it. This
 * script writes `bundleDependencies` only for the tarball. With that field in package.json, npm
 * cannot create a lockfile of the workspace, because it looks for a tarball where there is a link.
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

/**
 * Renames the folder first, so that a Posthorn that starts meanwhile finds either the whole package
 * or none.
 */
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
