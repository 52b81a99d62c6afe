/** Which tables a backup contains, and in which order. */
import type { ClientBase } from "pg";
import { readMigrations } from "../postgres/schema-files.ts";
import type { AppliedMigration, TableHead } from "./format.ts";

/**
 * Tables without anything to restore:
 *
 * - the restore itself fills those about the schema: migrations, sql_files, partitions;
 * - nodes, server_life, terminal_answers and claim_horizon describe running processes;
 * - sessions and portal_links would let people in who have signed out since.
 */
const leftOut: ReadonlySet<string> = new Set([
  "migrations",
  "sql_files",
  "partitions",
  "nodes",
  "server_life",
  "terminal_answers",
  "claim_horizon",
  "sessions",
  "portal_links",
]);

interface TableRow {
  readonly table: string;
  readonly columns: readonly string[];
  /** The tables that its foreign keys refer to. */
  readonly after: readonly string[];
}

const tablesSql = `
select relation.relname::text as "table",
       array(select attname::text from pg_attribute
             where attrelid = relation.oid and attnum > 0 and not attisdropped
               and attgenerated = ''
             order by attnum) as columns,
       array(select distinct other.relname::text
             from pg_constraint join pg_class as other on other.oid = confrelid
             where conrelid = relation.oid and contype = 'f' and confrelid <> relation.oid) as after
from pg_class as relation
where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'p') and not relispartition
  -- Retention detaches a partition before it drops it. Between the two, it is a table of its own.
  and relname not in (select name from posthorn.partitions)
order by relation.relname`;

const namedTable =
  /\b(?:create (?:unlogged )?table(?: if not exists)?|rename to) (?:posthorn\.)?(\w+)/gi;

/**
 * The tables that these migrations create. Null if this program does not know one of them: then any
 * table may be Posthorn's.
 */
async function tablesBy(
  applied: readonly Pick<AppliedMigration, "hash">[],
): Promise<ReadonlySet<string> | null> {
  const texts = new Map((await readMigrations()).map(({ hash, text }) => [hash, text]));
  const names = new Set<string>();
  for (const { hash } of applied) {
    const text = texts.get(hash);
    if (text === undefined) return null;
    for (const [, name = ""] of text.matchAll(namedTable)) names.add(name);
  }
  return names;
}

/**
 * Posthorn's tables in the schema, each after those that its foreign keys refer to. The schema may
 * contain others, which an operator has created.
 */
export async function tablesOf(client: Pick<ClientBase, "query">): Promise<readonly TableHead[]> {
  const { rows: applied } = await client.query<{ hash: string }>(
    "select hash from posthorn.migrations",
  );
  const known = await tablesBy(applied);
  const { rows } = await client.query<TableRow>(tablesSql);
  const waiting = rows.filter(({ table }) => !leftOut.has(table) && known?.has(table) !== false);
  const ordered: TableRow[] = [];
  while (waiting.length > 0) {
    const isDone = (name: string): boolean => !waiting.some(({ table }) => table === name);
    const index = waiting.findIndex(({ after }) => after.every(isDone));
    if (index === -1) throw new Error("The tables' foreign keys form a circle.");
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered.map(({ table, columns }) => ({ table, columns }));
}
