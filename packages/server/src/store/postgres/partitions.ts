/** The weekly partitions of events, deliveries and attempts. */
import type { Pool, Queryable } from "../../postgres/pool.ts";
import { toTimestamp } from "./rows.ts";

/**
 * How far ahead weeks are created. A service that stops for this long can still store new events.
 */
const aheadMs = 28 * 86_400_000;
/**
 * Creates one more week in the past, because the clock of the node that creates an id may be a
 * little behind.
 */
const behindMs = 86_400_000;

/** Creates the missing partitions, from yesterday's week to the week in 28 days. */
export async function makePartitions(database: Queryable, atMs: number): Promise<void> {
  await database.query("select posthorn.make_partitions($1, $2)", [
    toTimestamp(atMs - behindMs),
    toTimestamp(atMs + aheadMs),
  ]);
}

export type Parent = "events" | "deliveries" | "attempts";

export interface Partition {
  readonly name: string;
  readonly since: Date;
  readonly until: Date;
}

/** The partitions that contain only rows from before `beforeMs`, oldest first. */
export async function partitionsBefore(
  database: Queryable,
  parent: Parent,
  beforeMs: number,
): Promise<readonly Partition[]> {
  const { rows } = await database.query<Partition>(
    `select name, since, until from posthorn.partitions
     where parent = $1 and until <= $2 order by until`,
    [parent, toTimestamp(beforeMs)],
  );
  return rows;
}

/**
 * Detaches a partition and drops it. Readers and writers of the parent table continue: the
 * concurrent form waits for earlier transactions, and takes no lock that blocks them.
 */
export async function dropPartition(pool: Pool, parent: Parent, name: string): Promise<void> {
  // The name cannot contain SQL: posthorn.make_partitions creates names of letters, digits and
  // underscores.
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ is_pending: boolean }>(
      `select inhdetachpending as is_pending from pg_inherits
       where inhrelid = to_regclass('posthorn.' || $1)`,
      [name],
    );
    const attached = rows[0];
    if (attached !== undefined) {
      // An interrupted concurrent detach cannot be started again, so it must be finished.
      const how = attached.is_pending ? "finalize" : "concurrently";
      await client.query(`alter table posthorn.${parent} detach partition posthorn.${name} ${how}`);
    }
    await client.query(`drop table if exists posthorn.${name}`);
    await client.query("delete from posthorn.partitions where name = $1", [name]);
  } finally {
    client.release();
  }
}
