import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { systemClock } from "../service/database-clock.ts";
import { parseConnectionUrl } from "./connection-url.ts";
import { connectClient } from "./clients.ts";
import { hostsOf } from "./hosts.ts";
import { createPool } from "./pool.ts";
import { settingsSql, startOptions } from "./session.ts";

describe("options of a URL", () => {
  const optionsOf = (options: string): unknown =>
    startOptions(parseConnectionUrl(`postgres://h/db?options=${encodeURIComponent(options)}`));

  test.each([
    ["-c work_mem=8MB", [["work_mem", "8MB"]], null],
    [
      "-cwork_mem=8MB --temp-buffers=1",
      [
        ["work_mem", "8MB"],
        ["temp_buffers", "1"],
      ],
      null,
    ],
    ["-c a.b=x\\ y\\\\z", [["a.b", "x y\\z"]], null],
    ["endpoint=one -c jit=off", [["jit", "off"]], "endpoint=one"],
    ["", [], null],
  ])("%s", (options, settings, others) => {
    expect(optionsOf(options)).toEqual({ settings, others });
  });

  test.each(["-c", "-c work_mem", "--=1", "-c wörk=1"])("%s is rejected", (options) => {
    expect(() => optionsOf(options)).toThrow(/options must be settings/);
  });
});

test("the value of a setting cannot become a statement", () => {
  const sql = settingsSql(
    [
      ["statement_timeout", "1"],
      ["a.b", "x'; drop table t; --"],
    ],
    false,
  );
  expect(sql).toBe(
    "set statement_timeout = '1'; select set_config('a.b', 'x''; drop table t; --', false)",
  );
});

describe("a role and a database with settings of their own", () => {
  /**
   * Without Posthorn's own settings, each of these would break something: how times are read, how
   * long locks are waited for, or whether writes work.
   */
  const strange: Readonly<Record<string, string>> = {
    DateStyle: "SQL, DMY",
    TimeZone: "Asia/Kathmandu",
    IntervalStyle: "sql_standard",
    search_path: "elsewhere",
    bytea_output: "escape",
    extra_float_digits: "-10",
    statement_timeout: "50ms",
    lock_timeout: "50ms",
    idle_in_transaction_session_timeout: "50ms",
    idle_session_timeout: "50ms",
    default_transaction_isolation: "serializable",
    default_transaction_read_only: "on",
    default_transaction_deferrable: "on",
    standard_conforming_strings: "off",
    client_encoding: "LATIN1",
    array_nulls: "off",
    transform_null_equals: "on",
    row_security: "off",
  };
  let database: TestDatabase;
  const role = `strange_${randomBytes(4).toString("hex")}`;
  let url = "";

  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
    const admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`create role ${role} login password 'p'`);
    const name = new URL(database.url).pathname.slice(1);
    for (const [index, [setting, value]] of Object.entries(strange).entries()) {
      // Half of the settings are made on the database and half on the role. Posthorn must override
      // both.
      const owner = index % 2 === 0 ? `role ${role}` : `database ${name}`;
      await admin.query(`alter ${owner} set ${setting} = ${pg.escapeLiteral(value)}`);
    }
    await admin.query(`alter role ${role} set default_transaction_read_only = on`);
    await admin.end();
    const own = new URL(database.url);
    own.username = role;
    own.password = "p";
    url = own.href;
  });
  afterAll(async () => {
    await database.drop();
    const admin = new pg.Client({ connectionString: inject("postgresUrl") });
    await admin.connect();
    await admin.query(`drop role ${role}`);
    await admin.end();
  });

  const readSql = `select json_object_agg(lower(name), current_setting(name)) as settings
    from unnest($1::text[]) as name`;
  const names = Object.keys(strange);
  const own = {
    datestyle: "ISO, MDY",
    timezone: "UTC",
    intervalstyle: "postgres",
    search_path: "pg_catalog",
    bytea_output: "hex",
    extra_float_digits: "1",
    lock_timeout: "0",
    idle_session_timeout: "0",
    default_transaction_isolation: "read committed",
    default_transaction_read_only: "off",
    default_transaction_deferrable: "off",
    standard_conforming_strings: "on",
    client_encoding: "UTF8",
    array_nulls: "on",
    transform_null_equals: "off",
    row_security: "on",
  };

  test("change nothing for a connection of the pool", async () => {
    const pool = createPool({
      hosts: hostsOf(url),
      connectionsMax: 2,
      name: "posthorn",
      onError: () => undefined,
    });
    const { rows } = await pool.query<{ settings: unknown }>(readSql, [names]);
    expect(rows[0]?.settings).toEqual({
      ...own,
      statement_timeout: "15s",
      idle_in_transaction_session_timeout: "15s",
    });
    const { rows: read } = await pool.query("select $1::timestamptz as at, null::int[] as ids", [
      "2026-02-01T10:00:00Z",
    ]);
    expect(read).toEqual([{ at: new Date("2026-02-01T10:00:00Z"), ids: null }]);
    await pool.query("select pg_sleep(0.1)");
    await pool.end();
  });

  test("change nothing for the connections that listen and migrate", async () => {
    for (const statementMs of [null, 15_000]) {
      const found = await hostsOf(url).find();
      const client = await connectClient(found, { name: "posthorn", statementMs });
      const { rows } = await client.query<{ settings: unknown }>(readSql, [names]);
      const timeout = statementMs === null ? "0" : "15s";
      expect(rows[0]?.settings).toEqual({
        ...own,
        statement_timeout: timeout,
        idle_in_transaction_session_timeout: timeout,
      });
      // The connections stay idle for longer than the role's timeouts allow.
      await new Promise<void>((resolve) => void systemClock.after(150, resolve));
      await client.query("select 1");
      await client.end();
    }
  });

  test("options of the URL are set, except for what the program needs", async () => {
    const options = encodeURIComponent(
      "-c work_mem=9MB -c DateStyle=German -c posthorn.note=a\\ b",
    );
    const found = await hostsOf(`${url}&options=${options}`).find();
    const client = await connectClient(found, { name: "posthorn", statementMs: null });
    const { rows } = await client.query(
      `select current_setting('work_mem') as memory, current_setting('DateStyle') as style,
         current_setting('posthorn.note') as note`,
    );
    expect(rows).toEqual([{ memory: "9MB", style: "ISO, MDY", note: "a b" }]);
    await client.end();
  });
});
