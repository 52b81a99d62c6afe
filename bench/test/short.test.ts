/**
 * Runs the benchmark on a small scale: every event must arrive once, and the report must be
 * complete.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, test } from "vitest";

const cli = path.resolve(import.meta.dirname, "../dist/cli.js");

async function bench(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const { REDIS_URL: _redis, ...environment } = process.env;
  const child = spawn(process.execPath, [cli, ...args, "--short", "--rounds", "1"], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  return { code, output };
}

test("throughput: Posthorn beside the bare loop and the job queues", async () => {
  const only = ["bare", "in-process", "http-arrays", "pg-boss", "floor"];
  const { code, output } = await bench(["throughput", "--only", only.join(",")]);
  expect([code, output]).toEqual([0, expect.stringMatching(/^b {2}Posthorn.* \d/m)]);
  for (const competitor of ["bare undici loop", "arrays of 100", "pg-boss", "the floor"]) {
    expect(output).toMatch(new RegExp(`${competitor}.* [1-9][\\d,]* \\(`));
  }
}, 180_000);

test("an unknown scenario is named, with the existing ones", async () => {
  const { code, output } = await bench(["speed"]);
  expect(code).not.toBe(0);
  expect(output).toContain("There is no scenario speed; there are throughput, latency");
}, 20_000);
