/**
 * The database server of a run: the embedded server with the settings of the product, in a new
 * folder.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "posthorn";
import { serverCpuMs } from "./cpu.ts";

export interface StatementCost {
  readonly query: string;
  readonly calls: number;
  readonly rows: number;
  readonly total_ms: number;
  readonly max_ms: number;
  readonly blocks_dirtied: number;
}

export interface DatabaseServer {
  readonly pid: number;
  readonly version: string;
  /**
   * Creates an empty database.
   * @returns its URL.
   */
  createDatabase(name: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** The statements that took the most time, if the server is profiled. */
  statements(): Promise<readonly StatementCost[]>;
  /** Resets the statement counters. */
  forgetStatements(): Promise<void>;
  /** The server's CPU time so far, or null if the system does not report it. */
  cpuMs(): number | null;
  stop(): Promise<void>;
}

const profiling = {
  shared_preload_libraries: "pg_stat_statements",
  "pg_stat_statements.track": "all",
};

/**
 * @param isProfiled if true, the server measures the time of every statement, which costs a little.
 */
export async function startDatabaseServer(isProfiled: boolean): Promise<DatabaseServer> {
  const folder = await mkdtemp(join(tmpdir(), "posthorn-bench-"));
  // If root runs the benchmark, the server runs as another user, which must be able to enter the
  // folder.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, "data"),
    settings: isProfiled ? profiling : {},
  });
  const admin = async (sql: string): Promise<void> => {
    const client = new pg.Client({ connectionString: server.connectionString });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  return {
    pid: server.pid,
    version: server.version,
    async createDatabase(name) {
      await admin(`create database ${pg.escapeIdentifier(name)}`);
      const url = new URL(server.connectionString);
      url.pathname = `/${name}`;
      return url.href;
    },
    dropDatabase: (name) => admin(`drop database ${pg.escapeIdentifier(name)} with (force)`),
    forgetStatements: () =>
      admin("create extension if not exists pg_stat_statements; select pg_stat_statements_reset()"),
    async statements() {
      const client = new pg.Client({ connectionString: server.connectionString });
      await client.connect();
      await client.query("create extension if not exists pg_stat_statements");
      const { rows } = await client.query<StatementCost>(
        `select query, calls::integer, rows::integer, total_exec_time as total_ms,
                max_exec_time as max_ms,
                (shared_blks_dirtied + local_blks_dirtied)::integer as blocks_dirtied
         from pg_stat_statements order by total_exec_time desc limit 25`,
      );
      await client.end();
      return rows;
    },
    cpuMs: () => serverCpuMs(server.pid),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
