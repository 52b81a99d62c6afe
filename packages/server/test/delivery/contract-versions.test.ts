/** Contracts that the API stores, and the versions that attempts name. */
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import type { Service } from "../../src/service/compose.ts";
import { version } from "../../src/version.ts";
import { ownContract } from "../support/contracts.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import {
  adminKey,
  apiOf,
  representation,
  startTestService,
  type Api,
  type Answered,
  type Row,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let other: Service;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  other = await posthorn.startSecondNode();
});
afterAll(async () => {
  await receiver.close();
  await other.close();
  await posthorn.close();
});

const table = "/rest/v1/webhook_contracts";
const create = (given: object, headers: Readonly<Record<string, string>> = {}) =>
  posthorn.api.post(table, given, headers);
const change = (name: string, document: object) =>
  posthorn.api.request("PATCH", `${table}?name=eq.${name}`, { document });
const remove = (name: string) => posthorn.api.request("DELETE", `${table}?name=eq.${name}`);
const stored = async (name: string): Promise<Row> =>
  (await posthorn.api.get(`${table}?name=eq.${name}`)).row;

/** Publishes through one of the nodes, waits for the delivery, and returns its only attempt. */
async function deliver(orgId: string, api: Api = posthorn.api): Promise<Row> {
  const eventId = await publish(api, orgId);
  await deliveryWith(posthorn.api, `event_id=eq.${eventId}`, hasStatus("delivered"));
  return (await posthorn.api.get(`/rest/v1/webhook_attempts?event_id=eq.${eventId}`)).row;
}
const sent = (attempt: Row): Promise<Answered> =>
  posthorn.api.post("/rest/v1/rpc/sent_request", { attempt_id: attempt.id });
const payload = async (attempt: Row): Promise<unknown> =>
  (await posthorn.api.get(`/rest/v1/webhook_deliveries?id=eq.${String(attempt["delivery_id"])}`))
    .row["payload"];

const data = { scan_id: "s-1" };
const hash = (secret: string, body: unknown) =>
  `sha256=${createHmac("sha256", secret).update(String(body)).digest("hex")}`;

test("a changed contract is a new version, and earlier requests are shown by theirs", async () => {
  const { name, document } = ownContract();
  expect((await create({ name, document }, representation)).row).toMatchObject({
    name,
    title: "Own",
    origin: "api",
  });
  const secret = "the secret of this endpoint 1234";
  const fields = { contract: name, secret };
  const { orgId } = await subscribe(posthorn, `${receiver.url}/versions`, fields);
  const first = await deliver(orgId);
  expect((await change(name, { ...document, body: { now: "{event.data}" } })).status).toBe(204);
  const second = await deliver(orgId);
  const [before, after] = [await sent(first), await sent(second)].map(({ row }) => row);
  expect(before).toMatchObject({ is_exact: true, note: null });
  expect(after).toMatchObject({ is_exact: true, note: null });
  expect(before?.["body"]).toBe(JSON.stringify({ own: data, by: version }));
  expect(after?.["body"]).toBe(JSON.stringify({ now: data }));
  expect(before?.["headers"]).toContainEqual({
    name: "x-own",
    value: hash(secret, before?.["body"]),
  });
  expect(await payload(first)).toEqual({ own: data, by: version });
  expect(await payload(second)).toEqual({ now: data });
  const [one, two] = [first, second].map((attempt) => Number(attempt["contract_version"]));
  expect(two).toBe((await stored(name))["version"]);
  expect(two).toBeGreaterThan(one ?? 0);
  const versions = await posthorn.api.get(`/rest/v1/webhook_contract_versions?id=eq.${one}`);
  expect(versions.row).toMatchObject({ name, document, sender_version: version });
  // The first document again is the first version again.
  await change(name, document);
  expect((await stored(name))["version"]).toBe(one);
});

test("a request by an earlier release keeps its User-Agent", async () => {
  const { orgId } = await subscribe(posthorn, `${receiver.url}/release`, { contract: "svix" });
  const attempt = await deliver(orgId);
  // As an upgrade leaves it: the version that the attempt names has the earlier release's number.
  const { pool } = posthorn.service;
  await pool.query(
    `insert into posthorn.contract_versions (id, hash, name, document, sender_version, created_at)
     select 100000, 'earlier', name, document, '0.0.9', created_at
     from posthorn.contract_versions where id = $1`,
    [attempt["contract_version"]],
  );
  await pool.query(
    `update posthorn.deliveries set exchange = jsonb_set(exchange::jsonb, '{versions,1}', '100000')
     where id = $1`,
    [attempt["delivery_id"]],
  );
  const { row } = await sent(attempt);
  expect(row).toMatchObject({ is_exact: true });
  expect(row["headers"]).toContainEqual({ name: "user-agent", value: "Posthorn/0.0.9" });
});

describe("another node", () => {
  test("sends by a change that it was notified of", async () => {
    const { name, document } = ownContract();
    await create({ name, document });
    const { orgId } = await subscribe(posthorn, `${receiver.url}/other`, { contract: name });
    await change(name, { ...document, body: { changed: "{event.data}" } });
    const wanted = (await stored(name))["version"];
    await until(async () => {
      const attempt = await deliver(orgId, apiOf(other.url, adminKey));
      return attempt["contract_version"] === wanted;
    }, "a delivery by the new version");
  });

  test("loads a contract that it does not know when it has to send by it", async () => {
    const { name, document } = ownContract();
    await create({ name, document });
    const { orgId } = await subscribe(posthorn, `${receiver.url}/unknown`, { contract: name });
    // No notification announces this name, as when one is lost.
    const hidden = ownContract();
    const { pool } = posthorn.service;
    await pool.query(
      `insert into posthorn.contract_versions (id, hash, name, document, sender_version, created_at)
       values (200000, 'hidden', $1, $2, '0', now())`,
      [hidden.name, JSON.stringify(hidden.document)],
    );
    await pool.query("insert into posthorn.contracts values ($1, 'api', 200000)", [hidden.name]);
    await pool.query("update posthorn.endpoints set contract = $1 where org_id = $2", [
      hidden.name,
      orgId,
    ]);
    const attempt = await deliver(orgId, apiOf(other.url, adminKey));
    expect(attempt).toMatchObject({ number: 1, response_status: 200 });
  });

  test("accepts an endpoint with a contract that was just stored", async () => {
    const { name, document } = ownContract();
    await create({ name, document });
    const fields = { org_id: posthorn.newOrg(), url: `${receiver.url}/now`, contract: name };
    const api = apiOf(other.url, adminKey);
    expect((await api.post("/rest/v1/webhook_endpoints", fields)).status).toBe(201);
  });
});

describe("a change is refused", () => {
  test("of a shipped contract, and of an unknown one nothing is changed", async () => {
    const { document } = ownContract("svix");
    for (const answer of [
      await create({ name: "svix", document }),
      await change("svix", document),
      await remove("svix"),
    ]) {
      expect([answer.status, answer.row["code"]]).toEqual([409, "PH_CONTRACT_FIXED"]);
      expect(answer.row["message"]).toContain("is shipped with Posthorn");
    }
    expect((await change("no-such", ownContract("no-such").document)).status).toBe(204);
  });

  test("if endpoints use the contract: 409 says which", async () => {
    const { name, document } = ownContract();
    await create({ name, document });
    const url = `${receiver.url}/used`;
    const { endpointId } = await subscribe(posthorn, url, { contract: name, secret: "not hex!" });
    expect((await remove(name)).row).toMatchObject({
      code: "PH_CONTRACT_IN_USE",
      message: expect.stringContaining("1 endpoints"),
      details: `Endpoints: ${endpointId}.`,
    });
    const broken = { ...document, signatures: { own: { key: "hex" } } };
    const refused = await change(name, broken);
    expect(refused.status).toBe(409);
    expect(refused.row).toMatchObject({
      code: "PH_CONTRACT_BREAKS",
      message: expect.stringContaining("it is not an even number of hex digits"),
      details: `Endpoints: ${endpointId}.`,
    });
    expect((await stored(name))["document"]).toEqual(document);
    await posthorn.api.request("DELETE", `/rest/v1/webhook_endpoints?id=eq.${endpointId}`);
    expect((await remove(name)).status).toBe(204);
    expect((await posthorn.api.get(`${table}?name=eq.${name}`)).rows).toEqual([]);
    // The row of the deleted endpoint still names it.
    expect((await create({ name, document })).status).toBe(201);
  });

  test.each([
    ["an unknown member", { hedaers: {} }, "hedaers; the nearest is headers"],
    ["an unknown value", { headers: { "x-a": "{event.ids}" } }, "the nearest is {event.id}"],
    ["a signature that is not sent", { headers: {} }, "/signatures/own is not sent"],
    ["another name", { name: "other" }, "/name is other, but the contract is"],
    [
      "a key that is missing",
      { signatures: { own: { algorithm: "ed25519" } } },
      "no active ed25519 key",
    ],
  ])("for %s: 400 says where and what is allowed", async (_name, wrong, reason) => {
    const { row, status } = await create(ownContract(undefined, wrong));
    expect([status, row["code"]]).toEqual([400, "PH_CONTRACT_REFUSED"]);
    expect(row["message"]).toContain(reason);
  });

  test("for a document of more than contractBytesMax, and for a second one of a name", async () => {
    const { name, document } = ownContract();
    const bytes = Buffer.byteLength(JSON.stringify({ ...document, description: "" }));
    const filled = (more: number) => ({
      name,
      document: { ...document, description: "x".repeat(limits.contractBytesMax - bytes + more) },
    });
    expect((await create(filled(1))).row["code"]).toBe("PH_CONTRACT_REFUSED");
    expect((await create(filled(0))).status).toBe(201);
    expect((await create({ name, document })).row["code"]).toBe("PH_CONTRACT_EXISTS");
    const upsert = { prefer: "resolution=merge-duplicates" };
    expect((await create({ name, document }, upsert)).status).toBe(200);
  });

  test("beyond contractsStoredMax", async () => {
    const { pool } = posthorn.service;
    const fill = `insert into posthorn.contracts (name, origin, version)
      select 'filled-' || number, 'api', (select max(id) from posthorn.contract_versions)
      from generate_series(1, $1 - (select count(*) from posthorn.contracts
                                    where origin = 'api' and version is not null)) as number`;
    await pool.query(fill, [limits.contractsStoredMax]);
    try {
      expect((await create(ownContract())).row["code"]).toBe("PH_TOO_MANY_CONTRACTS");
      await pool.query("delete from posthorn.contracts where name = 'filled-1'");
      expect((await create(ownContract())).status).toBe(201);
    } finally {
      await pool.query("delete from posthorn.contracts where name like 'filled-%'");
    }
  });
});

describe("rpc/preview_contract", () => {
  const preview = (given: object) => posthorn.api.post("/rest/v1/rpc/preview_contract", given);

  test("renders an example, or a given event, by a stored contract or a given document", async () => {
    const { row } = await preview({ contract: "github-like", event_type: "scan.completed" });
    const [secret] = Object.values(row["secrets"] as Record<string, string>);
    const signature = { name: "x-hub-signature-256", value: hash(secret ?? "", row["body"]) };
    expect(row["headers"]).toContainEqual(signature);
    const { document } = ownContract();
    const given = { document, data: { a: 1 }, secrets: { main: "the secret of a test" } };
    const own = (await preview(given)).row;
    expect(own["body"]).toBe(JSON.stringify({ own: { a: 1 }, by: version }));
    expect(own["headers"]).toContainEqual({
      name: "x-own",
      value: hash("the secret of a test", own["body"]),
    });
    expect((await posthorn.api.get(`${table}?name=eq.${ownContract().name}`)).rows).toEqual([]);
  });

  test.each([
    ["no contract", {}, "PH_FIELD_INVALID"],
    ["an unknown contract", { contract: "no-such" }, "PH_CONTRACT_UNKNOWN"],
    ["a wrong document", { document: { name: "x" } }, "PH_CONTRACT_REFUSED"],
    ["a secret in another form", { contract: "svix", secrets: { main: "?" } }, "PH_SECRET_INVALID"],
    ["an unknown secret", { contract: "svix", secrets: { other: "?" } }, "PH_PREVIEW"],
    ["secrets that are no object", { contract: "svix", secrets: ["?"] }, "PH_FIELD_INVALID"],
  ])("refuses %s", async (_name, given, code) => {
    const { status, row } = await preview(given);
    expect([status, row["code"]]).toEqual([400, code]);
  });
});
