/**
 * The response to a publish contains the event's id, and says whether the event was a duplicate.
 */
import { createClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adminKey,
  representation,
  startTestService,
  type Answered,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

const path = "/rest/v1/webhook_events";
const newEvent = (more: object = {}) => ({
  org_id: posthorn.newOrg(),
  event_type: "scan.completed",
  data: { scan_id: "s" },
  ...more,
});
const headersOf = ({ headers }: Answered) => ({
  id: headers.get("posthorn-event-id"),
  duplicate: headers.get("posthorn-duplicate"),
  location: headers.get("location"),
});
const none = { id: null, duplicate: null, location: null };

describe("one event", () => {
  test.each([
    ["without Prefer", {}],
    ["with return=minimal", { prefer: "return=minimal" }],
    ["with return=headers-only", { prefer: "return=headers-only" }],
  ])("%s: an empty body, and the id in the headers", async (_name, headers) => {
    const event = newEvent({ idempotency_key: "k" });
    const first = await posthorn.api.post(path, event, headers);
    expect([first.status, first.text]).toEqual([201, ""]);
    const { id, duplicate, location } = headersOf(first);
    expect(duplicate).toBe("false");
    const found = await posthorn.api.get(String(location));
    expect(found.rows.map((row) => [row.id, row["org_id"]])).toEqual([[id, event.org_id]]);
    const again = await posthorn.api.post(path, event, headers);
    expect([again.status, again.text]).toEqual([201, ""]);
    expect(headersOf(again)).toEqual({ id, duplicate: "true", location });
  });

  test("with return=representation: the stored row, and the same headers", async () => {
    const event = newEvent();
    const headers = { ...representation, "idempotency-key": "k" };
    for (const duplicate of ["false", "true"]) {
      const answered = await posthorn.api.post(path, event, headers);
      const [stored] = (await posthorn.api.get(`${path}?org_id=eq.${event.org_id}`)).rows;
      expect([answered.status, answered.json]).toEqual([201, [stored]]);
      const location = `${path}?id=eq.${stored!.id}`;
      expect(headersOf(answered)).toEqual({ id: stored!.id, duplicate, location });
    }
  });

  test("in an array is one event", async () => {
    const answered = await posthorn.api.post(path, [newEvent()]);
    expect(answered.text).toBe("");
    expect(headersOf(answered)).toMatchObject({ duplicate: "false", id: expect.any(String) });
  });

  test("that is rejected has no such headers", async () => {
    const answered = await posthorn.api.post(path, newEvent({ event_type: "no.such" }));
    expect([answered.status, headersOf(answered)]).toEqual([400, none]);
  });
});

describe("several events", () => {
  test("have their ids in the rows, in the body's order, and no such headers", async () => {
    const event = newEvent({ idempotency_key: "k" });
    const first = await posthorn.api.post(path, event);
    const events = [newEvent({ idempotency_key: "l" }), event, newEvent({ idempotency_key: "m" })];
    const answered = await posthorn.api.post(
      `${path}?select=id,is_duplicate`,
      events,
      representation,
    );
    expect([answered.status, headersOf(answered)]).toEqual([201, none]);
    const { id } = headersOf(first);
    expect(answered.rows.map((row) => row["is_duplicate"])).toEqual([false, true, false]);
    expect(answered.rows[1]!.id).toBe(id);
    const silent = await posthorn.api.post(path, events);
    expect([silent.status, silent.text, headersOf(silent)]).toEqual([201, "", none]);
  });

  test("without any is not an error", async () => {
    const answered = await posthorn.api.post(path, []);
    expect([answered.status, answered.text, headersOf(answered)]).toEqual([201, "", none]);
  });
});

test("is_duplicate is only in responses to a publish that selects it", async () => {
  const every = await posthorn.api.post(`${path}?select=*`, newEvent(), representation);
  expect(Object.keys(every.row)).not.toContain("is_duplicate");
  const alone = await posthorn.api.post(`${path}?select=is_duplicate`, newEvent(), representation);
  expect(alone.json).toEqual([{ is_duplicate: false }]);
  const read = await posthorn.api.get(`${path}?select=is_duplicate`);
  expect([read.status, read.row["code"]]).toEqual([400, "42703"]);
});

/** Node 20 has no WebSocket. supabase-js needs one even if it never opens a connection. */
function NoWebSocket(): never {
  throw new Error("Nothing here is realtime.");
}

describe("supabase-js", () => {
  const client = () =>
    createClient(posthorn.service.url, adminKey, {
      auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
      realtime: { transport: NoWebSocket as never },
    });

  test("publishes without a body in the response", async () => {
    const { data, error, status } = await client().from("webhook_events").insert(newEvent());
    expect([error, data, status]).toEqual([null, null, 201]);
  });

  test("publishes and selects the stored row", async () => {
    const events = client().from("webhook_events");
    const { data, error } = await events.insert(newEvent()).select().single();
    expect(error).toBeNull();
    const stored = await client().from("webhook_events").select().eq("id", data!.id).single();
    expect(data).toEqual(stored.data);
  });

  test("publishes several and selects which were duplicates", async () => {
    const event = newEvent({ idempotency_key: "k" });
    const insert = () =>
      client()
        .from("webhook_events")
        .insert([event, newEvent({ idempotency_key: "l" })])
        .select("id,is_duplicate");
    const first = await insert();
    const again = await insert();
    expect([first.error, again.error]).toEqual([null, null]);
    expect(first.data!.map((row) => row.is_duplicate)).toEqual([false, false]);
    expect(again.data!.map((row) => row.is_duplicate)).toEqual([true, false]);
    expect(again.data![0]!.id).toBe(first.data![0]!.id);
  });
});
