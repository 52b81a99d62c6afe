/**
 * Timestamps have one format: the contract's format in delivered bodies, and the API's format
 * everywhere else.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadContracts } from "../../src/contracts/load.ts";
import { subscribe } from "../support/flow.ts";
import { startReceiver, type Receiver } from "../support/receiver.ts";
import { representation, startTestService, type TestService } from "../support/service.ts";

let posthorn: TestService;
let receiver: Receiver;
let database: pg.Client;
let orgId: string;
let endpointId: string;
let eventId: string;

beforeAll(async () => {
  posthorn = await startTestService();
  receiver = await startReceiver();
  database = new pg.Client({ connectionString: posthorn.databaseUrl });
  await database.connect();
  ({ orgId, endpointId } = await subscribe(posthorn, `${receiver.url}/api`));
  const { row } = await post("webhook_events", eventAt("2026-03-22T12:00:00Z"), representation);
  eventId = row.id;
  await receiver.waitFor(1);
});
afterAll(async () => {
  await database.end();
  await posthorn.close();
  await receiver.close();
});

const post = (to: string, body: unknown, headers: Record<string, string> = {}) =>
  posthorn.api.post(`/rest/v1/${to}`, body, headers);
const eventAt = (timestamp: unknown, org = orgId) => ({
  org_id: org,
  event_type: "scan.completed",
  data: { scan_id: "s" },
  timestamp,
});

/** Collects all strings that look like timestamps, except those in a publisher's data. */
function timesIn(value: unknown): string[] {
  if (typeof value === "string") return /^\d{4}-\d\d-\d\d[T ]/.test(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    ["data", "payload", "example"].includes(name) ? [] : timesIn(member),
  );
}

const apiForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

function expectApiForm(what: string, value: unknown): void {
  const times = timesIn(value);
  expect([what, times.length > 0]).toEqual([what, true]);
  for (const time of times) expect(`${what} ${time}`).toMatch(new RegExp(apiForm.source.slice(1)));
}

const contracts = ["cadana", "cda", "standard"];

describe.each(contracts)("in bodies of %s", (contract) => {
  const times = [
    "2026-03-22T12:00:00Z",
    "2026-03-22T12:00:00.120Z",
    "2026-03-22T12:00:00.123456+00:00",
    1_774_180_800,
  ];
  const form = contract === "cadana" ? /^\d{10}$/ : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

  test("every time has the same form, also in the payload that the API shows", async () => {
    const own = await subscribe(posthorn, `${receiver.url}/${contract}`, { contract });
    for (const time of times) {
      expect((await post("webhook_events", eventAt(time, own.orgId))).status).toBe(201);
    }
    await database.query(
      `select posthorn.publish(org_id => $1, event_type => 'scan.completed',
         data => '{"scan_id":"s"}', "timestamp" => '2026-03-22 13:00:00.5+01')`,
      [own.orgId],
    );
    const isOwn = ({ path }: { path: string }): boolean => path === `/${contract}`;
    await expect.poll(() => receiver.received.filter(isOwn).length, { timeout: 5_000 }).toBe(5);
    const sent = receiver.received.filter(isOwn).map(({ body }) => body);
    for (const body of sent) {
      const { timestamp } = JSON.parse(body) as { timestamp: unknown };
      expect(String(timestamp)).toMatch(form);
    }
    const listed = await posthorn.api.get(
      `/rest/v1/webhook_deliveries?endpoint_id=eq.${own.endpointId}&select=payload`,
    );
    const shown = listed.rows.map(({ payload }) => JSON.stringify(payload));
    const parsed = sent.map((body) => JSON.stringify(JSON.parse(body)));
    expect(shown.toSorted()).toEqual(parsed.toSorted());
  });

  test("is named in its document", () => {
    const { description } = loadContracts().get(contract) ?? {};
    expect(description).toMatch(contract === "cadana" ? /Unix seconds/ : /three decimals/);
  });
});

describe("in the API's answers", () => {
  test.each([
    "webhook_orgs",
    "webhook_event_types",
    "webhook_endpoints",
    "webhook_events",
    "webhook_deliveries",
    "webhook_attempts",
    "webhook_audit",
    "api_keys",
  ])("%s", async (table) => {
    if (table === "api_keys") {
      const key = { org_id: orgId, role: "read", expires_at: "2027-01-01T00:00:00Z" };
      expectApiForm("created", (await post(table, key, representation)).json);
    }
    const path = `/rest/v1/${table}?limit=5`;
    expectApiForm(table, (await posthorn.api.get(path)).json);
    const csv = await posthorn.api.get(path, { accept: "text/csv" });
    const cells = csv.text.split(/[,\r\n]/).filter((cell) => /^\d{4}-\d\d-\d\d/.test(cell));
    for (const cell of cells) expect(cell).toMatch(apiForm);
  });

  test("a change's rows, and columns by another name", async () => {
    const path = `/rest/v1/webhook_endpoints?id=eq.${endpointId}`;
    const change = { description: "changed" };
    const changed = await posthorn.api.request("PATCH", path, change, representation);
    expectApiForm("change", changed.json);
    expectApiForm("alias", (await posthorn.api.get(`${path}&select=at:created_at`)).json);
    const audit = "/rest/v1/webhook_audit?action=eq.api_key.created";
    expectApiForm("audit", (await posthorn.api.get(audit)).json);
  });

  test("functions", async () => {
    const call = async (name: string, given: object) =>
      expectApiForm(name, (await post(`rpc/${name}`, given)).json);
    await call("portal_link", { org_id: orgId });
    await call("rotate_secret", { endpoint_id: endpointId });
    await expect
      .poll(async () => (await post("rpc/delivery_statistics", {})).rows.length, { timeout: 9_000 })
      .toBeGreaterThan(0);
    await call("delivery_statistics", {});
    const health = async () => timesIn((await post("rpc/endpoint_health", { org_id: orgId })).json);
    await expect.poll(async () => (await health()).length, { timeout: 9_000 }).toBeGreaterThan(0);
    await call("endpoint_health", { org_id: orgId });
    const failing = await subscribe(posthorn, "http://127.0.0.1:9/");
    await post("webhook_events", eventAt(null, failing.orgId));
    const waiting = `/rest/v1/webhook_deliveries?org_id=eq.${failing.orgId}&attempts=gt.0`;
    await expect.poll(async () => (await posthorn.api.get(waiting)).rows.length).toBe(1);
    const { row } = await posthorn.api.get(waiting);
    await call("explain", { event_id: row["event_id"] });
  });

  test("sessions and the stream", async () => {
    const session = await posthorn.api.post("/console/session", { key: posthorn.api.key });
    expectApiForm("session", session.json);
    const stopped = new AbortController();
    const { body } = await fetch(`${posthorn.service.url}/rest/v1/stream`, {
      headers: { apikey: posthorn.api.key },
      signal: stopped.signal,
    });
    let text = "";
    const reading = (async () => {
      for await (const chunk of body ?? []) text += new TextDecoder().decode(chunk as Uint8Array);
    })().catch(() => undefined);
    await post("webhook_events", eventAt(null));
    await expect.poll(() => text, { timeout: 5_000 }).toContain("event: deliveries");
    stopped.abort();
    await reading;
    const told = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
    expectApiForm("stream", told);
  });

  test("microseconds are kept, and a filter by a returned time finds its row", async () => {
    const at = "2026-03-22 12:00:00.123456+00";
    const changed = 'update posthorn.events set "timestamp" = $2 where id = $1';
    await database.query(changed, [eventId, at]);
    const { row } = await posthorn.api.get(`/rest/v1/webhook_events?id=eq.${eventId}`);
    expect(row["timestamp"]).toBe("2026-03-22T12:00:00.123456+00:00");
    const again = encodeURIComponent(String(row["timestamp"]));
    const found = await posthorn.api.get(`/rest/v1/webhook_events?timestamp=eq.${again}`);
    expect(found.rows.map(({ id }) => id)).toEqual([eventId]);
  });
});

describe("as input", () => {
  test.each([
    ["2026-03-22T12:00:00Z", 0],
    ["2026-03-22T12:00:00.000Z", 0],
    ["2026-03-22T12:00:00.120Z", 120],
    ["2026-03-22T12:00:00.120000+00:00", 120],
    ["2026-03-22T13:00:00+01:00", 0],
    ["2026-03-22 12:00:00.12+00", 120],
    [1_774_180_800, 0],
    [1_774_180_800.12, 120],
  ])("%j is accepted", async (timestamp, ms) => {
    const { status, row } = await post("webhook_events", eventAt(timestamp), representation);
    expect(status).toBe(201);
    expect(row["timestamp"]).toBe(`2026-03-22T12:00:00.${String(ms).padStart(3, "0")}000+00:00`);
  });

  test.each([1_774_180_800_000, -1, 1e300])("%d is not a number of seconds", async (timestamp) => {
    const { status, row } = await post("webhook_events", eventAt(timestamp));
    expect([status, row["code"]]).toEqual([400, "22008"]);
  });
});
