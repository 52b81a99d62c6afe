import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createSecretBox } from "../../model/secret-box.ts";
import { migrate } from "../../postgres/migrate.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import { createPostgresStore } from "./index.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  database = await createTestDatabase(adminUrl, {
    template: await migratedTemplate(adminUrl, migrate),
  });
  pool = new pg.Pool({ connectionString: database.url, max: 2, statement_timeout: 200 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test("a table that someone keeps locked counts as an unavailable database: try again", async () => {
  const store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  const holder = new pg.Client({ connectionString: database.url });
  await holder.connect();
  await holder.query("begin");
  await holder.query("lock table posthorn.endpoints in access exclusive mode");
  await expect(store.endpoints([crypto.randomUUID()])).rejects.toMatchObject({
    code: "PH_DATABASE_UNAVAILABLE",
    retryAfterSeconds: 1,
  });
  await holder.query("rollback");
  await holder.end();
  await expect(store.endpoints([crypto.randomUUID()])).resolves.toEqual([]);
});
