/**
 * The audit table contains no entry for a rolled-back change, and no secret. Tenants see only their
 * own entries.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expire } from "../../src/pipeline/upkeep/expire.ts";
import { startAudited, type Audited } from "../support/audit.ts";
import { subscribe } from "../support/flow.ts";
import { until, type Receiver } from "../support/receiver.ts";
import type { Answered, Api, TestService } from "../support/service.ts";

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

describe("a change that is rolled back leaves no entry", () => {
  test("rolled back by Prefer: tx=rollback", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const before = await on.countOfOrg(orgId);
    const rollback = { prefer: "tx=rollback" };
    const path = `${endpoints}?id=eq.${endpointId}`;
    const statuses = [
      (await posthorn.api.post(endpoints, { org_id: orgId, url: receiver.url }, rollback)).status,
      (await posthorn.api.request("PATCH", path, { description: "x" }, rollback)).status,
      (await posthorn.api.request("DELETE", path, undefined, rollback)).status,
    ];
    expect(statuses).toEqual([201, 204, 204]);
    expect(await on.countOfOrg(orgId)).toBe(before);
  });

  test("rolled back because one row of an array is rejected", async () => {
    const orgId = posthorn.newOrg();
    const refused = await posthorn.api.post(endpoints, [
      { org_id: orgId, url: receiver.url },
      { org_id: orgId, url: "ftp://example.com" },
    ]);
    expect(refused.status).toBe(400);
    expect(await on.countOfOrg(orgId)).toBe(0);
  });

  test("rolled back because an example violates its schema", async () => {
    const refused = await posthorn.api.post("/rest/v1/webhook_event_types", {
      name: "audited.refused",
      schema: { type: "object" },
      example: [],
    });
    expect(refused.status).toBe(400);
    expect(await on.entriesOf("audited.refused")).toEqual([]);
  });
});

test("no secret, key, token or header value is in the table", async () => {
  const orgId = posthorn.newOrg();
  const canaries = Array.from({ length: 4 }, () => randomUUID().replaceAll("-", ""));
  const given = `whsec_${Buffer.from(canaries[0]!).toString("base64")}`;
  const created = await posthorn.api.post(endpoints, {
    org_id: orgId,
    url: receiver.url,
    secret: given,
    headers: { Authorization: `Bearer ${canaries[1]}`, "X-Same": canaries[2]! },
  });
  const { id } = created.row;
  const headers = { Authorization: `Bearer ${canaries[3]}`, "X-Same": canaries[2]! };
  await posthorn.api.request("PATCH", `${endpoints}?id=eq.${id}`, { headers });
  expect((await on.entryOf(id, "endpoint.updated"))["changes"]).toEqual({
    headers: {
      from: ["Authorization", "X-Same"],
      to: ["Authorization", "X-Same"],
      changed: ["Authorization"],
    },
  });
  const rotated = await call(posthorn.api, "rotate_secret", { endpoint_id: id });
  const key = await on.newKey(orgId, "manage");
  const link = await call(key.api, "portal_link", { org_id: orgId });
  await posthorn.api.request("DELETE", `${endpoints}?id=eq.${id}`);

  const { rows } = await on.database.query<{ row: string }>(
    "select audit_entries::text as row from posthorn.audit_entries",
  );
  const table = rows.map(({ row }) => row).join("\n");
  const hidden = [
    ...canaries,
    given,
    given.slice("whsec_".length),
    rotated.row["secret"],
    key.api.key,
    posthorn.api.key,
    String(link.row["url"]).split("#")[1],
  ];
  expect(table).toContain(id);
  for (const each of hidden) expect(table).not.toContain(String(each));
  expect(table).not.toMatch(/whsec_|phk_|phl_/);
});

describe("the table", () => {
  test("cannot be written to over HTTP", async () => {
    const path = "/rest/v1/webhook_audit";
    expect((await posthorn.api.post(path, { action: "x" })).status).toBe(405);
    for (const method of ["PATCH", "DELETE"]) {
      const { status } = await posthorn.api.request(method, `${path}?action=eq.x`, {});
      expect(status).toBe(405);
    }
  });
});

describe("an org's key", () => {
  test("reads its own org's entries, newest first, and no others", async () => {
    const mine = await subscribe(posthorn, receiver.url);
    const theirs = await subscribe(posthorn, receiver.url);
    for (const role of ["manage", "read"]) {
      const { api } = await on.newKey(mine.orgId, role);
      const { rows } = await api.get("/rest/v1/webhook_audit");
      expect(new Set(rows.map((entry) => entry["org_id"]))).toEqual(new Set([mine.orgId]));
      expect(rows.at(-1)).toMatchObject({ action: "endpoint.created" });
      expect(rows.map((entry) => entry.id)).toEqual(
        rows
          .map((entry) => entry.id)
          .toSorted()
          .toReversed(),
      );
      for (const filter of [`subject_id=eq.${theirs.endpointId}`, "org_id=is.null"]) {
        expect((await api.get(`/rest/v1/webhook_audit?${filter}`)).rows).toEqual([]);
      }
    }
    const { api } = await on.newKey(mine.orgId, "publish");
    expect((await api.get("/rest/v1/webhook_audit")).status).toBe(403);
  });

  test("sees the addresses of its own keys, not the operator's", async () => {
    const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
    const { api } = await on.newKey(orgId, "manage");
    await api.request("PATCH", `${endpoints}?id=eq.${endpointId}`, { description: "mine" });
    const addresses = async (by: Api) =>
      (await on.entriesOf(endpointId, by)).map((entry) => entry["remote_address"]);
    expect(await addresses(api)).toEqual([null, "127.0.0.1"]);
    expect(await addresses(posthorn.api)).toEqual(["127.0.0.1", "127.0.0.1"]);
    const guessed = "/rest/v1/webhook_audit?actor_kind=eq.admin&remote_address=eq.127.0.0.1";
    const { json, headers } = await api.get(guessed, { prefer: "count=exact" });
    expect(json).toEqual([]);
    expect(headers.get("content-range")).toBe("*/0");
  });
});

test("after an erasure, only the erasure's own entry is left of an org", async () => {
  const gone = await subscribe(posthorn, receiver.url);
  const stays = await subscribe(posthorn, receiver.url);
  await on.newKey(gone.orgId, "manage");
  expect(await on.countOfOrg(gone.orgId)).toBe(2);
  await call(posthorn.api, "erase_org", { org_id: gone.orgId });
  await until(async () => (await on.countOfOrg(gone.orgId)) === 1, "the entries' end", 10_000);
  const [entry] = await on.entriesOf(gone.orgId);
  expect(entry).toMatchObject({
    action: "org.erasure_started",
    org_id: gone.orgId,
    actor_kind: "admin",
    changes: {},
  });
  expect((await on.entriesOf(stays.endpointId)).map((each) => each["action"])).toEqual([
    "endpoint.created",
  ]);
});

test("entries are deleted at the end of their period, however many, and none before", async () => {
  const orgId = posthorn.newOrg();
  const addEntries = (ageDays: number, count: number) =>
    on.database.query(
      `insert into posthorn.audit_entries
         (id, created_at, org_id, actor_kind, action, subject_kind, subject_id, changes)
       select posthorn.uuid_v7(at), at, $1::uuid, 'system', 'org.updated', 'org', $1::uuid::text, '{}'
       from generate_series(1, $3),
            lateral (select now() - $2 * interval '1 day' as at) as time`,
      [orgId, ageDays, count],
    );
  await addEntries(401, 5_002);
  await addEntries(399, 3);
  const { store, clock } = posthorn.service;
  const retention = { payloadDays: 30, ledgerDays: 90, auditDays: 400 };
  const { auditEntriesRemoved } = await expire({ store, clock, retention });
  expect(auditEntriesRemoved).toBe(5_002);
  expect(await on.countOfOrg(orgId)).toBe(3);
});
