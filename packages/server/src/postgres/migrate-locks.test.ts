/** A migration beside nodes that are at work. */
import pg from "pg";
import { expect, inject, test } from "vitest";
import { limits } from "../limits.ts";
import { createTestDatabase } from "../testing/test-database.ts";
import { migrate } from "./migrate.ts";

test("gives a locked table up for a while instead of keeping others from theirs", async () => {
  const database = await createTestDatabase(inject("postgresUrl"));
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await migrate(database.url);
  await holder.query("delete from posthorn.migrations where number = 14");
  await holder.query("begin; lock table posthorn.deliveries in row exclusive mode");
  const migrating = migrate(database.url);
  await new Promise((resolve) => setTimeout(resolve, 3 * limits.migrationLockMs));
  // It has locked others before it came to this one, and let go of them again.
  const asked = holder.query("lock table posthorn.endpoints in row exclusive mode");
  await expect(asked).resolves.toBeDefined();
  await holder.query("commit");
  expect(await migrating).toEqual(["0014-row-security.sql"]);
  await holder.end();
  await database.drop();
}, 30_000);
