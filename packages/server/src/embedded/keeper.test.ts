/** The server ends while Posthorn is running, or a dead Posthorn has left a server behind. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { makeEmbeddedFixture, query, testSettings } from "../testing/embedded-fixture.ts";
import { nobody } from "./places.ts";
import { isAlive } from "./process.ts";
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./index.ts";

const isRoot = process.getuid?.() === 0;
const onLinux = process.platform === "linux";

/**
 * The promise: the database accepts connections again within 5 s. If an ordinary start takes longer
 * than 1 s on a slow machine, the limit is five times that time.
 */
let againMs = 5_000;

let fixture: EmbeddedFixture;
let dataDir = "";
const lines: string[] = [];

function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const log = (line: string) => lines.push(line);
  return fixture.start({ dataDir, log, settings: { ...testSettings, fsync: "on" }, ...options });
}

beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
  dataDir = join(fixture.folder, "kept");
  const server = await start();
  await query(server, "create table kept (n int)");
  await server.stop();
  const sinceMs = performance.now();
  await (await start()).stop();
  againMs = Math.max(againMs, 5 * (performance.now() - sinceMs));
});
afterEach(() => fixture.stopAll());
afterAll(() => fixture.close());

/** Finds a process of the server by its title. Returns its id. */
function childOf(server: EmbeddedPostgres, title: string): number {
  const listed = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(server.pid)], {
    encoding: "utf8",
  });
  const line = listed.split("\n").find((each) => each.includes(title)) ?? "";
  return Number.parseInt(line, 10);
}

/** Measures the time until a new connection gets a response. */
async function answersAgain(server: EmbeddedPostgres): Promise<number> {
  const sinceMs = performance.now();
  for (;;) {
    try {
      await query(server, "select 1");
      return performance.now() - sinceMs;
    } catch (error) {
      if (performance.now() - sinceMs > 2 * againMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

interface Inserting {
  /** The rows so far. */
  readonly acknowledged: readonly number[];
  readonly ended: Promise<void>;
}

/** Inserts one row after another until the server has ended. */
function insertUntilItEnds(server: EmbeddedPostgres): Inserting {
  const acknowledged: number[] = [];
  const insert = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: server.connectionString });
    client.on("error", () => undefined);
    await client.connect();
    try {
      for (let n = 1; ; n += 1) {
        await client.query("insert into kept values ($1)", [n]);
        acknowledged.push(n);
      }
    } catch {
      await client.end().catch(() => undefined);
    }
  };
  return { acknowledged, ended: insert() };
}

describe("a server that ends under a running Posthorn", () => {
  it.each([
    ["its postmaster is killed", "SIGKILL", null],
    ["its postmaster gets SIGQUIT", "SIGQUIT", null],
    ["its postmaster gets SIGINT from somebody else", "SIGINT", null],
    ["its checkpointer is killed", "SIGKILL", "checkpointer"],
    ["its WAL writer is killed", "SIGKILL", "walwriter"],
    ["a backend is killed", "SIGKILL", "idle"],
  ] as const)("responds again within 5 s when %s, and has lost nothing", async (_, name, title) => {
    const server = await start();
    const idle = new pg.Client({ connectionString: server.connectionString });
    idle.on("error", () => undefined);
    await idle.connect();
    await query(server, "truncate kept");
    const idleEnded = new Promise<void>((resolve) => idle.once("end", () => resolve()));
    const { acknowledged, ended } = insertUntilItEnds(server);
    await expect.poll(() => acknowledged.length).toBeGreaterThan(10);
    process.kill(title === null ? server.pid : childOf(server, title), name);
    await ended;
    // If the killed process belonged to the inserting client, the server may not have reacted yet.
    // When the idle connection ends as well, it has.
    await idleEnded;
    expect(await answersAgain(server)).toBeLessThan(againMs);
    const rows = await query(server, "select n from kept order by n");
    const kept = new Set(rows.map((row) => row["n"]));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(acknowledged.filter((n) => !kept.has(n))).toEqual([]);
    await idle.end().catch(() => undefined);
    // The restarted server can also be stopped cleanly.
    const { pid } = server;
    await server.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it.skipIf(!onLinux)(
    "restarts although a backend of the dead one is in a long query",
    async () => {
      const server = await start();
      const client = new pg.Client({ connectionString: server.connectionString });
      client.on("error", () => undefined);
      await client.connect();
      // During this query, the process checks neither its postmaster nor its client.
      const busy = client
        .query("select sum(a.n) from generate_series(1, 1e10) a(n)")
        .catch(() => 0);
      await expect.poll(() => childOf(server, "SELECT")).toBeGreaterThan(0);
      const orphan = childOf(server, "SELECT");
      process.kill(server.pid, "SIGKILL");
      await expect.poll(() => isAlive(server.pid)).toBe(false);
      expect(isAlive(orphan)).toBe(true);
      expect(await answersAgain(server)).toBeLessThan(againMs);
      expect(isAlive(orphan)).toBe(false);
      await busy;
      await client.end().catch(() => undefined);
    },
  );

  it("restarts each time, on the same port, also without its pid file", async () => {
    const server = await start();
    const url = server.connectionString;
    for (let round = 0; round < 3; round += 1) {
      const { pid } = server;
      await rm(join(dataDir, "postgres", "postmaster.pid"));
      process.kill(pid, "SIGKILL");
      await expect.poll(() => server.pid, { timeout: againMs }).not.toBe(pid);
      expect(await answersAgain(server)).toBeLessThan(againMs);
      expect(server.connectionString).toBe(url);
    }
  });

  it("restarts when it was told to stop and connections stay open", async () => {
    const server = await start();
    const { pid } = server;
    const client = new pg.Client({ connectionString: server.connectionString });
    client.on("error", () => undefined);
    await client.connect();
    process.kill(pid, "SIGTERM");
    await expect.poll(() => server.pid, { timeout: againMs }).not.toBe(pid);
    expect(await answersAgain(server)).toBeLessThan(againMs);
    await client.end().catch(() => undefined);
  });

  it("restarts, too, if it was found running", async () => {
    const child = fixture.spawn({ dataDir });
    const { pid } = await child.ready();
    await child.kill();
    const server = await start();
    expect(server.pid).toBe(pid);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => server.pid, { timeout: againMs }).not.toBe(pid);
    expect(await answersAgain(server)).toBeLessThan(againMs);
  });

  it("gives up after three failures in a row, with the reason", async () => {
    const broken = join(fixture.folder, "broken");
    const told: PosthornError[] = [];
    const server = await start({ dataDir: broken, onLost: (error) => told.push(error) });
    await appendFile(join(broken, "postgres", "postgresql.conf"), "\nwork_mem = plenty\n");
    lines.length = 0;
    process.kill(server.pid, "SIGKILL");
    await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(1);
    expect(told[0]?.code).toBe("PH_EMBEDDED_LOST");
    expect(told[0]?.message).toMatch(
      /3 attempts .* failed: .*configuration file .* contains errors/,
    );
    expect(lines.filter((line) => line.includes("could not be started again"))).toHaveLength(
      limits.embeddedRestartTriesMax,
    );
    await server.stop();
  });

  it("does not restart while Posthorn stops", async () => {
    const server = await start();
    const { pid } = server;
    process.kill(pid, "SIGKILL");
    lines.length = 0;
    await new Promise((resolve) => setTimeout(resolve, 2 * limits.embeddedWatchMs));
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    // The folder is free immediately after the stop.
    const next = await start();
    expect(await query(next, "select 1 as n")).toEqual([{ n: 1 }]);
  });
});

describe("a pid file that a dead server left", () => {
  const record = (pid: number | string, status = "ready"): string =>
    `${[pid, join(dataDir, "postgres"), 0, 5432, "", "127.0.0.1", "", status].join("\n")}\n`;

  it.each([
    ["names this process", () => record(process.pid)],
    ["names the first process", () => record(1)],
    ["names a process of the kernel or of init", () => record(2)],
    ["names its parent", () => record(process.ppid)],
    ["names a process that was starting", () => record(process.pid, "starting")],
    ["is empty", () => ""],
    ["is cut off", () => `${process.pid}`],
    ["is no pid file", () => "\0\0\0\0\0\0\0\0"],
  ])("is ignored if it %s", async (_, content) => {
    await writeFile(join(dataDir, "postgres", "postmaster.pid"), content(), { mode: 0o600 });
    const server = await start();
    expect(await query(server, "select 1 as n")).toEqual([{ n: 1 }]);
    await server.stop();
  });

  it("is ignored if any new process could have its id", async () => {
    const path = join(dataDir, "postgres", "postmaster.pid");
    const next = execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" });
    for (let ahead = 1; ahead <= 5; ahead += 1) {
      await writeFile(path, record(Number(next) + ahead), { mode: 0o600 });
      const server = await start();
      expect(await query(server, "select 1 as n")).toEqual([{ n: 1 }]);
      await server.stop();
    }
  });

  it("is ignored if it names an unrelated process, which is left alone", async () => {
    const user = isRoot ? nobody : {};
    const unrelated = spawn("sleep", ["60"], { ...user, cwd: "/", stdio: "ignore" });
    await once(unrelated, "spawn");
    const pid = unrelated.pid ?? 0;
    await writeFile(join(dataDir, "postgres", "postmaster.pid"), record(pid), { mode: 0o600 });
    const server = await start();
    expect(server.pid).not.toBe(pid);
    await server.stop();
    expect(isAlive(pid)).toBe(true);
    unrelated.kill("SIGKILL");
    await once(unrelated, "exit");
  });
});
