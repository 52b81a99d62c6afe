/** A database with data in it, brought up from the release before the tables had weeks. */
import { randomBytes, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { uuidV7 } from "../model/id.ts";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { migrate } from "./migrate.ts";

const folder = new URL("../../migrations/", import.meta.url);
const lastBefore = 4;

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function applyUpTo(last: number): Promise<void> {
  await client.query("create schema posthorn");
  await client.query(
    `create table posthorn.migrations
       (number integer primary key, name text not null, applied_at timestamptz default now())`,
  );
  for (const name of (await readdir(folder)).toSorted()) {
    const number = Number(name.slice(0, 4));
    if (number > last) continue;
    await client.query(await readFile(new URL(name, folder), "utf8"));
    await client.query("insert into posthorn.migrations (number, name) values ($1, $2)", [
      number,
      name,
    ]);
  }
}

test("rows from before weeks stay, are found by index, and new ones find a place", async () => {
  await applyUpTo(lastBefore);
  const orgId = randomUUID();
  const endpointId = uuidV7(Date.now(), randomBytes(10));
  await client.query(
    `insert into posthorn.contracts (name, document) values ('standard', '{}');
     insert into posthorn.event_types
       (name, description, schema_check, created_at, updated_at)
     values ('t', '', 'refuse', now(), now())`,
  );
  await client.query("insert into posthorn.orgs (id, created_at) values ($1, now())", [orgId]);
  await client.query(
    `insert into posthorn.endpoints
       (id, org_id, url, is_active, contract, description, headers, in_flight_max, version,
        created_at, updated_at)
     values ($1, $2, 'https://example.com/', true, 'standard', '', '{}', 16, 1, now(), now())`,
    [endpointId, orgId],
  );
  const publish = "select posthorn.publish($1, 't', '{\"n\":1}') as id";
  const { rows: before } = await client.query<{ id: string }>(publish, [orgId]);

  await migrate(database.url);
  const { rows: after } = await client.query<{ id: string }>(publish, [orgId]);
  const { rows } = await client.query<{ event_id: string; status: string }>(
    "select event_id, status from posthorn.webhook_deliveries where org_id = $1 order by id",
    [orgId],
  );
  expect(rows).toEqual(
    [before[0]?.id, after[0]?.id].map((id) => ({ event_id: id, status: "pending" })),
  );
  const { rows: waiting } = await client.query("select endpoint_id from posthorn.waiting");
  expect(waiting).toEqual([{ endpoint_id: endpointId }]);
  const { rows: weeks } = await client.query<{ name: string; since: Date | null }>(
    "select name, since from posthorn.partitions where parent = 'deliveries' order by until",
  );
  expect(weeks[0]).toEqual({ name: "deliveries_before", since: null });
  expect(weeks.length).toBeGreaterThan(4);
});
