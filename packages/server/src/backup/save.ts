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
  const tables = await tablesOf(client);
  const names = tables.map(({ table }) => pg.escapeIdentifier(table));
  // The order matters: the first query fixes the moment, and the locks must be held before it.
  await client.query("begin isolation level repeatable read read only");
  await client.query("set local statement_timeout = 0");
  await client.query(
    `lock table ${names.map((name) => `posthorn.${name}`).join(", ")} in access share mode`,
  );
  // A role that row security applies to gets an error instead of a part of the rows.
  await client.query(`${settings}; set local row_security = off`);
  const manifest = await readManifest(client, tables);
  const hash = createHash("sha256");
  const hashed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  const rows: Record<string, number> = {};
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
    rows[table] = copied.rowCount;
  }
  await client.query("commit");
  onSaved({ manifest, rows });
  yield lineOf({ rows, sha256: hash.digest("hex") } satisfies Trailer);
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

interface Facts {
  readonly created_at: string;
  readonly postgresql: string;
  readonly encryption_key_id: string | null;
  readonly since: string | null;
  readonly until: string | null;
}

async function readManifest(client: pg.Client, tables: readonly TableHead[]): Promise<Manifest> {
  const iso = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
  const { rows } = await client.query<Facts>(
    `select to_char(now(), ${iso}) as created_at,
            split_part(current_setting('server_version'), ' ', 1) as postgresql,
            (select value from posthorn.settings where name = 'encryption_key_id')
              as encryption_key_id,
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
