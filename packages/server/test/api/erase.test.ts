/** rpc/erase_org deletes everything of one org, and nothing of others. */
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let database: pg.Client;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,20ms,1h" } });
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  receiver = await startReceiver(answerStatus(500));
});
afterAll(async () => {
  await database.end();
  await receiver.close();
  await posthorn.close();
});

/** How many rows of this org each table with an org column contains. */
async function rowsOf(orgId: string): Promise<Record<string, number>> {
  const { rows: tables } = await database.query<{ name: string; column: string }>(
    `select table_name as name, column_name as column from information_schema.columns
     join information_schema.tables using (table_schema, table_name)
     where table_schema = 'posthorn' and table_type = 'BASE TABLE'
       and (column_name = 'org_id' or (table_name = 'orgs' and column_name = 'id'))`,
  );
  const counts: Record<string, number> = {};
  for (const { name, column } of tables) {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::integer as count from posthorn.${name} where ${column} = $1`,
      [orgId],
    );
    // Skips tables without rows of the org. Partitions are counted as tables, too.
    if (rows[0]!.count > 0) counts[name] = rows[0]!.count;
  }
  return counts;
}

async function orgWithEverything(): Promise<{ orgId: string; key: string }> {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const made = await posthorn.api.post(
    "/rest/v1/api_keys",
    { org_id: orgId, name: "n", role: "manage" },
    representation,
  );
  await publish(posthorn.api, orgId, { idempotency_key: "once" });
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, (row) => row["attempts"] === 2);
  const replayed = await posthorn.api.post("/rest/v1/rpc/replay", {
    endpoint_id: endpointId,
    status: "delivered",
  });
  expect(replayed.status).toBe(200);
  return { orgId, key: String(made.row["key"]) };
}

/**
 * Waits until the org's two attempts are in the statistics, which nodes write some seconds later.
 */
async function counted(orgId: string): Promise<void> {
  const isCounted = async (): Promise<boolean> => {
    const { rows } = await database.query<{ attempts: number | null }>(
      `select max(attempts) as attempts from posthorn.delivery_statistics where org_id = $1`,
      [orgId],
    );
    return rows[0]?.attempts === 2;
  };
  await until(isCounted, "the attempts counted", 15_000);
}

const erase = (orgId: string) => posthorn.api.post("/rest/v1/rpc/erase_org", { org_id: orgId });

test("erases all data of one org, and none of another", async () => {
  const gone = await orgWithEverything();
  const stays = await orgWithEverything();
  for (const { orgId } of [gone, stays]) await counted(orgId);
  const before = await rowsOf(stays.orgId);
  expect(Object.keys(before)).toContain("delivery_statistics");
  expect(Object.keys(before).length).toBeGreaterThan(6);

  const answered = await erase(gone.orgId);
  expect(answered.status).toBe(200);
  expect(answered.row).toMatchObject({ org_id: gone.orgId, state: "running" });
  // Right after the request, the org's key is rejected and its endpoints receive nothing more.
  expect((await posthorn.apiWith(gone.key).get("/rest/v1/webhook_events")).status).toBe(401);
  const endpoints = `/rest/v1/webhook_endpoints?org_id=eq.${gone.orgId}`;
  expect((await posthorn.api.get(endpoints)).rows).toEqual([]);

  const erasure = `/rest/v1/webhook_erasures?org_id=eq.${gone.orgId}`;
  await until(
    async () => (await posthorn.api.get(erasure)).rows[0]?.["state"] === "done",
    "the erasure's end",
    10_000,
  );
  expect(await rowsOf(gone.orgId)).toEqual({ erasures: 1, audit_entries: 1 });
  expect((await posthorn.api.get(erasure)).rows[0]?.["rows_erased"]).toBeGreaterThan(5);
  expect(await rowsOf(stays.orgId)).toEqual(before);
  expect((await posthorn.apiWith(stays.key).get("/rest/v1/webhook_events")).status).toBe(200);
});

test("an erased org can start again", async () => {
  const { orgId } = await orgWithEverything();
  await erase(orgId);
  await until(
    async () =>
      Object.keys(await rowsOf(orgId))
        .toSorted()
        .join() === "audit_entries,erasures",
    "the erasure's end",
    10_000,
  );
  receiver.answerWith(answerStatus(200));
  const { endpointId } = await subscribe(posthorn, receiver.url, { org_id: orgId });
  await publish(posthorn.api, orgId, { idempotency_key: "once" });
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  receiver.answerWith(answerStatus(500));
});

test("finishes while somebody keeps publishing, and does not stop the erasure of another org", async () => {
  const [busy, other] = [await orgWithEverything(), await orgWithEverything()];
  const { rows: before } = await database.query<{ id: string }>(
    "select id from posthorn.events where org_id = $1",
    [busy.orgId],
  );
  const over = new AbortController();
  const traffic = (async () => {
    while (!over.signal.aborted) await publish(posthorn.api, busy.orgId);
  })();
  const state = async (orgId: string): Promise<unknown> =>
    (await posthorn.api.get(`/rest/v1/webhook_erasures?org_id=eq.${orgId}`)).rows[0]?.["state"];
  try {
    await erase(busy.orgId);
    await erase(other.orgId);
    await until(async () => (await state(other.orgId)) === "done", "the other's end", 10_000);
    // Moves the request back in time, so that only one second of its minute is left.
    await database.query(`update posthorn.erasures set requested_at = $2 where org_id = $1`, [
      busy.orgId,
      new Date(Date.now() + 1_000 - limits.eraseAlsoMs).toISOString(),
    ]);
    await until(async () => (await state(busy.orgId)) === "done", "the erasure's end", 10_000);
    const left = await rowsOf(busy.orgId);
    expect(Object.keys(left)).not.toContain("endpoints");
    expect(left["events"]).toBeGreaterThan(0);
    const { rows: old } = await database.query(
      "select from posthorn.events where id = any ($1::uuid[])",
      [before.map(({ id }) => id)],
    );
    expect(old).toEqual([]);
  } finally {
    over.abort();
    await traffic;
  }
});

test("needs the admin key, and an existing org", async () => {
  const { orgId, key } = await orgWithEverything();
  const path = "/rest/v1/rpc/erase_org";
  expect((await posthorn.apiWith(key).post(path, { org_id: orgId })).status).toBe(403);
  expect((await posthorn.api.post(path, { org_id: posthorn.newOrg() })).status).toBe(404);
  expect((await posthorn.api.post(path, {})).status).toBe(404);
  expect(Object.keys(await rowsOf(orgId))).toContain("events");
});
