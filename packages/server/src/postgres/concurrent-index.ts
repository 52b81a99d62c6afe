/**
 * Builds an index on a large table while nodes read and write it. PostgreSQL cannot do that for a
 * partitioned table in one statement, so each partition's index is built concurrently and then
 * attached to the table's index. A migration requests this in its first line. The rest of its text
 * must be one `create index` statement.
 */
import type pg from "pg";

const firstLine = "-- Concurrently, partition by partition.\n";

const shape =
  /^create (?<unique>unique )?index (?<name>\w+)\s+on posthorn\.(?<table>\w+)\s+(?<rest>[^;]+);$/;

/** True if the migration must run outside a transaction, with `buildIndex`. */
export function isConcurrentIndex(text: string): boolean {
  return text.startsWith(firstLine);
}

/**
 * Builds the index of such a migration. It can be repeated after any interruption.
 *
 * @throws Error if the text after the first line is not one `create index` statement.
 */
export async function buildIndex(client: pg.Client, text: string): Promise<void> {
  const groups = shape.exec(text.slice(firstLine.length).trim())?.groups;
  if (groups === undefined)
    throw new Error("A concurrent migration must consist of one create index statement.");
  const { unique = "", name = "", table = "", rest = "" } = groups;
  const create = `create ${unique}index`;
  const partitions = await partitionsOf(client, table);
  if (partitions === null) {
    await dropInvalid(client, name);
    await client.query(`${create} concurrently if not exists ${name} on posthorn.${table} ${rest}`);
    return;
  }
  // From now on, a new partition gets the index when it is attached.
  await client.query(`${create} if not exists ${name} on only posthorn.${table} ${rest}`);
  for (const partition of await partitionsWithout(client, table, name)) {
    const child = `${partition}_${name}`;
    await dropInvalid(client, child);
    await client.query(
      `${create} concurrently if not exists ${child} on posthorn.${partition} ${rest}`,
    );
    await client.query(`alter index posthorn.${name} attach partition posthorn.${child}`);
  }
}

/** Returns the partitions of a table; null if the table is not partitioned. */
async function partitionsOf(client: pg.Client, table: string): Promise<readonly string[] | null> {
  const { rows } = await client.query<{ kind: string }>(
    "select relkind::text as kind from pg_class where oid = to_regclass('posthorn.' || $1)",
    [table],
  );
  return rows[0]?.kind === "p" ? partitionsWithout(client, table, "") : null;
}

/** Returns the partitions that do not have their part of the index yet. */
async function partitionsWithout(
  client: pg.Client,
  table: string,
  index: string,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select child.relname as name
     from pg_inherits join pg_class as child on child.oid = inhrelid
     where inhparent = to_regclass('posthorn.' || $1) and not exists (
       select from pg_index as part
       join pg_inherits as attached on attached.inhrelid = part.indexrelid
       where part.indrelid = child.oid
         and attached.inhparent = to_regclass('posthorn.' || nullif($2, '')))
     order by child.relname`,
    [table, index],
  );
  return rows.map(({ name }) => name);
}

/** Drops an invalid index: an interrupted concurrent build leaves an index that no query uses. */
async function dropInvalid(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_index where indexrelid = to_regclass('posthorn.' || $1) and not indisvalid`,
    [name],
  );
  if ((rowCount ?? 0) > 0) await client.query(`drop index concurrently posthorn.${name}`);
}
