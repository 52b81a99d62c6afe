/**
 * Deliveries to terminals, on two nodes: which terminal gets them, what its answers cause, and who
 * may connect one.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyStandardWebhook } from "@posthorn/consumer";
import { limits } from "../../src/limits.ts";
import type { Service } from "../../src/service/compose.ts";
import { deliveryWith, hasStatus, publish } from "../support/flow.ts";
import { until } from "../support/receiver.ts";
import {
  adminKey,
  apiOf,
  startTestService,
  type Api,
  type TestService,
} from "../support/service.ts";
import { connectTerminal, createTerminalEndpoint } from "../support/terminal.ts";

let posthorn: TestService;
let second: Service;
let secondApi: Api;
let database: pg.Client;

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,200ms,1h" } });
  second = await posthorn.startSecondNode();
  secondApi = apiOf(second.url, adminKey);
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await second.close();
  await posthorn.close();
});

async function keyOf(orgId: string, role: string): Promise<string> {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
  return String(row["key"]);
}

async function endpointWith(fields: object = {}) {
  const orgId = posthorn.newOrg();
  const endpoint = await createTerminalEndpoint(posthorn.api, orgId, {
    contract: "standard",
    ...fields,
  });
  return { orgId, endpointId: endpoint.id, secret: String(endpoint["secret"]) };
}

const endpointRow = async (id: string) =>
  (await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${id}`)).rows[0];

test.each([
  ["the same node", () => posthorn.api],
  ["another node", () => secondApi],
])("a signed delivery reaches the terminal, and the answer to %s is its outcome", async (_, by) => {
  const { orgId, endpointId, secret } = await endpointWith();
  const terminal = await connectTerminal(posthorn.service.url, adminKey, endpointId);
  // Publishes through the node to which the terminal is not connected.
  const eventId = await publish(secondApi, orgId);
  const delivery = await terminal.waitFor(1);
  expect(delivery).toMatchObject({ event_id: eventId, event_type: "scan.completed", attempt: 1 });
  const headers = new Headers(delivery.headers.map(([name, value]) => [name, value]));
  verifyStandardWebhook({ secret, headers, body: delivery.body, nowMs: Date.now() });
  expect(headers.get("user-agent")).toMatch(/^Posthorn\//);
  const answered = await terminal.answer(by(), delivery, {
    response_status: 202,
    response_headers: { "X-Answer": "a\u0000b" },
    response_body: "x".repeat(limits.responseBodyKeptBytes + 1),
  });
  expect([answered.status, answered.json]).toEqual([200, { is_accepted: true }]);
  const row = await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  expect(row).toMatchObject({ attempts: 1, response_status: 202, endpoint_id: endpointId });
  const attempt = await posthorn.api.get(`/rest/v1/webhook_attempts?delivery_id=eq.${row.id}`);
  expect(attempt.row).toMatchObject({
    response_status: 202,
    response_headers: { "x-answer": "a\uFFFDb" },
    response_body: "x".repeat(limits.responseBodyKeptBytes),
    response_body_cut: true,
    remote_address: "127.0.0.1",
    error: null,
  });
  const sent = await posthorn.api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt.row.id });
  expect(sent.row).toMatchObject({ url: null, body: delivery.body, is_exact: true });
  expect(sent.row["headers"]).toEqual(delivery.headers.map(([name, value]) => ({ name, value })));
  // Posthorn ignores every answer after the first one.
  const again = await terminal.answer(by(), delivery, { response_status: 500 });
  expect(again.status).toBe(200);
  await until(async () => {
    const { rows } = await database.query("select from posthorn.terminal_answers");
    return rows.length === 0;
  }, "all answers to be taken");
  expect((await posthorn.api.get(`/rest/v1/webhook_deliveries?id=eq.${row.id}`)).row).toEqual(row);
  await terminal.leave();
});

test("what the terminal's receiver did not answer is a failed attempt, and is retried", async () => {
  const { orgId, endpointId } = await endpointWith();
  const terminal = await connectTerminal(posthorn.service.url, adminKey, endpointId);
  const eventId = await publish(posthorn.api, orgId);
  const message = "x".repeat(limits.terminalErrorCharsMax);
  await terminal.answer(posthorn.api, await terminal.waitFor(1), {
    error: "connect",
    error_message: `${message}y`,
  });
  const retried = await terminal.waitFor(2);
  expect(retried).toMatchObject({ event_id: eventId, attempt: 2 });
  await terminal.answer(posthorn.api, retried, { response_status: 503 });
  const row = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    ({ attempts }) => attempts === 2,
  );
  expect(row).toMatchObject({ status: "pending", response_status: 503 });
  const attempts = await posthorn.api.get(
    `/rest/v1/webhook_attempts?delivery_id=eq.${row.id}&order=id.asc`,
  );
  expect(attempts.rows).toMatchObject([
    { error: "connect", error_message: message, response_status: null },
    { error: null, response_status: 503 },
  ]);
  await terminal.leave();
});

test("deliveries wait for a terminal; one that leaves costs one attempt, with its reason", async () => {
  const { orgId, endpointId } = await endpointWith();
  expect(await endpointRow(endpointId)).toMatchObject({ is_connected: false, url: null });
  const eventId = await publish(posthorn.api, orgId);
  const explained = async () =>
    (await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId })).rows;
  expect(await explained()).toMatchObject([{ verdict: "held", url: null, attempts: 0 }]);
  expect((await explained())[0]?.["reason"]).toMatch(/^No terminal is connected\./);
  const first = await connectTerminal(posthorn.service.url, adminKey, endpointId);
  expect(await endpointRow(endpointId)).toMatchObject({ is_connected: true });
  await first.waitFor(1);
  await first.leave();
  const row = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    ({ attempts }) => attempts === 1,
  );
  expect(row).toMatchObject({ status: "pending", error: "no_terminal", response_status: null });
  await until(
    async () => (await endpointRow(endpointId))?.["is_connected"] === false,
    "the endpoint to be without a terminal",
  );
  // The terminal reconnects to another node, and gets the deliveries that waited.
  const back = await connectTerminal(second.url, adminKey, endpointId);
  await back.answer(secondApi, await back.waitFor(1), { response_status: 200 });
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  await back.leave();
});

test("a terminal replaces an earlier one, at whichever node it was", async () => {
  const { orgId, endpointId } = await endpointWith();
  const first = await connectTerminal(posthorn.service.url, adminKey, endpointId);
  const second_ = await connectTerminal(second.url, adminKey, endpointId);
  await until(() => first.isOver, "the first terminal's end");
  const third = await connectTerminal(second.url, adminKey, endpointId);
  await until(() => second_.isOver, "the second terminal's end");
  await publish(posthorn.api, orgId);
  const delivery = await third.waitFor(1);
  const stale = { token: first.token, attempt_token: delivery.attempt_token, response_status: 200 };
  expect((await posthorn.api.post("/rest/v1/rpc/answer_terminal", stale)).status).toBe(404);
  await third.answer(posthorn.api, delivery, { response_status: 200 });
  await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
  expect([first.deliveries.length, second_.deliveries.length]).toEqual([0, 0]);
  await third.leave();
});

test("deleting the endpoint disconnects its terminal and cancels what waits", async () => {
  const { orgId, endpointId } = await endpointWith({ in_flight_max: 1 });
  const terminal = await connectTerminal(second.url, adminKey, endpointId);
  await publish(posthorn.api, orgId);
  await terminal.waitFor(1);
  await publish(posthorn.api, orgId);
  await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
  await until(() => terminal.isOver, "the terminal's end");
  const { rows } = await database.query("select from posthorn.terminals where endpoint_id = $1", [
    endpointId,
  ]);
  expect(rows).toEqual([]);
  await until(
    async () => {
      const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${endpointId}&status=eq.cancelled`;
      return (await posthorn.api.get(path)).rows.length === 2;
    },
    "both to be cancelled",
    15_000,
  );
}, 20_000);

test("deleting a key ends its terminals and streams on every node, and nobody else's", async () => {
  const { orgId, endpointId } = await endpointWith();
  const key = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "manage" });
  const terminal = await connectTerminal(second.url, String(key.row["key"]), endpointId);
  const other = await connectTerminal(
    second.url,
    await keyOf(orgId, "manage"),
    (await createTerminalEndpoint(posthorn.api, orgId)).id,
  );
  const headers = { apikey: String(key.row["key"]) };
  const stream = await fetch(`${second.url}/rest/v1/stream`, { headers });
  await posthorn.api.request("DELETE", `/rest/v1/api_keys?id=eq.${key.row.id}`);
  // Without a notification, the node would check its streams only after streamBeatMs.
  await until(() => terminal.isOver, "the terminal's end", limits.streamBeatMs / 2);
  expect(await stream.text()).toContain("event: hello");
  expect(other.isOver).toBe(false);
  await other.leave();
}, 20_000);

test("a node announces what it published for terminals, and nothing for other endpoints", async () => {
  const [terminals, others] = [await endpointWith(), posthorn.newOrg()];
  await posthorn.api.post("/rest/v1/webhook_endpoints", {
    org_id: others,
    url: "http://127.0.0.1:1/",
  });
  let announced = 0;
  database.on("notification", () => (announced += 1));
  await database.query("listen posthorn_due");
  await publish(posthorn.api, others);
  await database.query("select");
  expect(announced).toBe(0);
  await publish(posthorn.api, terminals.orgId);
  await until(() => announced > 0, "the announcement");
  await database.query("unlisten posthorn_due");
});

test("an endpoint whose terminal left terminalAwayMs ago is deleted, and no other", async () => {
  const [left, never, connected] = [
    await endpointWith(),
    await endpointWith(),
    await endpointWith(),
  ];
  const terminal = await connectTerminal(posthorn.service.url, adminKey, connected.endpointId);
  const age = (id: string, ms: number) =>
    database.query(
      `update posthorn.terminals set seen_at = now() - $2 * interval '1 millisecond'
       where endpoint_id = $1`,
      [id, ms],
    );
  await age(left.endpointId, limits.terminalAwayMs + 1_000);
  await age(never.endpointId, limits.terminalAwayMs - 60_000);
  await until(async () => (await endpointRow(left.endpointId)) === undefined, "deletion", 12_000);
  expect(await endpointRow(never.endpointId)).toMatchObject({ destination: "cli" });
  expect(await endpointRow(connected.endpointId)).toMatchObject({ is_connected: true });
  const path = `/rest/v1/webhook_audit?subject_id=eq.${left.endpointId}&action=eq.endpoint.deleted`;
  expect((await posthorn.api.get(path)).row).toMatchObject({ actor_kind: "system" });
  await terminal.leave();
}, 20_000);

describe("an endpoint whose destination is cli", () => {
  test("has no URL, now or later, and its destination does not change", async () => {
    const { orgId, endpointId } = await endpointWith();
    const create = (fields: object) =>
      posthorn.api.post("/rest/v1/webhook_endpoints", { org_id: orgId, ...fields });
    const byId = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    const refused = [
      await create({ destination: "cli", url: "http://127.0.0.1:1/" }),
      await create({ destination: "smoke" }),
      await create({ destination: "http" }),
      await posthorn.api.request("PATCH", byId, { url: "http://127.0.0.1:1/" }),
      await posthorn.api.request("PATCH", byId, { destination: "http" }),
    ];
    expect(refused.map(({ row }) => row["code"])).toEqual([
      "PH_FIELD_INVALID",
      "PH_FIELD_INVALID",
      "PH_URL_INVALID",
      "PH_FIELD_INVALID",
      "42501",
    ]);
    expect(await endpointRow(endpointId)).toMatchObject({ destination: "cli", url: null });
  });

  test("exists at most terminalsPerOrgMax times in an org", async () => {
    const { orgId } = await endpointWith();
    for (let count = 1; count < limits.terminalsPerOrgMax; count += 1) {
      await createTerminalEndpoint(posthorn.api, orgId);
    }
    const past = await posthorn.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      destination: "cli",
    });
    expect([past.status, past.row["code"]]).toEqual([400, "PH_TOO_MANY_TERMINALS"]);
  });
});

test("a terminal whose node does not take its answers has terminalAnswersWaitingMax of them", async () => {
  const { endpointId } = await endpointWith();
  const terminal = await connectTerminal(second.url, adminKey, endpointId);
  // Inserts answers without a notification, because the terminal has no delivery in progress.
  await database.query(
    `insert into posthorn.terminal_answers
       (attempt_token, session_id, org_id, answer, created_at)
     select gen_random_uuid(), session_id, org_id, '{}', now()
     from posthorn.terminals, generate_series(1, $2) where endpoint_id = $1`,
    [endpointId, limits.terminalAnswersWaitingMax],
  );
  const answer = { token: terminal.token, attempt_token: randomUUID(), response_status: 200 };
  const answered = await posthorn.api.post("/rest/v1/rpc/answer_terminal", answer);
  expect(answered.json).toEqual({ is_accepted: false });
  await terminal.leave();
});

describe("only the org's own key with the role manage", () => {
  test("connects a terminal", async () => {
    const { orgId, endpointId } = await endpointWith();
    const connect = async (key: string, id = endpointId) => {
      const path = `/rest/v1/terminal?endpoint_id=${id}`;
      return (await posthorn.apiWith(key).get(path)).status;
    };
    expect(await connect(await keyOf(orgId, "read"))).toBe(403);
    expect(await connect(await keyOf(orgId, "publish"))).toBe(403);
    expect(await connect(await keyOf(posthorn.newOrg(), "manage"))).toBe(404);
    expect(await connect(adminKey, randomUUID())).toBe(404);
    const { row } = await posthorn.api.post("/rest/v1/webhook_endpoints", {
      org_id: orgId,
      url: "http://127.0.0.1:1/",
    });
    expect(await connect(adminKey, row.id)).toBe(409);
    const terminal = await connectTerminal(second.url, await keyOf(orgId, "manage"), endpointId);
    await terminal.leave();
  });

  test("answers, with the session's token, and only attempts of that session", async () => {
    const [mine, other] = [await endpointWith(), await endpointWith()];
    const terminal = await connectTerminal(posthorn.service.url, adminKey, mine.endpointId);
    const others = await connectTerminal(posthorn.service.url, adminKey, other.endpointId);
    await publish(posthorn.api, other.orgId);
    const delivery = await others.waitFor(1);
    const answer = async (api: Api, fields: object = {}) => {
      const { attempt_token } = delivery;
      const body = { token: others.token, attempt_token, response_status: 200, ...fields };
      return api.post("/rest/v1/rpc/answer_terminal", body);
    };
    const stranger = posthorn.apiWith(await keyOf(mine.orgId, "manage"));
    for (const api of [stranger, apiOf(second.url, stranger.key)]) {
      expect((await answer(api)).status).toBe(404);
      expect((await answer(api, { token: terminal.token })).json).toEqual({
        is_accepted: api !== stranger,
      });
    }
    expect((await answer(posthorn.api, { token: "wrong" })).status).toBe(404);
    for (const fields of [
      { response_status: 199 },
      { response_status: 600 },
      { response_status: null },
      { error: "connect" },
      { response_headers: { a: 1 } },
      { response_headers: { a: "x".repeat(limits.responseHeadersBytesMax) } },
    ]) {
      expect((await answer(posthorn.api, fields)).row["code"]).toBe("PH_FIELD_INVALID");
    }
    const path = `/rest/v1/webhook_deliveries?endpoint_id=eq.${other.endpointId}`;
    expect((await posthorn.api.get(path)).row).toMatchObject({ status: "pending", attempts: 0 });
    expect((await answer(posthorn.api)).json).toEqual({ is_accepted: true });
    await Promise.all([terminal.leave(), others.leave()]);
  });
});

test("a terminal that left before its connection was ready does not count as connected", async () => {
  const { orgId, endpointId } = await endpointWith();
  const { hostname, port } = new URL(posthorn.service.url);
  const request =
    `GET /rest/v1/terminal?endpoint_id=${endpointId} HTTP/1.1\r\n` +
    `host: ${hostname}\r\napikey: ${adminKey}\r\n\r\n`;
  for (let delayMs = 10; delayMs >= 0; delayMs -= 0.25) {
    const socket = createConnection(Number(port), hostname);
    await once(socket, "connect");
    socket.write(request);
    // The delays end the connection at every moment, from after the response to before the server
    // reads the request. The last connections decide what the endpoint shows.
    await sleep(delayMs);
    socket.destroy();
  }
  const isConnected = async () => (await endpointRow(endpointId))?.["is_connected"];
  await until(async () => (await isConnected()) === false, "all of them gone");
  await publish(posthorn.api, orgId);
  const { row } = await posthorn.api.get(`/rest/v1/webhook_deliveries?org_id=eq.${orgId}`);
  expect(row).toMatchObject({ status: "pending", attempts: 0 });
});
