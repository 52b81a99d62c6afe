/**
 * `npm run snippets` runs every program of the docs whose language is installed, with real
 * deliveries, and prints how many passed. Some programs install packages from the registry of their
 * language.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "packages/server/test/docs/snippets.test.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, SNIPPETS: "all" } },
);
process.exitCode = status ?? 1;
