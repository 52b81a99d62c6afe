/** What each kind of key may do, and what it can see of another org. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { publish, subscribe } from "../support/flow.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import {
  representation,
  startTestService,
  type Api,
  type TestService,
} from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

async function keyFor(orgId: string, role: string): Promise<Api> {
  const { status, row } = await posthorn.api.post(
    "/rest/v1/api_keys",
    { org_id: orgId, name: `${role} key`, role },
    representation,
  );
  expect(status).toBe(201);
  return posthorn.apiWith(String(row["key"]));
}

describe("orgs", () => {
  test("are created when the admin key first uses their id, and can get a name", async () => {
    const orgId = posthorn.newOrg();
    await publish(posthorn.api, orgId);
    const path = `/rest/v1/webhook_orgs?id=eq.${orgId}`;
    expect((await posthorn.api.get(path)).row).toMatchObject({ id: orgId, name: null });
    const named = await posthorn.api.request("PATCH", path, { name: "Acme" }, representation);
    expect(named.row).toMatchObject({ id: orgId, name: "Acme" });
  });
});

describe("a key", () => {
  test("is shown once, and stored as a hash", async () => {
    const orgId = posthorn.newOrg();
    const api = await keyFor(orgId, "read");
    const listed = await posthorn.api.get(`/rest/v1/api_keys?org_id=eq.${orgId}`);
    expect(listed.rows).toHaveLength(1);
    expect(listed.text).not.toContain(api.key);
    expect(listed.row).toMatchObject({ role: "read", key_hint: `${api.key.slice(0, 8)}…` });
    const client = new pg.Client({ connectionString: posthorn.databaseUrl });
    await client.connect();
    const { rows } = await client.query("select api_keys::text as row from posthorn.api_keys");
    await client.end();
    expect(JSON.stringify(rows)).not.toContain(api.key);
  });

  test("no longer works after its deletion", async () => {
    const orgId = posthorn.newOrg();
    const api = await keyFor(orgId, "read");
    expect((await api.get("/rest/v1/webhook_events")).status).toBe(200);
    await posthorn.api.request("DELETE", `/rest/v1/api_keys?org_id=eq.${orgId}`);
    expect((await api.get("/rest/v1/webhook_events")).status).toBe(401);
  });

  test("that is missing or wrong is 401, with a challenge", async () => {
    const nobody = posthorn.apiWith("");
    const missing = await nobody.get("/rest/v1/webhook_events");
    expect(missing.status).toBe(401);
    expect(missing.row["code"]).toBe("PH_KEY_MISSING");
    expect(missing.headers.get("www-authenticate")).toContain("Bearer");
    const wrong = await posthorn.apiWith("phk_wrong").get("/rest/v1/webhook_events");
    expect(wrong.status).toBe(401);
    expect(wrong.row["code"]).toBe("PH_KEY_WRONG");
  });

  test("may come as apikey or as a bearer token", async () => {
    const api = await keyFor(posthorn.newOrg(), "read");
    const bearer = await posthorn
      .apiWith("")
      .get("/rest/v1/webhook_events", { authorization: `Bearer ${api.key}` });
    expect(bearer.status).toBe(200);
  });
});

describe("a key that expires", () => {
  const keys = "/rest/v1/api_keys";
  const daysAhead = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

  test("is rejected afterwards, even by a node that has just accepted it", async () => {
    const orgId = posthorn.newOrg();
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    const fields = { org_id: orgId, role: "read", expires_at: expiresAt };
    const { row } = await posthorn.api.post(keys, fields, representation);
    expect(Date.parse(String(row["expires_at"]))).toBe(Date.parse(expiresAt));
    const api = posthorn.apiWith(String(row["key"]));
    const path = "/rest/v1/webhook_events";
    expect((await api.get(path)).status).toBe(200);
    // The limit of 4 s is shorter than the 5 s for which a node caches a key.
    await until(async () => (await api.get(path)).status === 401, "its end", 4_000);
    const refused = await api.get(path);
    expect(refused.row["code"]).toBe("PH_KEY_EXPIRED");
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt) - 100);
    expect(refused.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
    const session = await posthorn.api.post("/console/session", { key: api.key });
    expect([session.status, session.row["code"]]).toEqual([401, "PH_KEY_EXPIRED"]);
  });

  test("ends the sessions that were opened with it", async () => {
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const fields = { org_id: posthorn.newOrg(), role: "read", expires_at: expiresAt };
    const { row } = await posthorn.api.post(keys, fields);
    const session = await posthorn.api.post("/console/session", { key: row["key"] });
    expect(Date.parse(String(session.row["expires_at"]))).toBe(Date.parse(expiresAt));
  });

  test.each([
    ["in the past", () => new Date(Date.now() - 60_000).toISOString(), 400],
    ["one day too far", () => daysAhead(3_651), 400],
    ["as far as can be", () => daysAhead(3_649.9), 201],
    ["null: none", () => null, 201],
  ])("%s", async (_title, expiresAt, status) => {
    const fields = { org_id: posthorn.newOrg(), role: "read", expires_at: expiresAt() };
    const answered = await posthorn.api.post(keys, fields);
    expect(answered.status).toBe(status);
    if (status === 400) expect(answered.row["code"]).toBe("PH_FIELD_INVALID");
  });
});

describe("when a key was last used", () => {
  test("is stored at its first use, and again only after an hour", async () => {
    const orgId = posthorn.newOrg();
    const api = await keyFor(orgId, "read");
    const client = new pg.Client({ connectionString: posthorn.databaseUrl });
    await client.connect();
    const lastUsed = async () => {
      const { row } = await posthorn.api.get(`/rest/v1/api_keys?org_id=eq.${orgId}`);
      const at = row["last_used_at"];
      return typeof at === "string" ? Date.parse(at) : null;
    };
    /**
     * Sets the time of the last use to this many minutes ago, for a new key that no node has
     * cached.
     */
    const useMinutesAgo = async (minutes: number) => {
      const { rows } = await client.query<{ at: Date }>(
        `update posthorn.api_keys set last_used_at = now() - $2 * interval '1 minute'
         where org_id = $1 returning last_used_at as at`,
        [orgId, minutes],
      );
      const others = await posthorn.api.post("/rest/v1/api_keys", {
        org_id: posthorn.newOrg(),
        role: "read",
      });
      await posthorn.api.request("DELETE", `/rest/v1/api_keys?id=eq.${others.row.id}`);
      expect((await api.get("/rest/v1/webhook_events")).status).toBe(200);
      return rows[0]!.at.getTime();
    };
    expect(await lastUsed()).toBeNull();
    await api.get("/rest/v1/webhook_events");
    expect(await lastUsed()).toBeGreaterThan(Date.now() - 60_000);
    const recently = await useMinutesAgo(55);
    expect(await lastUsed()).toBe(recently);
    await useMinutesAgo(65);
    expect(await lastUsed()).toBeGreaterThan(Date.now() - 60_000);
    await client.end();
  });
});

describe("roles", () => {
  /** Which permissions each role has: read, manage endpoints, publish. */
  const may = {
    manage: { read: true, manage: true, publish: false },
    publish: { read: false, manage: false, publish: true },
    read: { read: true, manage: false, publish: false },
  } as const;

  test.each(Object.entries(may))("%s: %j", async (role, allowed) => {
    const orgId = posthorn.newOrg();
    const api = await keyFor(orgId, role);
    const { endpointId } = await subscribe(posthorn, receiver.url, { org_id: orgId });
    const statuses = {
      read: (await api.get("/rest/v1/webhook_deliveries")).status,
      manage: (await api.post("/rest/v1/webhook_endpoints", { url: receiver.url })).status,
      publish: (
        await api.post("/rest/v1/webhook_events", {
          event_type: "scan.completed",
          data: { scan_id: "s" },
        })
      ).status,
    };
    expect(statuses).toEqual({
      read: allowed.read ? 200 : 403,
      manage: allowed.manage ? 201 : 403,
      publish: allowed.publish ? 201 : 403,
    });
    const rotated = await api.post("/rest/v1/rpc/rotate_secret", { endpoint_id: endpointId });
    expect(rotated.status).toBe(allowed.manage ? 200 : 403);
    // No org's key may access the catalogue, the orgs or the keys.
    expect((await api.post("/rest/v1/webhook_event_types", { name: "x.y" })).status).toBe(403);
    expect((await api.post("/rest/v1/api_keys", { role: "read" })).status).toBe(403);
    const metrics = await api.get("/metrics");
    expect([metrics.status, metrics.row["code"]]).toEqual([403, "PH_METRICS_DENIED"]);
  });
});

describe("a key with the role metrics", () => {
  const path = "/rest/v1/api_keys";

  test("reads the metrics and does nothing else, until it is deleted", async () => {
    const { status, row } = await posthorn.api.post(path, { name: "Prometheus", role: "metrics" });
    expect([status, row["org_id"], row["role"]]).toEqual([201, null, "metrics"]);
    const api = posthorn.apiWith(String(row["key"]));
    const bearer = { authorization: `Bearer ${String(row["key"])}` };
    for (const scraped of [
      await api.get("/metrics"),
      await api.get("/metrics?process=own"),
      await posthorn.apiWith("").get("/metrics", bearer),
    ]) {
      expect(scraped.status).toBe(200);
      expect(scraped.text).toContain("posthorn_build_info");
    }
    // access.test.ts tries all other routes with this key.
    const refused = await api.get("/rest/v1/webhook_event_types");
    expect([refused.status, refused.row["code"]]).toEqual([403, "PH_METRICS_KEY"]);
    const session = await posthorn.api.post("/console/session", { key: api.key });
    expect([session.status, session.row["code"]]).toEqual([403, "PH_KEY_CANNOT_SIGN_IN"]);
    const listed = await posthorn.api.get(`${path}?role=eq.metrics&org_id=is.null`);
    expect(listed.rows).toMatchObject([{ id: row.id, name: "Prometheus" }]);
    await posthorn.api.request("DELETE", `${path}?id=eq.${row.id}`);
    expect((await api.get("/metrics")).status).toBe(401);
  });

  test("belongs to no org, and every other key to one", async () => {
    for (const fields of [
      { role: "metrics", org_id: posthorn.newOrg() },
      { role: "publish_all", org_id: posthorn.newOrg() },
      { role: "read" },
      { role: "publish", org_id: null },
    ]) {
      const refused = await posthorn.api.post(path, fields);
      expect([refused.status, refused.row["code"]]).toEqual([400, "PH_FIELD_INVALID"]);
      expect(refused.row["message"]).toContain("org_id");
    }
  });

  test("is limited in its requests per second like a key of an org", async () => {
    const limited = await startTestService({
      environment: { POSTHORN_REQUESTS_PER_SECOND: "1" },
    });
    const { row } = await limited.api.post(path, { role: "metrics" });
    const api = limited.apiWith(String(row["key"]));
    const tries = Array.from({ length: 3 }, () => api.get("/metrics?process=own"));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    await limited.close();
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
  });
});

test("a key with the role publish_all publishes for any org, and does nothing else", async () => {
  const path = "/rest/v1/api_keys";
  const { status, row } = await posthorn.api.post(path, { name: "outbox", role: "publish_all" });
  expect([status, row["org_id"], row["role"]]).toEqual([201, null, "publish_all"]);
  const api = posthorn.apiWith(String(row["key"]));
  const event = (orgId: string) => ({
    org_id: orgId,
    event_type: "scan.completed",
    data: { scan_id: "s" },
  });
  const orgs = [posthorn.newOrg(), posthorn.newOrg()];
  const events = orgs.map((orgId) => event(orgId));
  const published = await api.post("/rest/v1/webhook_events", events, representation);
  expect(published.status).toBe(201);
  expect(published.rows.map((each) => each["org_id"])).toEqual(orgs);
  const withoutOrg = await api.post("/rest/v1/webhook_events", { ...events[0], org_id: undefined });
  expect([withoutOrg.status, withoutOrg.row["code"]]).toEqual([400, "23502"]);
  // access.test.ts tries all other routes with this key.
  const read = await api.get("/rest/v1/webhook_events");
  expect([read.status, read.row["code"]]).toEqual([403, "42501"]);
  const may = "Use a key with the role manage or read.";
  expect(read.row["hint"]).toBe(`The role publish_all cannot read webhook_events. ${may}`);
  const stream = await api.get("/rest/v1/stream");
  expect([stream.status, stream.row["code"]]).toEqual([403, "PH_PUBLISH_ALL_KEY"]);
  const session = await posthorn.api.post("/console/session", { key: api.key });
  expect([session.status, session.row["code"]]).toEqual([403, "PH_KEY_CANNOT_SIGN_IN"]);
  await posthorn.api.request("DELETE", `${path}?id=eq.${row.id}`);
  expect((await api.post("/rest/v1/webhook_events", events)).status).toBe(401);
});

describe("another org's things", () => {
  test("look missing on every route, exactly like things that never existed", async () => {
    const theirs = await subscribe(posthorn, receiver.url);
    const eventId = await publish(posthorn.api, theirs.orgId);
    const [delivery] = (
      await posthorn.api.get(`/rest/v1/webhook_deliveries?event_id=eq.${eventId}`)
    ).rows;
    const mine = posthorn.newOrg();
    const manage = await keyFor(mine, "manage");
    const nowhere = posthorn.newOrg();

    const ids: Readonly<Record<string, string>> = {
      webhook_endpoints: theirs.endpointId,
      webhook_events: eventId,
      webhook_deliveries: delivery!.id,
      webhook_orgs: theirs.orgId,
    };
    for (const [table, id] of Object.entries(ids)) {
      const { status, json } = await manage.get(`/rest/v1/${table}?id=eq.${id}`);
      expect([table, status, json]).toEqual([table, 200, []]);
    }
    const alien = await manage.get(`/rest/v1/webhook_attempts?delivery_id=eq.${delivery!.id}`);
    expect(alien.json).toEqual([]);

    for (const method of ["PATCH", "DELETE"]) {
      const path = (id: string) => `/rest/v1/webhook_endpoints?id=eq.${id}`;
      const body = method === "PATCH" ? { description: "mine" } : undefined;
      const onTheirs = await manage.request(method, path(theirs.endpointId), body, representation);
      const onNone = await manage.request(method, path(nowhere), body, representation);
      expect([onTheirs.status, onTheirs.json]).toEqual([onNone.status, onNone.json]);
      expect(onTheirs.json).toEqual([]);
    }
    const calls: Readonly<Record<string, (id: string) => Record<string, string>>> = {
      retry_delivery: (id) => ({ delivery_id: id }),
      cancel_delivery: (id) => ({ delivery_id: id }),
      replay: (id) => ({ endpoint_id: id }),
      rotate_secret: (id) => ({ endpoint_id: id }),
      send_test: (id) => ({ endpoint_id: id }),
      explain: (id) => ({ event_id: id }),
    };
    const theirIds: Readonly<Record<string, string>> = {
      retry_delivery: delivery!.id,
      cancel_delivery: delivery!.id,
      replay: theirs.endpointId,
      rotate_secret: theirs.endpointId,
      send_test: theirs.endpointId,
      explain: eventId,
    };
    for (const [name, given] of Object.entries(calls)) {
      const onTheirs = await manage.post(`/rest/v1/rpc/${name}`, given(theirIds[name]!));
      const onNone = await manage.post(`/rest/v1/rpc/${name}`, given(nowhere));
      expect([name, onTheirs.status]).toEqual([name, 404]);
      expect(onTheirs.text.replace(theirIds[name]!, "ID")).toBe(onNone.text.replace(nowhere, "ID"));
    }
    const still = await posthorn.api.get(`/rest/v1/webhook_endpoints?id=eq.${theirs.endpointId}`);
    expect(still.row).toMatchObject({ description: "", is_active: true });
  });

  test("cannot be written into, whether that org exists or not", async () => {
    const { orgId: theirs } = await subscribe(posthorn, receiver.url);
    const manage = await keyFor(posthorn.newOrg(), "manage");
    for (const orgId of [theirs, posthorn.newOrg()]) {
      const { status, row } = await manage.post("/rest/v1/webhook_endpoints", {
        org_id: orgId,
        url: receiver.url,
      });
      expect(status).toBe(403);
      expect(row["code"]).toBe("42501");
      expect(row["hint"]).toContain("belongs to another org. Leave out org_id");
    }
  });
});
