/**
 * If one of the service's own statements fails, the client never gets a 4xx: a publisher that gets
 * a 400 drops the event.
 */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { subscribe } from "../support/flow.ts";
import {
  internalWords,
  startRefusingDatabase,
  type RefusingDatabase,
} from "../support/refusing-database.ts";
import { startReceiver, until, type Receiver } from "../support/receiver.ts";
import { apiOf, representation, startTestService, type TestService } from "../support/service.ts";

/**
 * The response's status for each SQLSTATE: 503 if the same request may succeed later, otherwise
 * 500.
 */
const states: Readonly<Record<string, 500 | 503>> = {
  "08006": 503,
  "0A000": 503,
  "23503": 503,
  "23505": 503,
  "23514": 503,
  "25006": 503,
  "26000": 503,
  "28000": 503,
  "3F000": 503,
  "40001": 503,
  "40P01": 503,
  "42501": 503,
  "42703": 503,
  "42883": 503,
  "42P01": 503,
  "42P05": 503,
  "53100": 503,
  "53300": 503,
  "55000": 503,
  "55P03": 503,
  "57014": 503,
  "57P01": 503,
  "57P02": 503,
  "57P03": 503,
  "58030": 503,
  XX000: 503,
  "21000": 500,
  "22012": 500,
  "22P02": 500,
  "23502": 500,
  "42601": 500,
  "54000": 500,
  P0001: 500,
  XX001: 500,
};

/** One SQLSTATE of each kind of failure. */
const someStates = ["22P02", "23505", "25006", "42501", "42P01", "57014", "P0001"] as const;

/**
 * With these two SQLSTATEs, a statement that contains the request's own values may be the client's
 * mistake.
 */
const askable = new Set(["22P02", "57014"]);

let database: RefusingDatabase;
let posthorn: TestService;
let receiver: Receiver;

beforeAll(async () => {
  database = await startRefusingDatabase(inject("postgresUrl"));
  posthorn = await startTestService({ adminUrl: database.url });
  receiver = await startReceiver();
});
afterAll(async () => {
  database.refusal = null;
  await posthorn.close();
  await database.close();
  await receiver.close();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

type Act = () => Promise<Answer>;

/** A request, and a function that creates the rows that the request needs. */
interface Route {
  readonly name: string;
  /** If true, the test tries every SQLSTATE, otherwise one of each kind. */
  readonly isThorough: boolean;
  prepare(): Promise<Act>;
}

const route = (name: string, prepare: () => Promise<Act>, isThorough = false): Route => ({
  name,
  prepare,
  isThorough,
});
const api = (): TestService["api"] => posthorn.api;
const events = "/rest/v1/webhook_events";
const endpoints = "/rest/v1/webhook_endpoints";

async function keyOf(orgId: string, role = "manage"): Promise<string> {
  const { row } = await api().post("/rest/v1/api_keys", { org_id: orgId, role });
  return String(row["key"]);
}

async function endpoint() {
  return subscribe(posthorn, receiver.url);
}

const event = (orgId: string, more: object = {}) => ({
  org_id: orgId,
  event_type: "scan.completed",
  data: { scan_id: "s" },
  ...more,
});

let serial = 0;
const fresh = (): string => `k${(serial += 1)}`;

async function sessionHeaders(): Promise<Record<string, string>> {
  const { row, headers } = await api().post("/console/session", { key: api().key });
  const cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
  return { cookie, "x-posthorn-session": row.id, apikey: "" };
}

const readRoutes: readonly Route[] = [
  route(
    "a page, by the admin",
    async () => () => api().get(`${events}?select=id,data&limit=3`),
    true,
  ),
  route("a page, by an org", async () => {
    const { orgId } = await endpoint();
    const own = posthorn.apiWith(await keyOf(orgId));
    return () => own.get(`${endpoints}?order=created_at.desc`, { prefer: "count=exact" });
  }),
  route("a planned count", async () => {
    const own = posthorn.apiWith(await keyOf(posthorn.newOrg()));
    return () => own.get(`${events}?data->>a=eq.1`, { prefer: "count=planned" });
  }),
  ...["overview", "delivery_statistics", "endpoint_health"].map((name) =>
    route(`rpc/${name}`, async () => {
      const own = posthorn.apiWith(await keyOf(posthorn.newOrg()));
      return () => own.get(`/rest/v1/rpc/${name}`);
    }),
  ),
  route("rpc/explain", async () => {
    const { orgId } = await endpoint();
    const { row } = await api().post(events, event(orgId), representation);
    return () => api().post("/rest/v1/rpc/explain", { event_id: row.id });
  }),
];

const writeRoutes: readonly Route[] = [
  route("publishing one", async () => () => api().post(events, event(posthorn.newOrg())), true),
  route("publishing one, answered", async () => () => {
    return api().post(events, event(posthorn.newOrg()), representation);
  }),
  route("publishing an array with keys", async () => () => {
    const orgId = posthorn.newOrg();
    const keyed = () => event(orgId, { idempotency_key: fresh() });
    return api().post(events, [keyed(), keyed()]);
  }),
  route("an org's first publish with a key that no node has seen", async () => {
    const orgId = posthorn.newOrg();
    const own = posthorn.apiWith(await keyOf(orgId, "publish"));
    return () => own.post(events, event(orgId));
  }),
  route("creating an endpoint", async () => () => {
    return api().post(endpoints, { org_id: posthorn.newOrg(), url: receiver.url });
  }),
  route("changing an endpoint", async () => {
    const { orgId, endpointId } = await endpoint();
    const own = posthorn.apiWith(await keyOf(orgId));
    const change = { description: fresh() };
    return () => own.request("PATCH", `${endpoints}?id=eq.${endpointId}`, change, representation);
  }),
  route("deleting an endpoint", async () => {
    const { endpointId } = await endpoint();
    return () => api().request("DELETE", `${endpoints}?id=eq.${endpointId}`);
  }),
  route("upserting an event type", async () => () => {
    const type = { name: `upserted.${fresh()}`, description: "Upserted." };
    const prefer = "resolution=merge-duplicates";
    return api().post("/rest/v1/webhook_event_types", type, { prefer });
  }),
  route("naming an org", async () => () => {
    return api().post("/rest/v1/webhook_orgs", { id: posthorn.newOrg(), name: "Acme" });
  }),
  route("making a key", async () => () => {
    return api().post("/rest/v1/api_keys", { org_id: posthorn.newOrg(), role: "read" });
  }),
  ...(["send_test", "rotate_secret", "replay"] as const).map((name) =>
    route(`rpc/${name}`, async () => {
      const { endpointId } = await endpoint();
      const more = name === "replay" ? { since: "2026-01-01T00:00:00Z" } : {};
      return () => api().post(`/rest/v1/rpc/${name}`, { endpoint_id: endpointId, ...more });
    }),
  ),
  route("rpc/portal_link", async () => () => {
    return api().post("/rest/v1/rpc/portal_link", { org_id: posthorn.newOrg() });
  }),
  route("rpc/erase_org", async () => {
    const { orgId } = await endpoint();
    return () => api().post("/rest/v1/rpc/erase_org", { org_id: orgId });
  }),
];

const sessionRoutes: readonly Route[] = [
  route("signing in", async () => {
    const key = await keyOf(posthorn.newOrg());
    return () => api().post("/console/session", { key });
  }),
  route("opening a portal link", async () => {
    const link = { org_id: posthorn.newOrg() };
    const { row } = await api().post("/rest/v1/rpc/portal_link", link);
    const token = new URL(String(row["url"])).hash.slice(1);
    return () => api().post("/console/session", { link: token });
  }),
  route("signing out", async () => {
    const headers = await sessionHeaders();
    return () => api().request("DELETE", "/console/session", undefined, headers);
  }),
  route("the stream", async () => {
    const key = await keyOf(posthorn.newOrg());
    return async () => {
      const ended = new AbortController();
      const response = await fetch(`${posthorn.service.url}/rest/v1/stream`, {
        headers: { apikey: key },
        signal: ended.signal,
      });
      const isOpen = response.status === 200;
      const text = isOpen ? "" : await response.text();
      ended.abort();
      return { status: response.status, headers: response.headers, text };
    };
  }),
];

/** The statements that the service also sends when there is no request. */
let inBackground: ReadonlySet<string> | null = null;

async function statementsOf({ prepare }: Route): Promise<readonly string[]> {
  if (inBackground === null) {
    database.takeStatements();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    inBackground = database.takeStatements();
  }
  const act = await prepare();
  database.takeStatements();
  const answered = await act();
  expect(answered.status, answered.text).toBeLessThan(300);
  const sent = database.takeStatements();
  const always = new Set(["begin", "commit"]);
  return [...sent].filter((text) => always.has(text) || inBackground?.has(text) === false);
}

interface Refused {
  readonly answer: Answer;
  readonly wasRefused: boolean;
}

async function refusedWith(act: Act, sqlState: string, statement: string): Promise<Refused> {
  database.takeRefused();
  // The service's own functions raise data errors. PostgreSQL itself raises the other errors.
  const isPlain = !/^(2[12]|P0)/.test(sqlState);
  database.refusal = { sqlState, isPlain, isRefused: (text) => text === statement };
  try {
    const answer = await act();
    return { answer, wasRefused: database.takeRefused() > 0 };
  } finally {
    database.refusal = null;
  }
}

/**
 * Returns a function that sends the request while a statement fails. Preparing takes most of the
 * time, so the rows are reused after a failure. They are prepared again if the request succeeded,
 * or if it did not send the statement, which a request may do only once.
 */
function refuser({ prepare }: Route): (sqlState: string, statement: string) => Promise<Refused> {
  let prepared: Act | null = null;
  return async (sqlState, statement) => {
    const isNew = prepared === null;
    let act = prepared ?? (await prepare());
    let refused = await refusedWith(act, sqlState, statement);
    if (!refused.wasRefused && !isNew) {
      act = await prepare();
      refused = await refusedWith(act, sqlState, statement);
    }
    prepared = refused.answer.status < 300 ? null : act;
    return refused;
  };
}

function expectOwnTrouble({ status, headers, text }: Answer, expected: 500 | 503): void {
  expect(status, text).toBe(expected);
  expect(text).not.toContain(internalWords);
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(body["code"]).toMatch(/^PH_/);
  const retryAfter = headers.get("retry-after");
  if (expected === 503) expect(Number(retryAfter)).toBeGreaterThan(0);
  else expect(retryAfter).toBeNull();
}

describe.each([...readRoutes, ...writeRoutes, ...sessionRoutes])("$name", (each) => {
  test("no SQLSTATE in any of its statements is the client's mistake", async () => {
    const statements = await statementsOf(each);
    const refuse = refuser(each);
    let refusals = 0;
    for (const statement of statements) {
      for (const sqlState of each.isThorough ? Object.keys(states) : someStates) {
        const expected = states[sqlState] ?? 503;
        const { answer, wasRefused } = await refuse(sqlState, statement);
        if (!wasRefused) continue;
        refusals += 1;
        // A statement that only records something, e.g. the last use of a key, may fail without an
        // error.
        if (answer.status < 300) continue;
        const isAsked = askable.has(sqlState) && answer.text.includes(`"code":"${sqlState}"`);
        // A statement with the request's filters finds the rows to change, so its timeout may be
        // the client's mistake.
        const findsRows = sqlState === "57014" && statement.includes("for update");
        if (isAsked && (readRoutes.includes(each) || findsRows)) continue;
        expectOwnTrouble(answer, expected);
      }
    }
    expect(refusals).toBeGreaterThan(0);
  });
});

test("publishing returns 503 while the database is read-only, and works again afterwards", async () => {
  const admin = new pg.Client({ connectionString: posthorn.databaseUrl });
  await admin.connect();
  const name = pg.escapeIdentifier(new URL(posthorn.databaseUrl).pathname.slice(1));
  const orgId = posthorn.newOrg();
  const publish = () => apiOf(posthorn.service.url, api().key).post(events, event(orgId));
  const reconnect = `select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  try {
    await admin.query(`alter database ${name} set default_transaction_read_only = on`);
    await admin.query(reconnect);
    await until(async () => (await publish()).text.includes("PH_DATABASE_REFUSED"), "a refusal");
    expectOwnTrouble(await publish(), 503);
  } finally {
    await admin.query("set default_transaction_read_only = off");
    await admin.query(`alter database ${name} reset default_transaction_read_only`);
    await admin.query(reconnect);
    await admin.end();
  }
  await until(async () => (await publish()).status === 201, "publishing works again");
});
