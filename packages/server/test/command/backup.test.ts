/** `posthorn backup` and `posthorn restore`, with a running service and real databases. */
import { randomBytes } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import path from "node:path";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { verifyStandardWebhook } from "@posthorn/consumer";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Manifest, RowCounts } from "../../src/backup/format.ts";
import { BackupReader } from "../../src/backup/reader.ts";
import { backUp, describeBackup, type BackupDone } from "../../src/commands/database/backup.ts";
import { describeRestore, restore } from "../../src/commands/database/restore.ts";
import { readConfig, type Config, type Environment } from "../../src/config/config.ts";
import { startEmbeddedPostgres } from "../../src/embedded/index.ts";
import { exitCodeOf, exitCodes } from "../../src/errors/exit-codes.ts";
import { limits } from "../../src/limits.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { startService } from "../../src/service/compose.ts";
import { testSettings } from "../../src/testing/embedded-fixture.ts";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import { makeTestFolder, type TestFolder } from "../../src/testing/test-folder.ts";
import { runOneAfterAnother } from "../support/command.ts";
import { publish, subscribe, type Subscribed } from "../support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { adminKey, startTestService, type TestService } from "../support/service.ts";

const encryptionKey = randomBytes(32).toString("base64");

/** Characters that could break a format that consists of lines. */
const hostileData = { scan_id: "s-1", text: "\\.\n\\.\n\\N\t\\\\.\r\u0001é𝄞" };

const base = {
  POSTHORN_PORT: "0",
  POSTHORN_ADMIN_KEY: adminKey,
  POSTHORN_ENCRYPTION_KEY: encryptionKey,
  POSTHORN_DRAIN: "2s",
};

function configOf(environment: Environment): Config {
  const defaults = { allowCidrs: ["127.0.0.0/8"], logLevel: "silent" };
  return readConfig(defaults, { ...base, ...environment });
}

let folder: TestFolder;
let receiver: Receiver;
let original: TestService;
let config: Config;
let file: string;
let saved: BackupDone;
let subscribed: Subscribed;

/** One event was delivered before the backup; the attempt of another is in progress during it. */
beforeAll(async () => {
  folder = await makeTestFolder();
  receiver = await startReceiver(answerStatus(200));
  original = await startTestService({ environment: base });
  config = configOf({ DATABASE_URL: original.databaseUrl });
  subscribed = await subscribe(original, `${receiver.url}/hook`, { contract: "standard" });
  await publish(original.api, subscribed.orgId, { data: hostileData });
  await receiver.waitFor(1);
  const held: ServerResponse[] = [];
  receiver.answerWith((response) => held.push(response));
  await publish(original.api, subscribed.orgId);
  await receiver.waitFor(2);
  file = path.join(folder.disk, "posthorn.backup");
  saved = await backUp({ config, file });
  receiver.answerWith(answerStatus(200));
  for (const response of held) response.writeHead(200).end();
});
afterAll(async () => {
  await original.close();
  await receiver.close();
  await folder.remove();
});

async function withDatabase<T>(use: (database: TestDatabase) => Promise<T>, url?: string) {
  const database = await createTestDatabase(url ?? inject("postgresUrl"));
  try {
    return await use(database);
  } finally {
    await database.drop();
  }
}

async function valueIn(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ value: unknown }>(sql);
  await client.end();
  return rows[0]?.value;
}

const textOf = async (backup: string): Promise<string> =>
  gunzipSync(await readFile(backup)).toString();

/** The lines of one table. */
async function rowsOf(backup: string, table: string): Promise<readonly string[]> {
  const [, rows = ""] = (await textOf(backup)).split(`{"table":"${table}",`);
  return rows.split("\n\\.\n")[0]?.split("\n").slice(1).toSorted() ?? [];
}

describe("a backup of a running service", () => {
  test("is one file for its owner, with a manifest and without keys", async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await textOf(file);
    const manifest = JSON.parse(text.split("\n", 1)[0] ?? "") as Manifest;
    expect(manifest).toMatchObject({ format: "posthorn-backup", format_version: 1 });
    expect(saved.rows).toMatchObject({ events: 2, deliveries: 2, orgs: 1, endpoint_secrets: 1 });
    expect(manifest.tables).not.toContain("sessions");
    for (const secret of [encryptionKey, adminKey, subscribed.secret]) {
      expect(text).not.toContain(secret);
    }
    const said = await describeBackup(saved, { config, file });
    expect(said).toContain(`encrypted with key ${manifest.encryption_key_ids[0] ?? "none"}`);
    expect(said).toContain("in POSTHORN_ENCRYPTION_KEY");
  });

  test("never replaces a file, and leaves none if it is stopped or fails", async () => {
    await expect(backUp({ config, file })).rejects.toMatchObject({ code: "PH_FILE_EXISTS" });
    const stopping = AbortSignal.abort(new Error("stopped"));
    const other = path.join(folder.disk, "stopped.backup");
    await expect(backUp({ config, file: other, stopping })).rejects.toThrow("stopped");
    const nowhere = path.join(folder.disk, "none", "posthorn.backup");
    const failed = backUp({ config, file: nowhere });
    await expect(failed).rejects.toMatchObject({ code: "PH_FILE_UNREADABLE" });
    expect((await readdir(folder.disk)).filter((name) => name.includes("stopped"))).toEqual([]);
  });
});

describe("a restore", () => {
  test("contains every row, and sends what was pending, with its id and signature", () =>
    withDatabase(async ({ url }) => {
      const restored = configOf({ DATABASE_URL: url });
      const loaded = await restore({ config: restored, file });
      expect(loaded.rows).toEqual(saved.rows);
      expect(loaded.pendingDeliveries).toBe(1);
      expect(describeRestore(loaded)).toContain("Pending deliveries: 1.");
      // A service that starts at once finds no leases: one transaction has written all rows.
      const transactions = `select count(distinct writer::text)::integer as value from (
        select xmin as writer from posthorn.deliveries
        union all select xmin from posthorn.orgs) as rows`;
      expect(await valueIn(url, transactions)).toBe(1);
      const again = path.join(folder.disk, "again.backup");
      await backUp({ config: restored, file: again });
      for (const table of ["orgs", "endpoints", "endpoint_secrets", "events", "settings"]) {
        expect(await rowsOf(again, table), table).toEqual(await rowsOf(file, table));
      }
      const count = receiver.received.length;
      const service = await startService(restored);
      const [, inProgress] = receiver.received;
      const repeated = (await receiver.waitFor(count + 1))[count];
      await service.close();
      expect(repeated?.headers["webhook-id"]).toBe(inProgress?.headers["webhook-id"]);
      expect(repeated?.body).toBe(inProgress?.body);
      const { body = "", headers = {} } = repeated ?? {};
      verifyStandardWebhook({ secret: subscribed.secret, headers, body, nowMs: Date.now() });
    }));

  test("fills tables that are migrated and empty, also of another PostgreSQL", () =>
    withDatabase(
      async ({ url }) => {
        await migrate(url);
        const { rows } = await restore({ config: configOf({ DATABASE_URL: url }), file });
        expect(rows).toEqual(saved.rows);
      },
      inject("systemPostgresUrl") ?? undefined,
    ));

  test("refuses a database with rows, and changes nothing in it", async () => {
    const before = await valueIn(
      original.databaseUrl,
      "select count(*) value from posthorn.events",
    );
    await expect(restore({ config, file })).rejects.toMatchObject({
      code: "PH_DATABASE_NOT_EMPTY",
    });
    const after = await valueIn(original.databaseUrl, "select count(*) value from posthorn.events");
    expect(after).toBe(before);
  });
});

describe("a restore of a file that cannot be used stores nothing", () => {
  let database: TestDatabase;
  let bytes: Buffer;
  let text: string;
  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
    bytes = await readFile(file);
    text = await textOf(file);
  });
  afterAll(() => database.drop());

  async function restoreBytes(content: Buffer, environment: Environment = {}): Promise<unknown> {
    const broken = path.join(folder.disk, "broken.backup");
    await writeFile(broken, content);
    const broke = configOf({ DATABASE_URL: database.url, ...environment });
    const error = await restore({ config: broke, file: broken }).catch((thrown: unknown) => thrown);
    expect(await valueIn(database.url, "select to_regnamespace('posthorn') as value")).toBeNull();
    return error;
  }

  const restoreText = (changed: string): Promise<unknown> => {
    expect(changed).not.toBe(text);
    return restoreBytes(gzipSync(changed));
  };

  test.each([0, 0.9])("cut off at %f of its length", async (share) => {
    const error = await restoreBytes(bytes.subarray(0, Math.floor((bytes.length - 1) * share)));
    expect(error).toMatchObject({ code: "PH_BACKUP_DAMAGED" });
  });

  test("with a changed byte, a changed row, a missing table, or something after its end", async () => {
    const flipped = Buffer.from(bytes);
    const middle = Math.floor(bytes.length / 2);
    flipped.writeUInt8(flipped.readUInt8(middle) ^ 0x40, middle);
    for (const error of [
      await restoreBytes(flipped),
      await restoreText(text.replace("scan.completed", "scan.competed")),
      await restoreText(text.replace(/\{"table":"orgs".*/, "{}")),
      await restoreText(`${text}more`),
    ]) {
      expect(error).toMatchObject({ code: "PH_BACKUP_DAMAGED" });
    }
  });

  test("of another program, of a newer version, of another build", async () => {
    const codes: unknown[] = [];
    for (const changed of [
      "id,name\n1,a\n",
      text.replace("posthorn-backup", "other-backup"),
      text.replace('"format_version":1', '"format_version":2'),
      text.replace('"number":1', '"number":9999'),
      text.replace(/"hash":"../, '"hash":"xx'),
    ]) {
      codes.push(((await restoreText(changed)) as { code?: unknown }).code);
    }
    expect(codes).toEqual([
      "PH_BACKUP_DAMAGED",
      "PH_BACKUP_DAMAGED",
      "PH_BACKUP_NEWER",
      "PH_BACKUP_NEWER",
      "PH_BACKUP_OTHER_BUILD",
    ]);
    expect(await restoreBytes(Buffer.from("plain text"))).toMatchObject({
      code: "PH_BACKUP_DAMAGED",
    });
  });

  test("without its encryption key, or with a file that is not there", async () => {
    const other = { POSTHORN_ENCRYPTION_KEY: randomBytes(32).toString("base64") };
    expect(await restoreBytes(bytes, other)).toMatchObject({ code: "PH_BACKUP_KEY_WRONG" });
    const older = { ...other, POSTHORN_DECRYPTION_KEYS: encryptionKey, DATABASE_URL: "" };
    const missing = restore({ config: configOf(older), file: path.join(folder.disk, "none") });
    await expect(missing).rejects.toMatchObject({ code: "PH_FILE_UNREADABLE" });
  });
});

test("the reader ends at a line of more than backupLineBytesMax, and finds marks anywhere", async () => {
  const readerOf = (...parts: string[]): BackupReader => {
    return new BackupReader(Readable.from(parts.map((part) => Buffer.from(part))));
  };
  const most = "x".repeat(limits.backupLineBytesMax);
  expect(await readerOf(most, "\n").line()).toBe(most);
  await expect(readerOf(most, "x", "\n").line()).rejects.toMatchObject({
    code: "PH_BACKUP_DAMAGED",
  });
  const whole = "a\n\\.b\n\\\\.\n\\.\nnext\n";
  for (let cut = 1; cut < whole.length; cut += 1) {
    const reader = readerOf(whole.slice(0, cut), whole.slice(cut));
    let rows = "";
    for await (const part of reader.rows()) rows += part.toString();
    expect(rows).toBe("a\n\\.b\n\\\\.\n");
    expect(await reader.line()).toBe("next");
    await reader.end();
  }
  const empty = readerOf("\\", ".\nnext\n");
  for await (const part of empty.rows()) expect(part.length).toBe(0);
  expect(await empty.line()).toBe("next");
});

test("a data folder: while a service uses it, while none does, and without its key", async () => {
  const dataDir = path.join(folder.memory, "restored");
  const settings = testSettings;
  const embedded = configOf({ POSTHORN_DATA_DIR: dataDir, POSTHORN_ENCRYPTION_KEY: "" });
  const output = (name: string): string => path.join(folder.disk, name);
  const none = backUp({ config: embedded, file: output("none.backup") });
  await expect(none).rejects.toMatchObject({ code: "PH_DATA_DIR_EMPTY" });
  const withoutKey = restore({ config: embedded, file, settings });
  await expect(withoutKey).rejects.toMatchObject({
    code: "PH_BACKUP_KEY_WRONG",
    hint: expect.stringContaining(dataDir),
  });
  await writeFile(path.join(dataDir, "encryption-key"), `${encryptionKey}\n`);
  expect((await restore({ config: embedded, file, settings })).rows).toEqual(saved.rows);
  const stopped = await backUp({ config: embedded, file: output("stopped.backup"), settings });
  expect(stopped.rows).toMatchObject({ events: 2, deliveries: 2 });
  const inFile = `It is in the file ${path.join(dataDir, "encryption-key")}.`;
  expect(await describeBackup(stopped, { config: embedded, file })).toContain(inFile);
  // `posthorn dev` keeps the key there with a server of one's own, too.
  const own = { ...embedded, databaseUrl: "postgres://h/d" };
  expect(await describeBackup(stopped, { config: own, file })).toContain(inFile);
  const running = await startEmbeddedPostgres({ dataDir, settings });
  try {
    const { rows } = await backUp({ config: embedded, file: output("running.backup") });
    expect(rows).toEqual(stopped.rows);
    const twice = restore({ config: embedded, file });
    const error = await twice.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "PH_DATA_DIR_IN_USE" });
    // A process manager tries again.
    expect(exitCodeOf(error)).toBe(exitCodes.unavailable);
  } finally {
    await running.stop();
  }
});

test("the commands, with text and with --json", () =>
  withDatabase(async ({ url }) => {
    const output = path.join(folder.disk, "command.backup");
    const from = { ...base, DATABASE_URL: original.databaseUrl };
    const into = { ...base, DATABASE_URL: url };
    const saving = [
      { args: [output, "--json"], environment: from },
      { args: [output], environment: from },
    ];
    const [backup, again] = await runOneAfterAnother("backup", saving, folder.disk);
    expect(backup?.exitCode).toBe(0);
    const { rows } = JSON.parse(backup?.output ?? "") as { rows: RowCounts };
    expect(rows["events"]).toBe(2);
    expect(again).toMatchObject({ exitCode: 2, output: expect.stringContaining("PH_FILE_EXISTS") });
    const filling = [
      { args: [output], environment: into },
      { args: [output], environment: into },
    ];
    const [restored, twice] = await runOneAfterAnother("restore", filling, folder.disk);
    expect(restored).toMatchObject({ exitCode: 0, output: expect.stringContaining("Restored ") });
    expect(twice).toMatchObject({
      exitCode: 2,
      output: expect.stringContaining("PH_DATABASE_NOT_EMPTY"),
    });
  }));
