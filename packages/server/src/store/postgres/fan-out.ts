/** The SQL of `pipeline/publish/fan-out.ts`; most of it is in `posthorn.fan_out_batch`. */
import { nilId } from "../../model/id.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { toTimestamp } from "./rows.ts";

/** Finds the next org by reading one index entry, at most twice. */
const nextSql = `
select org_id from (
  (select org_id, 0 as lap from posthorn.fan_outs where org_id > $1 order by org_id limit 1)
  union all
  (select org_id, 1 as lap from posthorn.fan_outs order by org_id limit 1)
) as next
order by lap limit 1
`;

export async function nextFanOut(
  database: Queryable,
  afterOrgId: string | null,
): Promise<string | null> {
  const { rows } = await database.query<{ org_id: string }>({
    name: "next_fan_out",
    text: nextSql,
    values: [afterOrgId ?? nilId],
  });
  return rows[0]?.org_id ?? null;
}

export async function fanOut(
  database: Queryable,
  orgId: string,
  deliveriesMax: number,
  atMs: number,
): Promise<number | null> {
  const { rows } = await database.query<{ created: number | null }>({
    name: "fan_out",
    text: "select posthorn.fan_out_batch($1, $2, $3) as created",
    values: [orgId, deliveriesMax, toTimestamp(atMs)],
  });
  return rows[0]?.created ?? null;
}
