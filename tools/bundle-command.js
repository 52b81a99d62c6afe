/**
 * Bundles the command `posthorn` and its dependencies into one file. Node.js loads one file in a
 * third of the CPU time that it needs for a thousand. A bundle that is newer than its sources is
 * kept.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { isOlder } from "./is-older.js";

const root = path.resolve(import.meta.dirname, "..");
const serverFolder = path.join(root, "packages/server");
const sourceFolder = path.join(serverFolder, "src");
const distFolder = path.join(serverFolder, "dist");
const folder = path.join(distFolder, "bundle");

/** Packages that stay outside the bundle: a native module, and one that pg only looks for. */
const external = ["fs-native-extensions", "pg-native"];

/**
 * Where two packages read a global of the Fetch API while they load: pg on Node.js 20, to find out
 * whether it runs in a Cloudflare Worker, and undici's cookies, which Posthorn does not use. The
 * first read of such a global loads Node's own undici, which takes a thirtieth of a start.
 */
const readsOfFetch = [
  { file: "/pg/lib/stream.js", read: "typeof Response === 'function'", instead: "false" },
  { file: "/undici/lib/web/cookies/index.js", read: "globalThis.Headers", instead: "undefined" },
];

function leaveFetchUnloaded() {
  return {
    name: "leave-fetch-unloaded",
    transform(code, id) {
      const found = readsOfFetch.find(({ file }) => id.endsWith(file));
      if (found === undefined) return null;
      const { file, read, instead } = found;
      if (!code.includes(read)) throw new Error(`${file} no longer reads ${read}.`);
      return { code: code.replace(read, instead), map: null };
    },
  };
}

/**
 * Gives each source the address of its compiled file, relative to the bundle, because sources find
 * migrations, contracts and other files relative to their own.
 */
function keepAddresses() {
  return {
    name: "keep-addresses",
    transform(code, id) {
      if (!id.startsWith(sourceFolder)) return null;
      const compiled = path.join(distFolder, path.relative(sourceFolder, id));
      const address = JSON.stringify(path.relative(folder, compiled));
      const expression = `require("node:url").pathToFileURL(__dirname + "/" + ${address}).href`;
      return { code: code.replaceAll("import.meta.url", expression), map: null };
    },
  };
}

/** The packages that contain the given modules: folders with a package.json that has a name. */
async function packagesOf(modules) {
  const folders = new Set();
  for (const id of modules) {
    const found = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id);
    if (found !== null) folders.add(found[0]);
  }
  return [...folders].toSorted((one, other) => one.localeCompare(other));
}

async function licenseOf(packageFolder) {
  const { name, version, license } = JSON.parse(
    await readFile(path.join(packageFolder, "package.json"), "utf8"),
  );
  const file = (await readdir(packageFolder)).find((each) => /^licen[cs]e/i.test(each));
  const text = file === undefined ? "" : await readFile(path.join(packageFolder, file), "utf8");
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

/** Writes the licenses of the bundled packages, which their authors ask for. */
function writeLicenses() {
  return {
    name: "write-licenses",
    async generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((chunk) => Object.keys(chunk.modules ?? {}));
      const texts = await Promise.all((await packagesOf(modules)).map(licenseOf));
      await writeFile(path.join(folder, "licenses.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
    },
  };
}

/**
 * Escapes what is not ASCII, because V8 uses twice the memory for a source with any such character.
 * Then writes the hash of the bundle into its first line: V8 compares only the length of a source
 * with that of the code it kept, so the loader names kept code by this hash.
 */
async function finish(file) {
  const text = (await readFile(file, "utf8")).replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  await writeFile(file, `// ${hash}\n${text}`);
}

/** Writes `main.cjs` and `licenses.txt` into a folder. */
async function bundleCommand() {
  // Imports Vite only if needed, because loading it takes half a second.
  const { build } = await import("vite");
  await mkdir(folder, { recursive: true });
  const kept = (await readdir(folder)).filter((name) => name.startsWith("code-"));
  for (const name of kept) await rm(path.join(folder, name), { force: true });
  const draft = "main.draft.cjs";
  await build({
    root: serverFolder,
    configFile: false,
    logLevel: "error",
    plugins: [keepAddresses(), leaveFetchUnloaded(), writeLicenses()],
    resolve: { conditions: ["source"] },
    ssr: { noExternal: true, external, resolve: { conditions: ["source", "node"] } },
    build: {
      ssr: path.join(sourceFolder, "main.ts"),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      target: "node20",
      rolldownOptions: {
        output: { format: "cjs", entryFileNames: draft, codeSplitting: false },
      },
    },
  });
  await finish(path.join(folder, draft));
  // A build that was interrupted leaves no bundle that looks complete.
  await rename(path.join(folder, draft), path.join(folder, "main.cjs"));
}

const sources = [
  sourceFolder,
  path.join(root, "packages/consumer/src"),
  path.join(root, "package-lock.json"),
  import.meta.filename,
];
if (isOlder(path.join(folder, "main.cjs"), sources)) await bundleCommand();
