/** Repeated changes get the stored answer. */
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { limits } from "../limits.ts";
import { migrate } from "../postgres/migrate.ts";
import { inTransaction, type Pool } from "../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../testing/test-database.ts";
import { answerOnce, type StoredAnswer } from "./stored-answers.ts";

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  const server = inject("postgresUrl");
  const template = await migratedTemplate(server, migrate);
  database = await createTestDatabase(server, { template });
  pool = new pg.Pool({ connectionString: database.url, max: 2 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const nowMs = 1_800_000_000_000;

function once(key: string, atMs: number, body: unknown): Promise<StoredAnswer> {
  const answered = { caller: "operator", path: "/app", key, orgId: null };
  return inTransaction(pool, (transaction) =>
    answerOnce(transaction, answered, atMs, () => Promise.resolve({ status: 201, body })),
  );
}

test("an answer is kept for the limit, and a failed change leaves none", async () => {
  const failed = inTransaction(pool, (transaction) =>
    answerOnce(transaction, { caller: "a", path: "", key: "k", orgId: null }, nowMs, () =>
      Promise.reject(new Error("It failed.")),
    ),
  );
  await expect(failed).rejects.toThrow("It failed.");
  expect(await once("k", nowMs, 1)).toEqual({ status: 201, body: 1 });
  expect(await once("k", nowMs + limits.storedAnswerMs, 2)).toEqual({ status: 201, body: 1 });
  expect(await once("k", nowMs + limits.storedAnswerMs + 1, 3)).toEqual({ status: 201, body: 3 });
});

test("a change deletes some answers that have expired", async () => {
  const most = limits.storedAnswersExpiredPerChangeMax;
  for (let n = 0; n <= most; n += 1) await once(`old-${n}`, nowMs, n);
  const count = async (): Promise<number> => {
    const { rows } = await pool.query<{ count: number }>(
      "select count(*)::integer as count from posthorn.stored_answers where created_at < $1",
      [new Date(nowMs + 1).toISOString()],
    );
    return rows[0]?.count ?? 0;
  };
  expect(await count()).toBe(most + 1);
  await once("new", nowMs + limits.storedAnswerMs + 1, null);
  expect(await count()).toBe(1);
});
