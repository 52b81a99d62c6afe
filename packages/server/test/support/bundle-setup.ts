/** Bundles the command `posthorn` before a test run, unless its bundle is newer than its sources. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

const bundler = path.resolve(import.meta.dirname, "../../../../tools/bundle-command.js");

export async function bundleCommand(): Promise<void> {
  await promisify(execFile)(process.execPath, [bundler]);
}
