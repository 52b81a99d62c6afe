import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keptValue } from "./data-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-kept-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("many concurrent starts agree on one value, and leave nothing else behind", async () => {
  const file = path.join(folder, "a-key");
  let made = 0;
  const values = await Promise.all(
    Array.from({ length: 20 }, () => keptValue(file, () => `value-${(made += 1)}`)),
  );
  expect(new Set(values).size).toBe(1);
  expect((await readFile(file, "utf8")).trim()).toBe(values[0]);
  expect(await readdir(folder)).toEqual(["a-key"]);
});

test.each(["", "\n"])("an empty file is rejected, and left for a restore: %j", async (text) => {
  const file = path.join(folder, "a-key");
  await writeFile(file, text);
  await expect(keptValue(file, () => "new")).rejects.toMatchObject({
    code: "PH_DATA_DIR",
    message: expect.stringContaining(`${file} is empty`),
  });
  expect(await readFile(file, "utf8")).toBe(text);
});
