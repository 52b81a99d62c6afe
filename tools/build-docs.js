/**
 * Builds the docs site and the API reference into packages/server/docs, unless the existing build
 * is newer than its sources. With `--reference` it only copies the API reference, so that a start
 * from a checkout does not wait for the site.
 */
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { isOlder } from "./is-older.js";

const root = path.resolve(import.meta.dirname, "..");
const source = path.join(root, "docs");
const target = path.join(root, "packages/server/docs");
const sources = [
  source,
  path.join(root, "bench/results"),
  path.join(root, "package-lock.json"),
  import.meta.filename,
];
const scalar = path.join(
  path.dirname(createRequire(import.meta.url).resolve("@scalar/fastify-api-reference")),
  "js/standalone.js",
);

async function copyReference(folder) {
  await mkdir(path.join(folder, "api-reference"), { recursive: true });
  await cp(path.join(source, "public"), folder, { recursive: true });
  await cp(scalar, path.join(folder, "api-reference/scalar.js"));
}

/** Removes what a build left that was killed. A process that exists may still be building. */
async function removeLeftovers() {
  const folder = path.dirname(target);
  for (const name of await readdir(folder)) {
    const [, pid] = /^docs\.(\d+)(?:\.old)?$/.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    await rm(path.join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === "EPERM";
  }
}

async function buildSite() {
  await removeLeftovers();
  // Each build writes into a folder of its own, because two may run at once.
  const unfinished = `${target}.${process.pid}`;
  try {
    // Imports VitePress only here, because loading it takes a second and `--reference` does not
    // need it.
    const { build } = await import("vitepress");
    await build(source, { outDir: unfinished, logLevel: "warn" });
    await copyReference(unfinished);
    await rename(target, `${unfinished}.old`).catch((error) => {
      if (error.code !== "ENOENT") throw error;
    });
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
    await rm(`${unfinished}.old`, { recursive: true, force: true });
  }
}

if (process.argv.includes("--reference")) {
  const copied = path.join(target, "api-reference/scalar.js");
  if (isOlder(copied, [path.join(source, "public"), scalar])) await copyReference(target);
} else if (isOlder(path.join(target, "index.html"), sources)) {
  await buildSite();
}
