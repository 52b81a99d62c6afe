/** The SQL of `pipeline/dispatch/poller.ts`. Each part reads at most one index entry. */
import type { Queryable } from "../../postgres/pool.ts";
import type { WaitingWork } from "../store.ts";
import { singleRow } from "./rows.ts";

const waitingSql = `
select posthorn.due_in_ms() as "dueInMs",
  (select org_id from posthorn.fan_outs
   where retry_at is null order by org_id limit 1) is not null
    or exists (select from posthorn.fan_outs where retry_at <= now()) as "hasFanOuts",
  exists (select from posthorn.replays where state = 'running') as "hasReplays",
  exists (select from posthorn.erasures where finished_at is null) as "hasErasures",
  exists (select from posthorn.terminals)
    or exists (select from posthorn.terminal_answers) as "hasTerminals",
  exists (select from posthorn.nodes where id <> $1) as "hasOtherNodes"
`;

export async function waitingWork(database: Queryable, nodeId: string): Promise<WaitingWork> {
  const { rows } = await database.query<WaitingWork>({
    name: "waiting_work",
    text: waitingSql,
    values: [nodeId],
  });
  return singleRow(rows, "waiting_work");
}
