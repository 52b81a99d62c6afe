/**
 * Runs the smallest version of one drill through the command. `npm run drill -- all --short` runs
 * every drill; most of their time is waiting for leases. docs/reliability.md shows what happens
 * when a defence is removed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";

const cli = path.resolve(import.meta.dirname, "../dist/cli.js");

async function drill(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [cli, ...args, "--short"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, output };
}

// After a single kill another start takes over, so no delivery waits for a lease.
test("crash, with one kill", async () => {
  const { code, output } = await drill(["crash", "--kills", "1"]);
  expect([code, output]).toEqual([0, expect.stringContaining("crash: held")]);
  expect(output).toContain("1 kills");
}, 180_000);

test("an unknown drill is named, with the existing ones", async () => {
  const { code, output } = await drill(["earthquake"]);
  expect(code).not.toBe(0);
  expect(output).toContain("There is no drill earthquake; there are crash, take-over");
}, 20_000);
