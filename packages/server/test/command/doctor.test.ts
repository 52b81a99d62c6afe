/** `posthorn doctor` and `posthorn admin-key`, with real databases and folders. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { DoctorCheck } from "../../src/commands/doctor/check.ts";
import { databaseChecks } from "../../src/commands/doctor/database-checks.ts";
import { localChecks } from "../../src/commands/doctor/local-checks.ts";
import { readConfig, type Config } from "../../src/config/config.ts";
import { findBinaries } from "../../src/embedded/binaries.ts";
import { limits } from "../../src/limits.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { readAdminKey, rotateAdminKey } from "../../src/service/keys.ts";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";

const encryptionKey = Buffer.alloc(32, 1).toString("base64");

function configOf(environment: Readonly<Record<string, string>>): Config {
  return readConfig({ allowCidrs: [], logLevel: "silent" }, environment);
}

/** The names of the checks that found a problem. */
function problemsOf(checks: readonly DoctorCheck[]): readonly string[] {
  for (const { ok, what_to_do: advice } of checks) expect(ok).toBe(advice === null);
  return checks.filter(({ ok }) => !ok).map(({ name }) => name);
}

describe("the database", () => {
  let database: TestDatabase;
  let config: Config;
  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
    const environment = { DATABASE_URL: database.url, POSTHORN_ENCRYPTION_KEY: encryptionKey };
    config = configOf(environment);
  });
  afterAll(() => database.drop());

  test("without tables, then migrated, then with secrets of another key", async () => {
    const before = await databaseChecks(config, Date.now);
    expect(problemsOf(before)).toEqual([]);
    expect(before.find(({ name }) => name === "migrations")?.found).toMatch(/^none yet;/);
    await migrate(database.url);
    const checks = await databaseChecks(config, Date.now);
    expect(problemsOf(checks)).toEqual([]);
    expect(checks.map(({ name }) => name).join(" ")).toBe(
      "version encoding TLS pooler grants clock connections size migrations secrets",
    );
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(
      "insert into posthorn.settings (name, value) values ('encryption_key_id', 'other')",
    );
    await client.query(
      "insert into posthorn.migrations (number, name, hash) values (9999, '9999-later.sql', '')",
    );
    await client.end();
    expect(problemsOf(await databaseChecks(config, Date.now))).toEqual(["migrations", "secrets"]);
  });

  test("clocks that are further apart than doctorClockMsMax", async () => {
    const problems = async (aheadMs: number) =>
      problemsOf(await databaseChecks(config, () => Date.now() + aheadMs)).includes("clock");
    // Both clocks are the same machine's clock. The margin covers the duration of the query.
    expect(await problems(limits.doctorClockMsMax - 2_000)).toBe(false);
    expect(await problems(limits.doctorClockMsMax + 2_000)).toBe(true);
    expect(await problems(-limits.doctorClockMsMax - 2_000)).toBe(true);
  });

  test("more connections than the server has", async () => {
    const most = { ...config, databaseConnections: 1_000_000 };
    expect(problemsOf(await databaseChecks(most, Date.now))).toContain("connections");
  });

  test("a role that may not create anything", async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const role = `doctor_${process.pid}_${Date.now()}`;
    await client.query(`create role ${role} login password 'secret'`);
    const url = new URL(database.url);
    url.username = role;
    url.password = "secret";
    try {
      const checks = await databaseChecks({ ...config, databaseUrl: url.href }, Date.now);
      expect(problemsOf(checks)).toEqual(["grants", "migrations", "secrets"]);
    } finally {
      await client.query(`drop role ${role}`);
      await client.end();
    }
  });

  test("a server that does not respond, and a wrong password", async () => {
    const url = new URL(database.url);
    url.password = "wrong";
    for (const databaseUrl of ["postgres://127.0.0.1:1/posthorn", url.href]) {
      const checks = await databaseChecks({ ...config, databaseUrl }, Date.now);
      expect(problemsOf(checks)).toEqual(["database"]);
      expect(JSON.stringify(checks)).not.toContain("wrong");
    }
  });
});

describe("the data folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "posthorn-doctor-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("before the first start there is no problem, and it says what the start creates", async () => {
    const dataDir = path.join(folder, "none");
    const checks = await localChecks(configOf({ POSTHORN_DATA_DIR: dataDir }));
    expect(problemsOf(checks)).toEqual([]);
    const created = checks.filter(({ found }) => found.includes("start creates"));
    expect(created.map(({ name }) => name).join()).toBe(
      "database,data folder,admin key,encryption key",
    );
  });

  test("a database without keys, of an older version, then complete", async () => {
    const config = configOf({ POSTHORN_DATA_DIR: folder });
    const versionFile = path.join(folder, "postgres", "PG_VERSION");
    await mkdir(path.dirname(versionFile));
    await writeFile(versionFile, "14\n");
    await writeFile(path.join(folder, "encryption-key"), "");
    const [database] = await localChecks(config);
    expect(database?.what_to_do).toContain("posthorn upgrade-database");
    await writeFile(versionFile, `${Number.parseInt(findBinaries().version, 10)}\n`);
    expect(problemsOf(await localChecks(config))).toEqual(["encryption key"]);
    await rm(path.join(folder, "encryption-key"));
    expect(problemsOf(await localChecks(config))).toEqual(["encryption key"]);
    await writeFile(path.join(folder, "encryption-key"), encryptionKey);
    await writeFile(path.join(folder, "admin-key"), "pha_0123456789abcdef");
    expect(problemsOf(await localChecks(config))).toEqual([]);
  });

  test("a disk with less than doctorDiskFreeBytesLeast", async () => {
    const config = configOf({ POSTHORN_DATA_DIR: folder });
    for (const missing of [0, 1]) {
      const freeBytes = limits.doctorDiskFreeBytesLeast - missing;
      const checks = await localChecks(config, () => Promise.resolve(freeBytes));
      expect(problemsOf(checks).includes("disk")).toBe(missing === 1);
    }
  });

  test("with DATABASE_URL, the encryption key must be set", async () => {
    const config = configOf({ DATABASE_URL: "postgres://h/d", POSTHORN_DATA_DIR: folder });
    const checks = await localChecks(config);
    expect(problemsOf(checks)).toEqual(["encryption key"]);
    expect(checks.at(-1)?.found).toContain(`in ${path.join(folder, "encryption-key")}, and`);
    const other = configOf({ DATABASE_URL: "postgres://h/d", POSTHORN_DATA_DIR: `${folder}/none` });
    expect((await localChecks(other)).at(-1)?.found).toBe("POSTHORN_ENCRYPTION_KEY is not set");
  });
});

describe("the admin key", () => {
  test("is shown and replaced in the data folder, and not while a variable sets it", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "posthorn-admin-key-"));
    const config = configOf({ POSTHORN_DATA_DIR: folder });
    for (const run of [readAdminKey, rotateAdminKey]) {
      await expect(run(config)).rejects.toMatchObject({ code: "PH_CONFIG_MISSING" });
    }
    const file = path.join(folder, "admin-key");
    await writeFile(file, "pha_first\n", { mode: 0o600 });
    expect(await readAdminKey(config)).toBe("pha_first");
    const key = await rotateAdminKey(config);
    expect(key).toMatch(/^pha_[\w-]{32}$/);
    expect(await readFile(file, "utf8")).toBe(`${key}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const configured = { ...config, adminKey: "configured-0123456789" };
    expect(await readAdminKey(configured)).toBe("configured-0123456789");
    await expect(rotateAdminKey(configured)).rejects.toMatchObject({
      code: "PH_ADMIN_KEY_CONFIGURED",
    });
    await rm(folder, { recursive: true });
  });
});
