/**
 * A tenant that sends the slowest possible queries gets errors, and other tenants notice nothing.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { publish, subscribe } from "../support/flow.ts";
import { clockToleranceMs, startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type Answered, type Api, type TestService } from "../support/service.ts";

/**
 * A regular expression with two groups and back-references. On text without repetition, PostgreSQL
 * tries all pairs of lengths.
 */
const hardPattern = encodeURIComponent("^(.+)(.+)\\1\\2$");
const hardText = randomBytes(2_000).toString("base64");
const hardQuery = `/rest/v1/webhook_events?select=id&data->>x=match.${hardPattern}`;
const ofOrgAtOnce = limits.queriesRunningPerOrgMax;
const ofOperatorAtOnce = limits.queryConnectionsMax / 2;

let posthorn: TestService;
let receiver: Receiver;
let hardOrg: string;
let neighbour: string;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  hardOrg = posthorn.newOrg();
  await publish(posthorn.api, hardOrg, { data: { scan_id: "s", x: hardText } });
  ({ orgId: neighbour } = await subscribe(posthorn, receiver.url));
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function keyOf(orgId: string, role: string): Promise<Api> {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
  return posthorn.apiWith(String(row["key"]));
}

/**
 * Another tenant's requests, each of which must work while this tenant sends its slowest queries.
 */
async function expectAllIsWell(): Promise<void> {
  const before = receiver.received.length;
  const publisher = await keyOf(neighbour, "publish");
  for (let count = 0; count < 10; count += 1) await publish(publisher, neighbour);
  await receiver.waitFor(before + 10);
  const reader = await keyOf(neighbour, "read");
  expect((await reader.get("/rest/v1/webhook_deliveries?limit=1")).status).toBe(200);
  expect((await posthorn.api.get("/rest/v1/webhook_orgs?limit=1")).status).toBe(200);
  expect((await posthorn.api.get("/readyz")).status).toBe(200);
}

/**
 * Starts sixty callers that repeat their request after each response.
 * @returns a function that stops them.
 */
function askAgainAndAgain(ask: () => Promise<Answered>): () => Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  const state = { isOver: false };
  const caller = async (): Promise<void> => {
    while (!state.isOver) answers.push(await ask());
  };
  const callers = Array.from({ length: 60 }, () => caller());
  return async () => {
    state.isOver = true;
    await Promise.all(callers);
    return answers;
  };
}

async function runningQueries(): Promise<number> {
  const { text } = await posthorn.api.get("/metrics");
  return Number(/^posthorn_queries_running (\d+)$/m.exec(text)?.[1]);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function expectRefusal(answer: Answered): void {
  expect(answer.row).toMatchObject({ code: "PH_TOO_MANY_QUERIES" });
  expect(answer.headers.get("retry-after")).toBe(String(limits.queryWaitMs / 1000));
}

const statusesOf = (answers: readonly Answered[]) => (status: number) =>
  answers.filter((each) => each.status === status);

test("a slow query is stopped, and the error says how to narrow it", async () => {
  const reader = await keyOf(hardOrg, "read");
  const startMs = performance.now();
  const answer = await reader.get(hardQuery);
  expect(performance.now() - startMs).toBeGreaterThan(limits.queryStatementMs - clockToleranceMs);
  expect(answer.status).toBe(500);
  expect(answer.row).toMatchObject({ code: "57014", details: null });
  expect(String(answer.row["hint"])).toContain(`limit of ${limits.queryStatementMs / 1000} s`);
});

describe.each(["a read key", "the admin key", "a portal session"])(
  "60 of the hardest queries by %s",
  (who) => {
    async function hardReader(): Promise<(path: string) => Promise<Answered>> {
      if (who === "a read key") return (await keyOf(hardOrg, "read")).get;
      // The org's own other queries wait in the same queue, so they may fail.
      if (who === "the admin key") return posthorn.api.get;
      const made = await posthorn.api.post("/rest/v1/rpc/portal_link", { org_id: hardOrg });
      const link = String(made.row["url"]).split("#")[1];
      const opened = await fetch(`${posthorn.service.url}/console/session`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: posthorn.service.url },
        body: JSON.stringify({ link }),
      });
      const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
      const { id } = (await opened.json()) as { id: string };
      const headers = { cookie, "x-posthorn-session": id };
      return (path) => posthorn.apiWith("").request("GET", path, undefined, headers);
    }

    test("a few run, the others are rejected, and other orgs do not wait", async () => {
      const get = await hardReader();
      const queriesAtOnce = who === "the admin key" ? ofOperatorAtOnce : ofOrgAtOnce;
      const stop = askAgainAndAgain(() => get(hardQuery));
      await pause(200);
      expect(await runningQueries()).toBe(queriesAtOnce);
      if (who === "the admin key") expect((await posthorn.api.get("/readyz")).status).toBe(200);
      else await expectAllIsWell();
      const answers = await stop();
      expect(statusesOf(answers)(500).length).toBeGreaterThanOrEqual(queriesAtOnce);
      const refused = statusesOf(answers)(429);
      expect(refused.length).toBeGreaterThanOrEqual(60 - 2 * queriesAtOnce);
      for (const each of refused) expectRefusal(each);
      expect(refused.length + statusesOf(answers)(500).length).toBe(answers.length);
      const { text } = await posthorn.api.get("/metrics");
      expect(text).toMatch(/^posthorn_queries_refused_total [1-9]/m);
      expect(await runningQueries()).toBe(0);
    });
  },
);

describe("changes that wait for a lock", () => {
  let locker: pg.Client;
  let endpointId: string;
  beforeEach(async () => {
    ({ endpointId } = await subscribe(posthorn, receiver.url, { org_id: hardOrg }));
    locker = new pg.Client({ connectionString: posthorn.databaseUrl });
    await locker.connect();
    await locker.query("begin");
    await locker.query("select from posthorn.endpoints where id = $1 for update", [endpointId]);
  });
  afterEach(async () => {
    await locker.query("rollback");
    await locker.end();
  });

  test("one whose rows are locked is told to try again, not to narrow its filter", async () => {
    const manager = await keyOf(hardOrg, "manage");
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    const startMs = performance.now();
    const answer = await manager.request("PATCH", path, { description: "x" });
    expect(performance.now() - startMs).toBeGreaterThan(limits.queryLockMs - clockToleranceMs);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  });

  test.each<[string, (api: Api) => Promise<Answered>]>([
    [
      "PATCH",
      (api) =>
        api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`, {
          description: "x",
        }),
    ],
    ["DELETE", (api) => api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`)],
    ["rotate_secret", (api) => api.post("/rest/v1/rpc/rotate_secret", { endpoint_id: endpointId })],
  ])("60 × %s use nobody else's connections", async (_what, change) => {
    const manager = await keyOf(hardOrg, "manage");
    const stop = askAgainAndAgain(() => change(manager));
    await pause(200);
    await expectAllIsWell();
    await pause(limits.queryWaitMs);
    await locker.query("rollback");
    const refused = statusesOf(await stop())(429);
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expectRefusal(each);
  });
});
