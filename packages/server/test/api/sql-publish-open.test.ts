/** A transaction that publishes in SQL and stays open delays only its own org. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startTestService, type Answered, type TestService } from "../support/service.ts";

let posthorn: TestService;
let application: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  application = new pg.Client({ connectionString: posthorn.databaseUrl });
  await application.connect();
});
afterAll(async () => {
  await application.end();
  await posthorn.close();
});

let orgId: string;
beforeEach(async () => {
  orgId = posthorn.newOrg();
  await application.query("begin");
});
afterEach(() => application.query("rollback"));

const publishInSql = (key: string | null = null) =>
  application.query("select posthorn.publish($1, 'scan.completed', $2, idempotency_key => $3)", [
    orgId,
    '{"scan_id":"s-1"}',
    key,
  ]);

const eventOf = (org: string, key: string | null = null) => ({
  org_id: org,
  event_type: "scan.completed",
  data: { scan_id: "s-1" },
  ...(key === null ? {} : { idempotency_key: key }),
});

interface Timed extends Answered {
  readonly tookMs: number;
}

async function publish(body: unknown): Promise<Timed> {
  const startMs = performance.now();
  const answer = await posthorn.api.post("/rest/v1/webhook_events", body);
  return { ...answer, tookMs: performance.now() - startMs };
}

/** Publishes the given events and one event for each of 30 other orgs, all at once. */
async function publishBeside(...events: readonly object[]): Promise<readonly Timed[]> {
  const others = Promise.all(Array.from({ length: 30 }, () => publish(eventOf(randomUUID()))));
  const given = await Promise.all(events.map(publish));
  const answers = await others;
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
  // The shared commit waits once for the lock, then stores a few orgs separately. Without that
  // limit, the slowest publish took 15 s.
  const longestMs = Math.max(...answers.map(({ tookMs }) => tookMs));
  expect(longestMs).toBeLessThan(limits.publishLockWaitMs + 8 * limits.publishApartLockWaitMs);
  return given;
}

const blocked = { status: 503, row: expect.objectContaining({ code: "PH_PUBLISH_BLOCKED" }) };

test("only the org that the transaction created waits; it can publish again after the transaction's end", async () => {
  await publishInSql();
  const [first] = await publishBeside(eventOf(orgId));
  expect(first).toMatchObject(blocked);
  expect(first?.headers.get("retry-after")).toBe("1");
  // Once the node knows that the org is blocked, other orgs no longer share a commit with it.
  const [second] = await publishBeside(eventOf(orgId));
  expect(second).toMatchObject(blocked);
  await application.query("commit");
  expect((await publish(eventOf(orgId))).status).toBe(201);
  await application.query("begin");
});

test("an idempotency key that the transaction uses blocks only events with that key", async () => {
  await publish(eventOf(orgId));
  await publishInSql("held");
  const answers = await publishBeside(
    eventOf(orgId),
    eventOf(orgId, "held"),
    eventOf(orgId, "free"),
    [eventOf(orgId, "of an array"), eventOf(orgId, "free too")],
  );
  expect(answers.map(({ status }) => status)).toEqual([201, 503, 201, 201]);
  expect(answers[1]).toMatchObject(blocked);
  expect(await publish([eventOf(orgId, "another"), eventOf(orgId, "held")])).toMatchObject(blocked);
  await application.query("rollback");
  expect((await publish(eventOf(orgId, "held"))).status).toBe(201);
  expect((await publish(eventOf(orgId, "another"))).status).toBe(201);
  await application.query("begin");
});
