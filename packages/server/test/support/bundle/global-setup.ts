/**
 * Bundles the command `posthorn` once per test run, for tests that start it often. Loading one file
 * takes a third of the CPU time of loading a thousand. `load.cjs` keeps the compiled code for the
 * next run.
 */
import { chmod, copyFile, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "vite";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The bundled command's folder: `posthorn.js` runs the command, `load.cjs` exports `main`. */
    readonly commandFolder: string;
  }
}

const serverFolder = path.resolve(import.meta.dirname, "../../..");
const modulesFolder = path.resolve(serverFolder, "../../node_modules");

/**
 * Packages that stay outside the bundle: they read files beside their own, or need Node's module
 * loader.
 */
const external = ["@fastify/static", "fs-native-extensions", "pg", "pino"];

/**
 * Keeps `import.meta.url` of each source, because sources find other files relative to their own.
 */
const keepAddresses: Plugin = {
  name: "keep-addresses",
  transform(code, id) {
    if (!id.startsWith(path.join(serverFolder, "src"))) return null;
    const address = JSON.stringify(pathToFileURL(id).href);
    return { code: code.replaceAll("import.meta.url", address), map: null };
  },
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-command-"));
  // Some tests run the command as another user, who must be able to read it.
  await chmod(folder, 0o755);
  await build({
    root: serverFolder,
    configFile: false,
    logLevel: "error",
    plugins: [keepAddresses],
    resolve: { conditions: ["source"] },
    ssr: { noExternal: true, external, resolve: { conditions: ["source", "node", "import"] } },
    build: {
      ssr: path.join(serverFolder, "src/main.ts"),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: "node20",
      rolldownOptions: {
        output: { format: "cjs", entryFileNames: "main.js", codeSplitting: false },
      },
    },
  });
  await copyFile(path.join(import.meta.dirname, "load.cjs"), path.join(folder, "load.cjs"));
  await writeFile(path.join(folder, "package.json"), '{ "type": "commonjs" }\n');
  await writeFile(
    path.join(folder, "posthorn.js"),
    'void require("./load.cjs").main(process.argv);\n',
  );
  await symlink(modulesFolder, path.join(folder, "node_modules"), "dir");
  project.provide("commandFolder", folder);
  return () => rm(folder, { recursive: true, force: true });
}
