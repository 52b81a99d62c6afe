/**
 * Holds transactions at their COMMIT: a deferred trigger waits there for a lock that the gate has.
 * What is killed meanwhile is killed neither a statement earlier nor later.
 */
import pg from "pg";
import type { DrillDatabase } from "./database.ts";
import { mustBecome } from "./wait.ts";

export interface GateOptions {
  /** Without its schema. */
  readonly table:
    | "events"
    | "deliveries"
    | "endpoints"
    | "endpoint_secrets"
    | "fan_outs"
    | "replays";
  readonly on: "insert" | "update";
  /** Of the rows that are meant, in SQL over `new` and `old`. */
  readonly when: string;
}

export interface Gate {
  /** Resolves when a commit waits. */
  reached(): Promise<void>;
  /** Ends the sessions that wait, so that what they did is undone; and opens. */
  rollBack(): Promise<void>;
  /** Lets the commits through; resolves when they are done. */
  open(): Promise<void>;
  remove(): Promise<void>;
}

const lockKey = 7_270_001;
const reachedMs = 20_000;

const makeSql = ({ table, on, when }: GateOptions): string => `
create or replace function posthorn.drill_gate() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(${lockKey});
  return null;
end $$;
create constraint trigger drill_gate after ${on} on posthorn.${table}
deferrable initially deferred for each row when (${when})
execute function posthorn.drill_gate();
`;

const waitingSql = `
select pid from pg_locks where locktype = 'advisory' and objid = ${lockKey} and not granted
`;

const busySql = `
select pid from pg_stat_activity
where pid = any ($1) and state <> 'idle'
`;

export async function closeGate(database: DrillDatabase, options: GateOptions): Promise<Gate> {
  const keeper = new pg.Client({ connectionString: database.url });
  // When a point fails its database is stopped with the gate still there; what it failed of counts.
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
      await mustBecome("a commit at the gate", async () => (await waiting()).length > 0, reachedMs);
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
      await keeper.query(`drop trigger if exists drill_gate on posthorn.${options.table}`);
      await keeper.end();
    },
  };
}
