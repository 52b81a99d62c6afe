/** The SQL of `pipeline/upkeep/take-over.ts`. `posthorn.take_over` does the work. */
import type { Queryable } from "../../postgres/pool.ts";
import type { TakenOver } from "../store.ts";

interface TakenOverRow {
  node_id: string;
  deliveries: number;
}

export async function takeOver(
  database: Queryable,
  nodeId: string,
  lateAfterMs: number,
): Promise<readonly TakenOver[]> {
  const { rows } = await database.query<TakenOverRow>({
    name: "take_over",
    text: `select node_id, deliveries
           from posthorn.take_over($1, make_interval(secs => $2::double precision))`,
    values: [nodeId, lateAfterMs / 1000],
  });
  return rows.map((row) => ({ nodeId: row.node_id, deliveries: row.deliveries }));
}

/**
 * Frees the leases of one node.
 * @returns the number of deliveries that became due.
 */
export async function takeOverFrom(database: Queryable, deadNodeId: string): Promise<number> {
  const { rows } = await database.query<{ freed: number }>({
    name: "take_over_from",
    text: `select posthorn.free_leases((tag || '-0000-000000000000')::uuid,
                                       (tag || '-ffff-ffffffffffff')::uuid) as freed
           from posthorn.lease_tag($1) as tag`,
    values: [deadNodeId],
  });
  return rows[0]?.freed ?? 0;
}

/**
 * Frees every lease. The caller must know that no node is running, e.g. because it holds the lock
 * of the embedded database's folder.
 *
 * @returns the number of deliveries that became due.
 */
export async function freeAllLeases(database: Queryable): Promise<number> {
  const { rows } = await database.query<{ freed: number }>(
    `with forgotten as (delete from posthorn.nodes)
     select posthorn.free_leases('00000000-0000-0000-0000-000000000000',
                                 'ffffffff-ffff-ffff-ffff-ffffffffffff') as freed`,
  );
  return rows[0]?.freed ?? 0;
}
