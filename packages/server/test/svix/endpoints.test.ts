/** Endpoints through the official JavaScript library, with webhooks on a real socket. */
import { Ordering, Webhook } from "svix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { svixId } from "../../src/model/svix-id.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { representation } from "../support/service.ts";
import { placesOf, refusal, startSvixService, type SvixService } from "./client.ts";

let service: SvixService;
let receiver: Receiver;
let appId: string;
beforeAll(async () => {
  service = await startSvixService({ POSTHORN_PRESETS: "none" });
  receiver = await startReceiver();
  for (const name of ["invoice.paid", "invoice.sent", "invoice.old"]) {
    await service.svix.eventType.create({ name, description: name });
  }
  await service.svix.eventType.delete("invoice.old");
  appId = (await service.svix.application.create({ name: "Endpoints", uid: "of-endpoints" })).id;
});
afterAll(async () => {
  await service.posthorn.close();
  await receiver.close();
});

const url = "https://example.com/webhooks";

test("an endpoint is created, found by its id and its uid, changed and deleted", async () => {
  const { svix } = service;
  const created = await svix.endpoint.create(appId, {
    url: "https://EXAMPLE.com",
    uid: "ep-one",
    description: "One",
    filterTypes: ["invoice.paid"],
    throttleRate: 25,
    metadata: { team: "a" },
  });
  expect(created.id).toMatch(/^ep_[0-9A-Za-z]{27}$/);
  expect(created).toMatchObject({
    url: "https://example.com/",
    uid: "ep-one",
    description: "One",
    disabled: false,
    filterTypes: ["invoice.paid"],
    throttleRate: 25,
    rateLimit: 25,
    version: 1,
    metadata: { team: "a" },
  });
  expect(await svix.endpoint.get("of-endpoints", "ep-one")).toEqual(created);
  const patched = await svix.endpoint.patch(appId, "ep-one", { disabled: true, filterTypes: null });
  expect(patched).toMatchObject({ disabled: true, filterTypes: null, throttleRate: 25 });
  const updated = await svix.endpoint.update(appId, created.id, { url });
  expect(updated).toMatchObject({
    id: created.id,
    uid: "ep-one",
    url,
    description: "",
    disabled: false,
    metadata: {},
  });
  expect(updated.throttleRate).toBeNull();
  await svix.endpoint.delete(appId, "ep-one");
  expect((await refusal(svix.endpoint.get(appId, created.id))).code).toBe(404);
  // The uid is free again. PUT creates the endpoint under it.
  const put = await svix.endpoint.update(appId, "ep-one", { url });
  expect([put.uid, put.id === created.id]).toEqual(["ep-one", false]);
  const taken = await refusal(svix.endpoint.create(appId, { url, uid: "ep-one" }));
  expect([taken.code, taken.body.code]).toEqual([409, "conflict"]);
});

test("endpoints of another application are not found", async () => {
  const { svix } = service;
  const other = await svix.application.create({ name: "Other" });
  const { id } = await svix.endpoint.create(other.id, { url });
  expect((await refusal(svix.endpoint.get(appId, id))).code).toBe(404);
  expect((await refusal(svix.endpoint.delete(appId, id))).code).toBe(404);
  expect((await refusal(svix.endpoint.getSecret(appId, id))).code).toBe(404);
});

test("the list has the newest endpoint first, in pages", async () => {
  const { svix } = service;
  const app = await svix.application.create({ name: "Pages" });
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) ids.unshift((await svix.endpoint.create(app.id, { url })).id);
  const first = await svix.endpoint.list(app.id, { limit: 2 });
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.done).toBe(false);
  const rest = await svix.endpoint.list(app.id, { limit: 2, iterator: first.iterator ?? "" });
  expect([rest.data.map(({ id }) => id), rest.done]).toEqual([ids.slice(2), true]);
  const before = await svix.endpoint.list(app.id, { limit: 2, iterator: rest.prevIterator ?? "" });
  expect(before.data).toEqual(first.data);
  const ascending = await svix.endpoint.list(app.id, { order: Ordering.Ascending });
  expect(ascending.data.map(({ id }) => id)).toEqual(ids.toReversed());
  const none = await svix.endpoint.list(
    appIdWithout(await svix.application.create({ name: "No" })),
  );
  expect(none).toMatchObject({ data: [], done: true, iterator: null });
});

const appIdWithout = ({ id }: { readonly id: string }): string => id;

describe("secrets", () => {
  test("are given or generated, and both sign during the grace period", async () => {
    const { svix } = service;
    const app = await svix.application.create({ name: "Secrets" });
    const given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const { id } = await svix.endpoint.create(app.id, { url: receiver.url, secret: given });
    expect((await svix.endpoint.getSecret(app.id, id)).key).toBe(given);
    await svix.endpoint.rotateSecret(app.id, id, {});
    const { key } = await svix.endpoint.getSecret(app.id, id);
    expect(key).toMatch(/^whsec_[0-9A-Za-z+/=]{32,}$/);
    const at = receiver.received.length;
    await svix.message.create(app.id, { eventType: "invoice.paid", payload: { n: 1 } });
    const { headers, body } = (await receiver.waitFor(at + 1))[at] as (typeof receiver.received)[0];
    for (const secret of [given, key]) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({ n: 1 });
    }
    await svix.endpoint.rotateSecret(app.id, id, { key: given, gracePeriodSeconds: 0 });
    expect((await svix.endpoint.getSecret(app.id, id)).key).toBe(given);
  });

  test("without the prefix get it, and others are refused", async () => {
    const { svix } = service;
    const app = await svix.application.create({ name: "More secrets" });
    const secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const { id } = await svix.endpoint.create(app.id, { url, secret });
    expect((await svix.endpoint.getSecret(app.id, id)).key).toBe(`whsec_${secret}`);
    const short = await refusal(svix.endpoint.create(app.id, { url, secret: "whsec_abc" }));
    expect(placesOf(short)).toEqual(["body.secret"]);
    const long = { gracePeriodSeconds: 604_801 };
    const refused = await refusal(svix.endpoint.rotateSecret(app.id, id, long));
    expect(placesOf(refused)).toEqual(["body.gracePeriodSeconds"]);
  });

  test("leave an audit entry each time they are read", async () => {
    const { svix, posthorn } = service;
    const app = await svix.application.create({ name: "Read", uid: "secret-reads" });
    const { id } = await svix.endpoint.create(app.id, { url });
    const { key } = await svix.endpoint.getSecret(app.id, id);
    await svix.endpoint.getSecret(app.id, id);
    const path = "/rest/v1/webhook_audit?org_id=eq.secret-reads&action=eq.secret.revealed";
    const { rows, text } = await posthorn.api.get(path);
    const endpoint = (await posthorn.api.get("/rest/v1/webhook_endpoints?org_id=eq.secret-reads"))
      .row;
    const entry = { subject_id: endpoint.id, subject_kind: "endpoint", actor_kind: "api_key" };
    expect(rows).toMatchObject([entry, entry]);
    expect(text).not.toContain(key);
  });

  test("are not given to an endpoint whose contract has another form of secret", async () => {
    const { posthorn, svix } = service;
    const app = await svix.application.create({ name: "Other contract", uid: "other-contract" });
    const fields = { org_id: "other-contract", url, contract: "stripe-like" };
    const { row } = await posthorn.api.post("/rest/v1/webhook_endpoints", fields, representation);
    const id = svixId("endpoint", row.id);
    const rotation = { key: "g".repeat(40), gracePeriodSeconds: 0 };
    const refused = await refusal(svix.endpoint.rotateSecret(app.id, id, rotation));
    expect(placesOf(refused)).toEqual(["body.key"]);
    await svix.endpoint.rotateSecret(app.id, id, {});
  });

  test("are rotated once for each idempotency key", async () => {
    const { svix } = service;
    const app = await svix.application.create({ name: "Once" });
    const { id } = await svix.endpoint.create(app.id, { url });
    const idempotencyKey = "rotate-once";
    await svix.endpoint.rotateSecret(app.id, id, {}, { idempotencyKey });
    const { key } = await svix.endpoint.getSecret(app.id, id);
    await svix.endpoint.rotateSecret(app.id, id, {}, { idempotencyKey });
    expect((await svix.endpoint.getSecret(app.id, id)).key).toBe(key);
  });
});

test("headers are set, changed and sent, and credentials are not shown", async () => {
  const { svix } = service;
  const app = await svix.application.create({ name: "Headers" });
  const { id } = await svix.endpoint.create(app.id, { url: receiver.url });
  await svix.endpoint.updateHeaders(app.id, id, {
    headers: { "X-Team": "a", Authorization: "Bearer token", "X-Gone": "b" },
  });
  await svix.endpoint.patchHeaders(app.id, id, {
    headers: { "x-team": "c", "X-Gone": null as unknown as string, "X-New": "d" },
  });
  expect(await svix.endpoint.getHeaders(app.id, id)).toEqual({
    headers: { "x-team": "c", "X-New": "d" },
    sensitive: ["Authorization"],
  });
  const at = receiver.received.length;
  await svix.message.create(app.id, { eventType: "invoice.paid", payload: {} });
  const { headers } = (await receiver.waitFor(at + 1))[at] as (typeof receiver.received)[0];
  expect(headers).toMatchObject({
    "x-team": "c",
    "x-new": "d",
    authorization: "Bearer token",
  });
  expect(headers["x-gone"]).toBeUndefined();
  for (const name of ["svix-id", "User-Agent", "Content-Length", "Authorization"]) {
    const refused = await refusal(
      svix.endpoint.updateHeaders(app.id, id, { headers: { [name]: "[redacted]" } }),
    );
    expect(placesOf(refused)).toEqual(["body.headers"]);
  }
});

test("test messages have the type's example, whatever the endpoint subscribes to", async () => {
  const { svix } = service;
  const app = await svix.application.create({ name: "Examples" });
  await svix.eventType.create({
    name: "with.examples",
    description: "",
    schemas: { "1": { type: "object", examples: [{ n: 1 }, { n: 2 }] } },
  });
  const endpoint = { url: receiver.url, filterTypes: ["invoice.sent"] };
  const { id } = await svix.endpoint.create(app.id, endpoint);
  const at = receiver.received.length;
  const sent = await svix.endpoint.sendExample(app.id, id, { eventType: "with.examples" });
  expect(sent).toMatchObject({ eventType: "with.examples", payload: { n: 1 } });
  const [received] = (await receiver.waitFor(at + 1)).slice(at);
  expect([received?.body, received?.headers["svix-id"]]).toEqual(['{"n":1}', sent.id]);
  const ping = await svix.endpoint.sendExample(app.id, id, { eventType: "svix.ping" });
  expect(ping.payload).toEqual({ success: true });
  await receiver.waitFor(at + 2);
  const unknown = svix.endpoint.sendExample(app.id, id, { eventType: "un.known" });
  expect((await refusal(unknown)).code).toBe(404);
  const without = svix.endpoint.sendExample(app.id, id, { eventType: "invoice.paid" });
  expect((await refusal(without)).code).toBe(400);
});

test("statistics count messages", async () => {
  const { svix } = service;
  const app = await svix.application.create({ name: "Statistics" });
  const { id } = await svix.endpoint.create(app.id, { url: receiver.url });
  const at = receiver.received.length;
  for (let n = 0; n < 3; n += 1) {
    await svix.message.create(app.id, { eventType: "invoice.paid", payload: { n } });
  }
  await receiver.waitFor(at + 3);
  await expect
    .poll(async () => (await svix.endpoint.getStats(app.id, id)).success, { timeout: 20_000 })
    .toBe(3);
  expect(await svix.endpoint.getStats(app.id, id)).toMatchObject({
    fail: 0,
    pending: 0,
    sending: 0,
  });
  const range = (since: Date, until: Date) => svix.endpoint.getStats(app.id, id, { since, until });
  const now = Date.now();
  const long = new Date(now - limits.svixStatsRangeMsMax - 60_000);
  const refused = await refusal(range(long, new Date(now)));
  expect([refused.code, refused.body.code]).toEqual([400, "invalid_range"]);
  const almost = new Date(now - limits.svixStatsRangeMsMax + 60_000);
  expect((await range(almost, new Date(now))).success).toBeGreaterThanOrEqual(0);
});

test("what is not valid is refused with its place", async () => {
  const { svix } = service;
  const create = async (body: object) =>
    placesOf(await refusal(svix.endpoint.create(appId, body as { url: string })));
  expect(await create({})).toEqual(["body.url"]);
  expect(await create({ url: "no url" })).toEqual(["body.url"]);
  expect(await create({ url: "http://10.0.0.1" })).toEqual(["body.url"]);
  expect(await create({ url, uid: "ep_1" })).toEqual(["body.uid"]);
  expect(await create({ url, filterTypes: [] })).toEqual(["body.filterTypes"]);
  expect(await create({ url, filterTypes: ["un.known"] })).toEqual(["body.eventTypes"]);
  expect(await create({ url, filterTypes: ["invoice.old"] })).toEqual(["body.eventTypes"]);
  expect(await create({ url, rateLimit: 0, version: 2 })).toEqual([
    "body.version",
    "body.rateLimit",
  ]);
  const missing = await refusal(svix.endpoint.create("un-known", { url }));
  expect([missing.code, missing.body.code]).toEqual([404, "not_found"]);
});
