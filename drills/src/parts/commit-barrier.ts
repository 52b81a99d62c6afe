/**
 * Stops transactions at their COMMIT: a deferred trigger waits for a lock that the barrier holds. A
 * node that is killed meanwhile dies exactly at the commit, neither a statement earlier nor later.
 */
import pg from "pg";
import type { DrillDatabase } from "./database.ts";
import { mustBecome } from "./wait.ts";

export interface CommitBarrierOptions {
  /** The table's name, without the schema. */
  readonly table:
    | "events"
    | "deliveries"
    | "endpoints"
    | "endpoint_secrets"
    | "fan_outs"
    | "replays";
  readonly on: "insert" | "update";
  /** An SQL condition over `new` and `old` that selects the rows to stop at. */
  readonly when: string;
}

export interface CommitBarrier {
  /** Resolves when a commit is waiting at the barrier. */
  reached(): Promise<void>;
  /**
   * Terminates the waiting sessions, which rolls back their transactions. Then opens the barrier.
   */
  rollBack(): Promise<void>;
  /** Lets the waiting commits continue, and resolves when they have finished. */
  open(): Promise<void>;
  remove(): Promise<void>;
}

const lockKey = 7_270_001;
const reachedMs = 20_000;

const makeSql = ({ table, on, when }: CommitBarrierOptions): string => `
create or replace function posthorn.drill_commit_barrier() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(${lockKey});
  return null;
end $$;
create constraint trigger drill_commit_barrier after ${on} on posthorn.${table}
deferrable initially deferred for each row when (${when})
execute function posthorn.drill_commit_barrier();
`;

const waitingSql = `
select pid from pg_locks where locktype = 'advisory' and objid = ${lockKey} and not granted
`;

const busySql = `
select pid from pg_stat_activity
where pid = any ($1) and state <> 'idle'
`;

export async function raiseCommitBarrier(
  database: DrillDatabase,
  options: CommitBarrierOptions,
): Promise<CommitBarrier> {
  const keeper = new pg.Client({ connectionString: database.url });
  // If a crash point fails, its database stops before the barrier is removed. The point reports the
  // cause, so this error is ignored.
  keeper.on("error", () => undefined);
  await keeper.connect();
  await keeper.query(`select pg_advisory_lock(${lockKey})`);
  await keeper.query(makeSql(options));
  const waiting = async (): Promise<number[]> =>
    (await database.query<{ pid: number }>(waitingSql)).map(({ pid }) => pid);
  const unlock = async (): Promise<void> => {
    await keeper.query(`select pg_advisory_unlock(${lockKey})`);
  };
  const hasEnded = async (pids: readonly number[]): Promise<boolean> =>
    (await database.query(busySql, [pids])).length === 0;
  return {
    async reached() {
      await mustBecome(
        "a commit at the barrier",
        async () => (await waiting()).length > 0,
        reachedMs,
      );
    },
    async rollBack() {
      const pids = await waiting();
      await database.query("select pg_terminate_backend(pid) from unnest($1::int[]) as pid", [
        pids,
      ]);
      await mustBecome("a rollback", () => hasEnded(pids), reachedMs);
      await unlock();
    },
    async open() {
      const pids = await waiting();
      await unlock();
      await mustBecome("a commit", () => hasEnded(pids), reachedMs);
    },
    async remove() {
      await keeper.query(
        `drop trigger if exists drill_commit_barrier on posthorn.${options.table}`,
      );
      await keeper.end();
    },
  };
}
