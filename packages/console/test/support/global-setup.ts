/**
 * Builds the console, as a checkout has none, and unpacks the browser: once, before the first test
 * file, because two at a time would trip each other.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import chromium from "@sparticuz/chromium";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The browser's program. */
    readonly chromiumPath: string;
  }
}

const buildConsole = path.resolve(import.meta.dirname, "../../../../tools/build-console.js");

export default async function setup(project: TestProject): Promise<void> {
  await promisify(execFile)(process.execPath, [buildConsole]);
  project.provide("chromiumPath", await chromium.executablePath());
}
