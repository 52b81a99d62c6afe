/** The database server of a drill. It uses the embedded server's programs and a new folder. */
import { appendFile, chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { startEmbeddedPostgres } from "posthorn";
import { programsOf, startDirectly } from "../postgres/direct.ts";

export interface DrillDatabase {
  readonly url: string;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<DrillDatabase> {
  const folder = await makeFolder();
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  return asDatabase(folder, server.connectionString, server);
}

/**
 * Starts a server that also listens on this address of the machine. Its `url` contains the loopback
 * address.
 */
export async function startDatabaseAt(address: string, cidr: string): Promise<DrillDatabase> {
  const folder = await makeFolder();
  const embedded = await startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  const programs = await programsOf(embedded.pid);
  await embedded.stop();
  const allowed = path.join(programs.clusterDir, "pg_hba.conf");
  await appendFile(allowed, `host all all ${cidr} scram-sha-256\n`);
  const server = await startDirectly(programs, embedded.connectionString, {
    listen_addresses: `127.0.0.1,${address}`,
  });
  return asDatabase(folder, embedded.connectionString, server);
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-drill-"));
  // If the drill runs as root, the server runs as another user, which must be able to enter the
  // folder.
  await chmod(folder, 0o755);
  return folder;
}

function asDatabase(folder: string, url: string, server: { stop(): Promise<void> }): DrillDatabase {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => undefined);
  return {
    url,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    async stop() {
      await pool.end();
      await server.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
