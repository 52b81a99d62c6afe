/** Every drill, with fewer faults. What a defence taken away comes to: docs/reliability.md. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { describe, expect, test } from "vitest";

const cli = path.resolve(import.meta.dirname, "../dist/cli.js");
/** The leases of the killed run for a minute: most of the time of most drills is waiting. */
const drillMs = 280_000;

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

function holds(name: string): void {
  test(
    name,
    async () => {
      const { code, output } = await drill([name]);
      expect([code, output]).toEqual([0, expect.stringContaining(`${name}: held`)]);
    },
    drillMs,
  );
}

describe.concurrent("what is waiting for leases waits together", () => {
  for (const name of ["crash", "crash-points", "two-nodes", "database", "take-over"]) holds(name);
});

// Alone: it compares how long healthy deliveries take with and without hostile receivers.
holds("receivers");

describe.concurrent("what is started and stopped waits together", () => {
  for (const name of ["failover", "deploy", "upgrade"]) holds(name);
});

test("a drill that there is not is named, with those that there are", async () => {
  const { code, output } = await drill(["earthquake"]);
  expect(code).not.toBe(0);
  expect(output).toContain("There is no drill earthquake; there are crash, take-over");
}, 20_000);
