/**
 * A PostgreSQL server that drills can kill, stop, restart on its port, and deprive of connections
 * and disk space.
 */
import { execFile } from "node:child_process";
import { chmod, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "posthorn";
import { mustBecome, sleep } from "../parts/wait.ts";

const run = promisify(execFile);

/** A low number, so that a drill can use up all connections. */
export const connectionsMax = 50;
/**
 * Space for the programs (copied if root runs the drill), the data files, and 64 MB of write-ahead
 * log.
 */
const diskMegabytes = 512;
const startWithinMs = 20_000;
const goneWithinMs = 30_000;

export interface FaultyServer {
  readonly url: string;
  /** False if this machine does not allow mounts. The drill then cannot fill the disk. */
  readonly hasOwnDisk: boolean;
  /**
   * Sends SIGKILL, SIGINT (fast shutdown) or SIGQUIT (immediate shutdown), and resolves when the
   * process has ended. Afterwards its supervisor or `start` restarts the server, whichever comes
   * first.
   */
  end(signal: "SIGKILL" | "SIGINT" | "SIGQUIT"): Promise<void>;
  /** Stops the server until `start` is called. */
  halt(): Promise<void>;
  /** Resolves when the server accepts connections, immediately if it is running. */
  start(): Promise<void>;
  /**
   * Fills the rest of the disk.
   * @returns a function that frees the space again.
   */
  fillDisk(): Promise<() => Promise<void>>;
  /** Opens a new connection. */
  connect(): Promise<pg.Client>;
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/**
 * The server's data is on a tmpfs, because filling the disk needs a separate disk. Mounting one
 * needs the right to mount. A limit on file size would stop the write-ahead log at other moments
 * than a full disk does.
 */
export async function startFaultyServer(): Promise<FaultyServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-drill-"));
  const hasOwnDisk = await mountDisk(folder);
  await chmod(folder, 0o755);
  let port: number | null = null;
  const startOnce = (): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir: path.join(folder, "data"),
      settings: {
        max_connections: String(connectionsMax),
        min_wal_size: "32MB",
        max_wal_size: "64MB",
        shared_buffers: "32MB",
      },
      ...(port === null ? {} : { choosePort: () => Promise.resolve(port as number) }),
    });
  let server = await startOnce();
  const url = server.connectionString;
  port = Number(new URL(url).port);
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };
  return {
    url,
    hasOwnDisk,
    connect,
    async end(signal) {
      const { pid } = server;
      process.kill(pid, signal);
      await mustBecome("the server's end", () => !runs(pid), goneWithinMs);
    },
    halt: () => server.stop(),
    async start() {
      // On a full disk the server may accept connections for a moment, and then end.
      await mustBecome(
        "connections or an end",
        async () => !runs(server.pid) || (await accepts()),
        startWithinMs,
      );
      if (runs(server.pid)) return;
      await server.stop();
      server = await retried(startOnce);
    },
    fillDisk: () => fill(path.join(folder, "filler")),
    async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
      const client = await connect();
      try {
        return (await client.query<Row>(sql, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    async stop() {
      await server.stop();
      if (hasOwnDisk) await run("umount", ["--lazy", folder]);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  async function accepts(): Promise<boolean> {
    try {
      await (await connect()).end();
      return true;
    } catch {
      return false;
    }
  }
}

async function mountDisk(folder: string): Promise<boolean> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${diskMegabytes}m`, "tmpfs", folder]);
    return true;
  } catch {
    return false;
  }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * A killed server may still occupy its port and shared memory for a moment, so starting is retried.
 */
async function retried<Result>(start: () => Promise<Result>): Promise<Result> {
  const giveUpAtMs = performance.now() + startWithinMs;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
      await sleep(50);
    }
  }
}

/**
 * Fills the disk to the last block, because small writes would still succeed with space for one
 * page.
 */
async function fill(file: string): Promise<() => Promise<void>> {
  const handle = await open(file, "w");
  let chunk = Buffer.alloc(1 << 20);
  while (chunk.length >= 4_096) {
    try {
      await handle.write(chunk);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      chunk = chunk.subarray(0, chunk.length / 2);
    }
  }
  await handle.close();
  return () => rm(file);
}
