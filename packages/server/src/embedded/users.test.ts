import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { packagesDir } from "../testing/compiled.ts";
import type { EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { makeEmbeddedFixture, query } from "../testing/embedded-fixture.ts";
import { copyBinaries, findBinaries } from "./binaries.ts";
import { isSearchableByOthers, nobody } from "./places.ts";
import { isAlive } from "./process.ts";

const isRoot = process.getuid?.() === 0;

let fixture: EmbeddedFixture;
beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
});
afterEach(() => fixture.stopAll());
afterAll(() => fixture.close());

async function makeFolder(name: string, mode: number): Promise<string> {
  const path = join(fixture.folder, name);
  await mkdir(path);
  await chmod(path, mode);
  return path;
}

describe("started by root below a folder that only root may enter", () => {
  it.skipIf(!isRoot)("keeps its files outside, until the data folder is deleted", async () => {
    const { outsideDir, start } = fixture;
    const closed = await makeFolder("closed", 0o700);
    const deep = join(closed, "data");
    const binaries = { ...findBinaries(), dir: join(closed, "native") };
    await copyBinaries(findBinaries().dir, binaries.dir);
    const first = await start({ dataDir: deep, binaries });
    expect(await readdir(outsideDir)).toContain(`binaries-${binaries.version}`);
    const home = (await readFile(join(deep, "postgres-place"), "utf8")).trim();
    expect(home.startsWith(`${outsideDir}/`)).toBe(true);
    expect((await stat(join(home, "postgres"))).uid).toBe(nobody.uid);
    await query(first, "create table kept_outside as select 7 as n");
    await first.stop();

    const second = await start({ dataDir: deep });
    expect(await query(second, "select n from kept_outside")).toEqual([{ n: 7 }]);
    await second.stop();

    await rm(home, { recursive: true });
    await expect(start({ dataDir: deep })).rejects.toMatchObject({
      code: "PH_DATA_DIR",
      message: expect.stringContaining(`was in ${home}, which is gone`),
    });

    // A power failure can leave an empty file. The database must not be treated as a new one in
    // that case.
    await writeFile(join(deep, "postgres-place"), "");
    await expect(start({ dataDir: deep })).rejects.toMatchObject({
      code: "PH_DATA_DIR",
      message: expect.stringContaining("postgres-place does not say where its database is"),
    });

    await rm(deep, { recursive: true });
    const third = await start({ dataDir: deep });
    expect(await query(third, "select to_regclass('kept_outside') as t")).toEqual([{ t: null }]);
  });
});

describe("started by an ordinary user", () => {
  it("keeps everything in the data folder", async (context) => {
    // In this test, root becomes `nobody`, who must be able to read Node and the packages.
    const needed = [process.execPath, packagesDir, fixture.folder].map((path) =>
      isSearchable(path),
    );
    if (!(await Promise.all(needed)).every(Boolean)) context.skip();
    const user = isRoot ? nobody : undefined;
    const parent = await makeFolder("ordinary", 0o777);
    const home = join(parent, "home");
    const makeHome = spawn("mkdir", ["-m", "700", home], { ...user, stdio: "ignore" });
    await once(makeHome, "exit");

    const child = fixture.spawn({ dataDir: join(home, "data") }, user);
    const { pid, uid } = await child.ready();
    expect(uid).not.toBe(0);
    expect((await stat(join(home, "data", "postgres"))).uid).toBe(uid);
    expect(await readdir(join(home, "data"))).not.toContain("postgres-place");
    await child.end("stop");
    expect(isAlive(pid)).toBe(false);

    // If root starts that user's database, the server runs as that user.
    const server = await fixture.start({ dataDir: join(home, "data") });
    const status = await readFile(`/proc/${server.pid}/status`, "utf8").catch(() => null);
    if (status !== null) expect(status).toMatch(new RegExp(`^Uid:\\s${uid}\\s`, "m"));
  });
});

async function isSearchable(path: string): Promise<boolean> {
  return isSearchableByOthers(await realpath(path));
}
