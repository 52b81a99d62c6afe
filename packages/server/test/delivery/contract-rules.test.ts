/** What contracts say about responses and secrets holds wherever Posthorn uses it. */
import { createHmac } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inTransaction } from "../../src/postgres/pool.ts";
import { isStillFailing } from "../../src/store/postgres/failing-endpoints.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import {
  representation,
  startTestService,
  type Row,
  type TestService,
} from "../support/service.ts";

const retries = Array.from({ length: 5 }, () => "1ms").join(",");
const contractWith = (name: string, success: object) => ({
  name,
  title: name,
  description: "For this test.",
  body: "{event.data}",
  headers: { "x-signature": "{signature.v1}" },
  signatures: { v1: { encoding: "hex" } },
  retry: { schedule: `0s,${retries}` },
  success,
  timeoutMs: 5_000,
});

const plain = contractWith("numbered", { statuses: ["200-299"] });
const numbered = {
  ...plain,
  headers: { "x-signature-*": "{signature.each}", "x-at": "{attempt.timestamp_ms}" },
  signatures: { each: { encoding: "base64", content: "{attempt.timestamp_ms}.{body}" } },
};
const twoSecrets = {
  ...plain,
  name: "two-secrets",
  headers: { "x-one": "{signature.one}", "x-two": "{signature.two}" },
  secrets: { primary: {}, secondary: { generate: "hex" } },
  signatures: { one: { secret: "primary" }, two: { secret: "secondary" } },
};

let folder: string;
let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "posthorn-contracts-"));
  const documents = [
    contractWith("strict", { statuses: [200, "301-302"], finalStatuses: [403] }),
    contractWith("spoken", { body: { contains: "[accepted]" } }),
    numbered,
    twoSecrets,
  ];
  for (const each of documents) {
    await writeFile(path.join(folder, `${each.name}.json`), JSON.stringify(each));
  }
  posthorn = await startTestService({ environment: { POSTHORN_CONTRACTS_DIR: folder } });
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.close();
  await posthorn.close();
  await rm(folder, { recursive: true });
});

async function attemptsOf(eventId: string): Promise<readonly Row[]> {
  const filter = `event_id=eq.${eventId}&order=id.asc`;
  return (await posthorn.api.get(`/rest/v1/webhook_attempts?${filter}`)).rows;
}

async function explained(eventId: string): Promise<Row> {
  return (await posthorn.api.post("/rest/v1/rpc/explain", { event_id: eventId })).rows[0]!;
}

test("a status outside 2xx can be a success, and a 2xx a failure", async () => {
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url, { contract: "strict" });
  receiver.answerWith(answerStatus(204));
  const events = [await publish(posthorn.api, orgId), await publish(posthorn.api, orgId)];
  for (const id of events) {
    await deliveryWith(posthorn.api, `event_id=eq.${id}`, hasStatus("failed"));
  }
  const [failed = ""] = events;
  const reason = "The contract does not count status 204 as delivered, only 200, 301-302.";
  const attempts = await attemptsOf(failed);
  expect(attempts).toHaveLength(6);
  for (const each of attempts) {
    expect(each).toMatchObject({ response_status: 204, succeeded: false, error_message: reason });
  }
  expect(await explained(failed)).toMatchObject({
    verdict: "failed",
    reason: expect.stringContaining(`6 attempts failed; the last with status 204. ${reason}`),
  });

  // What decides whether an endpoint is turned off, without waiting for its period.
  const { pool } = posthorn.service;
  const failingSince = async (): Promise<boolean> => {
    const sinceMs = Date.now() - 3_600_000;
    await pool.query("update posthorn.endpoints set failing_since = $2 where id = $1", [
      endpointId,
      new Date(sinceMs),
    ]);
    const endpoint = { id: endpointId, sinceMs, lastFailedAtMs: Date.now(), warnedAtMs: null };
    return inTransaction(pool, (transaction) => isStillFailing(transaction, endpoint));
  };
  expect(await failingSince()).toBe(true);

  receiver.answerWith(answerStatus(301));
  await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: endpointId, status: "failed" });
  for (const id of events) {
    await deliveryWith(posthorn.api, `event_id=eq.${id}`, hasStatus("delivered"));
  }
  expect((await attemptsOf(failed)).at(-1)).toMatchObject({
    response_status: 301,
    succeeded: true,
    error_message: null,
  });
  expect(await failingSince()).toBe(false);
});

test("an earlier success outside 2xx is still known after a failure", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url, { contract: "strict" });
  receiver.answerWith((response, _number, { body }) => {
    // A replay gets 204.
    const isFirst = receiver.received.filter((each) => each.body === body).length === 1;
    response.writeHead(isFirst ? 302 : 204).end();
  });
  const eventId = await publish(posthorn.api, orgId, { data: { scan_id: "replayed" } });
  const filter = `event_id=eq.${eventId}`;
  const { id } = await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  await posthorn.api.post("/rest/v1/rpc/retry_delivery", { delivery_id: id });
  await deliveryWith(posthorn.api, filter, hasStatus("failed"));
  const succeeded = (await attemptsOf(eventId)).map((each) => each["succeeded"]);
  expect(succeeded).toEqual([true, false, false, false, false, false, false]);
  const failedOnly = `/rest/v1/webhook_attempts?${filter}&succeeded=is.false`;
  expect((await posthorn.api.get(failedOnly)).rows).toHaveLength(6);
});

test("a status can end the retries, and the dead letter says so", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url, { contract: "strict" });
  receiver.answerWith(answerStatus(403));
  const eventId = await publish(posthorn.api, orgId);
  const filter = `event_id=eq.${eventId}`;
  const delivery = await deliveryWith(posthorn.api, filter, hasStatus("failed"));
  expect(delivery).toMatchObject({ attempts: 1, response_status: 403 });
  const reason = "The contract does not retry after status 403.";
  expect((await attemptsOf(eventId))[0]).toMatchObject({ error_message: reason });
  expect((await explained(eventId))["reason"]).toContain(reason);
});

test("a 200 without the text that the contract requires is retried", async () => {
  const { orgId } = await subscribe(posthorn, receiver.url, { contract: "spoken" });
  let answers = 0;
  receiver.answerWith((response) => {
    answers += 1;
    response.end(answers === 1 ? "busy" : "[accepted]");
  });
  const eventId = await publish(posthorn.api, orgId);
  const filter = `event_id=eq.${eventId}`;
  await deliveryWith(posthorn.api, filter, hasStatus("delivered"));
  await until(() => answers === 2, "two answers");
  const attempts = await attemptsOf(eventId);
  expect(attempts.map((each) => each["succeeded"])).toEqual([false, true]);
  expect(attempts[0]?.["error_message"]).toContain('contains "[accepted]"');
});

const create = (fields: object) =>
  posthorn.api.post(
    "/rest/v1/webhook_endpoints",
    { org_id: posthorn.newOrg(), url: `${receiver.url}/secrets`, ...fields },
    representation,
  );

const hmac = (key: string, text: string) => createHmac("sha256", key).update(text);

test("each secret signs a header of its own, and requests are shown as they were sent", async () => {
  // Without kept connections, requests are signed some time after their attempts started.
  receiver.answerWith((response) => response.writeHead(200, { connection: "close" }).end());
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  const url = `${receiver.url}/numbered`;
  const texts = ["the current secret of the sender", "the earlier secret of the sender"];
  const secrets = [{ secret: texts[0] }, { secret: texts[1], expires_at }];
  const { row } = await create({ contract: "numbered", url, secrets });
  for (let count = 0; count < 5; count += 1) {
    const before = receiver.received.length;
    const eventId = await publish(posthorn.api, String(row["org_id"]));
    await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
    const { headers, body } = receiver.received[before]!;
    const signed = `${String(headers["x-at"])}.${body}`;
    const expected = texts.map((key) => hmac(key, signed).digest("base64"));
    expect([headers["x-signature-1"], headers["x-signature-2"]]).toEqual(expected);
    expect(headers["x-signature-3"]).toBeUndefined();
    const attempts = `/rest/v1/webhook_attempts?event_id=eq.${eventId}`;
    const { row: attempt } = await posthorn.api.get(attempts);
    const attemptId = { attempt_id: attempt.id };
    const shown = await posthorn.api.post("/rest/v1/rpc/sent_request", attemptId);
    const sent = shown.row["headers"] as { name: string; value: string }[];
    for (const { name, value } of sent) {
      if (name.startsWith("x-")) expect([name, headers[name]]).toEqual([name, value]);
    }
    expect(sent.filter(({ name }) => name.startsWith("x-"))).toHaveLength(3);
  }
  receiver.answerWith((response) => void response.end());
});

describe("secrets that a new contract needs in addition", () => {
  const change = (id: string, fields: object) => {
    const filter = `id=eq.${id}`;
    return posthorn.api.request(
      "PATCH",
      `/rest/v1/webhook_endpoints?${filter}`,
      fields,
      representation,
    );
  };
  const text = "the secondary key of this app 12";
  const secondary = { name: "secondary", secret: text };

  test("are given together with it, or generated, and listed without their values", async () => {
    const secret = "the primary key of this app 1234";
    const { row } = await create({ contract: "github-like", secret });
    const moved = await change(row.id, { contract: "two-secrets", secrets: [secondary] });
    expect([moved.status, moved.row["secrets"]]).toEqual([200, { secondary: text }]);
    const other = await create({ contract: "github-like", secret, org_id: row["org_id"] });
    const generated = await change(other.row.id, { contract: "two-secrets" });
    expect(generated.row["secrets"]).toEqual({
      secondary: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const listed = await posthorn.api.post("/rest/v1/rpc/endpoint_secrets", {
      endpoint_id: row.id,
    });
    const current = { created_at: expect.any(String), expires_at: null, switches_at: null };
    expect(listed.rows).toEqual([
      { name: "primary", ...current },
      { name: "secondary", ...current },
    ]);
    // A second change finds the secret, and adds none.
    const again = await change(row.id, { contract: "two-secrets" });
    expect(again.row).not.toHaveProperty("secrets");
  });

  test.each<[string, object, string]>([
    ["without a contract", { secrets: [secondary] }, "no value without contract"],
    [
      "that the endpoint has",
      { contract: "two-secrets", secrets: [{ name: "primary", secret: text }] },
      "no secret primary: the endpoint has one; use rotate_secret",
    ],
    ["twice", { contract: "two-secrets", secrets: [secondary, secondary] }, "each name once"],
    [
      "that the contract does not define",
      { contract: "two-secrets", secrets: [{ name: "third", secret: text }] },
      "primary or secondary",
    ],
    [
      "that end",
      { contract: "two-secrets", secrets: [{ ...secondary, expires_at: "2027-01-01" }] },
      "no expires_at in a change",
    ],
  ])("are refused %s", async (_name, fields, allowed) => {
    const { row } = await create({ contract: "github-like" });
    const refused = await change(row.id, fields);
    expect([refused.status, refused.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
    expect(refused.row["hint"]).toContain(allowed);
  });
});
