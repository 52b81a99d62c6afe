/** Reads a database's content at one moment, while the service may be running. */
import { createHash } from "node:crypto";
import pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { version } from "../version.ts";
import type { CopyClient } from "./connect.ts";
import {
  endOfRows,
  formatName,
  formatVersion,
  type AppliedMigration,
  type Manifest,
  type RowCounts,
  type TableHead,
  type Trailer,
} from "./format.ts";
import { tablesOf } from "./tables.ts";

/** SQLSTATE of a table that does not exist. */
const undefinedTable = "42P01";

export interface Saved {
  readonly manifest: Manifest;
  readonly rows: RowCounts;
}

/**
 * The bytes of a backup, uncompressed.
 *
 * One transaction sees one moment. Its locks let everything through except changes of the schema:
 * otherwise retention could drop a partition whose rows that moment still contains.
 *
 * @param onSaved called before the last bytes.
 * @param stopping ends the backup early.
 */
export async function* saveDatabase(
  { client, settings }: CopyClient,
  onSaved: (saved: Saved) => void,
  stopping?: AbortSignal,
): AsyncGenerator<Buffer> {
  const tables = await beginLocked(client, settings);
  const manifest = await readManifest(client, tables);
  const hash = createHash("sha256");
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  const copies: [table: string, copied: { readonly rowCount: number }][] = [];
  yield hashed(lineOf(manifest));
  for (const { table, columns } of tables) {
    yield hashed(lineOf({ table, columns }));
    const list = columns.map((column) => pg.escapeIdentifier(column)).join(", ");
    const select = `select ${list} from posthorn.${pg.escapeIdentifier(table)}`;
    const copied = client.query(copyTo(`copy (${select}) to stdout`));
    for await (const chunk of copied) {
      stopping?.throwIfAborted();
      yield hashed(chunk as Buffer);
    }
    yield hashed(Buffer.from(endOfRows));
    copies.push([table, copied]);
  }
  await client.query("commit");
  // The server reports the number of rows after the end of the stream, and before this answer.
  const rows = Object.fromEntries(copies.map(([table, { rowCount }]) => [table, rowCount]));
  onSaved({ manifest, rows });
  yield lineOf({ rows, sha256: hash.digest("hex") } satisfies Trailer);
}

/**
 * Begins the transaction, and locks the tables that exist at its moment.
 *
 * The order matters: the first query fixes the moment, and the locks must be held before it. A
 * migration may create or drop a table in between, so the list is read again at that moment.
 */
async function beginLocked(client: pg.Client, settings: string): Promise<readonly TableHead[]> {
  for (;;) {
    const before = await tablesOf(client);
    const names = before.map(({ table }) => `posthorn.${pg.escapeIdentifier(table)}`);
    await client.query("begin isolation level repeatable read read only");
    await client.query("set local statement_timeout = 0");
    try {
      await client.query(`lock table ${names.join(", ")} in access share mode`);
      // A role that row security applies to gets an error instead of a part of the rows.
      await client.query(`${settings}; set local row_security = off`);
      const tables = await tablesOf(client);
      if (JSON.stringify(tables) === JSON.stringify(before)) return tables;
    } catch (error) {
      const isDropped = error instanceof pg.DatabaseError && error.code === undefinedTable;
      if (!isDropped) throw error;
    }
    await client.query("rollback");
  }
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

interface Facts {
  readonly created_at: string;
  readonly postgresql: string;
  readonly encryption_key_ids: readonly string[];
  readonly since: string | null;
  readonly until: string | null;
}

/** The current key first. Without any of them, a start on these tables fails (`install.ts`). */
const keyIdsSql = `
  select value from posthorn.settings where name = 'encryption_key_id'
  union all
  select * from (
    select distinct split_part(ciphertext, '.', 2) as former from posthorn.endpoint_secrets
    where 'former_encryption_key/' || split_part(ciphertext, '.', 2)
          in (select name from posthorn.settings)
    order by former) as formers
  where former not in (select value from posthorn.settings where name = 'encryption_key_id')`;

async function readManifest(client: pg.Client, tables: readonly TableHead[]): Promise<Manifest> {
  const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
  const { rows } = await client.query<Facts>(
    `select to_char(now(), ${iso}) as created_at,
            split_part(current_setting('server_version'), ' ', 1) as postgresql,
            array(${keyIdsSql}) as encryption_key_ids,
            (select to_char(min(since), ${iso}) from posthorn.partitions) as since,
            (select to_char(max(until), ${iso}) from posthorn.partitions) as until`,
  );
  const { rows: migrations } = await client.query<AppliedMigration>(
    "select number, name, hash from posthorn.migrations order by number",
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error("The database returned no facts.");
  const { since, until, ...others } = facts;
  return {
    format: formatName,
    format_version: formatVersion,
    posthorn: version,
    ...others,
    migrations,
    partitions: since === null || until === null ? null : { since, until },
    tables: tables.map(({ table }) => table),
  };
}
