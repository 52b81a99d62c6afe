/** The SQL of `pipeline/publish/fan-out.ts`; its statements are in `posthorn.fan_out_batch`. */
import { nilId } from "../../model/id.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { FanOutStep } from "../store.ts";
import { toTimestamp } from "./rows.ts";

export async function fanOut(
  database: Queryable,
  afterOrgId: string | null,
  deliveriesMax: number,
  atMs: number,
): Promise<FanOutStep | null> {
  const { rows } = await database.query<{ org_id: string; created: number }>({
    name: "fan_out",
    text: "select org_id, created from posthorn.fan_out_batch($1, $2, $3)",
    values: [afterOrgId ?? nilId, deliveriesMax, toTimestamp(atMs)],
  });
  const row = rows[0];
  return row === undefined ? null : { orgId: row.org_id, deliveries: row.created };
}
