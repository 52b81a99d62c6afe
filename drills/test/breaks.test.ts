/** Each deliberate break still finds the code that it takes away, and leaves a module that parses. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drills } from "../src/all.ts";

const run = promisify(execFile);
const dist = path.resolve(import.meta.dirname, "../../packages/server/dist");

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-breaks-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const breaks = drills.flatMap((drill) =>
  Object.entries(drill.breaks ?? {}).map(
    ([name, each]) => [`${drill.name} ${name}`, each] as const,
  ),
);

test("there are breaks to try", () => {
  expect(breaks.length).toBeGreaterThan(12);
});

test.each(breaks)("%s", async (name, { file, from, to }) => {
  const text = await readFile(path.join(dist, file), "utf8");
  // More than one place would leave the defence standing in the others.
  expect(text.split(from)).toHaveLength(2);
  const broken = path.join(folder, `${name.replaceAll(" ", "-")}.mjs`);
  await writeFile(
    broken,
    text.replace(from, () => to),
  );
  await expect(run(process.execPath, ["--check", broken])).resolves.toBeDefined();
});
