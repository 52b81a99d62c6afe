/**
 * Starts the packed package. The test links its dependencies from the workspace, because tests use
 * no registry. `npm install` of the tarball in an empty folder would install the same dependencies.
 */
import { execFile } from "node:child_process";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeReachableFolder, runCommand } from "../support/command.ts";
import { until } from "../support/receiver.ts";

const run = promisify(execFile);
const server = path.resolve(import.meta.dirname, "../..");
const root = path.resolve(server, "../..");
const workspaceModules = path.join(root, "node_modules");
const bundleConsumer = path.join(root, "tools/bundle-consumer.js");

let folder: string;
let modules: string;
beforeAll(async () => {
  folder = await makeReachableFolder("posthorn-package-");
  modules = path.join(folder, "node_modules");
  await mkdir(modules);
  for (const name of await readdir(workspaceModules)) {
    // Omits the workspace's own packages, which must come from the tarball.
    if (name === "posthorn" || name === "@posthorn" || name.startsWith(".")) continue;
    await symlink(path.join(workspaceModules, name), path.join(modules, name));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the tarball contains everything that a start and a sample delivery need", async () => {
  // Does what `prepack` and `postpack` do, except for the docs site, whose build is slow.
  await run("npm", ["run", "build"], { cwd: root });
  await run(process.execPath, [bundleConsumer]);
  try {
    const options = ["--ignore-scripts", "--pack-destination", folder];
    await run("npm", ["pack", ...options], { cwd: server });
  } finally {
    await run(process.execPath, [bundleConsumer, "--remove"]);
  }
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  await run("tar", ["-xzf", path.join(folder, tarball), "-C", modules]);
  const command = path.join(modules, "package/bin/posthorn.js");
  const service = runCommand("dev", { folder, environment: {}, command });
  try {
    await until(() => service.output().includes("Ctrl-C stops"), "the first steps", 60_000);
    expect(service.output()).toContain("signature verified");
    const reference = /API docs\s+(\S+)/.exec(service.output())?.[1] ?? "";
    expect(await (await fetch(reference)).text()).toContain("api-reference/scalar.js");
  } finally {
    expect(await service.stop()).toBe(0);
  }
}, 120_000);
