/**
 * Starts the database servers of a test run before the first test file: the embedded PostgreSQL,
 * and Debian's if it is installed, for tests on an older version.
 */
import { readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import type { Binaries } from "../embedded/binaries.ts";
import { isAlive, signal } from "../embedded/process.ts";
import type { EmbeddedPostgres } from "../embedded/index.ts";
import { startEmbeddedPostgres } from "../embedded/index.ts";
import type { TestFolder } from "./test-folder.ts";
import { makeTestFolder } from "./test-folder.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The URL of the embedded server. Its user may create databases. */
    readonly postgresUrl: string;
    /** The URL of the system's own PostgreSQL, 15 or later; null if none is installed. */
    readonly systemPostgresUrl: string | null;
    /** The parent of the folders of embedded servers: in memory if enough memory is free. */
    readonly memoryFolder: string;
  }
}

/** The folder in which Debian and Ubuntu install all versions, as `<major>/bin`. */
const debianVersionsDir = "/usr/lib/postgresql";
const majorMin = 15;

/** How long a server may take to stop after an interruption before its files are removed. */
const exitWaitMs = 3_000;

/** Settings for databases whose data need not survive. Two workers share the connections. */
const settings = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  max_connections: "200",
  max_wal_size: "256MB",
  // Shared memory is in the server's own folder, so that it is removed with the files of an
  // interrupted run.
  dynamic_shared_memory_type: "mmap",
};

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await makeTestFolder();
  // On Ctrl-C, vitest exits without calling the teardown.
  const onExit = (): void => stopAtOnce(folder);
  process.once("exit", onExit);
  const servers: EmbeddedPostgres[] = [];
  const start = async (name: string, binaries?: Binaries): Promise<string> => {
    const server = await startEmbeddedPostgres({
      dataDir: join(folder.memory, name),
      outsideDir: join(folder.disk, "outside"),
      settings,
      ...(binaries === undefined ? {} : { binaries }),
    });
    servers.push(server);
    if (binaries === undefined) await makeLoginsQuick(server.connectionString);
    return server.connectionString;
  };
  const startSystem = async (): Promise<string | null> => {
    const binaries = await systemBinaries();
    return binaries === null ? null : start("system", binaries);
  };
  const teardown = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    await folder.remove();
    process.off("exit", onExit);
  };
  project.provide("memoryFolder", folder.memory);
  const starts = [start("embedded"), startSystem()] as const;
  // Waits for both starts. Otherwise a failure of one would let the teardown stop a start in
  // progress.
  await Promise.allSettled(starts);
  try {
    const [postgresUrl, systemPostgresUrl] = await Promise.all(starts);
    project.provide("postgresUrl", postgresUrl);
    project.provide("systemPostgresUrl", systemPostgresUrl);
  } catch (error) {
    await teardown();
    throw error;
  }
  return teardown;
}

/**
 * Reduces the rounds of password hashing, because a test run opens thousands of connections. The
 * default, 4096 rounds, takes 4 ms of CPU time per connection. PostgreSQL 15 cannot change this.
 */
async function makeLoginsQuick(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const password = decodeURIComponent(new URL(connectionString).password);
  await client.query("set scram_iterations = 1");
  await client.query(`alter role current_user password ${pg.escapeLiteral(password)}`);
  await client.end();
}

/** The system's newest PostgreSQL that Posthorn supports. */
async function systemBinaries(): Promise<Binaries | null> {
  const names = await readdir(debianVersionsDir).catch((): string[] => []);
  const majors = names.map(Number).filter((major) => major >= majorMin);
  for (const major of majors.toSorted((a, b) => b - a)) {
    const dir = join(debianVersionsDir, String(major));
    const programs = ["initdb", "postgres"].map((program) => stat(join(dir, "bin", program)));
    const found = await Promise.allSettled(programs);
    if (found.every(({ status }) => status === "fulfilled")) return { dir, version: String(major) };
  }
  return null;
}

function stopAtOnce(folder: TestFolder): void {
  // Reads the process ids from the servers' own files, because a server may still be starting.
  const pids = ["embedded", "system"].flatMap((name) => serverPid(join(folder.memory, name)));
  for (const pid of pids) signal(pid, "SIGQUIT");
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (
    let waitedMs = 0;
    waitedMs < exitWaitMs && pids.some((pid) => isAlive(pid));
    waitedMs += 10
  ) {
    Atomics.wait(clock, 0, 0, 10);
  }
  folder.removeAtOnce();
}

function serverPid(dataDir: string): number[] {
  try {
    const record = readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8");
    return [Number.parseInt(record, 10)].filter((pid) => isAlive(pid));
  } catch {
    return [];
  }
}
