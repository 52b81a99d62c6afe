/** The SQL of `pipeline/dispatch/settle.ts`. The statements are in `posthorn.settle_batch`. */
import pg from "pg";
import { type LeaseHandle, type Settlement, UnstorableError } from "../store.ts";
import type { TurnOff } from "../../model/operational-event.ts";
import { inTransaction, type Pool, type Queryable } from "../../postgres/pool.ts";
import {
  int2Array,
  int4Array,
  jsonArray,
  textArray,
  timestampArray,
  uuidArray,
} from "./binary-arrays.ts";
import { singleRow, toTimestamp } from "./rows.ts";
import { turnOff } from "./turn-off.ts";
import { wakeupsOf } from "./wakeups.ts";

const settleSql = `
select posthorn.settle_batch($1::uuid[], $2::uuid[], $3::smallint[], $4::text[],
  $5::timestamptz[], $6::timestamptz[], $7::integer[], $8::smallint[], $9::text[], $10::text[],
  $11::json[], $12, $13, $14) as settled
`;

const settledIdsSql = `
select delivery.id
from unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[])
  as input (id, lease_id, number, status)
join posthorn.deliveries as delivery on delivery.id = input.id
where delivery.lease_id = input.lease_id
  and delivery.leased_until is null
  and delivery.attempts = input.number
  and delivery.status = input.status
`;

/** `attempts` does not change, because there was no attempt. */
/**
 * Releases leases. A first attempt has been due since its creation, so it keeps its position among
 * first attempts.
 */
const releaseSql = `
with released as (
  update posthorn.deliveries as delivery
  set due_at = case when delivery.attempts = 0 then least(delivery.created_at, $3) else $3 end,
      lease_id = null, leased_until = null
  from unnest($1::uuid[], $2::uuid[]) as input (id, lease_id)
  where delivery.id = input.id
    and delivery.lease_id = input.lease_id
    and delivery.leased_until is not null
    and delivery.status = 'pending'
  returning delivery.org_id, delivery.endpoint_id, delivery.due_at
)
${wakeupsOf("released")}
`;

/**
 * Writes rows in the order of their ids, as far as the plan allows. So if two nodes write the same
 * deliveries, because one of them is late, they wait for each other without a deadlock.
 * @returns the ids whose lease was lost.
 */
export async function settle(
  pool: Pool,
  operationalOrgId: string | null,
  settlements: readonly Settlement[],
  atMs: number,
): Promise<ReadonlySet<string>> {
  const inOrder = settlements.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  const turnOffs = turnOffsOf(settlements);
  const write = async (database: Queryable): Promise<number> => {
    const count = await writeSettlements(database, inOrder, atMs);
    for (const each of turnOffs) await turnOff(database, { ...each, operationalOrgId, atMs });
    return count;
  };
  const count = await (turnOffs.length === 0 ? write(pool) : inTransaction(pool, write)).catch(
    (error: unknown) => {
      throw isAboutRows(error) ? new UnstorableError(error) : error;
    },
  );
  if (count === settlements.length) return new Set();
  const settled = await settledIds(pool, settlements);
  return new Set(settlements.map((each) => each.deliveryId).filter((id) => !settled.has(id)));
}

/** One entry per endpoint, ordered by id to prevent deadlocks between nodes. */
function turnOffsOf(settlements: readonly Settlement[]): readonly TurnOff[] {
  const byEndpoint = new Map<string, TurnOff>();
  for (const { turnEndpointOff: off } of settlements) {
    if (off !== null && !byEndpoint.has(off.endpointId)) byEndpoint.set(off.endpointId, off);
  }
  return [...byEndpoint.values()].toSorted((a, b) => (a.endpointId < b.endpointId ? -1 : 1));
}

/**
 * True for errors that the same settlements will always cause: classes 22 (data), 23 (constraints),
 * 54 (program limits), XX (a broken row), and numbers that do not fit their columns.
 */
function isAboutRows(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(22|23|54|XX)/.test(error.code ?? "");
  return error instanceof RangeError || error instanceof TypeError;
}

async function writeSettlements(
  database: Queryable,
  settlements: readonly Settlement[],
  atMs: number,
): Promise<number> {
  const attempts = settlements.map((each) => each.attempt);
  const ids = settlements.map((each) => each.deliveryId);
  const { rows } = await database.query<{ settled: number }>({
    name: "settle",
    text: settleSql,
    values: [
      uuidArray(ids),
      uuidArray(settlements.map((each) => each.leaseId)),
      int2Array(settlements.map((each) => each.number)),
      textArray(settlements.map((each) => each.status)),
      timestampArray(settlements.map((each) => dueAtMsOf(each, atMs))),
      timestampArray(attempts.map((each) => each.atMs)),
      int4Array(attempts.map((each) => each.durationMs)),
      int2Array(attempts.map((each) => each.responseStatus)),
      textArray(attempts.map((each) => each.error)),
      textArray(attempts.map((each) => each.trigger)),
      jsonArray(attempts.map((each) => each.exchangeJson)),
      toTimestamp(atMs),
      least(ids),
      greatest(ids),
    ],
  });
  return singleRow(rows, "settle").settled;
}

/** The due time, corrected to the clock at the time of the write: see `Settlement.decidedAtMs`. */
function dueAtMsOf({ dueAtMs, decidedAtMs = 0 }: Settlement, atMs: number): number | null {
  if (dueAtMs === null) return null;
  return decidedAtMs === 0 ? dueAtMs : atMs + dueAtMs - decidedAtMs;
}

/**
 * Returns the settlements that have been written, by this call or by an earlier one whose response
 * was lost.
 */
async function settledIds(
  database: Queryable,
  settlements: readonly Settlement[],
): Promise<ReadonlySet<string>> {
  const { rows } = await database.query<{ id: string }>(settledIdsSql, [
    uuidArray(settlements.map((each) => each.deliveryId)),
    uuidArray(settlements.map((each) => each.leaseId)),
    int2Array(settlements.map((each) => each.number)),
    textArray(settlements.map((each) => each.status)),
  ]);
  return new Set(rows.map((row) => row.id));
}

export async function release(
  database: Queryable,
  leases: readonly LeaseHandle[],
  atMs: number,
): Promise<void> {
  const inOrder = leases.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
  await database.query({
    name: "release",
    text: releaseSql,
    values: [
      uuidArray(inOrder.map((each) => each.deliveryId)),
      uuidArray(inOrder.map((each) => each.leaseId)),
      toTimestamp(atMs),
    ],
  });
}

/**
 * Returns the lowest id. Ids sort like their text: lower-case hexadecimal digits, with hyphens at
 * the same positions.
 */
function least(ids: readonly string[]): string | undefined {
  return ids.reduce<string | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
}

function greatest(ids: readonly string[]): string | undefined {
  return ids.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);
}
