/** Builds indexes while other transactions write. */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { buildIndex, isConcurrentIndex } from "./concurrent-index.ts";
import { migrate } from "./migrate.ts";

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

const text = `-- Concurrently, partition by partition.
create index deliveries_tested on posthorn.deliveries (event_id) where failed_at is not null;
`;

/**
 * Returns the number of partitions, the number of those with a valid index, and whether the table's
 * index is valid.
 */
async function state(): Promise<readonly [number, number, boolean]> {
  const { rows } = await client.query<{ parts: number; partitions: number; valid: boolean }>(
    `select (select count(*)::integer from pg_inherits join pg_index on indexrelid = inhrelid
             where inhparent = 'posthorn.deliveries_tested'::regclass and indisvalid) as parts,
            (select count(*)::integer from pg_inherits
             where inhparent = 'posthorn.deliveries'::regclass) as partitions,
            (select indisvalid from pg_index
             where indexrelid = 'posthorn.deliveries_tested'::regclass) as valid`,
  );
  const { parts, partitions, valid } = rows[0]!;
  return [parts, partitions, valid];
}

test("each partition gets its index, also after an interrupted build, and new ones as well", async () => {
  expect(isConcurrentIndex(text)).toBe(true);
  // Creates the state after an interruption: the table's index exists, and one partition's index
  // was built but not attached.
  await client.query(
    `create index deliveries_tested on only posthorn.deliveries (event_id)
     where failed_at is not null`,
  );
  const { rows } = await client.query<{ name: string }>(
    "select name from posthorn.partitions where parent = 'deliveries' order by name limit 1",
  );
  const [first] = rows.map(({ name }) => name);
  await client.query(
    `create index ${first}_deliveries_tested on posthorn.${first} (event_id)
     where failed_at is not null`,
  );
  await buildIndex(client, text);
  const [parts, partitions, valid] = await state();
  expect([parts, valid]).toEqual([partitions, true]);
  await client.query("select posthorn.make_partitions(now(), now() + interval '60 days')");
  const [after, more] = await state();
  expect(more).toBeGreaterThan(partitions);
  expect(after).toBe(more);
  await buildIndex(client, text);
  expect(await state()).toEqual([after, more, true]);
});

test("a table that is not partitioned gets its index, and other text is rejected", async () => {
  const plain = text.replaceAll("deliveries", "replays").replace("failed_at", "finished_at");
  const statement = plain.replace("(event_id)", "(endpoint_id)");
  await buildIndex(client, statement);
  const { rows } = await client.query(
    "select indisvalid from pg_index where indexrelid = 'posthorn.replays_tested'::regclass",
  );
  expect(rows).toEqual([{ indisvalid: true }]);
  const two = `${text}drop table posthorn.deliveries;\n`;
  await expect(buildIndex(client, two)).rejects.toThrow("one create index statement");
});
