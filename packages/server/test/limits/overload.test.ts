/** Back-pressure over HTTP: an org that floods gets 503, and other orgs can still publish. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let database: pg.Client;
beforeAll(async () => {
  posthorn = await startTestService();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
});

const eventsPerCall = 1_000;

function publish(orgId: string, count: number) {
  const event = { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } };
  const events = Array.from({ length: count }, () => event);
  return posthorn.api.post("/rest/v1/webhook_events", events, { prefer: "return=minimal" });
}

test("an org that floods gets 503, others do not, and all accepted events are stored", async () => {
  const [flooding, quiet] = [posthorn.newOrg(), posthorn.newOrg()];
  // The lock blocks all commits, so that published events pile up.
  await database.query("begin");
  await database.query("lock table posthorn.orgs in access exclusive mode");
  const calls = limits.publishEventsWaitingMax / 2 / eventsPerCall;
  const waiting = Array.from({ length: calls }, () => publish(flooding, eventsPerCall));
  await new Promise((resolve) => setTimeout(resolve, 500));

  const refused = await publish(flooding, 1);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(refused.row).toMatchObject({ code: "PH_OVERLOADED" });
  const other = publish(quiet, 1);

  await new Promise((resolve) => setTimeout(resolve, 100));
  await database.query("rollback");
  expect((await other).status).toBe(201);
  expect((await Promise.all(waiting)).map((each) => each.status)).toEqual(
    Array.from({ length: calls }, () => 201),
  );
  expect((await publish(flooding, 1)).status).toBe(201);
  const { rows } = await database.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.events where org_id = any ($1::uuid[])",
    [[flooding, quiet]],
  );
  expect(rows[0]?.count).toBe(calls * eventsPerCall + 2);
});
