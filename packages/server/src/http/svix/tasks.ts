/** The operations on background tasks, which are replays. */
import { svixId, uuidOfSvixId } from "../../model/svix-id.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { Refusal } from "./errors.ts";
import { listAnswer, pageOf, readingOf } from "./query.ts";

interface TaskRow {
  id: string;
  state: "running" | "done" | "cancelled";
  is_missed: boolean;
  replayed: number;
  updated_at: Date;
}

const statuses = { running: "running", done: "finished", cancelled: "failed" } as const;

const selectSql = `
select id, state, status = 'missed' as is_missed, replayed,
       coalesce(finished_at, created_at) as updated_at
from posthorn.webhook_replays`;

function shown({ id, state, is_missed: isMissed, replayed, updated_at: updatedAt }: TaskRow) {
  return {
    id: svixId("task", id),
    status: statuses[state],
    task: isMissed ? "endpoint.replay" : "endpoint.recover",
    data: { messagesSent: replayed },
    updatedAt: updatedAt.toISOString(),
  };
}

async function list(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, "descending");
  const after = page.after === null ? null : uuidOfSvixId("task", page.after);
  if (page.after !== null && after === null) query.refuse("iterator", "it is no iterator");
  const status = query.text("status");
  const states = Object.entries(statuses).filter(([, each]) => each === status);
  if (status !== null && states.length === 0) query.refuse("status", "there is no such status");
  const task = query.text("task");
  query.check();
  const { order, comparison, limit } = readingOf(page);
  const { rows } = await call.read(null, (database) =>
    database.query<TaskRow>(
      `${selectSql}
       where ($1::uuid is null or id ${comparison} $1) and ($2::text is null or state = $2)
         and ($3::text is null or $3 = case when status = 'missed' then 'endpoint.replay'
                                            else 'endpoint.recover' end)
       order by id ${order} limit $4`,
      [after, states[0]?.[0] ?? null, task, limit],
    ),
  );
  const placeOf = ({ id }: TaskRow): string => svixId("task", id);
  return { status: 200, body: listAnswer(page, rows, placeOf, shown) };
}

async function get(call: Call): Promise<Answer> {
  call.query.check();
  const id = uuidOfSvixId("task", call.param("task_id"));
  const { rows } = await call.read(null, (database) =>
    database.query<TaskRow>(`${selectSql} where id = $1`, [id]),
  );
  if (rows[0] === undefined) throw new Refusal("not_found");
  return { status: 200, body: shown(rows[0]) };
}

export const taskOperations: readonly Operation[] = [
  { id: "background-task.list", method: "GET", path: "/background-task", roles: [], handle: list },
  {
    id: "background-task.get",
    method: "GET",
    path: "/background-task/:task_id",
    roles: [],
    handle: get,
  },
];
