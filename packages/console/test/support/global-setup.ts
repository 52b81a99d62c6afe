/**
 * Builds the console once, before the first test file, because a checkout contains no build. Two
 * concurrent builds would disturb each other.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const buildConsole = path.resolve(import.meta.dirname, "../../../../tools/build-console.js");

export default async function setup(): Promise<void> {
  await promisify(execFile)(process.execPath, [buildConsole]);
}
