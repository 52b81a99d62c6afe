/** Messages through the official JavaScript library, received and verified with its `Webhook`. */
import { Webhook } from "svix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { placesOf, rawRequest, refusal, startSvixService, type SvixService } from "./client.ts";

let service: SvixService;
let receiver: Receiver;
let appId: string;
let secret: string;
beforeAll(async () => {
  service = await startSvixService({ POSTHORN_PRESETS: "none" });
  receiver = await startReceiver();
  const { svix } = service;
  appId = (await svix.application.create({ name: "Messages", uid: "messages" })).id;
  const endpoint = await svix.endpoint.create(appId, { url: receiver.url });
  secret = (await svix.endpoint.getSecret(appId, endpoint.id)).key;
});
afterAll(async () => {
  await service.posthorn.close();
  await receiver.close();
});

const eventType = "order.paid";

test("a message arrives under the id that the API answered, and Svix's library verifies it", async () => {
  const { svix } = service;
  const at = receiver.received.length;
  const payload = { order: 1, note: "ü" };
  const sent = await svix.message.create("messages", { eventType, payload, eventId: "order-1" });
  expect(sent.id).toMatch(/^msg_[0-9A-Za-z]{27}$/);
  expect(sent).toMatchObject({ eventType, eventId: "order-1", payload });
  const [received] = (await receiver.waitFor(at + 1)).slice(at);
  const headers = received?.headers as Record<string, string>;
  expect(headers["svix-id"]).toBe(sent.id);
  expect(new Webhook(secret).verify(received?.body ?? "", headers)).toEqual(payload);
  for (const id of [sent.id, "order-1"]) {
    const found = await svix.message.get(appId, id);
    expect(found).toEqual({ ...sent, timestamp: found.timestamp });
    expect(found.timestamp).toEqual(sent.timestamp);
  }
  expect((await svix.message.get(appId, sent.id, { withContent: false })).payload).toEqual({});
});

test("the payload is stored and sent exactly as it was published", async () => {
  const at = receiver.received.length;
  const payload = '{ "big": 12345678901234567890, "b":1, "a": 1e2 }';
  const body = `{"eventType":"${eventType}","payload":${payload}}`;
  const { status, json } = await rawRequest(service, "POST", `/api/v1/app/${appId}/msg/`, { body });
  expect(status).toBe(202);
  const [received] = (await receiver.waitFor(at + 1)).slice(at);
  expect(received?.body).toBe(payload);
  expect(received?.headers["svix-id"]).toBe((json as { readonly id: string }).id);
});

describe("ids and keys", () => {
  test("a second message with the same eventId is a conflict", async () => {
    const { svix } = service;
    const message = { eventType, payload: { n: 1 }, eventId: "once" };
    const first = await svix.message.create(appId, message);
    const same = await refusal(svix.message.create(appId, message));
    expect([same.code, same.body.code]).toEqual([409, "conflict"]);
    const other = await refusal(svix.message.create(appId, { ...message, payload: {} }));
    expect([other.code, other.body.code]).toEqual([409, "conflict"]);
    expect((await svix.message.get(appId, "once")).id).toBe(first.id);
  });

  test("a repeated request with the same idempotency key gets the first message", async () => {
    const { svix } = service;
    const at = receiver.received.length;
    const idempotencyKey = "publish-once";
    for (const eventId of [undefined, "keyed"]) {
      const message = {
        eventType,
        payload: { n: 1 },
        ...(eventId === undefined ? {} : { eventId }),
      };
      const options = { idempotencyKey: idempotencyKey + String(eventId) };
      const first = await svix.message.create(appId, message, options);
      expect((await svix.message.create(appId, message, options)).id).toBe(first.id);
    }
    await receiver.waitFor(at + 2);
    const other = { eventType, payload: { n: 2 } };
    const reused = await refusal(
      svix.message.create(appId, other, { idempotencyKey: `${idempotencyKey}undefined` }),
    );
    expect([reused.code, reused.body.code]).toEqual([409, "conflict"]);
  });
});

test("an unknown application is not found, unless the message brings it", async () => {
  const { svix } = service;
  const message = { eventType, payload: {} };
  expect((await refusal(svix.message.create("nobody", message))).code).toBe(404);
  const { rows } = await service.posthorn.api.get("/rest/v1/webhook_orgs?id=eq.nobody");
  expect(rows).toEqual([]);
  const application = { name: "Brought", uid: "brought" };
  await svix.message.create("brought", { ...message, application });
  expect((await svix.application.get("brought")).name).toBe("Brought");
  // It exists now, so the field changes nothing.
  await svix.message.create("brought", { ...message, application: { name: "X", uid: "brought" } });
  expect((await svix.application.get("brought")).name).toBe("Brought");
  const mismatch = svix.message.create("else", { ...message, application });
  const refused = await refusal(mismatch);
  expect(placesOf(refused)).toEqual(["body.application.uid"]);
  expect(refused.body.detail).toMatchObject([{ type: "application_uid_mismatch" }]);
});

test("an unknown event type is added to the catalogue", async () => {
  const { svix } = service;
  await svix.message.create(appId, { eventType: "never.seen", payload: {} });
  expect((await svix.eventType.get("never.seen")).archived).toBe(false);
});

test("the type of Posthorn's own test events is refused, and not added", async () => {
  const { svix } = service;
  const name = "posthorn.probe";
  const published = await refusal(svix.message.create(appId, { eventType: name, payload: {} }));
  const added = await refusal(svix.eventType.create({ name, description: "" }));
  expect([published.code, added.code]).toEqual([422, 422]);
  expect((await refusal(svix.eventType.get(name))).code).toBe(404);
});

test("the list has the newest message first, with filters and pages", async () => {
  const { svix } = service;
  const app = await svix.application.create({ name: "Lists" });
  const ids: string[] = [];
  for (let n = 0; n < 4; n += 1) {
    const type = n % 2 === 0 ? "list.even" : "list.odd";
    ids.unshift((await svix.message.create(app.id, { eventType: type, payload: { n } })).id);
  }
  const all = await svix.message.list(app.id);
  expect(all.data.map(({ id }) => id)).toEqual(ids);
  expect(all.data[0]).toMatchObject({ payload: { n: 3 }, eventType: "list.odd" });
  const first = await svix.message.list(app.id, { limit: 3, withContent: false });
  expect([first.done, first.data[0]?.payload]).toEqual([false, {}]);
  const rest = await svix.message.list(app.id, { limit: 3, iterator: first.iterator ?? "" });
  expect([rest.data.map(({ id }) => id), rest.done]).toEqual([ids.slice(3), true]);
  const newer = await svix.message.list(app.id, { limit: 2, iterator: rest.prevIterator ?? "" });
  expect(newer.data.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  const even = await svix.message.list(app.id, { eventTypes: ["list.even", "list.none"] });
  expect(even.data.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
  const future = new Date(Date.now() + 3_600_000);
  expect((await svix.message.list(app.id, { before: future })).data).toHaveLength(4);
  expect((await svix.message.list(app.id, { after: future })).data).toEqual([]);
  for (const spelling of ["event_types[]=list.odd", "event_types[0]=list.odd"]) {
    const path = `/api/v1/app/${app.id}/msg?${spelling}&event_types=list.even`;
    const { json } = await rawRequest(service, "GET", path);
    expect((json as { readonly data: unknown[] }).data).toHaveLength(4);
  }
});

test("what has no effect in Posthorn is refused with its place", async () => {
  const { svix } = service;
  const create = async (fields: object) =>
    placesOf(await refusal(svix.message.create(appId, { eventType, payload: {}, ...fields })));
  expect(await create({ eventType: "a b" })).toEqual(["body.eventType"]);
  expect(await create({ eventId: "msg_x" })).toEqual(["body.eventId"]);
  expect(await create({ payload: [] })).toEqual(["body.payload"]);
  expect(await create({ payload: "text" })).toEqual(["body.payload"]);
  expect(await create({ payloadRetentionPeriod: 5 })).toEqual(["body.payloadRetentionPeriod"]);
  expect(await create({ deliverAt: new Date() })).toEqual(["body.deliverAt"]);
  const raw = { transformationsParams: { rawPayload: "x" } };
  expect(await create(raw)).toEqual(["body.transformationsParams"]);
  const large = { payload: { text: "x".repeat(limits.bodyBytesMax) } };
  const refused = await refusal(svix.message.create(appId, { eventType, ...large }));
  expect([refused.code, refused.body.code]).toEqual([413, "payload_too_large"]);
});

test("a failed resend does not end the message's retries", async () => {
  const { svix } = service;
  const bad = await startReceiver(answerStatus(500));
  const app = await svix.application.create({ name: "Retries" });
  const { id } = await svix.endpoint.create(app.id, { url: bad.url });
  const message = await svix.message.create(app.id, { eventType, payload: {} });
  const stateAfter = async (attempts: number) => {
    await expect
      .poll(async () => (await svix.messageAttempt.listByEndpoint(app.id, id)).data.length, {
        timeout: 20_000,
      })
      .toBeGreaterThanOrEqual(attempts);
    return (await svix.messageAttempt.listAttemptedMessages(app.id, id)).data[0];
  };
  expect(await stateAfter(1)).toMatchObject({ status: 3, statusText: "sending" });
  await svix.messageAttempt.resend(app.id, message.id, id);
  const state = await stateAfter(2);
  expect(state).toMatchObject({ status: 3, statusText: "sending" });
  expect(state?.nextAttempt).toBeInstanceOf(Date);
  await bad.close();
});

test("channels choose endpoints, and lists can be filtered by channels and tags", async () => {
  const { svix } = service;
  const { id: app } = await svix.application.create({ name: "Channels" });
  const url = `${receiver.url}/vip`;
  const vip = await svix.endpoint.create(app, { url, channels: ["vip", "beta"] });
  expect(vip.channels).toEqual(["vip", "beta"]);
  const at = receiver.received.length;
  const create = (fields: object) =>
    svix.message.create(app, { eventType, payload: {}, ...fields });
  await create({ channels: ["other"] });
  await create({});
  const sent = await create({ channels: ["vip"], tags: ["a/b"] });
  expect(sent).toMatchObject({ channels: ["vip"], tags: ["a/b"] });
  const [received] = (await receiver.waitFor(at + 1)).slice(at);
  expect([received?.path, received?.headers["svix-id"]]).toEqual(["/vip", sent.id]);
  expect(await svix.message.get(app, sent.id)).toMatchObject({ channels: ["vip"], tags: ["a/b"] });
  for (const filter of [{ channel: "vip" }, { tag: "a/b" }]) {
    const { data } = await svix.message.list(app, filter);
    expect(data.map(({ id }) => id)).toEqual([sent.id]);
    await expect
      .poll(
        async () => (await svix.messageAttempt.listByEndpoint(app, vip.id, filter)).data.length,
        { timeout: 20_000 },
      )
      .toBe(1);
    const attempted = await svix.messageAttempt.listAttemptedMessages(app, vip.id, filter);
    expect(attempted.data.map(({ id }) => id)).toEqual([sent.id]);
  }
  expect((await svix.endpoint.patch(app, vip.id, { channels: null })).channels).toBeNull();
  const many = Array.from({ length: limits.channelsMax + 1 }, (_, n) => `c${n}`);
  expect(placesOf(await refusal(create({ channels: many })))).toEqual(["body.channels"]);
  expect(placesOf(await refusal(create({ tags: ["a b"] })))).toEqual(["body.tags"]);
});
