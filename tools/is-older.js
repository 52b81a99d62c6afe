import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

/** The time of the latest change in a file or folder, in milliseconds since 1970. */
function changedAtMs(place) {
  const found = statSync(place);
  if (!found.isDirectory()) return found.mtimeMs;
  return readdirSync(place)
    .filter((name) => name !== "node_modules" && name !== "test")
    .map((name) => changedAtMs(path.join(place, name)))
    .reduce((latest, each) => Math.max(latest, each), 0);
}

/** Returns true if a built file is missing, or older than one of its sources (files or folders). */
export function isOlder(built, sources) {
  if (!existsSync(built)) return true;
  return statSync(built).mtimeMs < Math.max(...sources.map((source) => changedAtMs(source)));
}
