/**
 * Builds the console, unless the existing build is newer than its sources, because a start from a
 * checkout must not wait for a build each time.
 */
import path from "node:path";
import { isOlder } from "./is-older.js";

const root = path.resolve(import.meta.dirname, "..");
const consoleFolder = path.join(root, "packages/console");
const page = path.join(root, "packages/server/console/index.html");
const sources = [
  consoleFolder,
  path.join(root, "docs/receivers.md"),
  path.join(root, "package-lock.json"),
];

if (isOlder(page, sources)) {
  // Imports Vite only if needed, because loading it takes half a second.
  const { build } = await import("vite");
  await build({ configFile: path.join(consoleFolder, "vite.config.ts"), logLevel: "warn" });
}
