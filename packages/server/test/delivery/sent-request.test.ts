/** rpc/sent_request returns exactly the bytes that a receiver got. */
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  receiveRequests,
  type ReceivedRequest,
  type Receiver,
} from "../../src/transport/testing/receivers.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { until } from "../support/receiver.ts";
import {
  representation,
  startTestService,
  type Row,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  // A delay of more than a second, so that a retry's signature has a later timestamp than the first
  // attempt's.
  posthorn = await startTestService({ environment: { POSTHORN_RETRY_SCHEDULE: "0s,1100ms" } });
});
afterAll(() => posthorn.close());

const receivers: Receiver[] = [];
afterEach(async () => {
  for (const started of receivers.splice(0)) await started.close();
});

const okAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const failAnswer = "HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n";

async function receiver(answers: (number: number) => string = () => okAnswer): Promise<Receiver> {
  const started = await receiveRequests((socket, number) => socket.write(answers(number)));
  receivers.push(started);
  return started;
}

interface Answer {
  readonly attempt_id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string | null;
  readonly redacted: readonly string[];
  readonly is_exact: boolean;
  readonly note: string | null;
}

async function sentRequest(attemptId: string): Promise<Answer> {
  const { status, row, text } = await posthorn.api.post("/rest/v1/rpc/sent_request", {
    attempt_id: attemptId,
  });
  if (status !== 200) throw new Error(`sent_request was answered ${status} ${text}`);
  return row as unknown as Answer;
}

/**
 * Formats a request as the receiver records it: request line, headers, then the body's bytes as
 * latin1.
 */
function onTheWire({ method, url, headers, body }: Answer): ReceivedRequest {
  const { pathname, search } = new URL(url);
  return {
    head: [
      `${method} ${pathname}${search} HTTP/1.1`,
      ...headers.map(({ name, value }) => `${name}: ${value}`),
    ].join("\r\n"),
    body: Buffer.from(body ?? "").toString("latin1"),
  };
}

async function attemptsOf(filter: string): Promise<readonly Row[]> {
  return (await posthorn.api.get(`/rest/v1/webhook_attempts?${filter}&order=id.asc`)).rows;
}

const data = { scan_id: 'ü "quoted" \\ \u0007 ☃', n: 1.5, nested: { list: [1, null, true] } };

/**
 * Publishes an event, and waits until it is delivered.
 * @returns the delivery's attempts.
 */
async function deliver(orgId: string): Promise<readonly Row[]> {
  const fields = { data, timestamp: "2026-03-22T12:00:00.250Z" };
  const eventId = await publish(posthorn.api, orgId, fields);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  return attemptsOf(`event_id=eq.${eventId}`);
}

async function rotate(endpointId: string, overlapSeconds: number): Promise<void> {
  const { status } = await posthorn.api.post("/rest/v1/rpc/rotate_secret", {
    endpoint_id: endpointId,
    overlap_seconds: overlapSeconds,
  });
  expect(status).toBe(200);
}

async function change(endpointId: string, fields: object): Promise<void> {
  const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
  const { status } = await posthorn.api.request("PATCH", path, fields, representation);
  expect(status).toBe(200);
}

describe("it returns what the receiver saw", () => {
  test.each([
    ["cda", "svix"],
    ["cadana", "standard"],
    ["svix", "cda"],
    ["standard", "cadana"],
  ])("by the contract %s, whatever happens to the endpoint", async (contract, later) => {
    const first = await receiver((number) => (number === 1 ? failAnswer : okAnswer));
    const second = await receiver();
    const headers = { "X-Tenant": "a  b", Authorization: "Bearer abc", "9": "nine", "x-z": "z" };
    const { orgId, endpointId } = await subscribe(posthorn, `${first.url}?a=b%20c&d=é`, {
      contract,
      headers,
    });
    const sent: { readonly id: string; readonly request: () => ReceivedRequest | undefined }[] = [];
    const send = async (to: Receiver, attempts = 1): Promise<void> => {
      const before = to.requests.length;
      const made = await deliver(orgId);
      expect(made).toHaveLength(attempts);
      made.forEach(({ id }, at) => sent.push({ id, request: () => to.requests[before + at] }));
    };
    const check = async (): Promise<void> => {
      for (const { id, request } of sent) {
        const answer = await sentRequest(id);
        const { head = "", body } = request() ?? {};
        const shown = head.replace("Bearer abc", "[redacted]");
        expect(onTheWire(answer)).toEqual({ head: shown, body });
        expect(answer).toMatchObject({ attempt_id: id, is_exact: true, note: null });
        expect(answer.redacted).toEqual(shown === head ? [] : ["Authorization"]);
      }
    };

    await send(first, 2);
    await check();
    await rotate(endpointId, 0);
    await send(first);
    await check();
    await rotate(endpointId, 3_600);
    await rotate(endpointId, 7_200);
    await send(first);
    await check();
    await change(endpointId, { is_active: false });
    await change(endpointId, {
      url: `${second.url}/elsewhere`,
      headers: { "X-Other": "1" },
      contract: later,
      is_active: true,
    });
    await send(second);
    await check();
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    expect((await posthorn.api.request("DELETE", path)).status).toBe(204);
    await check();
    expect(sent).toHaveLength(5);
    // Each attempt used different secrets. Otherwise the signatures would prove nothing.
    const signatures = sent
      .slice(1)
      .map(({ request }) => /signature: (.*)/.exec(request()?.head ?? "")?.[1]);
    expect(new Set(signatures).size).toBe(4);
  });

  test("with the secrets of each moment of an overlap", async () => {
    const to = await receiver();
    const { orgId, endpointId } = await subscribe(posthorn, to.url, { contract: "standard" });
    await rotate(endpointId, 1);
    const [during] = await deliver(orgId);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const [after] = await deliver(orgId);
    const [duringRequest, afterRequest] = to.requests;
    expect(duringRequest?.head.match(/v1,/g)).toHaveLength(2);
    expect(afterRequest?.head.match(/v1,/g)).toHaveLength(1);
    expect(onTheWire(await sentRequest(during!.id))).toEqual(duringRequest);
    expect(onTheWire(await sentRequest(after!.id))).toEqual(afterRequest);
  });

  test("also if a node signed with a secret that another node had just replaced", async () => {
    const to = await receiver();
    const { orgId, endpointId } = await subscribe(posthorn, to.url);
    const [attempt] = await deliver(orgId);
    await rotate(endpointId, 0);
    // The second node learned about the rotation later. The version selects the secrets, not the
    // time.
    await posthorn.service.pool.query(
      `update posthorn.endpoint_secrets set expires_at = expires_at - interval '1 minute'
       where endpoint_id = $1 and expires_at is not null`,
      [endpointId],
    );
    const answer = await sentRequest(attempt!.id);
    expect(onTheWire(answer)).toEqual(to.requests[0]);
    expect(answer.is_exact).toBe(true);
  });

  test("also to an endpoint that this request turned off", async () => {
    const gone = "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n";
    const to = await receiver((number) => (number === 1 ? gone : okAnswer));
    const { orgId, endpointId } = await subscribe(posthorn, to.url);
    await publish(posthorn.api, orgId);
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    await until(async () => (await posthorn.api.get(path)).row["is_active"] === false, "it is off");
    await change(endpointId, { is_active: true });
    await deliveryWith(posthorn.api, `endpoint_id=eq.${endpointId}`, hasStatus("delivered"));
    const attempts = await attemptsOf(`endpoint_id=eq.${endpointId}`);
    expect(attempts).toHaveLength(2);
    for (const [at, { id }] of attempts.entries()) {
      expect(onTheWire(await sentRequest(id))).toEqual(to.requests[at]);
    }
    // Every version of the endpoint has a row, including the version that turned it off.
    const { rows } = await posthorn.service.pool.query<{ version: string; url: string }>(
      "select version, url from posthorn.endpoint_history where endpoint_id = $1 order by version",
      [endpointId],
    );
    expect(rows).toEqual(["1", "2", "3"].map((version) => ({ version, url: to.url })));
  });
});

describe("who may ask", () => {
  async function keyOf(orgId: string, role: string): Promise<string> {
    const fields = { org_id: orgId, name: role, role };
    const { row } = await posthorn.api.post("/rest/v1/api_keys", fields, representation);
    return String(row["key"]);
  }

  test("the org's readers; another org's attempt looks like a missing one", async () => {
    const to = await receiver();
    const { orgId } = await subscribe(posthorn, to.url);
    const stranger = await subscribe(posthorn, to.url);
    const [attempt] = await deliver(orgId);
    const ask = async (org: string, role: string, id: string) =>
      posthorn
        .apiWith(await keyOf(org, role))
        .post("/rest/v1/rpc/sent_request", { attempt_id: id });
    for (const role of ["manage", "read"]) {
      expect((await ask(orgId, role, attempt!.id)).status).toBe(200);
      const refused = await ask(stranger.orgId, role, attempt!.id);
      const nobodys = randomUUID();
      const unknown = await ask(stranger.orgId, role, nobodys);
      expect([refused.status, unknown.status]).toEqual([404, 404]);
      expect(refused.row).toMatchObject({ code: "PH_NOT_FOUND" });
      expect(refused.text.replace(attempt!.id, "")).toBe(unknown.text.replace(nobodys, ""));
    }
    expect((await ask(orgId, "publish", attempt!.id)).status).toBe(403);
    // Attempt number 0 never exists. Its id would be equal to the delivery's id.
    expect((await ask(orgId, "read", String(attempt!["delivery_id"]))).status).toBe(404);
    const byGet = `/rest/v1/rpc/sent_request?attempt_id=${attempt!.id}`;
    expect((await posthorn.api.get(byGet)).row["attempt_id"]).toBe(attempt!.id);
  });
});
