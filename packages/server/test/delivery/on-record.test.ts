/**
 * Failures that users of other systems have reported. A whole service shows that they cannot happen
 * here.
 */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { claim } from "../../src/store/postgres/claim.ts";
import { receiveAndAnswer, receiveRequests } from "../../src/transport/testing/receivers.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, until } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  database = await connected();
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: posthorn.databaseUrl });
  await client.connect();
  return client;
}

test("an old snapshot keeps dead rows, and a claim still reads no more", async () => {
  const old = await connected();
  await old.query("begin isolation level repeatable read");
  await old.query("select from posthorn.deliveries limit 1");
  const before = await blocksOfClaim();
  const receiver = await startReceiver();
  const { orgId } = await subscribe(posthorn, receiver.url);
  const events = 1_500;
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s-1" } };
  for (let n = 0; n < events; n += 500) {
    await posthorn.api.post(
      "/rest/v1/webhook_events",
      Array.from({ length: 500 }, () => event),
    );
  }
  await until(() => receiver.received.length >= events, "all deliveries", 20_000);
  const after = await blocksOfClaim();
  await old.end();
  await receiver.close();
  // Each delivery has left a dead row by now. A queue that scans for work would read all of these
  // rows.
  expect(after - before).toBeLessThan(50);
}, 40_000);

test("while receivers hang, no database connection is held for them", async () => {
  const hanging = await receiveRequests(() => {});
  const orgId = posthorn.newOrg();
  const endpoints = limits.databaseConnectionsMax * 2;
  for (let n = 0; n < endpoints; n += 1) {
    await subscribe(posthorn, `${hanging.url}/${n}`, { org_id: orgId });
  }
  await publish(posthorn.api, orgId);
  await until(() => hanging.requests.length >= endpoints, "an attempt at each");
  const { rows: asked } = await database.query<{ at: Date }>("select now() as at");
  // All database operations of these attempts have ended. Later operations belong to the node
  // itself.
  await until(async () => {
    const { rows } = await database.query(
      `select from pg_stat_activity
       where datname = current_database() and application_name = 'posthorn' and xact_start < $1`,
      [asked[0]?.at],
    );
    return rows.length === 0;
  }, "the end of each transaction");
  expect(hanging.open).toBeGreaterThanOrEqual(endpoints);
  expect((await posthorn.api.get("/rest/v1/webhook_orgs")).status).toBe(200);
  await hanging.close();
});

test("a response that no database can store is an attempt like any other", async () => {
  const headers = Array.from({ length: 200 }, (_, n) => `x-${n}: Jos\xe9`).join("\r\n");
  const body = 'a\0b\xff\xed\xa0\x80"\\u0000';
  const head = `HTTP/1.1 200 OK\r\n${headers}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const receiver = await receiveAndAnswer(Buffer.from(head + body, "latin1"));
  const { orgId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  const filter = `event_id=eq.${eventId}`;
  const delivery = await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  const attempts = await posthorn.api.get(
    `/rest/v1/webhook_attempts?delivery_id=eq.${delivery.id}`,
  );
  expect(attempts.rows).toMatchObject([{ response_status: 200, error: null }]);
  expect(attempts.rows[0]?.["response_body"]).toMatch(/^a.b/s);
  await receiver.close();
});

/** How many blocks of Posthorn's tables and indexes one claim reads, from disk or memory. */
async function blocksOfClaim(): Promise<number> {
  const blocks = async (): Promise<number> => {
    const { rows } = await database.query<{ blocks: number }>(
      `select sum(pg_stat_get_xact_blocks_fetched(oid))::integer as blocks
       from pg_class where relnamespace = 'posthorn'::regnamespace`,
    );
    return rows[0]?.blocks ?? Number.NaN;
  };
  await database.query("begin");
  const before = await blocks();
  await claim(database, {
    atMs: Date.now(),
    lease: { id: randomUUID(), untilMs: Date.now() + limits.leaseMs },
    perEndpointMax: 16,
    freePlaces: new Map(),
    fullOrgIds: [],
    sessionIds: [],
    deliveriesMax: 100,
  });
  const after = await blocks();
  await database.query("rollback");
  return after - before;
}
