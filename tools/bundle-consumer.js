/**
 * Puts the consumer package into the server's tarball, where `bundleDependencies` looks for it:
 * in a workspace npm links it elsewhere, and the server signs with the same code that receivers
 * verify with. `prepack` brings it, `postpack --remove` takes it away again.
 */
import { cp, mkdir, rm } from "node:fs/promises";
import path from "node:path";

const packages = path.resolve(import.meta.dirname, "../packages");
const scope = path.join(packages, "server/node_modules/@posthorn");
const bundled = path.join(scope, "consumer");

await rm(bundled, { recursive: true, force: true });
if (process.argv.includes("--remove")) {
  await rm(scope, { recursive: true, force: true });
} else {
  await mkdir(bundled, { recursive: true });
  for (const name of ["package.json", "dist", "LICENSE", "README.md"]) {
    await cp(path.join(packages, "consumer", name), path.join(bundled, name), { recursive: true });
  }
}
