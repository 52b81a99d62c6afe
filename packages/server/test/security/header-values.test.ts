/** Who sees the values of custom headers that contain credentials. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { credentialHeaders, isCredentialHeader } from "../../src/model/credential-headers.ts";
import { portalSession } from "../support/callers.ts";
import {
  representation,
  startTestService,
  type Api,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
beforeAll(async () => {
  posthorn = await startTestService();
});
afterAll(() => posthorn.close());

const table = "/rest/v1/webhook_endpoints";
const headers = { "x-tenant": "Acme", Authorization: "Bearer hunter2", "X-API-Key": "hunter3" };
const shown = { "x-tenant": "Acme", Authorization: "[redacted]", "X-API-Key": "[redacted]" };

async function keyOf(orgId: string, role: string): Promise<Api> {
  const { row } = await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role });
  return posthorn.apiWith(String(row["key"]));
}

async function endpointWith(orgId: string): Promise<string> {
  const fields = { org_id: orgId, url: "https://example.com/", headers };
  const { status, row, text } = await posthorn.api.post(table, fields);
  expect(status, text).toBe(201);
  return row.id;
}

test("a key that may only read sees their names, and cannot find out the values", async () => {
  const orgId = posthorn.newOrg();
  const id = await endpointWith(orgId);
  const reader = await keyOf(orgId, "read");
  for (const query of ["", `?id=eq.${id}`, "?select=*", "?select=headers&order=id"]) {
    const { rows, text } = await reader.get(table + query);
    expect(rows, query).toMatchObject([{ headers: shown }]);
    expect(Object.keys(rows[0]?.["headers"] as object), query).toEqual(Object.keys(headers));
    expect(text, query).not.toContain("hunter");
  }
  const path = `${table}?select=id&headers->>Authorization=`;
  expect((await reader.get(`${path}like.*hunter*`)).rows).toEqual([]);
  expect((await reader.get(`${path}eq.[redacted]`)).rows).toEqual([{ id }]);
  const csv = await reader.get(table, { accept: "text/csv" });
  expect([csv.status, csv.text.includes("hunter")]).toEqual([200, false]);
  const change = await reader.request("PATCH", `${table}?id=eq.${id}`, { headers: shown });
  expect(change.status).toBe(403);
});

test("nor does a portal session that may only read", async () => {
  const orgId = posthorn.newOrg();
  await endpointWith(orgId);
  for (const [isReadOnly, seen] of [
    [true, shown],
    [false, headers],
  ] as const) {
    const session = await portalSession(posthorn, orgId, isReadOnly);
    const answer = await fetch(posthorn.service.url + table, { headers: session.headers });
    expect(await answer.json()).toMatchObject([{ headers: seen }]);
  }
});

test("those who may change the endpoint see the values and can send them back", async () => {
  const orgId = posthorn.newOrg();
  const id = await endpointWith(orgId);
  for (const api of [posthorn.api, await keyOf(orgId, "manage")]) {
    const path = `${table}?id=eq.${id}`;
    const { row } = await api.get(path);
    expect(row["headers"]).toEqual(headers);
    const same = await api.request("PATCH", path, { headers: row["headers"] }, representation);
    expect([same.status, same.row["headers"]]).toEqual([200, headers]);
    const refused = await api.request("PATCH", path, { headers: shown });
    expect([refused.status, refused.row["code"]]).toEqual([400, "PH_HEADERS_INVALID"]);
    expect(refused.row["message"]).toContain("send the real value");
    // Other headers may have any text.
    const other = { ...headers, "x-tenant": "[redacted]" };
    expect((await api.request("PATCH", path, { headers: other })).status).toBe(204);
    expect((await api.request("PATCH", path, { headers })).status).toBe(204);
  }
});

test("the database and the program have the same list", async () => {
  const names = [...credentialHeaders, "X-Api-KEY", "x-tenant", "authorization-x", "accept"];
  const given = Object.fromEntries(names.map((name) => [name, "a value"]));
  const { rows } = await posthorn.service.pool.query<{ headers: Record<string, string> }>(
    "select posthorn.shown_headers($1::json) as headers",
    [JSON.stringify(given)],
  );
  const expected = names.map((name) => [name, isCredentialHeader(name) ? "[redacted]" : "a value"]);
  expect(rows[0]?.headers).toEqual(Object.fromEntries(expected));
  const { rows: functions } = await posthorn.service.pool.query<{ source: string }>(
    "select prosrc as source from pg_proc where proname = 'shown_headers'",
  );
  const listed = functions[0]?.source.match(/'[a-z-]+'/g)?.map((text) => text.slice(1, -1));
  expect(listed?.toSorted()).toEqual([...credentialHeaders].toSorted());
  expect((await posthorn.service.pool.query("select posthorn.shown_headers('{}')")).rows).toEqual([
    { shown_headers: {} },
  ]);
});
