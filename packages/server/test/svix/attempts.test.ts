/** Attempts, resends and recovery through the official JavaScript library. */
import { MessageStatus, type Svix } from "svix";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../../src/limits.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { placesOf, refusal, startSvixService, type SvixService } from "./client.ts";

let service: SvixService;
let svix: Svix;
let good: Receiver;
let bad: Receiver;
beforeAll(async () => {
  service = await startSvixService({
    POSTHORN_PRESETS: "none",
    POSTHORN_RETRY_SCHEDULE: "0s",
  });
  ({ svix } = service);
  good = await startReceiver((response) => void response.writeHead(200).end("thanks"));
  bad = await startReceiver((response) => void response.writeHead(500).end("broken"));
});
afterAll(async () => {
  await service.posthorn.close();
  await good.close();
  await bad.close();
});

const { Success: success, Fail: fail } = MessageStatus;

interface Sent {
  readonly app: string;
  readonly message: string;
  readonly goodId: string;
  readonly badId: string;
}

/** Sends a message to an endpoint that accepts it, and to one that does not. */
async function sendOne(name: string): Promise<Sent> {
  const { id: app } = await svix.application.create({ name });
  const { id: goodId } = await svix.endpoint.create(app, { url: `${good.url}/good` });
  const { id: badId } = await svix.endpoint.create(app, { url: `${bad.url}/bad` });
  const { id: message } = await svix.message.create(app, { eventType: "it.is", payload: { a: 1 } });
  await expect
    .poll(async () => (await svix.messageAttempt.listByMsg(app, message)).data.length, {
      timeout: 20_000,
    })
    .toBe(2);
  return { app, message, goodId, badId };
}

test("attempts are listed by message and by endpoint, and found by id", async () => {
  const { app, message, goodId, badId } = await sendOne("Lists");
  const byEndpoint = await svix.messageAttempt.listByEndpoint(app, badId, { withMsg: true });
  const [failed] = byEndpoint.data;
  expect(failed).toMatchObject({
    endpointId: badId,
    msgId: message,
    url: `${bad.url}/bad`,
    response: "broken",
    responseStatusCode: 500,
    status: 2,
    statusText: "fail",
    triggerType: 0,
    msg: { id: message, payload: { a: 1 } },
  });
  expect(failed?.id).toMatch(/^atmpt_[0-9A-Za-z]{27}$/);
  expect(failed?.timestamp.getTime()).toBeGreaterThan(0);
  const found = await svix.messageAttempt.get(app, message, failed?.id ?? "");
  expect(found).toEqual({ ...failed, msg: undefined });
  const ids = async (options: object): Promise<readonly string[]> =>
    (await svix.messageAttempt.listByMsg(app, message, options)).data.map(
      ({ endpointId }) => endpointId,
    );
  expect(await ids({ endpointId: goodId })).toEqual([goodId]);
  expect(await ids({ status: success })).toEqual([goodId]);
  expect(await ids({ status: fail })).toEqual([badId]);
  expect(await ids({ statusCodeClass: 500 })).toEqual([badId]);
  expect(await ids({ eventTypes: ["it.is.not"] })).toEqual([]);
  expect(await ids({ after: new Date(Date.now() + 3_600_000) })).toEqual([]);
  const first = await svix.messageAttempt.listByMsg(app, message, { limit: 1 });
  expect(first.done).toBe(false);
  const iterator = first.iterator ?? "";
  const next = await svix.messageAttempt.listByMsg(app, message, { limit: 1, iterator });
  expect(next.done).toBe(true);
  expect(new Set([first.data[0]?.endpointId, next.data[0]?.endpointId])).toEqual(
    new Set([goodId, badId]),
  );
  const without = { withContent: false };
  const bare = await svix.messageAttempt.listByEndpoint(app, goodId, without);
  expect(bare.data[0]?.response).toBe("{}");
  const missing = await refusal(svix.messageAttempt.get(app, message, "atmpt_1"));
  expect(missing.code).toBe(404);
});

test("messages of an endpoint and endpoints of a message have the state of their delivery", async () => {
  const { app, message, goodId, badId } = await sendOne("States");
  const [failed] = (await svix.messageAttempt.listAttemptedMessages(app, badId)).data;
  expect(failed).toMatchObject({ id: message, status: 2, statusText: "fail", payload: { a: 1 } });
  expect(failed?.nextAttempt ?? null).toBeNull();
  const none = await svix.messageAttempt.listAttemptedMessages(app, badId, { status: success });
  expect(none.data).toEqual([]);
  const { data } = await svix.messageAttempt.listAttemptedDestinations(app, message);
  expect(data.map(({ id, statusText }) => [id, statusText])).toEqual([
    [goodId, "success"],
    [badId, "fail"],
  ]);
  const page = await svix.messageAttempt.listAttemptedDestinations(app, message, { limit: 1 });
  expect(page.done).toBe(false);
  await svix.endpoint.delete(app, goodId);
  const after = await svix.messageAttempt.listAttemptedDestinations(app, message);
  expect(after.data).toHaveLength(2);
});

test("a message is sent again, also to an endpoint that did not match it", async () => {
  const { app, message, goodId } = await sendOne("Again");
  const at = good.received.length;
  await svix.messageAttempt.resend(app, message, goodId);
  const again = (await good.waitFor(at + 1))[at];
  expect(again?.headers["svix-id"]).toBe(message);
  await expect
    .poll(async () => (await svix.messageAttempt.listByEndpoint(app, goodId)).data.length, {
      timeout: 20_000,
    })
    .toBe(2);
  const [latest] = (await svix.messageAttempt.listByEndpoint(app, goodId)).data;
  expect(latest?.triggerType).toBe(1);
  const other = { url: `${good.url}/later`, filterTypes: ["it.is"] };
  const later = await svix.endpoint.create(app, other);
  await svix.messageAttempt.resend(app, message, later.id);
  const received = (await good.waitFor(at + 2))[at + 1];
  expect([received?.path, received?.headers["svix-id"]]).toEqual(["/later", message]);
  const unknown = await refusal(svix.messageAttempt.resend(app, "un-known", goodId));
  expect(unknown.code).toBe(404);
});

test("failed messages are recovered, and missing ones are sent", async () => {
  const since = new Date(Date.now() - 3_600_000);
  const { app, message, badId } = await sendOne("Recover");
  const at = bad.received.length;
  bad.answerWith(answerStatus(200));
  const task = await svix.endpoint.recover(app, badId, { since });
  expect(task).toMatchObject({ status: "running", task: "endpoint.recover" });
  expect(task.id).toMatch(/^qtask_[0-9A-Za-z]{27}$/);
  const received = (await bad.waitFor(at + 1))[at];
  expect(received?.headers["svix-id"]).toBe(message);
  await expect
    .poll(async () => (await svix.backgroundTask.get(task.id)).status, { timeout: 20_000 })
    .toBe("finished");
  const { data: tasks } = await svix.backgroundTask.list({ limit: 1 });
  expect(tasks).toMatchObject([
    { id: task.id, task: "endpoint.recover", data: { messagesSent: 1 } },
  ]);
  const late = await svix.endpoint.create(app, { url: `${good.url}/missing` });
  const before = good.received.length;
  const replay = await svix.endpoint.replayMissing(app, late.id, { since });
  expect(replay).toMatchObject({ status: "running", task: "endpoint.replay" });
  const missing = (await good.waitFor(before + 1))[before];
  expect([missing?.path, missing?.headers["svix-id"]]).toEqual(["/missing", message]);
  const day = 86_400_000;
  const old = new Date(Date.now() - limits.svixRecoverMsMax - day);
  const refused = await refusal(svix.endpoint.recover(app, badId, { since: old }));
  expect(placesOf(refused)).toEqual(["body.since"]);
  const edge = new Date(Date.now() - limits.svixRecoverMsMax + day);
  expect((await svix.endpoint.recover(app, late.id, { since: edge })).status).toBe("running");
  bad.answerWith(answerStatus(500));
});

test("contents are deleted, and what has none is not sent again", async () => {
  const { app, message, goodId, badId } = await sendOne("Expunge");
  const [attempt] = (await svix.messageAttempt.listByEndpoint(app, goodId)).data;
  await svix.messageAttempt.expungeContent(app, message, attempt?.id ?? "");
  const emptied = await svix.messageAttempt.get(app, message, attempt?.id ?? "");
  expect(emptied).toEqual({ ...attempt, response: "EXPUNGED" });
  await svix.message.expungeContent(app, message);
  expect((await svix.message.get(app, message)).payload).toEqual({ expired: true });
  const [listed] = (await svix.messageAttempt.listAttemptedMessages(app, badId)).data;
  expect(listed).toMatchObject({ id: message, payload: { expired: true } });
  const refused = await refusal(svix.messageAttempt.resend(app, message, badId));
  expect([refused.code, refused.body.code]).toEqual([400, "missing_payload"]);
  const { rows } = await service.posthorn.api.get(
    "/rest/v1/webhook_audit?action=in.(event.expunged,attempt.expunged)",
  );
  expect(new Set(rows.map((row) => row["action"]))).toEqual(
    new Set(["attempt.expunged", "event.expunged"]),
  );
});
