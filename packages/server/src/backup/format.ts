/**
 * The format of a backup file: text, compressed with gzip, so that `zcat` shows it.
 *
 * - The first line is a JSON object, the manifest.
 * - Then there is a block for each table: a line with a JSON object, `{"table", "columns"}`; the
 *   rows in PostgreSQL's text format of COPY; and a line `\.`, which no row can look like.
 * - The last line is a JSON object, `{"rows", "sha256"}`: the number of rows of each table, and the
 *   hash of everything before this line.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";

export const formatName = "posthorn-backup";
export const formatVersion = 1;

/** The line that ends a table's rows. */
export const endOfRows = "\\.\n";

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly hash: string;
}

/** The first line of a backup. It describes the file before any row. */
export interface Manifest {
  readonly format: typeof formatName;
  readonly format_version: number;
  /** The version of Posthorn that made the file. */
  readonly posthorn: string;
  /** The version of the database's server. */
  readonly postgresql: string;
  /** The moment that the file shows, by the database's clock. */
  readonly created_at: string;
  /**
   * The ids of the keys that decrypt the endpoints' secrets. The first one is that of the service
   * that ran last; the others are former keys that some secrets still need. Empty if no service has
   * started on the database yet.
   */
  readonly encryption_key_ids: readonly string[];
  /** The versions of the tables. */
  readonly migrations: readonly AppliedMigration[];
  /** The range of time that the weekly partitions cover. */
  readonly partitions: { readonly since: string; readonly until: string } | null;
  readonly tables: readonly string[];
}

export interface TableHead {
  readonly table: string;
  readonly columns: readonly string[];
}

/** The number of rows of each table. */
export type RowCounts = Readonly<Record<string, number>>;

export interface Trailer {
  readonly rows: RowCounts;
  readonly sha256: string;
}

/** @throws PosthornError `PH_BACKUP_DAMAGED`, `PH_BACKUP_NEWER` */
export function parseManifest(line: string): Manifest {
  const manifest = parseLine<Manifest>(line, "it is not a backup of Posthorn");
  if (manifest.format !== formatName) throw damaged("it is not a backup of Posthorn");
  const { format_version: version, posthorn } = manifest;
  if (version !== formatVersion) {
    throw new PosthornError("PH_BACKUP_NEWER", { version: posthorn ?? "unknown" });
  }
  const { migrations, tables, partitions } = manifest;
  const isWhole =
    isListOf(migrations, ({ number, hash }) => Number.isInteger(number) && isText(hash)) &&
    isListOf(tables, isText) &&
    (partitions === null || (isText(partitions?.since) && isText(partitions.until))) &&
    isListOf(manifest.encryption_key_ids, isText) &&
    isText(manifest.created_at);
  if (!isWhole) throw damaged("its first line is incomplete");
  return manifest as Manifest;
}

/** @throws PosthornError `PH_BACKUP_DAMAGED` */
export function parseTableHead(line: string): TableHead {
  const { table, columns } = parseLine<TableHead>(line, "a table's first line is not JSON");
  if (!isText(table) || !isListOf(columns, isText)) throw damaged("a table has no name");
  return { table, columns };
}

/** @throws PosthornError `PH_BACKUP_DAMAGED` */
export function parseTrailer(line: string): Trailer {
  const { rows, sha256 } = parseLine<Trailer>(line, "its last line is not JSON");
  if (rows === undefined || !isText(sha256)) throw damaged("its last line is incomplete");
  return { rows: { ...rows }, sha256 };
}

export function damaged(reason: string, cause?: unknown): PosthornError {
  return new PosthornError("PH_BACKUP_DAMAGED", { reason }, { cause });
}

/** Every member may be missing, because the file may come from anywhere. */
function parseLine<Line>(line: string, otherwise: string): Partial<Line> {
  try {
    return Object(JSON.parse(line)) as Partial<Line>;
  } catch (error) {
    throw damaged(otherwise, error);
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isListOf<Item>(
  values: readonly Item[] | undefined,
  isItem: (value: Item) => boolean,
): values is readonly Item[] {
  return Array.isArray(values) && values.every((each: Item) => each !== null && isItem(each));
}

/** The longest line that is not a row. */
export const lineBytesMax = limits.backupLineBytesMax;
