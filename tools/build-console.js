/**
 * Builds the console, unless the existing build is newer than its sources: a start from a checkout
 * must not wait for it each time.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const consoleFolder = path.join(root, "packages/console");
const page = path.join(root, "packages/server/console/index.html");
const sources = [
  consoleFolder,
  path.join(root, "docs/receivers.md"),
  path.join(root, "package-lock.json"),
];

/** The latest change in a file or folder, in milliseconds since 1970. */
function changedAtMs(place) {
  const found = statSync(place);
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(place)
    .filter((name) => name !== "node_modules" && name !== "test")
    .map((name) => changedAtMs(path.join(place, name)))
    .reduce((latest, each) => Math.max(latest, each), 0);
}

const latestMs = Math.max(...sources.map((source) => changedAtMs(source)));
if (!existsSync(page) || statSync(page).mtimeMs < latestMs) {
  // Loading it takes half a second, which a start without a change need not wait for.
  const { build } = await import("vite");
  await build({ configFile: path.join(consoleFolder, "vite.config.ts"), logLevel: "warn" });
}
