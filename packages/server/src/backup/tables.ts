/** Which tables a backup contains, and in which order. */
import type { ClientBase } from "pg";
import type { TableHead } from "./format.ts";

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
order by relation.relname`;

/** The tables of the schema, each after those that its foreign keys refer to. */
export async function tablesOf(client: Pick<ClientBase, "query">): Promise<readonly TableHead[]> {
  const { rows } = await client.query<TableRow>(tablesSql);
  const waiting = rows.filter(({ table }) => !leftOut.has(table));
  const ordered: TableRow[] = [];
  while (waiting.length > 0) {
    const isDone = (name: string): boolean => !waiting.some(({ table }) => table === name);
    const index = waiting.findIndex(({ after }) => after.every(isDone));
    if (index === -1) throw new Error("The tables' foreign keys form a circle.");
    ordered.push(...waiting.splice(index, 1));
  }
  return ordered.map(({ table, columns }) => ({ table, columns }));
}
