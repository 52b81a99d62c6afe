/**
 * The access table lists every route, and the status that each kind of caller gets.
 * docs/reference/access.md shows the table. access.test.ts checks every cell on a running server.
 */

export const callers = [
  "no key",
  "wrong key",
  "expired key",
  "expired JWT",
  "JWT anon",
  "publish key",
  "publish JWT",
  "read key",
  "read JWT",
  "read portal",
  "manage key",
  "manage JWT",
  "manage portal",
  "other org's key",
  "other org's JWT",
  "metrics key",
  "publish_all key",
  "publish_all JWT",
  "admin key",
  "JWT service_role",
] as const;
export type Caller = (typeof callers)[number];

type Role = "manage" | "publish" | "read";

export interface AccessRule {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  readonly path: string;
  /**
   * The status for each caller. Null: the status is not specified, but it is the same for all
   * callers.
   */
  readonly answers: Readonly<Record<Caller, number>> | null;
  /** True if the route does not exist; the docs then omit it. */
  readonly isNothing?: boolean;
}

interface Answers {
  readonly roles: readonly Role[];
  /** The status for callers who have the permission. */
  readonly may: number;
  /** The status for a manage key of another org that uses an id of this org. */
  readonly foreign: number;
  /** The status for the operator, if it differs from `may`. */
  readonly operator?: number;
  readonly but?: Readonly<Partial<Record<Caller, number>>>;
}

function answersOf({ roles, may, foreign, operator = may, but }: Answers): Record<Caller, number> {
  const of = (role: Role): number => (roles.includes(role) ? may : 403);
  return {
    "no key": 401,
    "wrong key": 401,
    "expired key": 401,
    "expired JWT": 401,
    "JWT anon": 403,
    "publish key": of("publish"),
    "publish JWT": of("publish"),
    "read key": of("read"),
    "read JWT": of("read"),
    "read portal": of("read"),
    "manage key": of("manage"),
    "manage JWT": of("manage"),
    "manage portal": of("manage"),
    "other org's key": foreign,
    "other org's JWT": foreign,
    "metrics key": 403,
    "publish_all key": 403,
    "publish_all JWT": 403,
    "admin key": operator,
    "JWT service_role": operator,
    ...but,
  };
}

const everyRole = ["manage", "publish", "read"] as const;
const readers = ["manage", "read"] as const;

/** A route that does not exist: every authenticated caller gets this status. */
const nothing = (method: AccessRule["method"], path: string, status: number): AccessRule => ({
  method,
  path,
  answers: answersOf({
    roles: everyRole,
    may: status,
    foreign: status,
    but: { "publish_all key": status, "publish_all JWT": status },
  }),
  isNothing: true,
});

const operations = { GET: 200, POST: 201, PATCH: 204, DELETE: 204 } as const;
type TableRoles = Readonly<Partial<Record<keyof typeof operations, readonly Role[]>>>;

/** Rules for a table. Lists omit another org's rows, and changes do not affect them. */
function table(name: string, roles: TableRoles, isForAll = false): readonly AccessRule[] {
  const path = `/rest/v1/${name}`;
  return (["GET", "POST", "PATCH", "DELETE", "PUT"] as const).map((method) => {
    const given = method === "PUT" ? undefined : roles[method];
    if (given === undefined || method === "PUT") return nothing(method, path, 405);
    const may = operations[method];
    const isAllowed = given.includes("manage");
    const foreign = !isAllowed || (method === "POST" && !isForAll) ? 403 : may;
    const isPublish = name === "webhook_events" && method === "POST";
    const but = isPublish ? { "publish_all key": may, "publish_all JWT": may } : {};
    return { method, path, answers: answersOf({ roles: given, may, foreign, but }) };
  });
}

/** Rules for a function: POST, and also GET if the function only reads. */
function call(
  name: string,
  roles: readonly Role[],
  options: Partial<Answers> & { readonly isRead?: boolean } = {},
): readonly AccessRule[] {
  const path = `/rest/v1/rpc/${name}`;
  const { isRead = false, ...rest } = options;
  const answers = answersOf({ roles, may: 200, foreign: 404, ...rest });
  return [
    { method: "POST", path, answers },
    isRead ? { method: "GET", path, answers } : nothing("GET", path, 405),
  ];
}

const open = (path: string): AccessRule => ({ method: "GET", path, answers: null });

/** The key or portal link in the body authenticates the request, not a header. */
const signIn = answersOf({
  roles: readers,
  may: 200,
  foreign: 200,
  but: {
    "JWT anon": 401,
    "publish JWT": 401,
    "read JWT": 401,
    "manage JWT": 401,
    "publish_all JWT": 401,
    "other org's JWT": 401,
    "JWT service_role": 401,
  },
});

const metrics = answersOf({ roles: [], may: 200, foreign: 403, but: { "metrics key": 200 } });

/** Only a session authenticates these requests. A key in the header is ignored. */
const bySession = (without: number, withOne: number): Record<Caller, number> => ({
  ...(Object.fromEntries(callers.map((caller) => [caller, without])) as Record<Caller, number>),
  "read portal": withOne,
  "manage portal": withOne,
});

export const accessTable: readonly AccessRule[] = [
  ...table("webhook_orgs", { GET: readers, POST: [], PATCH: [] }),
  ...table("webhook_event_types", { GET: everyRole, POST: [], PATCH: [], DELETE: [] }),
  ...table("webhook_contracts", { GET: everyRole, POST: [], PATCH: [], DELETE: [] }),
  ...table("webhook_contract_versions", { GET: [] }),
  ...table("webhook_endpoints", {
    GET: readers,
    POST: ["manage"],
    PATCH: ["manage"],
    DELETE: ["manage"],
  }),
  ...table("webhook_events", { GET: readers, POST: ["publish"] }),
  ...table("webhook_deliveries", { GET: readers }),
  ...table("webhook_attempts", { GET: readers }),
  ...table("webhook_replays", { GET: readers }),
  ...table("webhook_erasures", { GET: [] }),
  ...table("webhook_audit", { GET: readers }),
  ...table("api_keys", { GET: [], POST: [], DELETE: [] }),
  ...call("retry_delivery", ["manage"]),
  ...call("cancel_delivery", ["manage"]),
  ...call("replay", ["manage"]),
  ...call("cancel_replay", ["manage"]),
  ...call("rotate_secret", ["manage"]),
  ...call("switch_secret", ["manage"]),
  ...call("endpoint_secrets", readers, { isRead: true }),
  ...call("send_test", ["manage"]),
  ...call("explain", readers, { isRead: true }),
  ...call("erase_org", [], { foreign: 403 }),
  ...call("import_svix_application", [], { foreign: 403 }),
  ...call("import_svix_endpoint", [], { foreign: 403 }),
  // These callers may not create a link, because the session could outlive their own credentials.
  ...call("portal_link", ["manage"], { but: { "manage portal": 403, "manage JWT": 403 } }),
  ...call("check_endpoint_url", ["manage"], { foreign: 200, isRead: true }),
  ...call("test_filter", readers, { isRead: true }),
  ...call("test_transformation", ["manage"], { isRead: true }),
  ...call("sent_request", readers, { isRead: true }),
  ...call("preview_contract", [], { foreign: 403, isRead: true }),
  ...call("delivery_statistics", readers, { isRead: true }),
  ...call("endpoint_health", readers, { isRead: true }),
  ...call("overview", readers, { isRead: true }),
  ...call("answer_terminal", ["manage"]),
  {
    method: "GET",
    path: "/rest/v1/terminal",
    answers: answersOf({ roles: ["manage"], may: 200, foreign: 404 }),
  },
  {
    method: "GET",
    path: "/rest/v1/stream",
    answers: answersOf({ roles: readers, may: 200, foreign: 404 }),
  },
  { method: "GET", path: "/metrics", answers: metrics },
  { method: "POST", path: "/console/session", answers: signIn },
  { method: "GET", path: "/console/session", answers: bySession(401, 200) },
  { method: "DELETE", path: "/console/session", answers: bySession(204, 204) },
  open("/"),
  open("/*"),
  open("/assets/*"),
  open("/console/theme.json"),
  open("/console/logo"),
  open("/docs"),
  open("/docs/*"),
  open("/healthz"),
  open("/openapi.json"),
  open("/.well-known/jwks.json"),
  open("/.well-known/keys.pem"),
  open("/readyz"),
  ...(["GET", "POST", "PATCH", "DELETE", "PUT"] as const).flatMap((method) => [
    nothing(method, "/rest/v1/rpc/:name", method === "GET" || method === "POST" ? 404 : 405),
    nothing(method, "/rest/v1/:table", 404),
    nothing(method, "/rest/v1/*", 404),
  ]),
];

/** The columns in the docs. Callers that always get the same status share a column. */
const columns: Readonly<Record<string, readonly Caller[]>> = {
  "nobody known": ["no key", "wrong key", "expired key", "expired JWT"],
  "JWT `anon`": ["JWT anon"],
  "`publish`": ["publish key", "publish JWT"],
  "`read`": ["read key", "read JWT"],
  "`read` portal": ["read portal"],
  "`manage` key": ["manage key"],
  "`manage` JWT": ["manage JWT"],
  "`manage` portal": ["manage portal"],
  "other org": ["other org's key", "other org's JWT"],
  "`metrics`": ["metrics key"],
  "`publish_all`": ["publish_all key", "publish_all JWT"],
  "admin key": ["admin key"],
  "`service_role`": ["JWT service_role"],
};

/** The access table in Markdown. */
export function accessMarkdown(): string {
  const shown = accessTable.filter((rule) => rule.isNothing !== true);
  const names = Object.keys(columns);
  const rows = shown.map(({ method, path, answers }) => {
    const cells = Object.values(columns).map((group) => {
      if (answers === null) return "open";
      return [...new Set(group.map((caller) => answers[caller]))].join(" or ");
    });
    return `| \`${method} ${path}\` | ${cells.join(" | ")} |`;
  });
  return [
    `| route | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---").join("|")}|`,
    ...rows,
  ].join("\n");
}
