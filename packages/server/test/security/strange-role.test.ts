/**
 * A database role has unusual default settings. They would break a service that does not set its
 * own.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../src/testing/test-database.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

const role = `strange_${randomBytes(4).toString("hex")}`;
let database: TestDatabase;
let posthorn: TestService;

async function asAdmin(url: string, ...statements: readonly string[]): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  const name = new URL(database.url).pathname.slice(1);
  await asAdmin(
    database.url,
    `create role ${role} login password 'p' createrole`,
    `alter database ${name} owner to ${role}`,
    ...[
      "DateStyle = 'German, DMY'",
      "TimeZone = 'America/St_Johns'",
      "IntervalStyle = 'iso_8601'",
      "search_path = 'elsewhere'",
      "bytea_output = 'escape'",
      "extra_float_digits = -10",
      "statement_timeout = '50ms'",
      "lock_timeout = '50ms'",
      "default_transaction_isolation = 'serializable'",
      "default_transaction_read_only = on",
      "standard_conforming_strings = off",
      "client_encoding = 'LATIN1'",
    ].map((setting) => `alter role ${role} set ${setting}`),
  );
  const url = new URL(database.url);
  url.username = role;
  url.password = "p";
  posthorn = await startTestService({
    environment: { DATABASE_URL: url.href, POSTHORN_RETRY_SCHEDULE: "0s,50ms,100ms,1s" },
  });
});
afterAll(async () => {
  await posthorn.close();
  await database.drop();
  const admin = inject("postgresUrl");
  await asAdmin(admin, `drop owned by ${role}`).catch(() => undefined);
  await asAdmin(admin, `drop role if exists ${role}`).catch(() => undefined);
});

test("events are published, delivered, retried and listed", async () => {
  const receiver = await startReceiver(answerStatus(500));
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  await receiver.waitFor(3);
  receiver.answerWith(answerStatus(200));
  const filter = `endpoint_id=eq.${endpointId}`;
  const delivery = await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  expect(delivery).toMatchObject({ event_id: eventId, attempts: 4 });
  expect(Date.parse(String(delivery["created_at"]))).toBeGreaterThan(Date.now() - 60_000);
  const ready = await posthorn.api.get("/readyz");
  expect(ready.json).toMatchObject({ status: "ready" });
  await receiver.close();
});
