/** `posthorn upgrade-database`, with the servers of two real major versions. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeUpgrade, upgradeDatabase } from "../../src/commands/database/upgrade.ts";
import { readConfig, type Config } from "../../src/config/config.ts";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { findCluster } from "../../src/embedded/existing.ts";
import { isAlive } from "../../src/embedded/process.ts";
import { upgradeCluster } from "../../src/embedded/upgrade.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import {
  makeEmbeddedFixture,
  query,
  testSettings as settings,
  type EmbeddedFixture,
} from "../../src/testing/embedded-fixture.ts";

const own = Number.parseInt(findBinaries().version, 10);

/** An older version that Debian's packages have installed. */
const old = [15, 16, 17].find(
  (major) => major < own && existsSync(`/usr/lib/postgresql/${major}/bin/postgres`),
);

let fixture: EmbeddedFixture;
beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
});
afterAll(() => fixture.close());

function configOf(dataDir: string): Config {
  const defaults = { allowCidrs: [], logLevel: "silent" };
  return readConfig(defaults, { POSTHORN_DATA_DIR: dataDir });
}

async function folderOf(major: number): Promise<string> {
  const dataDir = path.join(fixture.folder, `fake-${major}`);
  await mkdir(path.join(dataDir, "postgres"), { recursive: true });
  await writeFile(path.join(dataDir, "postgres", "PG_VERSION"), `${major}\n`);
  return dataDir;
}

const upgrade = (dataDir: string) =>
  upgradeDatabase({
    config: configOf(dataDir),
    oldBinDir: null,
    outsideDir: fixture.outsideDir,
    settings,
  });

// If no older version is installed, the report shows this title as skipped.
describe.skipIf(old === undefined)(`from an installed PostgreSQL ${old ?? "15 to 17"}`, () => {
  const major = old ?? 0;
  let dataDir: string;
  beforeAll(async () => {
    dataDir = path.join(fixture.folder, "data");
    const binaries = { dir: `/usr/lib/postgresql/${major}`, version: String(major) };
    const server = await fixture.start({ dataDir, binaries });
    await migrate(server.connectionString);
    await query(
      server,
      `insert into posthorn.settings values ('kept', 'yes');
       create role reporting;
       create table public.notes ()`,
    );
    await server.stop();
  });

  test("serve refuses it, a failed move changes nothing, and then it is moved", async () => {
    await expect(fixture.start({ dataDir })).rejects.toMatchObject({
      code: "PH_DATA_DIR_OLDER",
      hint: expect.stringContaining("posthorn upgrade-database"),
    });
    // A killed Posthorn leaves its server, to which others may be connected.
    const binaries = { dir: `/usr/lib/postgresql/${major}`, version: String(major) };
    const killed = fixture.spawn({ dataDir, binaries });
    const left = await killed.ready();
    await killed.kill();
    expect(isAlive(left.pid)).toBe(true);
    let isLeftRunning = true;
    const failing = upgradeCluster({
      dataDir,
      oldBinDir: null,
      outsideDir: fixture.outsideDir,
      settings,
      copy: () => {
        isLeftRunning = isAlive(left.pid);
        return Promise.reject(new Error("the copy failed"));
      },
    });
    await expect(failing).rejects.toThrow("the copy failed");
    expect(isLeftRunning).toBe(false);
    expect((await findCluster(dataDir))?.major).toBe(major);
    expect((await readdir(dataDir)).filter((name) => name.includes("upgrade"))).toEqual([]);

    const upgraded = await upgrade(dataDir);
    expect(upgraded).toMatchObject({ from: major, to: own });
    expect(upgraded?.copied.rows["settings"]).toBe(1);
    const said = describeUpgrade(upgraded);
    expect(said).toContain("role reporting, table public.notes");
    expect(said).toContain(`postgres-${major}`);
    expect(await upgrade(dataDir)).toBeNull();

    // The state after an interruption between the upgrade's last two steps.
    const clusterDir = path.join(dataDir, "postgres");
    await rename(clusterDir, path.join(dataDir, "postgres.upgraded"));
    const server = await fixture.start({ dataDir });
    expect(server.version).toMatch(new RegExp(`^${own}\\.`));
    const rows = await query(server, "select value from posthorn.settings where name = 'kept'");
    expect(rows).toEqual([{ value: "yes" }]);
    await server.stop();

    // The old files still start with the old version.
    await rm(clusterDir, { recursive: true });
    await rename(path.join(dataDir, `postgres-${major}`), clusterDir);
    const before = await fixture.start({ dataDir, binaries });
    expect(await query(before, "select count(*)::integer from public.notes")).toHaveLength(1);
    await before.stop();
  });
});

test("refuses a newer folder, an empty one, and one whose old files are still there", async () => {
  const newer = await folderOf(own + 1);
  await expect(upgrade(newer)).rejects.toMatchObject({ code: "PH_DATA_DIR_NEWER" });
  await expect(fixture.start({ dataDir: newer })).rejects.toMatchObject({
    code: "PH_DATA_DIR_NEWER",
  });
  const none = path.join(fixture.folder, "none");
  await expect(upgrade(none)).rejects.toMatchObject({ code: "PH_DATA_DIR_EMPTY" });
  expect(existsSync(none)).toBe(false);
  const twice = await folderOf(15);
  await mkdir(path.join(twice, "postgres-15"));
  await expect(upgrade(twice)).rejects.toMatchObject({
    code: "PH_DATA_DIR",
    message: expect.stringContaining("postgres-15 exists"),
  });
});

test("refuses DATABASE_URL, because its server is not Posthorn's to move", async () => {
  const config = { ...configOf(fixture.folder), databaseUrl: "postgres://127.0.0.1:1/none" };
  const refused = upgradeDatabase({ config, oldBinDir: null });
  await expect(refused).rejects.toMatchObject({ code: "PH_CONFIG_INVALID" });
});
