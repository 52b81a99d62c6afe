/**
 * Builds the console, because a checkout has no build, and unpacks the browser. Once, before the
 * first test file: two concurrent builds would disturb each other.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import chromium from "@sparticuz/chromium";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The path of the browser's program. */
    readonly chromiumPath: string;
  }
}

const buildConsole = path.resolve(import.meta.dirname, "../../../../tools/build-console.js");

export default async function setup(project: TestProject): Promise<void> {
  await promisify(execFile)(process.execPath, [buildConsole]);
  project.provide("chromiumPath", await chromium.executablePath());
}
