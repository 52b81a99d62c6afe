/** The SQL of `pipeline/upkeep/replay.ts`. */
import pg from "pg";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { nilId, uuidFloor } from "../../model/id.ts";
import { createdWith, system, type Actor } from "../../model/audit.ts";
import type {
  NewReplay,
  OneDelivery,
  ReplaySelection,
  ReplayStore,
} from "../../pipeline/upkeep/replay.ts";
import { recordAudit } from "../../postgres/audit.ts";
import { announceDue } from "../../postgres/notify.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import { singleRow, toTimestamp, toTimestampOrNull } from "./rows.ts";
import { rulesOfAllEvents } from "./operational-events.ts";
import { wakeupsOf } from "./wakeups.ts";

/**
 * What one status selects: the table to read by ranges of ids, which are ranges of time, and a
 * condition.
 */
interface Selection {
  readonly from: string;
  readonly where: string;
  readonly isMeant: string;
}

/** The condition on failed_at makes PostgreSQL read dead letters from their small index. */
function deliveriesOf(status: string): Selection {
  return {
    from: "posthorn.deliveries as candidate",
    where: `
      candidate.endpoint_id = $1${status === "failed" ? " and candidate.failed_at is not null" : ""}
      and candidate.id > $3 and candidate.id < $4
      and candidate.id >= (select posthorn.oldest_payload_id())`,
    isMeant: `
      candidate.status = '${status}' and candidate.attempts < ${limits.attemptsPerDeliveryMax}
      and ($2::text is null or candidate.event_type = $2)`,
  };
}

const missedEvents: Selection = {
  from: `posthorn.events as candidate
      join posthorn.endpoints as endpoint
        on endpoint.id = $1 and endpoint.org_id = candidate.org_id`,
  where: "candidate.id > $3 and candidate.id < $4",
  isMeant: `
      candidate.only_endpoint_id is null
      and ($2::text is null or candidate.event_type = $2)
      and posthorn.is_subscribed(
        ${rulesOfAllEvents("candidate.event_type")}, endpoint.channels,
        candidate.event_type, candidate.channels,
        posthorn.is_visible(candidate.org_id, candidate.event_type))
      and not exists (
        select from posthorn.deliveries as delivery
        where delivery.id = posthorn.delivery_id(candidate.id, endpoint.id)
      )
      -- Last, because it parses the event's data.
      and (endpoint.filter_path is null or coalesce(
        posthorn.jsonb_or_null(candidate.data) @@ endpoint.filter_path, false))`,
};

const selections: Readonly<Record<string, Selection>> = {
  failed: deliveriesOf("failed"),
  delivered: deliveriesOf("delivered"),
  cancelled: deliveriesOf("cancelled"),
  missed: missedEvents,
};

function selectionBy(status: string): Selection {
  const selection = selections[status];
  if (selection === undefined) throw new Error(`A replay cannot select by status ${status}.`);
  return selection;
}

function countSql(status: string): string {
  const { from, where, isMeant } = selectionBy(status);
  return `select count(*)::integer as count from ${from} where ${where} and (${isMeant})`;
}

/**
 * Finds the next selected ids: at most $5 of the next $6 ids. The second limit keeps a step from
 * reading millions of rows to select a few.
 */
function stepSql(status: string): string {
  const { from, where, isMeant } = selectionBy(status);
  return `
with looked_at as materialized (
  select candidate.id, (${isMeant}) as is_meant
  from ${from} where ${where}
  order by candidate.id limit $6
), meant as (
  select id from looked_at where is_meant order by id limit $5
)
select array(select id from meant order by id) as ids,
       (select count(*) from looked_at)::integer as looked_at,
       (select id from looked_at order by id desc limit 1) as last_id`;
}

interface StepRow {
  ids: string[];
  looked_at: number;
  last_id: string | null;
}

const requeueSql = `
with requeued as (
  update posthorn.deliveries
  set status = 'pending', due_at = posthorn.bounded_clock($2), lease_id = null,
      leased_until = null, failed_at = null, attempts_before_round = attempts
  where id = any ($1::uuid[]) and status <> 'pending' and exists (
    select from posthorn.events as event
    where event.id = deliveries.event_id and event.data is not null)
  returning org_id, endpoint_id, due_at
), woken as (${wakeupsOf("requeued")}
)
select from requeued
`;

const createMissedSql = `
with created as (
  insert into posthorn.deliveries
    (id, event_id, endpoint_id, org_id, event_type, status, attempts, attempts_before_round,
     due_at, created_at)
  select posthorn.delivery_id(event.id, $3), event.id, $3, event.org_id, event.event_type,
         'pending', 0, 0, posthorn.bounded_clock($2), event.created_at
  from posthorn.events as event
  where event.id = any ($1::uuid[]) and event.data is not null
  on conflict do nothing
  returning org_id, endpoint_id, due_at
), woken as (${wakeupsOf("created")}
)
select from created
`;

interface RunningReplay {
  id: string;
  endpoint_id: string;
  status: string;
  event_type: string | null;
  cursor: string;
  last_id: string;
  /** The number of values in the filter that selects missed events; null without a filter. */
  filter_values: number | null;
}

/**
 * @param queryPool the connections for API callers, because counting a long range takes seconds.
 */
export function createPostgresReplayStore(pool: Pool, queryPool: Pool): ReplayStore {
  return {
    count: (selection) => count(queryPool, selection),
    async start(replay) {
      const total = await count(queryPool, replay);
      await inTransaction(queryPool, (transaction) => start(transaction, replay, total));
      return total;
    },
    deliverOnce: (delivery) =>
      inTransaction(queryPool, (transaction) => deliverOnce(transaction, delivery)),
    nextOrg: (afterOrgId) => nextOrg(pool, afterOrgId),
    step: (orgId, atMs, deliveriesMax) => step(pool, orgId, atMs, deliveriesMax),
    cancel: (id, atMs, by) =>
      inTransaction(queryPool, (transaction) => cancel(transaction, id, atMs, by)),
  };
}

async function start(
  transaction: Queryable,
  replay: NewReplay,
  total: number | null,
): Promise<void> {
  const { id, orgId, endpointId, status, eventType, atMs, by } = replay;
  const since = toTimestampOrNull(replay.sinceMs);
  const until = toTimestamp(replay.untilMs);
  await checkRunning(transaction, replay, since);
  await transaction.query(
    `insert into posthorn.replays
       (id, org_id, endpoint_id, since, until, status, event_type, state, cursor, last_id,
        total, replayed, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9, $10, 0, $11)`,
    [
      id,
      orgId,
      endpointId,
      since,
      until,
      status,
      eventType,
      ...idRange(replay),
      total,
      toTimestamp(atMs),
    ],
  );
  const selection = { endpoint_id: endpointId, status, event_type: eventType, since, until };
  await recordAudit(transaction, { action: "replay.started", by, atMs }, [
    { orgId, id, changes: createdWith(selection) },
  ]);
}

async function deliverOnce(transaction: Queryable, delivery: OneDelivery): Promise<void> {
  const { eventId, endpointId, orgId, deliveryId, atMs, by } = delivery;
  await transaction.query(createMissedSql, [[eventId], toTimestamp(atMs), endpointId]);
  const changes = createdWith({ endpoint_id: endpointId });
  await recordAudit(transaction, { action: "delivery.retried", by, atMs }, [
    { orgId, id: deliveryId, changes },
  ]);
  await announceDue(transaction);
}

/** @throws PosthornError `PH_REPLAY_RUNNING`, `PH_TOO_MANY_REPLAYS` */
async function checkRunning(
  transaction: Queryable,
  { orgId, endpointId, status, eventType }: NewReplay,
  since: string | null,
): Promise<void> {
  const { rows } = await transaction.query<{ id: string; is_same: boolean }>(
    `select id, endpoint_id = $2 and status = $3 and event_type is not distinct from $4
                and since is not distinct from $5 as is_same
     from posthorn.replays where org_id = $1 and state = 'running'`,
    [orgId, endpointId, status, eventType, since],
  );
  const same = rows.find((row) => row.is_same);
  if (same !== undefined) throw new PosthornError("PH_REPLAY_RUNNING", { replay_id: same.id });
  const most = limits.replaysRunningPerOrgMax;
  if (rows.length >= most) throw new PosthornError("PH_TOO_MANY_REPLAYS", { most });
}

async function cancel(
  transaction: Queryable,
  id: string,
  atMs: number,
  by: Actor,
): Promise<boolean> {
  const { rows } = await transaction.query<{ org_id: string }>(
    `update posthorn.replays set state = 'cancelled', finished_at = $2
     where id = $1 and state = 'running'
     returning org_id`,
    [id, toTimestamp(atMs)],
  );
  const changes = { state: { from: "running", to: "cancelled" } };
  const subjects = rows.map((row) => ({ orgId: row.org_id, id, changes }));
  await recordAudit(transaction, { action: "replay.cancelled", by, atMs }, subjects);
  return rows.length === 1;
}

/**
 * Returns null if the statement timed out, because counting millions of deliveries would take
 * minutes.
 */
async function count(pool: Pool, selection: ReplaySelection): Promise<number | null> {
  const sql = countSql(selection.status);
  const values = [selection.endpointId, selection.eventType, ...idRange(selection)];
  try {
    return await inTransaction(pool, async (transaction) => {
      await transaction.query(`set local statement_timeout = ${limits.queryStatementMs}`);
      const { rows } = await transaction.query<{ count: number }>(sql, values);
      return singleRow(rows, "a count").count;
    });
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "57014") return null;
    throw error;
  }
}

function idRange({ sinceMs, untilMs }: ReplaySelection): [string, string] {
  return [uuidFloor(sinceMs ?? 0), uuidFloor(untilMs)];
}

async function nextOrg(pool: Pool, afterOrgId: string | null): Promise<string | null> {
  const { rows } = await pool.query<{ org_id: string }>(
    `(select org_id from posthorn.replays where state = 'running' and org_id > $1
      order by org_id limit 1)
     union all
     (select org_id from posthorn.replays where state = 'running' and org_id <= $1
      order by org_id limit 1)
     limit 1`,
    [afterOrgId ?? nilId],
  );
  return rows[0]?.org_id ?? null;
}

async function step(
  pool: Pool,
  orgId: string,
  atMs: number,
  deliveriesMax: number,
): Promise<number> {
  return inTransaction(pool, async (transaction) => {
    const running = await transaction.query<RunningReplay>(
      `select replay.id, replay.endpoint_id, replay.status, replay.event_type, replay.cursor,
              replay.last_id,
              (select endpoint.filter_comparisons from posthorn.endpoints as endpoint
               where endpoint.id = replay.endpoint_id and replay.status = 'missed'
              ) as filter_values
       from posthorn.replays as replay
       where replay.state = 'running' and replay.org_id = $1
       order by random() limit 1
       for update skip locked`,
      [orgId],
    );
    const replay = running.rows[0];
    if (replay === undefined) return 0;
    if (!(replay.status in selections)) {
      // Cancels the replay, which would otherwise fail at each step.
      await cancel(transaction, replay.id, atMs, system);
      return 0;
    }
    const rowsMax =
      replay.filter_values === null
        ? limits.replayRowsPerStepMax
        : Math.ceil(limits.replayFilteredRowsPerStepMax / replay.filter_values);
    const { rows } = await transaction.query<StepRow>(stepSql(replay.status), [
      replay.endpoint_id,
      replay.event_type,
      replay.cursor,
      replay.last_id,
      deliveriesMax,
      rowsMax,
    ]);
    const { ids, looked_at: lookedAt, last_id: lastId } = singleRow(rows, "a step");
    const isFull = ids.length === deliveriesMax;
    const cursor = isFull ? ids.at(-1) : lastId;
    const at = toTimestamp(atMs);
    const changed =
      replay.status === "missed"
        ? await transaction.query(createMissedSql, [ids, at, replay.endpoint_id])
        : await transaction.query(requeueSql, [ids, at]);
    const isDone = !isFull && lookedAt < rowsMax;
    await transaction.query(
      `update posthorn.replays
       set replayed = replayed + $2, cursor = coalesce($3::uuid, cursor),
           total = case when $4 then coalesce(total, replayed + $2) else total end,
           state = case when $4 then 'done' else state end,
           finished_at = case when $4 then $5::timestamptz end
       where id = $1`,
      [replay.id, changed.rowCount ?? 0, cursor ?? null, isDone, at],
    );
    if (ids.length > 0) await announceDue(transaction);
    return changed.rowCount ?? 0;
  });
}
