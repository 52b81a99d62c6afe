/**
 * Brings the schema `posthorn` up to the program's version: `migrations/NNNN-name.sql`, in order,
 * forward only, each in a transaction of its own together with its record.
 */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { hostsOf } from "./hosts.ts";

/** A sibling of both `src/` and `dist/`, so the same relative path works from either. */
const migrationsFolder = new URL("../../migrations/", import.meta.url);

/** Any constant will do; it only has to be the same in every node. */
const migrationLockKey = 8_420_001;

const postgresVersionMin = 150_000;

interface Migration {
  readonly number: number;
  readonly name: string;
}

/**
 * Applies what is missing. Safe to call from many nodes at once: one does the work, the others
 * wait for it.
 *
 * @returns the names of the migrations applied by this call.
 * @throws PosthornError `PH_DATABASE_NEWER` if the database has a migration that this program
 *   does not know, `PH_DATABASE_TOO_OLD` for a server before PostgreSQL 15.
 */
export async function migrate(connectionString: string): Promise<readonly string[]> {
  const client = new pg.Client({
    connectionString: await hostsOf(connectionString).find(),
    application_name: "posthorn migrate",
  });
  await client.connect();
  try {
    await checkServerVersion(client);
    // Held by the session, so a node that dies in here frees the others at once.
    await client.query("select pg_advisory_lock($1)", [migrationLockKey]);
    return await applyMissing(client, await knownMigrations());
  } finally {
    await client.end();
  }
}

/** The number of the newest migration that this program brings. */
export async function newestMigration(): Promise<number> {
  return (await knownMigrations()).at(-1)?.number ?? 0;
}

async function knownMigrations(): Promise<Migration[]> {
  const names = (await readdir(migrationsFolder))
    .filter((name) => name.endsWith(".sql"))
    .toSorted();
  return names.map((name) => ({ number: Number(name.slice(0, 4)), name }));
}

async function checkServerVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ server_version_num: string; server_version: string }>(
    "select current_setting('server_version_num') as server_version_num, " +
      "current_setting('server_version') as server_version",
  );
  const row = rows[0];
  if (row === undefined || Number(row.server_version_num) < postgresVersionMin) {
    throw new PosthornError("PH_DATABASE_TOO_OLD", { version: row?.server_version ?? "unknown" });
  }
}

async function applyMissing(client: pg.Client, known: readonly Migration[]): Promise<string[]> {
  await client.query("create schema if not exists posthorn");
  await client.query(
    `create table if not exists posthorn.migrations (
       number integer primary key,
       name text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  const { rows } = await client.query<{ number: number; name: string }>(
    "select number, name from posthorn.migrations order by number",
  );
  const newest = rows.at(-1);
  const newestKnown = known.at(-1)?.number ?? 0;
  if (newest !== undefined && newest.number > newestKnown) {
    throw new PosthornError("PH_DATABASE_NEWER", { migration: newest.name });
  }
  const applied = new Set(rows.map((row) => row.number));
  const missing = known.filter((migration) => !applied.has(migration.number));
  for (const migration of missing) {
    await applyOne(client, migration);
  }
  return missing.map((migration) => migration.name);
}

/**
 * Nodes of the release before are at work meanwhile. A migration waits for a table for less time
 * than the server waits before it looks for deadlocks (1 s), and then tries again from the start:
 * of the two in a deadlock it is always the migration that gives up, never a publish.
 */
async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  const giveUpAtMs = Date.now() + limits.migrationPatienceMs;
  for (;;) {
    try {
      return await tryToApply(client, migration);
    } catch (error) {
      const isLocked = error instanceof pg.DatabaseError && /^(55P03|40P01)$/.test(`${error.code}`);
      if (!isLocked || Date.now() > giveUpAtMs) {
        throw new Error(`Migration ${migration.name} failed: ${String(error)}`, { cause: error });
      }
      await sleep(limits.migrationLockMs);
    }
  }
}

async function tryToApply(client: pg.Client, migration: Migration): Promise<void> {
  const sql = await readFile(new URL(migration.name, migrationsFolder), "utf8");
  await client.query("begin");
  try {
    await client.query(`set local lock_timeout = ${limits.migrationLockMs}`);
    await client.query(sql);
    await client.query("insert into posthorn.migrations (number, name) values ($1, $2)", [
      migration.number,
      migration.name,
    ]);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback");
    throw error;
  }
}
