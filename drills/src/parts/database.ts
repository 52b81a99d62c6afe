/** The database server of a drill: the embedded one, with its product settings, in a new folder. */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "posthorn";

export interface DrillDatabase {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<DrillDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-drill-"));
  // Root's server runs as another user, who has to get through.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  const pool = new pg.Pool({ connectionString: server.connectionString, max: 4 });
  pool.on("error", () => undefined);
  return {
    url: server.connectionString,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    async stop() {
      await pool.end();
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
