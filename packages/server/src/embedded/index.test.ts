import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { EmbeddedFixture } from "../testing/embedded-fixture.ts";
import { makeEmbeddedFixture, query, testSettings } from "../testing/embedded-fixture.ts";
import { findBinaries } from "./binaries.ts";
import { decidePlaces, gatherPlaceFacts } from "./places.ts";
import { isAlive } from "./process.ts";
import { freePort } from "./port.ts";
import { stopServer } from "./server.ts";
import type { EmbeddedPostgres, EmbeddedPostgresOptions } from "./index.ts";

const isRoot = process.getuid?.() === 0;

let fixture: EmbeddedFixture;
let folder = "";
/** A data folder that contains a database, for tests that do not need a new one. */
let dataDir = "";

function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  return fixture.start({ dataDir, ...options });
}

beforeAll(async () => {
  fixture = await makeEmbeddedFixture();
  folder = fixture.folder;
  dataDir = join(folder, "shared");
  const server = await start();
  await query(server, "create table kept as select 42 as n");
  await server.stop();
});
afterEach(() => fixture.stopAll());
afterAll(() => fixture.close());

/**
 * Lists the files without the programs, which are copied there if `nobody` cannot read the
 * checkout.
 */
async function filesIn(started: string): Promise<string[]> {
  return (await readdir(started)).filter((name) => !name.startsWith("binaries-"));
}

describe("the embedded server", () => {
  it("accepts the connection that docs/operators/database.md describes", async () => {
    const server = await start();
    const docs = join(import.meta.dirname, "../../../../docs/operators/database.md");
    const printed = /PGPASSWORD=.*/.exec(await readFile(docs, "utf8"))?.[0] ?? "";
    const words =
      /cat \.posthorn\/(\S+)\) psql -h (\S+) -p .*-n (\d)p \.posthorn\/(\S+)\) -U (\S+) (\S+)$/;
    const [, password = "", host, line, pidFile = "", user, database] = words.exec(printed) ?? [];
    const pointer = join(dataDir, "postgres-place");
    const home = await readFile(pointer, "utf8").catch(() => dataDir);
    const pidLines = (await readFile(join(home.trim(), pidFile), "utf8")).split("\n");
    const client = new pg.Client({
      host,
      port: Number(pidLines[Number(line) - 1]),
      user,
      database,
      password: (await readFile(join(dataDir, password), "utf8")).trim(),
    });
    await client.connect();
    expect((await client.query("select n from kept")).rows).toEqual([{ n: 42 }]);
    await client.end();
    await server.stop();
  });

  it("creates a database at the first start, and finds its data at the next", async () => {
    const lines: string[] = [];
    const newDir = join(folder, "above", "new");
    // Uses the default settings, as in production.
    const options = { dataDir: newDir, settings: {}, log: (line: string) => lines.push(line) };
    const first = await start(options);
    expect(first.version).toMatch(/^18\.\d+$/);
    await query(first, "create table kept_here as select 7 as n");
    await Promise.all([first.stop(), first.stop()]);
    expect(isAlive(first.pid)).toBe(false);
    expect(await filesIn(newDir)).toEqual([
      "postgres",
      "postgres-password",
      "postgres.lock",
      "postgres.log",
    ]);
    expect((await stat(join(newDir, "postgres-password"))).mode & 0o777).toBe(0o600);

    const second = await start(options);
    expect(await query(second, "select n from kept_here")).toEqual([{ n: 7 }]);
    expect(lines).toEqual([
      expect.stringContaining("made a new database"),
      expect.stringContaining(`started: process ${first.pid}`),
      expect.stringContaining(`started: process ${second.pid}`),
    ]);
  });

  it("listens only on the loopback address, and requires its password", async () => {
    const server = await start({ settings: { ...testSettings, work_mem: "5MB" } });
    const sql = `select current_setting('listen_addresses') as host,
      current_setting('unix_socket_directories') as sockets,
      current_setting('synchronous_commit') as durable,
      current_setting('work_mem') as given,
      lower('Ä') as lower, 'a' > 'B' as by_code_point, current_database() as database`;
    expect(await query(server, sql)).toEqual([
      {
        host: "127.0.0.1",
        sockets: "",
        durable: "on",
        given: "5MB",
        lower: "ä",
        by_code_point: true,
        database: "posthorn",
      },
    ]);
    const url = new URL(server.connectionString);
    expect(url.password).toMatch(/^[\w-]{32}$/);
    url.password = "wrong";
    const client = new pg.Client({ connectionString: url.href });
    await expect(client.connect()).rejects.toMatchObject({ code: "28P01" });
    await client.end();
  });

  it("takes another port when the chosen one is taken", async () => {
    const rival = createServer().listen(0, "127.0.0.1");
    await once(rival, "listening");
    const address = rival.address();
    const taken = typeof address === "object" ? (address?.port ?? 0) : 0;
    const ports = [taken, taken, await freePort()];
    const server = await start({ choosePort: async () => ports.shift() ?? 0 });
    expect(ports).toEqual([]);
    expect(new URL(server.connectionString).port).not.toBe(String(taken));
    rival.close();
  });

  it("quotes the end of its log when it does not start", async () => {
    await expect(start({ settings: { shared_buffers: "plenty" } })).rejects.toMatchObject({
      code: "PH_EMBEDDED_START",
      message: expect.stringMatching(
        /at once: invalid value for parameter "shared_buffers": "plenty"\.$/,
      ),
      hint: expect.stringContaining(join(dataDir, "postgres.log")),
    });
    // The failed start has freed the folder.
    await start();
  });

  it("ends with a Posthorn that exits, but not with the terminal's Ctrl-C", async () => {
    const child = fixture.spawn({ dataDir });
    const { pid } = await child.ready();
    const group = execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" });
    expect(Number(group)).toBe(pid);
    await child.end("exit");
    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  it("is ended by force if it does not stop cleanly", async () => {
    const server = await start();
    const { pid } = server;
    process.kill(pid, "SIGSTOP");
    const facts = await gatherPlaceFacts({
      dataDir,
      outsideDir: "unused",
      asRoot: isRoot,
      binaries: findBinaries(),
      newName: "unused",
    });
    await stopServer({ pid }, decidePlaces(facts), 100);
    expect(isAlive(pid)).toBe(false);
    await server.stop();
    // The data survived the stop by force.
    const next = await start();
    expect(await query(next, "select n from kept")).toEqual([{ n: 42 }]);
  });
});

describe("two Posthorns on one data folder", () => {
  it("the second is rejected while the first runs, also in the same process", async () => {
    const child = fixture.spawn({ dataDir });
    await child.ready();
    const refusal = {
      code: "PH_DATA_DIR_IN_USE",
      message: expect.stringContaining(`${child.process.pid}`),
    };
    await expect(start()).rejects.toMatchObject(refusal);
    await child.end("stop");

    await start();
    await expect(start()).rejects.toMatchObject({
      code: "PH_DATA_DIR_IN_USE",
      message: expect.stringContaining(`${process.pid}`),
    });
  });

  it("the second finds the server of the first after kill -9, and stops it", async () => {
    const child = fixture.spawn({ dataDir });
    const { pid } = await child.ready();
    await child.kill();
    expect(isAlive(pid)).toBe(true);

    const server = await start();
    expect(server.pid).toBe(pid);
    expect(await query(server, "select n from kept")).toEqual([{ n: 42 }]);
    await server.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it("waits for a server that is ending, and starts a new one", async () => {
    const child = fixture.spawn({ dataDir });
    const { pid } = await child.ready();
    await child.kill();
    process.kill(pid, "SIGINT");
    const server = await start();
    expect(server.pid).not.toBe(pid);
    expect(await query(server, "select n from kept")).toEqual([{ n: 42 }]);
  });
});

describe("a data folder", () => {
  it.each([
    ["a file", async () => writeFile(join(folder, "file"), ""), "file"],
    ["below a file", async () => undefined, "file/below"],
  ])("that is %s is rejected with the reason", async (_, prepare, name) => {
    await prepare();
    await expect(start({ dataDir: join(folder, name) })).rejects.toMatchObject({
      code: "PH_DATA_DIR",
      message: expect.stringMatching(/EEXIST|ENOTDIR/),
      hint: expect.stringContaining("POSTHORN_DATA_DIR"),
    });
  });

  it.skipIf(process.platform !== "linux")("that is not writable is rejected", async () => {
    await expect(start({ dataDir: "/proc/posthorn" })).rejects.toMatchObject({
      code: "PH_DATA_DIR",
    });
    await expect(start({ dataDir: "/proc/self" })).rejects.toMatchObject({ code: "PH_DATA_DIR" });
  });

  it("whose password is missing is rejected, not created again", async () => {
    const path = join(dataDir, "postgres-password");
    const password = await readFile(path, "utf8");
    await unlink(path);
    await expect(start()).rejects.toMatchObject({
      code: "PH_DATA_DIR",
      message: expect.stringContaining(path),
    });
    await writeFile(path, password, { mode: 0o600 });
    const server = await start();
    expect(await query(server, "select n from kept")).toEqual([{ n: 42 }]);
  });

  it("with incomplete files of a Posthorn killed in initdb gets a complete database", async () => {
    const halfMade = join(folder, "half-made");
    const child = fixture.spawn({ dataDir: halfMade });
    const hasFiles = async (): Promise<boolean> => {
      const names = await readdir(halfMade).catch((): string[] => []);
      const unfinished = names.find((name) => name.startsWith("postgres.new-")) ?? "none";
      const files = await readdir(join(halfMade, unfinished, "cluster")).catch((): string[] => []);
      return files.includes("PG_VERSION");
    };
    await expect.poll(hasFiles, { interval: 5, timeout: 10_000 }).toBe(true);
    await child.kill();
    expect(await readdir(halfMade)).not.toContain("postgres");

    const server = await start({ dataDir: halfMade });
    expect(await query(server, "select 1 as n")).toEqual([{ n: 1 }]);
    expect(await filesIn(halfMade)).toEqual(
      [
        "postgres",
        "postgres-password",
        "postgres.lock",
        "postgres.log",
        "posthorn.lock",
      ].toSorted(),
    );
  });
});
