/**
 * A request with another org's id gets the same response as a request with a random id: same
 * status, headers, body and time.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { uuidV7 } from "../../src/model/id.ts";
import { accessTable } from "../support/access-table.ts";
import { deliveryWith, hasStatus, publish, subscribe } from "../support/flow.ts";
import { answerStatus, startReceiver, type Receiver } from "../support/receiver.ts";
import { startTestService, type Answered, type Api, type TestService } from "../support/service.ts";
import { claims, jwtSecret, tokenOf } from "../support/tokens.ts";

let posthorn: TestService;
let receiver: Receiver;
let mine: string;
/** For each kind of id, one that belongs to the other org. */
let theirs: Readonly<Record<string, string>>;
const apis: Record<string, Api> = {};

beforeAll(async () => {
  posthorn = await startTestService({ environment: { POSTHORN_JWT_SECRET: jwtSecret } });
  receiver = await startReceiver(answerStatus(204));
  mine = (await subscribe(posthorn, receiver.url)).orgId;
  const { orgId, endpointId } = await subscribe(posthorn, receiver.url);
  const eventId = await publish(posthorn.api, orgId);
  const delivery = await deliveryWith(
    posthorn.api,
    `event_id=eq.${eventId}`,
    hasStatus("delivered"),
  );
  const one = async (path: string): Promise<string> => (await posthorn.api.get(path)).row.id;
  const replay = await posthorn.api.post("/rest/v1/rpc/replay", { endpoint_id: endpointId });
  theirs = {
    org_id: orgId,
    endpoint_id: endpointId,
    event_id: eventId,
    delivery_id: delivery.id,
    attempt_id: await one(`/rest/v1/webhook_attempts?delivery_id=eq.${delivery.id}`),
    replay_id: replay.row.id,
    audit_id: await one(`/rest/v1/webhook_audit?org_id=eq.${orgId}&limit=1`),
    key_id: (await posthorn.api.post("/rest/v1/api_keys", { org_id: orgId, role: "read" })).row.id,
  };
  for (const role of ["manage", "publish"] as const) {
    const made = await posthorn.api.post("/rest/v1/api_keys", { org_id: mine, role });
    apis[role] = posthorn.apiWith(String(made.row["key"]));
  }
  apis["JWT"] = posthorn.apiWith(await tokenOf(claims({ org_id: mine, webhook_role: "manage" })));
});
afterAll(async () => {
  await posthorn.close();
  await receiver.close();
});

interface Probe {
  readonly title: string;
  readonly caller?: string;
  readonly id: string;
  readonly method: string;
  readonly path: (id: string) => string;
  readonly body?: (id: string) => unknown;
  readonly prefer?: string;
}

const idOfTable: Readonly<Record<string, string>> = {
  webhook_orgs: "org_id",
  webhook_endpoints: "endpoint_id",
  webhook_events: "event_id",
  webhook_deliveries: "delivery_id",
  webhook_attempts: "attempt_id",
  webhook_replays: "replay_id",
  webhook_audit: "audit_id",
  webhook_erasures: "org_id",
  api_keys: "key_id",
};

/** The columns of each table that contain ids of rows in other tables. */
const idColumns: Readonly<Record<string, readonly string[]>> = {
  webhook_endpoints: ["org_id"],
  webhook_events: ["org_id"],
  webhook_deliveries: ["org_id", "endpoint_id", "event_id"],
  webhook_attempts: ["org_id", "endpoint_id", "event_id", "delivery_id"],
  webhook_replays: ["org_id", "endpoint_id"],
  webhook_audit: ["org_id"],
};

const bodies: Readonly<Record<string, unknown>> = {
  webhook_endpoints: { description: "mine" },
  webhook_orgs: { name: "mine" },
};

function tableProbes(): Probe[] {
  return Object.entries(idOfTable).flatMap(([table, id]) => {
    const path = `/rest/v1/${table}`;
    const key = table === "webhook_erasures" ? "org_id" : "id";
    const filters: readonly [string, (id: string) => string][] = [
      ["eq", (each) => `${key}=eq.${each}`],
      ["in", (each) => `${key}=in.(${each})`],
      ["or", (each) => `or=(${key}.eq.${each},${key}.eq.00000000-0000-0000-0000-000000000000)`],
      ["not.neq", (each) => `${key}=not.neq.${each}`],
      ["select", (each) => `select=*&${key}=eq.${each}&order=${key}.asc`],
      ["an embed", (each) => `select=*,webhook_deliveries(*)&${key}=eq.${each}`],
      ["embed's filter", (each) => `${key}=eq.${each}&webhook_deliveries.id=eq.${each}`],
    ];
    const reads = filters.map(([title, query]) => ({
      title: `GET ${table} by ${title}`,
      id,
      method: "GET",
      path: (each: string) => `${path}?${query(each)}`,
      prefer: "count=exact",
    }));
    const references = (idColumns[table] ?? []).map((column) => ({
      title: `GET ${table} by ${column}`,
      id: column,
      method: "GET",
      path: (each: string) => `${path}?${column}=eq.${each}`,
      prefer: "count=planned",
    }));
    const writes = ["PATCH", "DELETE", "PUT", "POST"].map((method) => ({
      title: `${method} ${table}`,
      id,
      method,
      path: (each: string) => (method === "POST" ? path : `${path}?${key}=eq.${each}`),
      body: (each: string) =>
        method === "DELETE" ? undefined : method === "POST" ? [{ [key]: each }] : bodies[table],
      prefer: "return=representation,count=exact",
    }));
    return [reads, references, writes].flat();
  });
}

const functionIds: Readonly<Record<string, string>> = {
  retry_delivery: "delivery_id",
  cancel_delivery: "delivery_id",
  replay: "endpoint_id",
  cancel_replay: "replay_id",
  rotate_secret: "endpoint_id",
  switch_secret: "endpoint_id",
  endpoint_secrets: "endpoint_id",
  send_test: "endpoint_id",
  explain: "event_id",
  erase_org: "org_id",
  import_svix_endpoint: "org_id",
  portal_link: "org_id",
  sent_request: "attempt_id",
  delivery_statistics: "org_id",
  endpoint_health: "org_id",
  overview: "org_id",
};

function functionProbes(): Probe[] {
  return Object.entries(functionIds).flatMap(([name, id]) => {
    const path = `/rest/v1/rpc/${name}`;
    return [
      { title: `POST ${name}`, id, method: "POST", path: () => path, body: given(id) },
      { title: `GET ${name}`, id, method: "GET", path: (each: string) => `${path}?${id}=${each}` },
    ];
  });
}

const given =
  (id: string) =>
  (each: string): unknown => ({ [id]: each });

const lastDay = {
  since: new Date(Date.now() - 86_400_000).toISOString(),
  until: new Date().toISOString(),
};

/** Functions whose probe is in `others`, because they need other arguments as well. */
const alsoAsked = ["test_filter", "test_transformation"];

const others: readonly Probe[] = [
  {
    title: "statistics of one endpoint",
    id: "endpoint_id",
    method: "POST",
    path: () => "/rest/v1/rpc/delivery_statistics",
    // Two answers about "the last hours" differ if a minute ends between them.
    body: (endpointId) => ({ endpoint_id: endpointId, ...lastDay }),
  },
  {
    title: "an explanation for one endpoint",
    id: "endpoint_id",
    method: "POST",
    path: () => "/rest/v1/rpc/explain",
    body: (each) => ({ event_id: "00000000-0000-7000-8000-000000000000", endpoint_id: each }),
  },
  {
    title: "a test of a filter",
    id: "event_id",
    method: "POST",
    path: () => "/rest/v1/rpc/test_filter",
    body: (each) => ({ filter: { $exists: true }, event_id: each }),
  },
  {
    title: "a test of a transformation",
    id: "event_id",
    method: "POST",
    path: () => "/rest/v1/rpc/test_transformation",
    body: (each) => ({ transformation: "() => ({})", event_id: each }),
  },
  {
    title: "the stream",
    id: "org_id",
    method: "GET",
    path: (each) => `/rest/v1/stream?org_id=${each}`,
  },
  {
    title: "a terminal",
    id: "endpoint_id",
    method: "GET",
    path: (each) => `/rest/v1/terminal?endpoint_id=${each}`,
  },
  {
    title: "many endpoints at once",
    id: "org_id",
    method: "POST",
    path: () => "/rest/v1/webhook_endpoints",
    body: (each) => [
      { org_id: mine, url: "https://example.com/" },
      { org_id: each, url: "https://example.com/" },
    ],
  },
  {
    title: "many events at once",
    caller: "publish",
    id: "org_id",
    method: "POST",
    path: () => "/rest/v1/webhook_events",
    body: (each) => [
      { org_id: mine, event_type: "scan.completed", data: { scan_id: "s" } },
      { org_id: each, event_type: "scan.completed", data: { scan_id: "s" } },
    ],
  },
  {
    title: "an endpoint moved to another org",
    id: "org_id",
    method: "PATCH",
    path: () => `/rest/v1/webhook_endpoints?org_id=eq.${mine}`,
    body: given("org_id"),
  },
  {
    title: "an upsert",
    id: "endpoint_id",
    method: "POST",
    path: () => "/rest/v1/webhook_endpoints",
    body: (each) => [{ id: each, url: "https://example.com/" }],
    prefer: "resolution=merge-duplicates",
  },
];

const probes = [...tableProbes(), ...functionProbes(), ...others];

async function ask(probe: Probe, id: string, caller = probe.caller ?? "manage"): Promise<Answered> {
  const api = apis[caller]!;
  const headers = probe.prefer === undefined ? {} : { prefer: probe.prefer };
  return api.request(probe.method, probe.path(id), probe.body?.(id), headers);
}

/**
 * A random id of the right format, from the same week as the real id, so that both lookups search
 * the same partition.
 */
function randomId(kind: string): string {
  return kind === "org_id" ? randomUUID() : uuidV7(Date.now(), randomBytes(10));
}

/** The whole response, in which ID replaces the requested id. */
function shape({ status, headers, text }: Answered, id: string): unknown {
  const kept = [...headers].filter(([name]) => name !== "date" && name !== "content-length");
  return JSON.parse(JSON.stringify({ status, kept, text }).replaceAll(id, "ID"));
}

describe.each(["manage", "JWT"])("with %s", (caller) => {
  test.each(
    probes.filter((each) => each.caller === undefined).map((each) => [each.title, each] as const),
  )("%s", async (_title, probe) => {
    const random = randomUUID();
    const their = theirs[probe.id]!;
    const onTheirs = await ask(probe, their, caller);
    expect(shape(onTheirs, their)).toEqual(shape(await ask(probe, random, caller), random));
    expect(onTheirs.status).toBeLessThan(500);
  });
});

test("a publisher's array that contains another org's id", async () => {
  const probe = probes.find((each) => each.caller === "publish")!;
  const random = randomUUID();
  const onTheirs = await ask(probe, theirs["org_id"]!);
  expect(shape(onTheirs, theirs["org_id"]!)).toEqual(shape(await ask(probe, random), random));
  expect(onTheirs.status).toBe(403);
});

test("none of this changed the other org's rows", async () => {
  const path = `/rest/v1/webhook_endpoints?id=eq.${theirs["endpoint_id"]}`;
  expect((await posthorn.api.get(path)).row).toMatchObject({ description: "", is_active: true });
  const events = await posthorn.api.get(`/rest/v1/webhook_events?org_id=eq.${theirs["org_id"]}`);
  expect(events.rows).toHaveLength(1);
});

test("every table and function that takes an id is tested", () => {
  const asked = new Set([...Object.keys(idOfTable), ...Object.keys(functionIds), ...alsoAsked]);
  const withoutIds = [
    "import_svix_application",
    "webhook_event_types",
    "webhook_contracts",
    "webhook_contract_versions",
    "check_endpoint_url",
    "preview_contract",
    "answer_terminal",
    "stream",
    "terminal",
  ];
  const names = accessTable
    .filter(({ path, isNothing }) => path.startsWith("/rest/v1/") && isNothing !== true)
    .map(({ path }) => path.split("/").at(-1)!);
  const left = [...new Set(names)].filter((each) => !asked.has(each));
  expect(left.toSorted()).toEqual(withoutIds.toSorted());
});

/** Enough rounds that a short load on the machine does not change the median. */
const rounds = 60;

test.each(
  [
    "GET webhook_deliveries by eq",
    "PATCH webhook_endpoints",
    "POST retry_delivery",
    "POST explain",
    "POST sent_request",
    "POST rotate_secret",
  ].map((title) => [title] as const),
)("%s takes about as long", async (title) => {
  const probe = probes.find((each) => each.title === title)!;
  const times: Record<"theirs" | "random", number[]> = { theirs: [], random: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order =
      round % 2 === 0 ? (["theirs", "random"] as const) : (["random", "theirs"] as const);
    for (const which of order) {
      const startedMs = performance.now();
      await ask(probe, which === "theirs" ? theirs[probe.id]! : randomId(probe.id));
      times[which].push(performance.now() - startedMs);
    }
  }
  const ratio = median(times.theirs) / median(times.random);
  // One additional query for existing ids would give a ratio of at least 1.5. A busy machine
  // changes the ratio by only a few per cent.
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
