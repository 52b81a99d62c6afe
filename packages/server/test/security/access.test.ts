/** Sends a request for every cell of the access table to a running server. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ownContract } from "../support/contracts.ts";
import { accessTable, callers, type AccessRule, type Caller } from "../support/access-table.ts";
import { oneOfEach, portalSession, type Credentials } from "../support/callers.ts";
import { hasStatus, deliveryWith, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type TestService } from "../support/service.ts";
import { connectTerminal, createTerminalEndpoint, type TestTerminal } from "../support/terminal.ts";
import { jwtSecret } from "../support/tokens.ts";

let posthorn: TestService;
let addresses = 0;
let receiver: Receiver;
let credentials: Readonly<Record<Caller, Credentials>>;
let orgId: string;
/** An active endpoint, and an inactive one whose due deliveries wait. */
let active: string;
let held: string;
let eventId: string;
let deliveryId: string;
let attemptId: string;
let replayId: string;
/** Two endpoints that are terminals; one of them is connected. */
let terminal: TestTerminal;
let terminalEndpoint: string;

beforeAll(async () => {
  // Each caller has a different address, because wrong keys are counted per address.
  posthorn = await startTestService({
    environment: { POSTHORN_JWT_SECRET: jwtSecret, POSTHORN_TRUST_PROXY: "127.0.0.0/8" },
  });
  receiver = await startReceiver(answerStatus(204));
  ({ orgId, endpointId: held } = await subscribe(posthorn, receiver.url));
  eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    hasStatus("delivered"),
  );
  deliveryId = delivery.id;
  const attempts = await posthorn.api.get(`/rest/v1/webhook_attempts?delivery_id=eq.${deliveryId}`);
  attemptId = attempts.row.id;
  await posthorn.api.request("PATCH", `/rest/v1/webhook_endpoints?id=eq.${held}`, {
    is_active: false,
  });
  ({ endpointId: active } = await subscribe(posthorn, receiver.url, { org_id: orgId }));
  const replay = await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: active });
  replayId = replay.row.id;
  const connected = await createTerminalEndpoint(posthorn.api, orgId);
  terminal = await connectTerminal(posthorn.service.url, posthorn.api.key, connected.id);
  terminalEndpoint = (await createTerminalEndpoint(posthorn.api, orgId)).id;
  const { orgId: otherOrgId } = await subscribe(posthorn, receiver.url);
  credentials = await oneOfEach(posthorn, orgId, otherOrgId);
});
afterAll(async () => {
  await terminal.leave();
  await posthorn.close();
  await receiver.close();
});

interface Asked {
  /** What follows the rule's path. If that path has parameters, this is the whole path. */
  readonly path?: string;
  readonly query?: string;
  readonly body?: unknown;
}

const fresh = async (): Promise<string> =>
  (await subscribe(posthorn, receiver.url, { org_id: orgId })).endpointId;

/**
 * Requests about the first org's rows. They are valid, except that the caller may not be allowed to
 * send them.
 */
const requests: Readonly<Record<string, () => Asked | Promise<Asked>>> = {
  "POST /rest/v1/webhook_orgs": () => ({ body: { id: randomUUID() } }),
  "PATCH /rest/v1/webhook_orgs": () => ({ query: `id=eq.${orgId}`, body: { name: "Acme" } }),
  "POST /rest/v1/webhook_event_types": () => ({ body: { name: `test.t${randomUUID()}` } }),
  "PATCH /rest/v1/webhook_event_types": () => ({ query: "name=eq.no.such", body: { example: 1 } }),
  "DELETE /rest/v1/webhook_event_types": () => ({ query: "name=eq.no.such" }),
  "POST /rest/v1/webhook_contracts": () => ({ body: ownContract() }),
  "PATCH /rest/v1/webhook_contracts": () => ({ query: "name=eq.no", body: { document: {} } }),
  "DELETE /rest/v1/webhook_contracts": () => ({ query: "name=eq.no" }),
  "GET /rest/v1/webhook_endpoints": () => ({ query: `org_id=eq.${orgId}` }),
  "POST /rest/v1/webhook_endpoints": () => ({ body: { org_id: orgId, url: receiver.url } }),
  "PATCH /rest/v1/webhook_endpoints": () => ({
    query: `id=eq.${active}`,
    body: { description: "changed" },
  }),
  "DELETE /rest/v1/webhook_endpoints": async () => ({ query: `id=eq.${await fresh()}` }),
  "POST /rest/v1/webhook_events": () => ({
    body: { org_id: orgId, event_type: "scan.completed", data: { scan_id: "s" } },
  }),
  "POST /rest/v1/api_keys": () => ({ body: { org_id: orgId, role: "read" } }),
  "DELETE /rest/v1/api_keys": () => ({ query: `id=eq.${randomUUID()}` }),
  "POST /rest/v1/rpc/retry_delivery": () => ({ body: { delivery_id: deliveryId } }),
  "POST /rest/v1/rpc/cancel_delivery": async () => {
    await posthorn.api.post("/rest/v1/rpc/retry_delivery", { delivery_id: deliveryId });
    return { body: { delivery_id: deliveryId } };
  },
  "POST /rest/v1/rpc/replay": () => ({ body: { endpoint_id: held, dry_run: true } }),
  "POST /rest/v1/rpc/cancel_replay": () => ({ body: { replay_id: replayId } }),
  "POST /rest/v1/rpc/rotate_secret": () => ({ body: { endpoint_id: held, overlap_seconds: 0 } }),
  "POST /rest/v1/rpc/switch_secret": async () => {
    const endpoint = { endpoint_id: await fresh() };
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    await posthorn.api.post("/rest/v1/rpc/rotate_secret", { ...endpoint, switch_at: inAnHour });
    return { body: endpoint };
  },
  "POST /rest/v1/rpc/endpoint_secrets": () => ({ body: { endpoint_id: held } }),
  "POST /rest/v1/rpc/send_test": () => ({
    body: { endpoint_id: active, event_type: "scan.completed" },
  }),
  "POST /rest/v1/rpc/explain": () => ({ body: { event_id: eventId } }),
  "POST /rest/v1/rpc/erase_org": async () => {
    const { orgId: doomed } = await subscribe(posthorn, receiver.url);
    return { body: { org_id: doomed } };
  },
  "POST /rest/v1/rpc/import_svix_application": () => ({
    body: { svix_id: "app_2nKz0UqvZ9zXyQmC7dLwFh3sT1b", uid: orgId },
  }),
  "POST /rest/v1/rpc/import_svix_endpoint": () => ({
    body: {
      org_id: orgId,
      svix_id: "ep_2nL01yH6tQe8ZbKvPdXsWmRc9fA",
      url: receiver.url,
      dry_run: true,
    },
  }),
  "POST /rest/v1/rpc/portal_link": () => ({ body: { org_id: orgId } }),
  "POST /rest/v1/rpc/check_endpoint_url": () => ({ body: { url: receiver.url } }),
  "POST /rest/v1/rpc/test_filter": () => ({
    body: { filter: { $exists: true }, event_id: eventId },
  }),
  "POST /rest/v1/rpc/test_transformation": () => ({
    body: { transformation: "() => ({})", event_id: eventId },
  }),
  "POST /rest/v1/rpc/preview_contract": () => ({ body: { contract: "svix" } }),
  "POST /rest/v1/rpc/sent_request": () => ({ body: { attempt_id: attemptId } }),
  "POST /rest/v1/rpc/delivery_statistics": () => ({ body: { org_id: orgId } }),
  "POST /rest/v1/rpc/endpoint_health": () => ({ body: { org_id: orgId } }),
  "POST /rest/v1/rpc/overview": () => ({ body: { org_id: orgId } }),
  "POST /rest/v1/rpc/answer_terminal": () => ({
    body: { token: terminal.token, attempt_token: randomUUID(), response_status: 200 },
  }),
  "GET /rest/v1/rpc/test_filter": () => ({
    query: `filter=${encodeURIComponent('{"$exists":true}')}&event_id=${eventId}`,
  }),
  "GET /rest/v1/stream": () => ({ query: `org_id=${orgId}` }),
  "GET /rest/v1/terminal": async () => ({ query: `endpoint_id=${terminalEndpoint}` }),
};

/** A function that is called by GET has its arguments in the query string. */
async function requestFor({ method, path }: AccessRule): Promise<Asked> {
  const own = requests[`${method} ${path}`];
  if (own !== undefined) return own();
  const byPost = path.startsWith("/rest/v1/rpc/") ? requests[`POST ${path}`] : undefined;
  if (method !== "GET" || byPost === undefined) return {};
  const { body } = await byPost();
  return { query: new URLSearchParams(body as Record<string, string>).toString() };
}

async function statusOf(rule: AccessRule, caller: Caller): Promise<number> {
  const { headers, signIn } = await credentialsFor(rule, caller);
  const asked = await requestFor(rule);
  const isSignIn = rule.method === "POST" && rule.path === "/console/session";
  const body = isSignIn ? signIn : asked.body;
  const hasBody = body !== undefined || rule.method === "POST" || rule.method === "PATCH";
  const path = rule.path.replace(/:\w+|\*$/, (each) => (each === "*" ? "a/b" : "nothing"));
  const query = asked.query === undefined ? "" : `?${asked.query}`;
  const controller = new AbortController();
  const response = await fetch(`${posthorn.service.url}${path}${query}`, {
    method: rule.method,
    headers: {
      ...headers,
      "x-forwarded-for": `192.0.2.${(addresses += 1) % 256}`,
      ...(hasBody ? { "content-type": "application/json" } : {}),
    },
    ...(hasBody ? { body: JSON.stringify(body ?? {}) } : {}),
    redirect: "manual",
    signal: controller.signal,
  });
  // A stream never ends, so the test ends it.
  if (["/rest/v1/stream", "/rest/v1/terminal"].includes(rule.path)) controller.abort();
  else await response.arrayBuffer();
  return response.status;
}

/**
 * Returns new credentials for each request, because a sign-in may use up a link, and a sign-out
 * ends a session.
 */
async function credentialsFor({ path, method }: AccessRule, caller: Caller): Promise<Credentials> {
  if (path !== "/console/session" || method === "GET" || !caller.endsWith("portal")) {
    return credentials[caller];
  }
  return portalSession(posthorn, orgId, caller === "read portal");
}

const nameOf = ({ method, path }: AccessRule): string => `${method} ${path}`;

describe("each caller gets the responses of the table", () => {
  test.each(accessTable.map((rule) => [nameOf(rule), rule] as const))("%s", async (_name, rule) => {
    const found: Partial<Record<Caller, number>> = {};
    for (const caller of callers) found[caller] = await statusOf(rule, caller);
    if (rule.answers !== null) {
      expect(found).toEqual(rule.answers);
      return;
    }
    const statuses = new Set(Object.values(found));
    expect(statuses.size).toBe(1);
    expect([401, 403]).not.toContain([...statuses][0]);
  });
});

describe("the table is complete", () => {
  const named = new Set(accessTable.map(nameOf));

  test("it names each route once", () => {
    expect(named.size).toBe(accessTable.length);
  });

  test("it names every route that the server has", () => {
    const routes = posthorn.service.routes
      // HEAD is GET without the body, and OPTIONS only tells browsers which methods exist.
      .filter(({ method }) => method !== "HEAD" && method !== "OPTIONS")
      // test/svix/access.test.ts checks every operation of Svix's API.
      .filter(({ url }) => !/^(?:\/ingest)?\/api\/v1\//.test(url))
      .map(({ method, url }) => `${method} ${url.startsWith("/docs/") ? "/docs/*" : url}`)
      // Represents all files of a folder by the folder's prefix.
      .map((each) => each.replace(/(?<=\/assets|\/docs)\/$/, "/*"));
    expect(routes.length).toBeGreaterThan(90);
    expect(routes.filter((each) => !named.has(each))).toEqual([]);
  });

  test("it names every operation of the API's document", async () => {
    const { row } = await posthorn.api.get("/openapi.json");
    const operations = Object.entries(row["paths"] as Record<string, object>).flatMap(
      ([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(30);
    expect(operations.filter((each) => !named.has(each) && !each.startsWith("HEAD "))).toEqual([]);
  });
});
