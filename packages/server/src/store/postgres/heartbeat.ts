/** Which nodes are at work. */
import type { Queryable } from "../../postgres/pool.ts";
import { only, toTimestamp } from "./rows.ts";

/** The rows of nodes that were not heard of are removed by whoever comes by. */
const beatSql = `
with gone as (
  delete from posthorn.nodes where seen_at < $3 and id <> $1
), seen as (
  insert into posthorn.nodes (id, seen_at) values ($1, $2)
  on conflict (id) do update set seen_at = excluded.seen_at
)
select count(*)::integer + 1 as nodes from posthorn.nodes where seen_at >= $3 and id <> $1
`;

export async function heartbeat(
  database: Queryable,
  nodeId: string,
  atMs: number | null,
  sinceMs: number,
): Promise<number> {
  if (atMs === null) {
    await database.query("delete from posthorn.nodes where id = $1", [nodeId]);
    return 0;
  }
  const { rows } = await database.query<{ nodes: number }>({
    name: "heartbeat",
    text: beatSql,
    values: [nodeId, toTimestamp(atMs), toTimestamp(sinceMs)],
  });
  return only(rows, "heartbeat").nodes;
}
