/** Every change through the API leaves an audit entry that names its actor. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { webhookEndpoints } from "../../src/http/tables/configured.ts";
import { startAudited, type Audited } from "../support/audit.ts";
import { deliveryWith, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, until, type Receiver } from "../support/receiver.ts";
import {
  representation,
  type Answered,
  storedInTime,
  type Api,
  type Row,
  type TestService,
} from "../support/service.ts";

let on: Audited;
let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  on = await startAudited();
  ({ posthorn, receiver } = on);
});
afterAll(() => on.close());

const endpoints = "/rest/v1/webhook_endpoints";

const call = (api: Api, name: string, given: unknown): Promise<Answered> =>
  api.post(`/rest/v1/rpc/${name}`, given);

/** Who makes the changes: the admin key, or a manage key of the org. */
const actors = {
  "the admin key": () =>
    Promise.resolve({
      api: posthorn.api,
      expected: { actor_kind: "admin", actor_id: null, actor_name: null },
    }),
  "an org's key": async (orgId: string) => {
    const { id, api } = await on.newKey(orgId, "manage", "Jo's laptop");
    return {
      api,
      expected: { actor_kind: "api_key", actor_id: id, actor_name: "Jo's laptop" },
    };
  },
} as const;

describe.each(Object.entries(actors))("by %s", (_title, actorFor) => {
  test("an endpoint is created, changed, given a new secret, tested and deleted", async () => {
    const orgId = posthorn.newOrg();
    const { api, expected } = await actorFor(orgId);
    const created = await api.post(endpoints, {
      org_id: orgId,
      url: receiver.url,
      headers: { "X-Team": "a" },
    });
    const { id } = created.row;
    const path = `${endpoints}?id=eq.${id}`;
    const changes = { description: "ours", headers: { "X-Team": "b", "X-More": "c" } };
    expect((await api.request("PATCH", path, changes)).status).toBe(204);
    const rotated = await call(api, "rotate_secret", { endpoint_id: id });
    const tested = await call(api, "send_test", { endpoint_id: id, event_type: "scan.completed" });
    expect([rotated.status, tested.status]).toEqual([200, 200]);
    expect((await api.request("DELETE", path)).status).toBe(204);

    const entries = await on.entriesOf(id);
    expect(entries.map((entry) => entry["action"])).toEqual([
      "endpoint.created",
      "endpoint.deleted",
      "endpoint.updated",
      "secret.rotated",
      "test.sent",
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        ...expected,
        org_id: orgId,
        subject_kind: "endpoint",
        remote_address: "127.0.0.1",
      });
      expect(Date.parse(String(entry["created_at"]))).toBeGreaterThan(Date.now() - 60_000);
    }
    expect(entries.map((entry) => entry["changes"])).toEqual([
      {
        contract: { from: null, to: "cda" },
        description: { from: null, to: "" },
        headers: { from: null, to: ["X-Team"], changed: [] },
        in_flight_max: { from: null, to: 16 },
        is_active: { from: null, to: true },
        url: { from: null, to: created.row["url"] },
      },
      {
        description: { from: "ours", to: null },
        url: { from: created.row["url"], to: null },
      },
      {
        description: { from: "", to: "ours" },
        headers: { from: ["X-Team"], to: ["X-More", "X-Team"], changed: ["X-Team"] },
      },
      {
        previous_secret_expires_at: {
          from: null,
          to: rotated.row["previous_secret_expires_at"],
        },
      },
      { event_type: { from: null, to: "scan.completed" } },
    ]);
  });

  test("a delivery is cancelled and retried; a rejected request leaves no entry", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const { api, expected } = await actorFor(orgId);
    await publish(posthorn.api, orgId);
    const { id } = await deliveryWith(
      posthorn.api,
      `endpoint_id=eq.${endpointId}`,
      (row) => row["attempts"] === 1 && row["next_retry_at"] !== null,
    );
    for (const status of [200, 409]) {
      expect((await call(api, "cancel_delivery", { delivery_id: id })).status).toBe(status);
    }
    expect((await call(api, "retry_delivery", { delivery_id: id })).status).toBe(200);
    const entries = await on.entriesOf(id);
    expect(entries.map((entry) => [entry["action"], entry["changes"]])).toEqual([
      ["delivery.cancelled", { status: { from: "pending", to: "cancelled" } }],
      ["delivery.retried", { status: { from: "cancelled", to: "pending" } }],
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({ ...expected, org_id: orgId, subject_kind: "delivery" });
    }
  });

  test("a replay is started and cancelled; a dry run leaves no entry", async () => {
    const orgId = posthorn.newOrg();
    const events = Array.from({ length: 900 }, () => ({
      org_id: orgId,
      event_type: "scan.completed",
      data: { scan_id: "s" },
    }));
    await posthorn.api.post("/rest/v1/webhook_events", events);
    const { endpointId } = await subscribe(posthorn, receiver.url, {
      org_id: orgId,
      is_active: false,
    });
    const { api, expected } = await actorFor(orgId);
    const before = await on.countOfOrg(orgId);
    const given = { endpoint_id: endpointId, status: "missed" };
    expect((await call(api, "replay", { ...given, dry_run: true })).row["total"]).toBe(900);
    expect(await on.countOfOrg(orgId)).toBe(before);
    const { id } = (await call(api, "replay", given)).row;
    for (let turn = 0; turn < 2; turn += 1) {
      const cancelled = await call(api, "cancel_replay", { replay_id: id });
      expect(cancelled.row["state"]).toBe("cancelled");
    }
    const entries = await on.entriesOf(id);
    expect(entries.map((entry) => entry["action"])).toEqual(["replay.cancelled", "replay.started"]);
    expect(entries[1]!["changes"]).toMatchObject({
      endpoint_id: { from: null, to: endpointId },
      status: { from: null, to: "missed" },
    });
    for (const entry of entries) {
      expect(entry).toMatchObject({ ...expected, org_id: orgId, subject_kind: "replay" });
    }
  });

  test("a portal link is created; changes made through it name the link as the actor", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const { api, expected } = await actorFor(orgId);
    const link = (await call(api, "portal_link", { org_id: orgId })).row;
    expect(await on.entryOf(link.id, "portal_link.created")).toMatchObject({
      ...expected,
      org_id: orgId,
      changes: { role: { from: null, to: "manage" } },
    });
    const url = posthorn.service.url;
    const signedIn = await fetch(`${url}/console/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ link: String(link["url"]).split("#")[1] }),
    });
    const session = (await signedIn.json()) as Row;
    const changed = await fetch(`${url}${endpoints}?id=eq.${endpointId}`, {
      method: "PATCH",
      headers: {
        "content-type": "application/json",
        cookie: signedIn.headers.get("set-cookie")?.split(";")[0] ?? "",
        "x-posthorn-session": session.id,
      },
      body: JSON.stringify({ is_active: false }),
    });
    expect(changed.status).toBe(204);
    expect(await on.entryOf(endpointId, "endpoint.updated")).toMatchObject({
      actor_kind: "portal_link",
      actor_id: link.id,
      actor_name: null,
      changes: { is_active: { from: true, to: false } },
    });
  });
});

describe("with the admin key only", () => {
  test("a key is created and deleted", async () => {
    const orgId = posthorn.newOrg();
    const { id } = await on.newKey(orgId, "read", "reports");
    await posthorn.api.request("DELETE", `/rest/v1/api_keys?id=eq.${id}`);
    const entries = await on.entriesOf(id);
    expect(entries.map((entry) => [entry["action"], entry["org_id"], entry["changes"]])).toEqual([
      [
        "api_key.created",
        orgId,
        { name: { from: null, to: "reports" }, role: { from: null, to: "read" } },
      ],
      [
        "api_key.deleted",
        orgId,
        { name: { from: "reports", to: null }, role: { from: "read", to: null } },
      ],
    ]);
  });

  test("an org is created, and renamed by an update and by an upsert", async () => {
    const id = posthorn.newOrg();
    const path = "/rest/v1/webhook_orgs";
    await posthorn.api.post(path, { id, name: "A" });
    await posthorn.api.request("PATCH", `${path}?id=eq.${id}`, { name: "B" });
    const merging = { prefer: "resolution=merge-duplicates" };
    await posthorn.api.post(path, { id, name: "C" }, merging);
    const entries = await on.entriesOf(id);
    expect(entries.map((entry) => [entry["action"], entry["changes"]])).toEqual([
      ["org.created", { name: { from: null, to: "A" } }],
      ["org.updated", { name: { from: "A", to: "B" } }],
      ["org.updated", { name: { from: "B", to: "C" } }],
    ]);
    for (const entry of entries) expect(entry["org_id"]).toBe(id);
  });

  test("an event type is created, changed and deleted; its entries belong to no org", async () => {
    const name = "audited.type";
    const path = "/rest/v1/webhook_event_types";
    const schema = { type: "object" };
    await posthorn.api.post(path, { name, description: "once", schema });
    await posthorn.api.request("PATCH", `${path}?name=eq.${name}`, { schema_check: "warn" });
    const merging = { prefer: "resolution=merge-duplicates" };
    await posthorn.api.post(path, { name, example: { a: 1 }, schema }, merging);
    await posthorn.api.request("DELETE", `${path}?name=eq.${name}`);
    const entries = await on.entriesOf(name);
    expect(entries.map((entry) => [entry["action"], entry["changes"]])).toEqual([
      [
        "event_type.created",
        {
          description: { from: null, to: "once" },
          schema: { changed: true },
          schema_check: { from: null, to: "refuse" },
        },
      ],
      ["event_type.deleted", { description: { from: "once", to: null } }],
      ["event_type.updated", { example: { changed: true } }],
      ["event_type.updated", { schema_check: { from: "refuse", to: "warn" } }],
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({ org_id: null, subject_kind: "event_type" });
    }
  });
});

test("Posthorn itself turns off an endpoint that answers 410", async () => {
  const gone = await startReceiver(answerStatus(410));
  const { orgId, endpointId } = await subscribe(posthorn, gone.url);
  await publish(posthorn.api, orgId);
  await until(async () => (await on.entriesOf(endpointId)).length === 2, "the entry");
  expect(await on.entryOf(endpointId, "endpoint.turned_off")).toMatchObject({
    actor_kind: "system",
    actor_id: null,
    remote_address: null,
    org_id: orgId,
    changes: {
      is_active: { from: true, to: false },
      inactive_reason: { from: null, to: expect.stringContaining("410") },
    },
  });
  await gone.close();
});

test("every changed column of an endpoint is named", async () => {
  const given: Readonly<Record<string, unknown>> = {
    url: `${receiver.url}/other`,
    events: ["scan.completed"],
    channels: ["berlin"],
    filter: { a: 1 },
    transformation: "() => ({})",
    retry_schedule: "0s,1m",
    timeout_seconds: 5,
    final_statuses: ["410"],
    is_active: false,
    paused_until: new Date(Date.now() + 3_600_000).toISOString(),
    contract: "standard",
    description: "other",
    headers: { "X-Other": "1" },
    in_flight_max: 3,
    rate_per_second: 7,
    external_id: "ours",
  };
  const changeable = webhookEndpoints.columns
    .filter((column) => column.writable === "insert and update")
    .map((column) => column.name)
    // Only accepted together with a contract, which is named.
    .filter((name) => name !== "secrets");
  expect(Object.keys(given).toSorted()).toEqual(changeable.toSorted());
  for (const column of changeable) {
    const { endpointId } = await subscribe(posthorn, receiver.url);
    await posthorn.api.request("PATCH", `${endpoints}?id=eq.${endpointId}`, {
      [column]: given[column],
    });
    const { changes } = await on.entryOf(endpointId, "endpoint.updated");
    expect(Object.keys(changes as object)).toEqual([column]);
  }
});

test("a change of many endpoints at once leaves an entry for each", async () => {
  const orgId = posthorn.newOrg();
  const rows = Array.from({ length: 300 }, (_, index) => ({
    org_id: orgId,
    url: receiver.url,
    description: `number ${index}`,
  }));
  const created = await storedInTime(() => posthorn.api.post(endpoints, rows, representation));
  expect(await on.countOfOrg(orgId)).toBe(300);
  const path = `${endpoints}?org_id=eq.${orgId}`;
  await storedInTime(() => posthorn.api.request("PATCH", path, { description: "all alike" }));
  const audit = `/rest/v1/webhook_audit?org_id=eq.${orgId}&action=eq.endpoint.updated`;
  const entries = (await posthorn.api.get(audit)).rows;
  const expected = created.rows.map((row) => ({
    subject_id: row.id,
    changes: { description: { from: row["description"], to: "all alike" } },
  }));
  const bySubject = (a: Row, b: Row) =>
    String(a["subject_id"]) < String(b["subject_id"]) ? -1 : 1;
  expect(entries.toSorted(bySubject)).toMatchObject(
    expected.toSorted((a, b) => (a.subject_id < b.subject_id ? -1 : 1)),
  );
  await storedInTime(() => posthorn.api.request("DELETE", path));
  expect(await on.countOfOrg(orgId)).toBe(900);
});
