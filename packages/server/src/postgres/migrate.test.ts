/** Migrations while nodes are running, and of databases that other builds created. */
import pg from "pg";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { limits } from "../limits.ts";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { migrate } from "./migrate.ts";
import { readFunctions, readMigrations, readViews } from "./schema-files.ts";

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const names = (files: readonly { readonly name: string }[]) => files.map(({ name }) => name);

test("an empty database gets every file, and nothing is applied twice", async () => {
  const applied = await migrate(database.url);
  expect(applied).toEqual([
    ...names(await readMigrations()),
    ...names(await readFunctions()),
    ...names(await readViews()),
  ]);
  expect(await migrate(database.url)).toEqual([]);
});

test("a database that cannot store every text is rejected, and stays empty", async () => {
  const name = `${new URL(database.url).pathname.slice(1)}_latin1`;
  await client.query(
    `create database ${name} encoding 'LATIN1' locale_provider libc locale 'C' template template0`,
  );
  const url = new URL(database.url);
  url.pathname = name;
  await expect(migrate(url.href)).rejects.toMatchObject({ code: "PH_DATABASE_ENCODING" });
  const other = new pg.Client({ connectionString: url.href });
  await other.connect();
  const { rows } = await other.query("select to_regnamespace('posthorn') as schema");
  await other.end();
  await client.query(`drop database ${name}`);
  expect(rows).toEqual([{ schema: null }]);
});

test("events can be published from SQL right after the migration", async () => {
  await migrate(database.url);
  await client.query(
    `insert into posthorn.event_types (name, description, schema_check, created_at, updated_at)
     values ('t', '', 'refuse', now(), now())`,
  );
  const { rowCount } = await client.query(
    "select posthorn.publish(gen_random_uuid(), 't', '{\"n\":1}')",
  );
  expect(rowCount).toBe(1);
});

test("a function whose text differs is replaced, and a view with other columns as well", async () => {
  await migrate(database.url);
  await client.query("drop view posthorn.webhook_orgs");
  await client.query("create view posthorn.webhook_orgs as select 1 as other");
  await client.query(
    `create or replace function posthorn.uuid_floor(at timestamptz) returns uuid
     language sql immutable as 'select null::uuid'`,
  );
  await client.query(
    `update posthorn.sql_files set hash = 'another'
     where name in ('functions/uuid_floor.sql', 'views/webhook_orgs.sql')`,
  );
  expect(await migrate(database.url)).toEqual([
    "functions/uuid_floor.sql",
    ...names(await readViews()),
  ]);
  const { rows } = await client.query(
    "select posthorn.uuid_floor(to_timestamp(1)) as id, (select count(id) from posthorn.webhook_orgs)",
  );
  expect(rows).toEqual([{ id: "00000000-03e8-7000-8000-000000000000", count: "0" }]);
});

describe("a database of another build is rejected", () => {
  test("if a migration had another text", async () => {
    await migrate(database.url);
    await client.query("update posthorn.migrations set hash = 'another' where number = 2");
    await expect(migrate(database.url)).rejects.toMatchObject({ code: "PH_DATABASE_OTHER_BUILD" });
  });

  test("if its migrations had no hash, and nothing in it is changed", async () => {
    await client.query("create schema posthorn");
    await client.query("create table posthorn.migrations (number integer, name text)");
    await expect(migrate(database.url)).rejects.toMatchObject({ code: "PH_DATABASE_OTHER_BUILD" });
    const { rows } = await client.query(
      "select relname from pg_class where relnamespace = 'posthorn'::regnamespace",
    );
    expect(rows).toEqual([{ relname: "migrations" }]);
  });
});

test("releases a table and tries again, instead of blocking others", async () => {
  await migrate(database.url);
  await client.query("update posthorn.sql_files set hash = 'another' where name like 'views/%'");
  await client.query("begin; lock table posthorn.webhook_orgs in access share mode");
  const migrating = migrate(database.url);
  await new Promise((resolve) => setTimeout(resolve, 3 * limits.migrationLockMs));
  // The migration has already dropped other views, and must roll that back.
  const asked = client.query("lock table posthorn.webhook_endpoints in access share mode");
  await expect(asked).resolves.toBeDefined();
  await client.query("commit");
  expect(await migrating).toEqual(names(await readViews()));
}, 30_000);
