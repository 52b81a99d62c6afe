/**
 * A primary and a synchronous standby. The npm packages do not contain pg_basebackup, so the
 * standby is a copy of the stopped primary's files.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type pg from "pg";
import { startEmbeddedPostgres } from "posthorn";
import { mustBecome } from "../parts/wait.ts";
import { connect, programsOf, refuses, startDirectly } from "./direct.ts";

const startWithinMs = 30_000;

export interface Pair {
  /** A connection URL with both hosts, the primary first. */
  readonly url: string;
  /**
   * Sends SIGKILL to the primary, and resolves when the server and all its processes have ended.
   */
  killPrimary(): Promise<void>;
  /** Resolves when the standby accepts writes. */
  promoteStandby(): Promise<void>;
  /** Runs a query on the standby. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

export async function startPair(): Promise<Pair> {
  const folder = await mkdtemp(path.join(tmpdir(), "posthorn-drill-"));
  await chmod(folder, 0o755);
  const start = (): ReturnType<typeof startEmbeddedPostgres> =>
    startEmbeddedPostgres({ dataDir: path.join(folder, "data") });
  const first = await start();
  const programs = await programsOf(first.pid);
  await first.stop();
  const standbyDir = path.join(folder, "standby");
  await copyCluster(programs.clusterDir, standbyDir);
  const primary = await start();
  const primaryUrl = new URL(primary.connectionString);
  const standby = await startStandby({ ...programs, standbyDir, primaryUrl });
  const client = await connect(standby.url);
  await ask(primary.connectionString, "alter system set synchronous_standby_names = '*'");
  await ask(primary.connectionString, "select pg_reload_conf()");
  await mustBecome("a synchronous standby", () => isSynchronous(primary), startWithinMs);
  const { username, password, pathname } = primaryUrl;
  const hosts = `${primaryUrl.host},${new URL(standby.url).host}`;
  return {
    url: `postgres://${username}:${password}@${hosts}${pathname}?target_session_attrs=read-write`,
    async killPrimary() {
      process.kill(primary.pid, "SIGKILL");
      // Stops the primary for good, so that it cannot restart next to the promoted standby.
      await primary.stop();
      await mustBecome("the primary's end", () => refuses(primary.connectionString), startWithinMs);
    },
    promoteStandby: async () => void (await client.query("select pg_promote()")),
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows,
    async stop() {
      await client.end();
      await standby.stop();
      await primary.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function copyCluster(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true });
  await writeFile(path.join(to, "standby.signal"), "");
  const { uid, gid } = await stat(from);
  await chownAll(to, uid, gid);
  await chmod(to, 0o700);
}

async function chownAll(folder: string, uid: number, gid: number): Promise<void> {
  const child = spawn("chown", ["-R", `${uid}:${gid}`, folder], { stdio: "ignore" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`chown of ${folder} exited with ${code}.`);
}

async function startStandby(parts: {
  readonly postgres: string;
  readonly standbyDir: string;
  readonly primaryUrl: URL;
}): Promise<{ url: string; stop(): Promise<void> }> {
  const { postgres, standbyDir, primaryUrl } = parts;
  const url = new URL(primaryUrl.href);
  url.port = String(await freePort());
  const server = await startDirectly({ postgres, clusterDir: standbyDir }, url.href, {
    listen_addresses: "127.0.0.1",
    primary_conninfo:
      `host=127.0.0.1 port=${primaryUrl.port} user=${primaryUrl.username} ` +
      `password=${primaryUrl.password} application_name=standby`,
  });
  return { url: url.href, ...server };
}

async function isSynchronous({ connectionString }: { readonly connectionString: string }) {
  const rows = await ask(connectionString, "select sync_state from pg_stat_replication");
  return rows[0]?.["sync_state"] === "sync";
}

async function ask(url: string, sql: string): Promise<pg.QueryResultRow[]> {
  const client = await connect(url);
  try {
    return (await client.query<pg.QueryResultRow>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
