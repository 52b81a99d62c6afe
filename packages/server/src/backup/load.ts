/** Stores a backup's content in an empty database, whole or not at all. */
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { PosthornError } from "../errors/catalogue.ts";
import { checkServer, createTables, lockMigrations, migrate } from "../postgres/migrate.ts";
import { readFunctions, readMigrations, type Migration } from "../postgres/schema-files.ts";
import { freeAllLeases } from "../store/postgres/take-over.ts";
import { withCopyClient, type CopyClient } from "./connect.ts";
import {
  damaged,
  parseManifest,
  parseTableHead,
  parseTrailer,
  type Manifest,
  type RowCounts,
} from "./format.ts";
import { BackupReader } from "./reader.ts";
import { tablesOf } from "./tables.ts";

export interface Loaded {
  readonly manifest: Manifest;
  readonly rows: RowCounts;
  /** The deliveries that the service sends or retries when it starts. */
  readonly pendingDeliveries: number;
}

export interface LoadOptions {
  readonly connectionString: string;
  readonly source: AsyncIterable<Buffer>;
  /** Called before anything is stored. If it throws, nothing is stored. */
  check?(manifest: Manifest): void;
  /** Ends the restore early. */
  readonly stopping?: AbortSignal | undefined;
}

/** Rows that a migration inserts; the backup's own rows replace them. */
const filledByMigrations = "reap_state";

/** The functions that the restore calls before `migrate` creates all of them. */
const functionsForRestore = new Set([
  "functions/uuid_floor.sql",
  "functions/make_partitions.sql",
  "functions/free_leases.sql",
]);

/**
 * Creates the tables in the version of the backup, stores its rows in one transaction, and migrates
 * them to this program's version. No delivery is leased when the transaction ends, so a service
 * that starts at any time after it continues with everything that is pending.
 *
 * @throws PosthornError `PH_BACKUP_DAMAGED`, `PH_BACKUP_NEWER`, `PH_BACKUP_OTHER_BUILD`,
 *   `PH_DATABASE_NOT_EMPTY`, and those of `migrate` and `check`.
 */
export async function loadDatabase(options: LoadOptions): Promise<Loaded> {
  const { connectionString, source, check, stopping } = options;
  const reader = new BackupReader(source);
  const manifest = parseManifest(await reader.line());
  const migrations = await migrationsOf(manifest);
  check?.(manifest);
  const stored = await withCopyClient(connectionString, async (connected) => {
    await checkServer(connected.client);
    return storeRows(connected, reader, { manifest, migrations, stopping });
  });
  await migrate(connectionString);
  return { manifest, ...stored };
}

interface Storing {
  readonly manifest: Manifest;
  readonly migrations: readonly Migration[];
  readonly stopping: AbortSignal | undefined;
}

/** If this fails, the caller closes the connection, which rolls everything back. */
async function storeRows(
  { client, settings }: CopyClient,
  reader: BackupReader,
  { manifest, migrations, stopping }: Storing,
): Promise<Pick<Loaded, "rows" | "pendingDeliveries">> {
  await client.query(`begin; ${settings}`);
  await lockMigrations(client);
  await makeEmptyTables(client, migrations);
  const functions = (await readFunctions()).filter(({ name }) => functionsForRestore.has(name));
  for (const { text } of functions) await client.query(text);
  await makePartitions(client, manifest);
  await client.query(`delete from posthorn.${filledByMigrations}`);
  const tables = await tablesOf(client);
  const expected = tables.map(({ table }) => table);
  if (expected.toSorted().join() !== manifest.tables.toSorted().join()) {
    throw damaged("it does not contain the tables of its version");
  }
  const rows: Record<string, number> = {};
  for (const { table, columns } of tables) {
    const head = parseTableHead(await reader.line());
    // Names from the file go into statements, so they must be those of the database.
    if (head.table !== table || head.columns.toSorted().join() !== columns.toSorted().join()) {
      throw damaged(`table ${table} is missing or has other columns`);
    }
    rows[table] = await storeTable(client, head.columns, table, reader, stopping);
  }
  const digest = reader.digest();
  const trailer = parseTrailer(await reader.line());
  await reader.end();
  if (trailer.sha256 !== digest) throw damaged("its content was changed");
  const different = expected.find((table) => trailer.rows[table] !== rows[table]);
  if (different !== undefined) throw damaged(`rows of table ${different} are missing`);
  const pendingDeliveries = await releaseDeliveries(client);
  await client.query("commit");
  return { rows, pendingDeliveries };
}

async function storeTable(
  client: pg.Client,
  columns: readonly string[],
  table: string,
  reader: BackupReader,
  stopping: AbortSignal | undefined,
): Promise<number> {
  const list = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
  const name = `posthorn.${pg.escapeIdentifier(table)}`;
  const copy = client.query(copyFrom(`copy ${name} (${list}) from stdin`));
  try {
    await pipeline(reader.rows(), copy, { signal: stopping });
  } catch (error) {
    stopping?.throwIfAborted();
    // The file's hash would have shown the same damage, but only at the end of the file.
    if (error instanceof pg.DatabaseError && /^2[23]/.test(error.code ?? "")) {
      throw damaged(`table ${table}: ${error.message}`, error);
    }
    throw error;
  }
  return copy.rowCount;
}

/** @throws PosthornError `PH_BACKUP_NEWER`, `PH_BACKUP_OTHER_BUILD` */
async function migrationsOf(manifest: Manifest): Promise<readonly Migration[]> {
  const known = new Map((await readMigrations()).map((each) => [each.number, each]));
  return manifest.migrations.map(({ number, name, hash }) => {
    const migration = known.get(number);
    if (migration === undefined) {
      throw new PosthornError("PH_BACKUP_NEWER", { version: manifest.posthorn });
    }
    if (migration.hash !== hash) {
      throw new PosthornError("PH_BACKUP_OTHER_BUILD", { found: name });
    }
    return migration;
  });
}

/** @throws PosthornError `PH_DATABASE_NOT_EMPTY` */
async function makeEmptyTables(client: pg.Client, migrations: readonly Migration[]): Promise<void> {
  const { rows } = await client.query<{ has_tables: boolean }>(
    "select to_regclass('posthorn.migrations') is not null as has_tables",
  );
  if (rows[0]?.has_tables !== true) {
    await createTables(client, migrations);
    return;
  }
  const { rows: applied } = await client.query<{ hash: string }>(
    "select hash from posthorn.migrations order by number",
  );
  const hashes = (each: readonly { hash: string }[]): string => each.map(({ hash }) => hash).join();
  if (hashes(applied) !== hashes(migrations)) {
    throw notEmpty("it contains tables of another version than the backup");
  }
  for (const { table } of await tablesOf(client)) {
    const name = pg.escapeIdentifier(table);
    if (table === filledByMigrations) continue;
    const { rowCount } = await client.query(`select from posthorn.${name} limit 1`);
    if (rowCount !== 0) throw notEmpty(`table ${table} contains rows`);
  }
}

function notEmpty(reason: string): PosthornError {
  return new PosthornError("PH_DATABASE_NOT_EMPTY", { reason });
}

async function makePartitions(client: pg.Client, { partitions }: Manifest): Promise<void> {
  if (partitions === null) return;
  await client.query(
    "select posthorn.make_partitions($1, $2::timestamptz - interval '1 microsecond')",
    [partitions.since, partitions.until],
  );
}

/** @returns the number of pending deliveries. */
async function releaseDeliveries(client: pg.Client): Promise<number> {
  await freeAllLeases(client);
  const { rows } = await client.query<{ pending: number }>(
    "select count(*)::integer as pending from posthorn.deliveries where status = 'pending'",
  );
  return rows[0]?.pending ?? 0;
}
