/**
 * Builds the console, because a checkout has no build. Once, before the first test file: two
 * concurrent builds would disturb each other.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const buildConsole = path.resolve(import.meta.dirname, "../../../../tools/build-console.js");

export default async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, [buildConsole]);
}
