/** Embedded servers for tests, in this process and in child processes that tests can kill. */
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from "../embedded/index.ts";
import { startEmbeddedPostgres } from "../embedded/index.ts";
import { compileModules } from "./compiled.ts";
import { makeTestFolder } from "./test-folder.ts";

/**
 * The data of a test must survive `kill -9`, but not a power failure. Shared memory is in the data
 * folder, so that it is removed together with it.
 */
export const testSettings = {
  fsync: "off",
  full_page_writes: "off",
  dynamic_shared_memory_type: "mmap",
};

/**
 * A program that prints its server's process id, then waits for a word: stop cleanly, or just exit.
 */
const childProgram = `
import { startEmbeddedPostgres } from "./embedded/index.js";
const options = JSON.parse(process.argv[2]);
const server = await startEmbeddedPostgres(options);
process.stdout.write(JSON.stringify({ pid: server.pid, uid: process.getuid?.() }) + "\\n");
process.stdin.once("data", async (word) => {
  if (word.toString() === "stop") await server.stop();
  process.exit();
});
`;

/** A separate process that contains only Posthorn's database. */
export interface ChildPosthorn {
  readonly process: ChildProcess;
  /** Resolves when the database accepts connections. */
  ready(): Promise<{ pid: number; uid: number }>;
  /**
   * Tells the process to stop cleanly, or to exit without stopping. Resolves when the process has
   * ended.
   */
  end(word: "stop" | "exit"): Promise<void>;
  /** Sends SIGKILL. Resolves when the process has ended. */
  kill(): Promise<void>;
}

export interface EmbeddedFixture {
  /** A folder for data folders. Other users can enter it. */
  readonly folder: string;
  readonly outsideDir: string;
  start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres>;
  /** @param user the ids with which the process runs, if they differ from this process's ids. */
  spawn(options: EmbeddedPostgresOptions, user?: { uid: number; gid: number }): ChildPosthorn;
  /** Stops everything that was started since the last call of this function. */
  stopAll(): Promise<void>;
  close(): Promise<void>;
}

export async function makeEmbeddedFixture(): Promise<EmbeddedFixture> {
  const testFolder = await makeTestFolder();
  const folder = testFolder.memory;
  const compiled = join(folder, "compiled");
  await mkdir(compiled);
  await compileModules(compiled, ["embedded/index.ts"]);
  await writeFile(join(compiled, "child.js"), childProgram);
  const defaults = { outsideDir: join(testFolder.disk, "outside"), settings: testSettings };
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];
  const stopAll = async (): Promise<void> => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  };
  return {
    folder,
    outsideDir: defaults.outsideDir,
    start: async (options) => {
      const server = await startEmbeddedPostgres({ ...defaults, ...options });
      servers.push(server);
      return server;
    },
    spawn: (options, user) => {
      const args = [join(compiled, "child.js"), JSON.stringify({ ...defaults, ...options })];
      const child = spawn(process.execPath, args, {
        ...user,
        cwd: folder,
        stdio: ["pipe", "pipe", "inherit"],
      });
      children.push(child);
      return childPosthorn(child);
    },
    stopAll,
    close: async () => {
      await stopAll();
      await testFolder.remove();
    },
  };
}

function childPosthorn(child: ChildProcess): ChildPosthorn {
  const gone = once(child, "exit");
  return {
    process: child,
    ready: async () => {
      if (child.stdout === null) throw new Error("no output");
      const [line] = (await once(child.stdout, "data")) as [Buffer];
      return JSON.parse(line.toString()) as { pid: number; uid: number };
    },
    end: async (word) => {
      child.stdin?.write(word);
      await gone;
    },
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}

/** Runs one statement on a new connection. */
export async function query(
  { connectionString }: { readonly connectionString: string },
  sql: string,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
