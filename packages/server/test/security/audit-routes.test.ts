/**
 * Every route that changes something leaves one audit entry, and no other route leaves any. Also
 * tests the exports.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditActions } from "../../src/model/audit.ts";
import { ownContract } from "../support/contracts.ts";
import { startAudited, type Audited } from "../support/audit.ts";
import { publish, subscribe } from "../support/flow.ts";
import { representation, type Answered, type Row, type TestService } from "../support/service.ts";
import { connectTerminal, createTerminalEndpoint } from "../support/terminal.ts";

let on: Audited;
let posthorn: TestService;
beforeAll(async () => {
  on = await startAudited();
  ({ posthorn } = on);
});
afterAll(() => on.close());

async function countOfAll(): Promise<number> {
  const { rows } = await on.database.query<{ count: number }>(
    "select count(*)::integer as count from posthorn.audit_entries",
  );
  return rows[0]!.count;
}

interface Step {
  readonly route: string;
  /** Null if the step leaves no entry. */
  readonly action: keyof typeof auditActions | null;
  act(): Promise<Answered>;
}

const rest = "/rest/v1";

/** The order matters: each step needs rows that earlier steps created. */
async function steps(): Promise<readonly Step[]> {
  const { api } = posthorn;
  const orgId = posthorn.newOrg();
  const { endpointId } = await subscribe(posthorn, on.receiver.url, { org_id: orgId });
  await publish(api, orgId);
  let delivery = "";
  await expect
    .poll(async () => {
      const path = `${rest}/webhook_deliveries?endpoint_id=eq.${endpointId}&attempts=eq.1`;
      delivery = (await api.get(path)).rows[0]?.id ?? "";
      return delivery;
    })
    .not.toBe("");
  const { id: terminalEndpoint } = await createTerminalEndpoint(api, orgId);
  const terminal = await connectTerminal(posthorn.service.url, api.key, terminalEndpoint);
  let key = "";
  let replay = "";
  let second = "";
  const insert = (table: string, body: unknown): Promise<Answered> =>
    api.post(`${rest}/${table}`, body, representation);
  const call = (name: string, body: unknown): Promise<Answered> =>
    api.post(`${rest}/rpc/${name}`, body);
  const change = (method: string, path: string, body?: unknown): Promise<Answered> =>
    api.request(method, `${rest}/${path}`, body);
  const step = (route: string, action: Step["action"], act: Step["act"]): Step => ({
    route,
    action,
    act,
  });
  const rotate = (): Step =>
    step("POST /rpc/rotate_secret", "secret.rotated", () => {
      const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
      return call("rotate_secret", { endpoint_id: second, switch_at: inAnHour });
    });
  return [
    step("POST /webhook_orgs", "org.created", () =>
      insert("webhook_orgs", { id: posthorn.newOrg(), name: "a" }),
    ),
    step("PATCH /webhook_orgs", "org.updated", () =>
      change("PATCH", `webhook_orgs?id=eq.${orgId}`, { name: "b" }),
    ),
    step("POST /webhook_event_types", "event_type.created", () =>
      insert("webhook_event_types", { name: "a.b", description: "x" }),
    ),
    step("PATCH /webhook_event_types", "event_type.updated", () =>
      change("PATCH", "webhook_event_types?name=eq.a.b", { description: "y" }),
    ),
    step("DELETE /webhook_event_types", "event_type.deleted", () =>
      change("DELETE", "webhook_event_types?name=eq.a.b"),
    ),
    step("POST /webhook_contracts", "contract.created", () =>
      insert("webhook_contracts", ownContract("audited")),
    ),
    step("PATCH /webhook_contracts", "contract.updated", () =>
      change("PATCH", "webhook_contracts?name=eq.audited", {
        document: ownContract("audited", { timeoutMs: 1_000 }).document,
      }),
    ),
    step("DELETE /webhook_contracts", "contract.deleted", () =>
      change("DELETE", "webhook_contracts?name=eq.audited"),
    ),
    step("POST /webhook_endpoints", "endpoint.created", async () => {
      const answer = await insert("webhook_endpoints", { org_id: orgId, url: on.receiver.url });
      second = answer.row.id;
      return answer;
    }),
    step("PATCH /webhook_endpoints", "endpoint.updated", () =>
      change("PATCH", `webhook_endpoints?id=eq.${second}`, { description: "z" }),
    ),
    rotate(),
    step("POST /rpc/switch_secret", "secret.switched", () =>
      call("switch_secret", { endpoint_id: second }),
    ),
    rotate(),
    step("POST /rpc/switch_secret", "secret.rotation_cancelled", () =>
      call("switch_secret", { endpoint_id: second, cancel: true }),
    ),
    step("POST /rpc/send_test", "test.sent", () =>
      call("send_test", { endpoint_id: second, event_type: "scan.completed" }),
    ),
    step("DELETE /webhook_endpoints", "endpoint.deleted", () =>
      change("DELETE", `webhook_endpoints?id=eq.${second}`),
    ),
    step("POST /api_keys", "api_key.created", async () => {
      const answer = await insert("api_keys", { org_id: orgId, name: "=k", role: "manage" });
      key = answer.row.id;
      return answer;
    }),
    step("DELETE /api_keys", "api_key.deleted", () => change("DELETE", `api_keys?id=eq.${key}`)),
    step("POST /rpc/portal_link", "portal_link.created", () =>
      call("portal_link", { org_id: orgId }),
    ),
    step("POST /rpc/cancel_delivery", "delivery.cancelled", () =>
      call("cancel_delivery", { delivery_id: delivery }),
    ),
    step("POST /rpc/retry_delivery", "delivery.retried", () =>
      call("retry_delivery", { delivery_id: delivery }),
    ),
    step("POST /rpc/replay", "replay.started", async () => {
      const answer = await call("replay", { endpoint_id: endpointId, status: "failed" });
      replay = answer.row.id;
      return answer;
    }),
    step("POST /rpc/cancel_replay", "replay.cancelled", () =>
      call("cancel_replay", { replay_id: replay }),
    ),
    step("POST /webhook_events", null, () =>
      insert("webhook_events", {
        org_id: orgId,
        event_type: "scan.completed",
        data: { scan_id: "s-1" },
      }),
    ),
    step("POST /rpc/answer_terminal", null, async () => {
      const { token } = terminal;
      const attempt = { attempt_token: randomUUID(), response_status: 200 };
      const answer = await call("answer_terminal", { token, ...attempt });
      await terminal.leave();
      return answer;
    }),
    step("POST /rpc/import_svix_application", "org.created", () =>
      call("import_svix_application", { svix_id: "app_2nKz0UqvZ9zXyQmC7dLwFh3sT1b" }),
    ),
    step("POST /rpc/import_svix_endpoint", "endpoint.created", () => {
      const imported = { svix_id: "ep_2nL01yH6tQe8ZbKvPdXsWmRc9fA", url: on.receiver.url };
      return call("import_svix_endpoint", { org_id: orgId, ...imported });
    }),
    step("POST /rpc/erase_org", "org.erasure_started", () => call("erase_org", { org_id: orgId })),
  ];
}

test("each route that changes something leaves its one entry", async () => {
  // The trigger keeps the replay running, so that the test can cancel it.
  await on.database.query(`
    create function posthorn.test_go_on() returns trigger language plpgsql as
      $$ begin return null; end $$;
    create trigger test_go_on before update on posthorn.replays for each row
      when (new.state = 'done') execute function posthorn.test_go_on()`);
  const { paths } = (await posthorn.api.get("/openapi.json")).json as {
    paths: Record<string, Record<string, unknown>>;
  };
  const writes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== "get" && !(path.includes("/rpc/") && "get" in methods))
      .map((method) => `${method.toUpperCase()} ${path.replace(rest, "")}`),
  );
  const all = await steps();
  expect(new Set(all.map(({ route }) => route))).toEqual(new Set(writes));
  const elsewhere = [
    "attempt.expunged",
    "endpoint.turned_off",
    "event.expunged",
    "secret.revealed",
    "session.opened",
  ];
  expect(new Set([...all.flatMap(({ action }) => action ?? []), ...elsewhere])).toEqual(
    new Set(Object.keys(auditActions)),
  );
  for (const { route, action, act } of all) {
    const before = await countOfAll();
    const answer = await act();
    expect([200, 201, 202, 204], `${route}: ${answer.text}`).toContain(answer.status);
    const { rows } = await on.database.query<{ action: string }>(
      "select action from posthorn.audit_entries order by created_at offset $1",
      [before],
    );
    expect(
      rows.map((row) => row.action),
      route,
    ).toEqual(action === null ? [] : [action]);
  }
});

test("no read leaves an entry", async () => {
  const { paths } = (await posthorn.api.get("/openapi.json")).json as {
    paths: Record<string, Record<string, unknown>>;
  };
  // Waits until the erasure has finished. Other tests check which rows it removes.
  await expect
    .poll(
      async () => {
        const { rows } = await on.database.query(
          "select from posthorn.erasures where finished_at is null",
        );
        return rows.length;
      },
      { timeout: 10_000 },
    )
    .toBe(0);
  const before = await countOfAll();
  for (const [path, methods] of Object.entries(paths)) {
    if ("get" in methods && !path.endsWith("/stream")) await posthorn.api.get(path);
  }
  expect(await countOfAll()).toBe(before);
});

test("a sign-in leaves an entry with its actor; a rejected one and a sign-out leave none", async () => {
  const orgId = posthorn.newOrg();
  const { id, api } = await on.newKey(orgId, "manage", "Jo");
  const signIn = (body: unknown): Promise<Answered> =>
    posthorn.api.post("/console/session", body, { origin: posthorn.service.url });
  const opened = await signIn({ key: api.key });
  expect(opened.status, opened.text).toBe(200);
  expect(await on.entryOf(opened.row.id, "session.opened")).toMatchObject({
    actor_kind: "api_key",
    actor_id: id,
    actor_name: "Jo",
    org_id: orgId,
    subject_kind: "session",
    remote_address: "127.0.0.1",
  });
  const link = await api.post(`${rest}/rpc/portal_link`, { org_id: orgId });
  const token = /phl_[\w-]+/.exec(link.text)?.[0];
  const byLink = await signIn({ link: token });
  expect(await on.entryOf(byLink.row.id, "session.opened")).toMatchObject({
    actor_kind: "portal_link",
    org_id: orgId,
  });
  const byAdmin = await signIn({ key: posthorn.api.key });
  expect(await on.entryOf(byAdmin.row.id, "session.opened")).toMatchObject({ org_id: null });
  const before = await countOfAll();
  expect((await signIn({ key: "wrong-wrong-wrong-wrong" })).status).toBe(401);
  expect(await countOfAll()).toBe(before);
});

test("is exported as CSV and as JSON lines, page by page, each org its own", async () => {
  const orgId = posthorn.newOrg();
  const { api } = await on.newKey(orgId, "manage", "=cmd()");
  const { endpointId } = await subscribe({ ...posthorn, api }, on.receiver.url, { org_id: orgId });
  const path = `${rest}/webhook_audit?order=id.asc&select=id,action,subject_id,actor_name`;
  const csv = await api.get(path, { accept: "text/csv" });
  expect([csv.status, csv.headers.get("content-type")]).toEqual([
    200,
    "text/csv; charset=utf-8; header=present",
  ]);
  const lines = csv.text.split("\r\n");
  expect(lines[0]).toBe("id,action,subject_id,actor_name");
  expect(lines.slice(1).map((line) => line.split(",").slice(1).join(","))).toEqual([
    expect.stringMatching(/^api_key\.created,/),
    `endpoint.created,${endpointId},'=cmd()`,
    "",
  ]);
  const ndjson = { accept: "application/x-ndjson" };
  const first = await api.get(`${path}&limit=1`, ndjson);
  expect(first.headers.get("content-type")).toContain("application/x-ndjson");
  const entry = JSON.parse(first.text) as Row;
  const others = await api.get(`${path}&id=gt.${entry.id}`, ndjson);
  expect(others.text.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(others.text)).toMatchObject({ action: "endpoint.created" });
  const later = await api.get(`${path}&created_at=gt.2999-01-01T00:00:00Z`, ndjson);
  expect([later.status, later.text]).toEqual([200, ""]);
  const none = await api.get(`${path}&created_at=gt.2999-01-01T00:00:00Z`, { accept: "text/csv" });
  expect(none.text).toBe("id,action,subject_id,actor_name\r\n");
  const everyone = await posthorn.api.get(`${rest}/webhook_audit`, { accept: "text/csv" });
  expect(everyone.text.split("\r\n").length).toBeGreaterThan(lines.length);
  const publisher = await on.newKey(orgId, "publish");
  expect((await publisher.api.get(path, { accept: "text/csv" })).status).toBe(403);
});

test("every kind of change records the endpoint's version, and since when it is inactive", async () => {
  const path = `${rest}/webhook_endpoints`;
  const { orgId, endpointId } = await subscribe(posthorn, on.receiver.url);
  const byId = `${path}?id=eq.${endpointId}`;
  await posthorn.api.post(path, { org_id: orgId, url: on.receiver.url, is_active: false });
  const state = async () => {
    const { rows } = await on.database.query<Record<string, unknown>>(
      `select endpoint.version, endpoint.is_active, endpoint.inactive_since is null as has_no_since,
              history.url = endpoint.url and history.is_active = endpoint.is_active
                and history.org_id = endpoint.org_id as is_recorded
       from posthorn.endpoints as endpoint
       left join posthorn.endpoint_history as history
         on history.endpoint_id = endpoint.id and history.version = endpoint.version
       where endpoint.org_id = $1 order by endpoint.id`,
      [orgId],
    );
    for (const row of rows) {
      expect(row).toMatchObject({ is_recorded: true, has_no_since: row["is_active"] });
    }
    return rows.map((row) => Number(row["version"]));
  };
  expect(await state()).toEqual([1, 1]);
  await posthorn.api.request("PATCH", byId, { is_active: false });
  expect(await state()).toEqual([2, 1]);
  await posthorn.api.request("PATCH", byId, { is_active: true, description: "x" });
  expect(await state()).toEqual([3, 1]);
  await posthorn.api.post(`${rest}/rpc/rotate_secret`, { endpoint_id: endpointId });
  expect(await state()).toEqual([4, 1]);
  await posthorn.api.request("DELETE", byId);
  expect(await state()).toEqual([5, 1]);
});
