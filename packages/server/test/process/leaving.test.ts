/**
 * A stopping node stays registered until its work has ended, so that other nodes take over neither
 * too early nor too late.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { adminKey, apiOf, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver((response) => {
    setTimeout(() => response.end(), 1_500);
  });
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
  await receiver.close();
});

async function nodeIds(): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    "select id from posthorn.nodes order by id",
  );
  return rows.map(({ id }) => id);
}

test("a stopping node stays listed until its last attempt has ended, and is then removed", async () => {
  const [first] = await nodeIds();
  const second = await posthorn.startSecondNode();
  const [one, two] = await nodeIds();
  const secondId = one === first ? two : one;
  const { orgId } = await subscribe(posthorn, receiver.url);
  await publish(apiOf(second.url, adminKey), orgId);
  await receiver.waitFor(1);
  let isClosed = false;
  const closing = second.close().finally(() => (isClosed = true));
  // The node must stay listed: if it were killed now, its row, its free lock and its old heartbeat
  // would show its death.
  await sleep(700);
  expect(isClosed).toBe(false);
  expect(await nodeIds()).toContain(secondId);
  await closing;
  expect(await nodeIds()).toEqual([first]);
  expect(receiver.received).toHaveLength(1);
}, 30_000);

test("a heartbeat that waited for the database does not list the node again", async () => {
  const before = await nodeIds();
  const second = await posthorn.startSecondNode();
  const { orgId } = await subscribe(posthorn, receiver.url);
  const sent = receiver.received.length;
  await publish(apiOf(second.url, adminKey), orgId);
  await receiver.waitFor(sent + 1);
  await database.query("begin");
  await database.query("lock table posthorn.nodes in access exclusive mode");
  const closing = second.close();
  await sleep(1_500);
  await database.query("commit");
  await closing;
  expect(await nodeIds()).toEqual(before);
  // The other node does not repeat the stopped node's work.
  await sleep(2_000);
  expect(receiver.received).toHaveLength(sent + 1);
  const { rows } = await posthorn.api.get(`/rest/v1/webhook_deliveries?org_id=eq.${orgId}`);
  expect(rows.map((row) => row["status"])).toEqual(["delivered"]);
  await until(async () => (await nodeIds()).length === before.length, "no other node");
}, 30_000);
