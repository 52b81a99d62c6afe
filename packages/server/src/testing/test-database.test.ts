import pg from "pg";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { createTestDatabase, migratedTemplate } from "./test-database.ts";

const servers = [
  { name: "the embedded server", adminUrl: inject("postgresUrl") },
  { name: "the system's server", adminUrl: inject("systemPostgresUrl") },
];

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function databaseNames(url: string): Promise<unknown[]> {
  return (await query(url, "select datname from pg_database")).map(({ datname }) => datname);
}

/** The name of a template that only this test uses. The test removes it at its end. */
function templateName(adminUrl: string): string {
  const name = `template_${Math.random().toString(36).slice(2)}`;
  onTestFinished(async () => {
    await query(adminUrl, `drop database if exists ${name}`);
    await query(adminUrl, `drop database if exists ${name}_unfinished`);
  });
  return name;
}

describe.each(servers)("test databases on $name", ({ adminUrl }) => {
  it.skipIf(adminUrl === null)("are isolated from each other, and gone after drop", async () => {
    const url = adminUrl ?? "";
    const [one, two] = await Promise.all([createTestDatabase(url), createTestDatabase(url)]);
    await query(one.url, "create table only_here (n int)");
    expect(await query(two.url, "select to_regclass('only_here') as t")).toEqual([{ t: null }]);

    const open = new pg.Client({ connectionString: one.url });
    open.on("error", () => undefined);
    await open.connect();
    await Promise.all([one.drop(), two.drop()]);
    await open.end();
    const names = await databaseNames(url);
    expect(names).not.toContain(new URL(one.url).pathname.slice(1));
    expect(names).not.toContain(new URL(two.url).pathname.slice(1));
  });

  it.skipIf(adminUrl === null)(
    "are clones of a template, also for many concurrent callers",
    async () => {
      const url = adminUrl ?? "";
      const name = templateName(url);
      let migrations = 0;
      const migrate = async (templateUrl: string): Promise<void> => {
        migrations += 1;
        await query(templateUrl, "create table greeting as select 'hello' as text");
      };
      const callers = Array.from({ length: 8 }, () => migratedTemplate(url, migrate, name));
      expect(new Set(await Promise.all(callers))).toEqual(new Set([name]));
      expect(migrations).toBe(1);

      const clones = await Promise.all(
        Array.from({ length: 4 }, () => createTestDatabase(url, { template: name })),
      );
      for (const clone of clones) {
        expect(await query(clone.url, "select text from greeting")).toEqual([{ text: "hello" }]);
      }
      await Promise.all(clones.map((clone) => clone.drop()));
    },
  );

  it.skipIf(adminUrl === null)("run a failed migration again, from an empty database", async () => {
    const url = adminUrl ?? "";
    const name = templateName(url);
    const failing = async (templateUrl: string): Promise<void> => {
      await query(templateUrl, "create table half_done (n int)");
      throw new Error("broken migration");
    };
    await expect(migratedTemplate(url, failing, name)).rejects.toThrow("broken migration");
    expect(await databaseNames(url)).not.toContain(name);

    const working = (templateUrl: string) => query(templateUrl, "create table half_done (n int)");
    await expect(migratedTemplate(url, working, name)).resolves.toBe(name);
  });
});

it("tests run on the embedded PostgreSQL 18, and on the system's own if it has one", async () => {
  const version = "select current_setting('server_version_num')::int / 10000 as major";
  expect(await query(inject("postgresUrl"), version)).toEqual([{ major: 18 }]);
  const systemUrl = inject("systemPostgresUrl");
  if (systemUrl !== null) {
    const [row] = await query(systemUrl, version);
    expect(row?.["major"]).toBeGreaterThanOrEqual(15);
  }
});
