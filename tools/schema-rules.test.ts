/**
 * Rules for the schema, so that orgs can be spread over several databases or a distributed table.
 * Every table with rows of orgs has a column for the org, and policies compare that column without
 * a subquery. There are no triggers, no INSERT contains a subquery, and no statement changes an
 * audit entry.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { migrate } from "../packages/server/src/postgres/migrate.ts";
import {
  createTestDatabase,
  type TestDatabase,
} from "../packages/server/src/testing/test-database.ts";
import { isTest, sources } from "./sources.ts";

/** Tables that contain no rows of orgs. */
const sharedTables = [
  "claim_horizon",
  "contract_versions",
  "contracts",
  "event_types",
  "migrations",
  "nodes",
  "partitions",
  "reap_state",
  "server_life",
  "settings",
  "sql_files",
];

describe("the migrated schema", () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createTestDatabase(inject("postgresUrl"));
    await migrate(database.url);
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test("names the org in every table that holds an org's rows", async () => {
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname <> 'orgs' and not exists (
           select from pg_attribute where attrelid = pg_class.oid and attname = 'org_id')
       order by relname`,
    );
    expect(rows.map(({ name }) => name)).toEqual(sharedTables);
  });

  test("has a text for the platform's own id of an org, an event and an endpoint", async () => {
    const { rows } = await client.query<{ table_name: string; data_type: string }>(
      `select table_name, data_type from information_schema.columns
       where table_schema = 'posthorn' and column_name = 'external_id'
         and table_name in ('orgs', 'events', 'endpoints') order by table_name`,
    );
    expect(rows).toEqual(
      ["endpoints", "events", "orgs"].map((name) => ({ table_name: name, data_type: "text" })),
    );
  });

  test("has policies that compare the org without a subquery", async () => {
    const { rows } = await client.query<{ tablename: string; qual: string }>(
      "select tablename, qual from pg_policies where schemaname = 'posthorn'",
    );
    expect(rows.length).toBeGreaterThan(9);
    for (const { tablename, qual } of rows) {
      expect(`${tablename}: ${qual}`).toMatch(/^\w+: \((org_)?id = \(NULLIF\(current_setting\(/);
      expect(qual).not.toMatch(/select/i);
    }
  });

  test("has no triggers", async () => {
    const { rows } = await client.query(
      `select tgname from pg_trigger join pg_class on pg_class.oid = tgrelid
       where relnamespace = 'posthorn'::regnamespace and not tgisinternal`,
    );
    expect(rows).toEqual([]);
  });
});

describe("statements", () => {
  test("the search for subqueries sees them", () => {
    const found = (sql: string) => insertsWithSubqueries(sql).length;
    expect(found("insert into posthorn.a (x) values ((select 1))")).toBe(1);
    expect(found("insert into posthorn.a (x) select 1 where not exists (select from b)")).toBe(1);
    expect(found("with n as (insert into posthorn.a (x) select 1) select (select 2)")).toBe(0);
    expect(found("insert into posthorn.a (x) select 1 from b; select (select 2)")).toBe(0);
  });

  test("no INSERT contains a subquery", () => {
    const found = statementSources().flatMap(({ path, text }) =>
      insertsWithSubqueries(text).map((statement) => `${path}: ${statement}`),
    );
    expect(found).toEqual([]);
  });

  test("none changes an entry of the audit", () => {
    const found = statementSources().filter(({ text }) =>
      /update\s+posthorn\.audit_entries/.test(text),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

/** The schema's SQL files, and the SQL statements in the program's source files. */
function statementSources(): readonly { readonly path: string; readonly text: string }[] {
  return [
    ...sources("packages/server/migrations", ".sql"),
    ...sources("packages/server/sql", ".sql"),
    ...sources("packages/server/src", ".ts").filter((source) => !isTest(source)),
  ].map(({ name, text }) => ({ path: name, text }));
}

/**
 * Returns the text from each `insert into` to the end of its statement or CTE, if it contains a
 * subquery.
 */
function insertsWithSubqueries(text: string): readonly string[] {
  const found: string[] = [];
  for (const { index } of text.matchAll(/insert into posthorn\./g)) {
    let depth = 0;
    let end = index;
    for (; end < text.length && depth >= 0; end += 1) {
      if (text[end] === "(") depth += 1;
      else if (text[end] === ")") depth -= 1;
      else if (depth === 0 && (text[end] === ";" || text[end] === "`")) break;
    }
    const statement = text.slice(index, end);
    if (/\(\s*select\b/.test(statement)) found.push(statement.split("\n", 1)[0] ?? "");
  }
  return found;
}
