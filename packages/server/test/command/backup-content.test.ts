/** What a backup contains, whatever the network, other backups and the schema do meanwhile. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, stat } from "node:fs/promises";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { saveDatabase, type Saved } from "../../src/backup/save.ts";
import { backUp, describeBackup } from "../../src/commands/database/backup.ts";
import { restore } from "../../src/commands/database/restore.ts";
import { readConfig, type Config, type Environment } from "../../src/config/config.ts";
import { createSecretBox } from "../../src/model/secret-box.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import { makeTestFolder, type TestFolder } from "../../src/testing/test-folder.ts";

const [key = "", formerKey = ""] = [0, 1].map(() => randomBytes(32).toString("base64"));
const [keyId = "", formerId = ""] = [key, formerKey].map((each) => createSecretBox(each).keyId);

let folder: TestFolder;
let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  folder = await makeTestFolder();
  database = await createTestDatabase(inject("postgresUrl"));
  await migrate(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query("insert into posthorn.settings values ('encryption_key_id', $1)", [keyId]);
});
afterAll(async () => {
  await client.end();
  await database.drop();
  await folder.remove();
});

function configOf(databaseUrl: string, environment: Environment = {}): Config {
  const defaults = { allowCidrs: [], logLevel: "silent" };
  const base = { DATABASE_URL: databaseUrl, POSTHORN_ENCRYPTION_KEY: key };
  return readConfig(defaults, { ...base, ...environment });
}

const inFolder = (name: string): string => path.join(folder.disk, name);

async function restoreElsewhere(file: string, environment: Environment = {}) {
  const target = await createTestDatabase(inject("postgresUrl"));
  try {
    return await restore({ config: configOf(target.url, environment), file });
  } finally {
    await target.drop();
  }
}

const copyDone = Buffer.from("c\0\0\0\u0004", "latin1");

/** Forwards to a server, and delays what the server sends after the end of each COPY. */
async function startSplitter(target: URL): Promise<{ url: string; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    sockets.push(near, far);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.pipe(far);
    void (async () => {
      for await (const chunk of far as AsyncIterable<Buffer>) {
        const found = chunk.indexOf(copyDone);
        const end = found === -1 ? chunk.length : found + copyDone.length;
        near.write(chunk.subarray(0, end));
        if (end === chunk.length) continue;
        await sleep(5);
        near.write(chunk.subarray(end));
      }
      near.end();
    })().catch(() => near.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url: url.href, close };
}

test("counts the rows if the server reports them later than their end", async () => {
  const splitter = await startSplitter(new URL(database.url));
  try {
    const file = inFolder("split.backup");
    const { rows } = await backUp({ config: configOf(splitter.url), file });
    expect(rows).toMatchObject({ settings: 1, reap_state: 1, orgs: 0 });
    expect((await restoreElsewhere(file)).rows).toEqual(rows);
  } finally {
    splitter.close();
  }
});

test("of two backups to one name, one is stored whole and the other fails", async () => {
  const name = "twice.backup";
  const options = { config: configOf(database.url), file: inFolder(name) };
  const outcomes = await Promise.allSettled([backUp(options), backUp(options)]);
  const [failed, ...more] = outcomes.filter((each) => each.status === "rejected");
  expect(more).toEqual([]);
  expect(failed?.reason).toMatchObject({ code: "PH_FILE_EXISTS" });
  expect((await readdir(folder.disk)).filter((each) => each.startsWith(name))).toEqual([name]);
  expect((await stat(options.file)).mode & 0o777).toBe(0o600);
  expect(gunzipSync(await readFile(options.file)).toString()).toMatch(/"sha256":"\w{64}"\}\n$/);
});

test("every table of Posthorn is in it, and no other", async () => {
  const file = inFolder("tables.backup");
  await client.query("create table posthorn.notes (id integer)");
  const { rows: partitions } = await client.query<{ name: string }>(
    "select name from posthorn.partitions where parent = 'attempts' order by name limit 1",
  );
  // As retention leaves it before it drops the partition.
  const name = partitions[0]?.name ?? "";
  await client.query(`alter table posthorn.attempts detach partition posthorn.${name}`);
  const { manifest } = await backUp({ config: configOf(database.url), file });
  const { rows: others } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'p')
       and not relispartition and relname <> all ($1) order by name`,
    [manifest.tables],
  );
  expect(others.map((each) => each.name).filter((each) => each !== name)).toEqual([
    "claim_horizon",
    "migrations",
    "nodes",
    "notes",
    "partitions",
    "portal_links",
    "server_life",
    "sessions",
    "sql_files",
    "terminal_answers",
  ]);
  expect(others.map((each) => each.name)).toContain(name);
  expect((await restoreElsewhere(file)).rows["settings"]).toBe(1);
  await client.query("drop table posthorn.notes");
});

/** A connection on which each statement happens elsewhere before the next transaction begins. */
async function connectWith(statements: string[]): Promise<pg.Client> {
  const reading = new pg.Client({ connectionString: database.url });
  await reading.connect();
  const query = reading.query.bind(reading) as (statement: unknown) => unknown;
  const queryAfter = (statement: unknown): unknown => {
    const other = String(statement).startsWith("begin") ? statements.shift() : undefined;
    if (other === undefined) return query(statement);
    return client.query(other).then(() => query(statement));
  };
  return Object.assign(reading, { query: queryAfter });
}

test("a migration that this program does not know may have created any table, at any time", async () => {
  await client.query("create table posthorn.earlier (id integer)");
  await client.query("insert into posthorn.migrations values (9999, '9999-later', 'later')");
  const reading = await connectWith([
    "create table posthorn.later as select 1 as id",
    "drop table posthorn.earlier",
  ]);
  let saved: Saved | null = null;
  const content = saveDatabase({ client: reading, settings: "" }, (each) => (saved = each));
  for await (const chunk of content) expect(chunk).toBeInstanceOf(Buffer);
  await reading.end();
  expect(saved).toMatchObject({ rows: { later: 1 } });
  const tables = (saved as Saved | null)?.manifest.tables;
  expect(tables).not.toContain("earlier");
  // The partition that the test above has detached.
  expect(tables?.filter((name) => name.startsWith("attempts_"))).toEqual([]);
  await client.query("delete from posthorn.migrations where number = 9999");
  await client.query("drop table posthorn.later");
});

test("it names the former keys that secrets need, and a restore asks for all", async () => {
  const file = inFolder("keys.backup");
  await client.query("insert into posthorn.settings values ('former_encryption_key/' || $1, '')", [
    formerId,
  ]);
  // Without its endpoint: the restore reads the keys before the rows.
  await client.query("set session_replication_role = replica");
  await client.query(
    `insert into posthorn.endpoint_secrets (id, org_id, endpoint_id, ciphertext, created_at)
     select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), ciphertext, now()
     from unnest($1::text[]) as ciphertext`,
    [[`v1.${formerId}.a.b`, `v1.${keyId}.a.b`, "v1.never-configured.a.b"]],
  );
  const saved = await backUp({ config: configOf(database.url), file });
  expect(saved.manifest.encryption_key_ids).toEqual([keyId, formerId]);
  const said = await describeBackup(saved, { config: configOf(database.url), file });
  expect(said).toContain(`with former keys: ${formerId}.`);

  await expect(restoreElsewhere(file)).rejects.toMatchObject({
    code: "PH_BACKUP_KEY_WRONG",
    message: expect.stringContaining(`: ${formerId}.`),
    hint: expect.stringContaining("Set POSTHORN_DECRYPTION_KEYS"),
  });
  const onlyFormer = { POSTHORN_ENCRYPTION_KEY: formerKey };
  await expect(restoreElsewhere(file, onlyFormer)).rejects.toMatchObject({
    code: "PH_BACKUP_KEY_WRONG",
    message: expect.stringContaining(`: ${keyId}.`),
    hint: expect.stringContaining("Set POSTHORN_ENCRYPTION_KEY"),
  });
  // The keys are right; the rows lack their endpoints.
  const both = { POSTHORN_DECRYPTION_KEYS: formerKey };
  await expect(restoreElsewhere(file, both)).rejects.toMatchObject({ code: "PH_BACKUP_DAMAGED" });
});
