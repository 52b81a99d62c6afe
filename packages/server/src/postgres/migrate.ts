/**
 * Migrates the schema `posthorn` to this program's version. It first applies the missing
 * migrations, each in one transaction together with its record. Then it replaces functions and
 * views that have changed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { connectClient } from "./clients.ts";
import { buildIndex, isConcurrentIndex } from "./concurrent-index.ts";
import { hostsOf, type Hosts } from "./hosts.ts";
import {
  readFunctions,
  readMigrations,
  readViews,
  type Migration,
  type SqlFile,
} from "./schema-files.ts";

/** The key of the advisory lock. It is arbitrary, but must be the same for all nodes. */
const migrationLockKey = 8_420_001;

const postgresVersionMin = 150_000;

/**
 * Functions and views are one unit, because a view is dropped and created again with its functions.
 */
const functionsAndViews = "functions and views";

/**
 * Applies what is missing. Several nodes may call it at the same time: one does the work, and the
 * others wait.
 *
 * @returns the names of the migrations, functions and views that this call applied.
 * @throws PosthornError `PH_DATABASE_NEWER` if the database has a migration that this program
 * does not know, `PH_DATABASE_OTHER_BUILD` if an unreleased build with different tables created
 * it, `PH_DATABASE_TOO_OLD` for a server before PostgreSQL 15, `PH_DATABASE_ENCODING` for a
 * database whose encoding is not UTF8.
 */
export function migrate(connectionString: string): Promise<readonly string[]> {
  return migrateAt(hostsOf(connectionString));
}

/** Does what `migrate` does, at a database that may already have been found. */
export async function migrateAt(hosts: Hosts): Promise<readonly string[]> {
  const found = await hosts.way();
  const options = { name: "posthorn migrate", answerMs: null, statementMs: null };
  const client = await connectClient(found, options);
  const lock = await connectClient(found, options).catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  try {
    await checkServer(client);
    await takeLock(lock);
    const migrations = await applyMigrations(client, await readMigrations());
    const replaced = await replaceFunctionsAndViews(client);
    if (migrations.length > 0) await makeFirstPartitions(client);
    return [...migrations, ...replaced];
  } finally {
    await Promise.all([client.end(), lock.end()]);
  }
}

/**
 * Takes the lock in an open transaction, because a pooler may not keep a session. If the node dies,
 * the others continue immediately. The function does not wait inside a statement, and does not use
 * the extended protocol, whose portal stays open: both hold a snapshot, and a concurrent index
 * build waits for all snapshots.
 */
async function takeLock(lock: pg.Client): Promise<void> {
  for (;;) {
    await lock.query("begin");
    if (await tryLock(lock)) return;
    await lock.query("rollback");
    await sleep(limits.migrationLockMs);
  }
}

async function tryLock(lock: pg.Client): Promise<boolean> {
  const { rows } = await lock.query<{ taken: boolean }>(
    `select pg_try_advisory_xact_lock(${migrationLockKey}) as taken`,
  );
  return rows[0]?.taken === true;
}

/** Keeps others from migrating until the end of the caller's transaction. */
export async function lockMigrations(client: pg.Client): Promise<void> {
  while (!(await tryLock(client))) await sleep(limits.migrationLockMs);
}

/**
 * Creates the tables of these migrations in the caller's transaction, in a database without them.
 */
export async function createTables(
  client: pg.Client,
  migrations: readonly Migration[],
): Promise<void> {
  await createBookkeeping(client);
  // A concurrent index is an ordinary one here: the tables are empty.
  for (const migration of migrations) {
    await client.query(migration.text);
    await record(client, migration);
  }
}

/** The number of this program's newest migration. */
export async function newestMigration(): Promise<number> {
  return (await readMigrations()).at(-1)?.number ?? 0;
}

interface ServerFacts {
  readonly server_version_num: string;
  readonly server_version: string;
  readonly server_encoding: string;
}

/** @throws PosthornError `PH_DATABASE_TOO_OLD`, `PH_DATABASE_ENCODING` */
export async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<ServerFacts>(
    `select current_setting('server_version_num') as server_version_num,
            current_setting('server_version') as server_version,
            current_setting('server_encoding') as server_encoding`,
  );
  const row = rows[0];
  if (row === undefined || Number(row.server_version_num) < postgresVersionMin) {
    throw new PosthornError("PH_DATABASE_TOO_OLD", { version: row?.server_version ?? "unknown" });
  }
  const encoding = row.server_encoding;
  if (encoding !== "UTF8") throw new PosthornError("PH_DATABASE_ENCODING", { encoding });
}

async function applyMigrations(
  client: pg.Client,
  known: readonly Migration[],
): Promise<readonly string[]> {
  await createBookkeeping(client);
  const { rows: applied } = await client.query<{ number: number; name: string; hash: string }>(
    "select number, name, hash from posthorn.migrations order by number",
  );
  const newest = applied.at(-1);
  if (newest !== undefined && newest.number > (known.at(-1)?.number ?? 0)) {
    throw new PosthornError("PH_DATABASE_NEWER", { migration: newest.name });
  }
  const hashes = new Map(known.map((migration) => [migration.number, migration.hash]));
  const other = applied.find(({ number, hash }) => hashes.get(number) !== hash);
  if (other !== undefined) throw otherBuild(other.name);
  const numbers = new Set(applied.map(({ number }) => number));
  const missing = known.filter(({ number }) => !numbers.has(number));
  for (const migration of missing) await applyOne(client, migration);
  return missing.map(({ name }) => name);
}

/**
 * Creates the schema only if it is missing, because the schema's owner may not be allowed to create
 * schemas.
 */
async function createBookkeeping(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ has_schema: boolean; has_older: boolean }>(
    `select to_regnamespace('posthorn') is not null as has_schema,
            to_regclass('posthorn.migrations') is not null and not exists (
              select from pg_attribute
              where attrelid = to_regclass('posthorn.migrations') and attname = 'hash'
            ) as has_older`,
  );
  if (rows[0]?.has_older === true) throw otherBuild("migrations without a hash");
  if (rows[0]?.has_schema !== true) await client.query("create schema posthorn");
  await client.query(
    `create table if not exists posthorn.migrations (
       number integer primary key,
       name text not null,
       hash text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  await client.query(
    `create table if not exists posthorn.sql_files (
       name text primary key,
       hash text not null,
       applied_at timestamptz not null default now()
     )`,
  );
}

function otherBuild(found: string): PosthornError {
  return new PosthornError("PH_DATABASE_OTHER_BUILD", { found });
}

async function applyOne(client: pg.Client, migration: Migration): Promise<void> {
  const isIndex = isConcurrentIndex(migration.text);
  if (isIndex) await buildIndex(client, migration.text);
  await withShortLocks(client, migration.name, async () => {
    if (!isIndex) await client.query(migration.text);
    await record(client, migration);
  });
}

async function record(client: pg.Client, { number, name, hash }: Migration): Promise<void> {
  await client.query("insert into posthorn.migrations (number, name, hash) values ($1, $2, $3)", [
    number,
    name,
    hash,
  ]);
}

/**
 * If any file has changed, replaces the changed functions and creates all views again, because
 * PostgreSQL cannot replace a view by one with other columns. It uses one transaction, so that
 * nodes never see half of the change.
 */
async function replaceFunctionsAndViews(client: pg.Client): Promise<readonly string[]> {
  const [functions, views] = [await readFunctions(), await readViews()];
  const { rows } = await client.query<{ name: string; hash: string }>(
    "select name, hash from posthorn.sql_files",
  );
  const hashes = new Map(rows.map(({ name, hash }) => [name, hash]));
  const differs = (file: SqlFile): boolean => hashes.get(file.name) !== file.hash;
  const changedFunctions = functions.filter((file) => differs(file));
  const changedViews = views.some((file) => differs(file)) ? views : [];
  const changed = [...changedFunctions, ...changedViews];
  if (changed.length === 0) return [];
  await withShortLocks(client, functionsAndViews, async () => {
    // A function may call another one that is created after it.
    await client.query("set local check_function_bodies = off");
    if (changedViews.length > 0) await dropViews(client);
    for (const file of changed) await client.query(file.text);
    await client.query(
      `insert into posthorn.sql_files (name, hash)
       select name, hash from unnest($1::text[], $2::text[]) as given (name, hash)
       on conflict (name) do update set hash = excluded.hash, applied_at = now()`,
      [changed.map(({ name }) => name), changed.map(({ hash }) => hash)],
    );
  });
  return changed.map(({ name }) => name);
}

async function dropViews(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class
     where relnamespace = 'posthorn'::regnamespace and relkind = 'v'`,
  );
  if (rows.length === 0) return;
  // One statement, because a view may use another one.
  await client.query(`drop view ${rows.map(({ name }) => `posthorn.${name}`).join(", ")}`);
}

/**
 * Creates partitions during the migration, because events can be published from SQL before the
 * first node starts.
 */
async function makeFirstPartitions(client: pg.Client): Promise<void> {
  await client.query(
    "select posthorn.make_partitions(now() - interval '1 day', now() + interval '28 days')",
  );
}

/**
 * Runs `work` in a transaction while nodes of the previous release may be running. The lock timeout
 * is shorter than the delay of the server's deadlock check (1 s). So in a deadlock the migration
 * always gives up and retries, never a publish.
 * @throws Error that contains `what` if it does not succeed within `limits.migrationPatienceMs`.
 */
async function withShortLocks(
  client: pg.Client,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const giveUpAtMs = performance.now() + limits.migrationPatienceMs;
  for (;;) {
    await client.query("begin");
    try {
      await client.query(`set local lock_timeout = ${limits.migrationLockMs}`);
      await work();
      await client.query("commit");
      return;
    } catch (error) {
      await client.query("rollback");
      const isLocked = error instanceof pg.DatabaseError && /^(55P03|40P01)$/.test(`${error.code}`);
      if (!isLocked || performance.now() > giveUpAtMs) {
        throw new Error(`Migration ${what} failed: ${String(error)}`, { cause: error });
      }
      await sleep(limits.migrationLockMs);
    }
  }
}
