/** Records which nodes are running. */
import { announceDue } from "../../postgres/notify.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { Heartbeat } from "../store.ts";
import { singleRow, toTimestamp } from "./rows.ts";

/**
 * Also removes the rows of nodes that were silent for longer than any lease. Other nodes took over
 * their work long before that.
 */
const beatSql = `
with gone as (
  delete from posthorn.nodes
  where id <> $1 and seen_at < posthorn.bounded_clock($2) - interval '2 minutes'
), seen as (
  insert into posthorn.nodes (id, seen_at, beat_at, has_lock, incarnation)
  values ($1, posthorn.bounded_clock($2), clock_timestamp(), $4, posthorn.server_incarnation())
  on conflict (id) do update
  set seen_at = excluded.seen_at, beat_at = excluded.beat_at, has_lock = excluded.has_lock,
      incarnation = excluded.incarnation, taken_over_at = null
)
select count(*)::integer + 1 as nodes from posthorn.nodes where seen_at >= $3 and id <> $1
`;

export async function heartbeat(database: Queryable, beat: Heartbeat): Promise<number> {
  const { rows } = await database.query<{ nodes: number }>({
    name: "heartbeat",
    text: beatSql,
    values: [beat.nodeId, toTimestamp(beat.atMs), toTimestamp(beat.sinceMs), beat.holdsLock],
  });
  return singleRow(rows, "heartbeat").nodes;
}

/** Deletes the node's row, and announces the deliveries that the node has given back. */
export async function leave(database: Queryable, nodeId: string): Promise<void> {
  await database.query("delete from posthorn.nodes where id = $1", [nodeId]);
  await announceDue(database);
}
