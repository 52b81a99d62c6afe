/** Idempotency keys and external ids are kept as long as their events, and no longer. */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createSecretBox } from "../../model/secret-box.ts";
import { hostsOf } from "../../postgres/hosts.ts";
import { migrate } from "../../postgres/migrate.ts";
import { createPool, type Pool } from "../../postgres/pool.ts";
import {
  createTestDatabase,
  migratedTemplate,
  type TestDatabase,
} from "../../testing/test-database.ts";
import type { Store } from "../store.ts";
import { atOnce, newEvent, newId, startMs } from "../testing/store-tester.ts";
import { createPostgresStore } from "./index.ts";

const dayMs = 86_400_000;

let database: TestDatabase;
let pool: Pool;
let store: Store;
beforeAll(async () => {
  const adminUrl = inject("postgresUrl");
  const template = await migratedTemplate(adminUrl, migrate);
  database = await createTestDatabase(adminUrl, { template });
  const hosts = hostsOf(database.url);
  pool = createPool({ hosts, connectionsMax: 2, name: "posthorn", onError: () => {} });
  store = createPostgresStore(pool, createSecretBox(randomBytes(32).toString("base64")));
  await pool.query("select posthorn.make_partitions('2026-01-01', '2026-04-01')");
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

test("the week that contains an event ends before its keys are free", async () => {
  const orgId = randomUUID();
  const publishedMs = startMs - 68 * dayMs;
  const event = (hash: number, atMs: number) =>
    newEvent(orgId, {
      id: newId(atMs),
      externalId: "e",
      idempotencyKey: "k",
      requestHash: Buffer.of(hash),
    });
  const publish = async (hash: number, atMs: number): Promise<unknown> => {
    const events = [event(hash, atMs)];
    const request = { events, atMs, lease: null, spilledIds: [], ...atOnce, allOrNothing: false };
    return (await store.publish(request))[0]?.kind;
  };
  const expire = (payloadsBeforeMs: number) =>
    store.expire({
      atMs: startMs,
      payloadsBeforeMs,
      retriedSinceMs: payloadsBeforeMs,
      ledgerBeforeMs: 0,
      auditBeforeMs: 0,
    });

  expect(await publish(1, publishedMs)).toBe("stored");
  // The database corrects a time that is so long ago.
  const publishedAt = new Date(publishedMs).toISOString();
  await pool.query("update posthorn.idempotency_keys set created_at = $1", [publishedAt]);
  // 2026-01-13 is a Tuesday. On Thursday it is old enough, but its week is not over.
  await expire(publishedMs + 2 * dayMs);
  expect(await publish(2, startMs)).toBe("key_reused");
  await expire(publishedMs + 7 * dayMs);
  expect(await publish(2, startMs)).toBe("stored");
});
