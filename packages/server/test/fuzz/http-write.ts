/** All other writes and functions on a real server. A rejected request must change nothing. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { broken, contentType } from "./bodies.ts";
import { anyJson, mutatedJson, wordsOf } from "./json.ts";
import { preferHeader, tableQuery } from "./query-strings.ts";
import type { Known, Served } from "./served.ts";
import type { OpenTarget, ServedTarget } from "./target.ts";

const org = "ORG-OF-THE-CASE";
const endpoint = "ENDPOINT-OF-THE-CASE";

interface Template {
  readonly method: "POST" | "PATCH" | "DELETE";
  readonly target: string;
  readonly body: object;
}

const post = (target: string, body: object): Template => ({ method: "POST", target, body });
const call = (name: string, body: object): Template => post(`rpc/${name}`, body);

function templates({
  receiverUrl: url,
  eventId,
  deliveryId,
  ...known
}: Known): readonly Template[] {
  const since = "2026-01-01T00:00:00Z";
  const fields = { url, description: "d", events: ["scan.completed"], contract: "cda" };
  const more = { headers: { "X-A": "1", cookie: "a" }, in_flight_max: 2, rate_per_second: 5 };
  const type = { name: "fuzz.made", description: "d", example: { a: 1 }, schema_check: "warn" };
  const schema = {
    type: "object",
    properties: { a: { type: "string", pattern: "^a+$", format: "uri" } },
    required: ["a"],
    $defs: { b: { anyOf: [{ const: 1 }, { $ref: "#/$defs/b" }] } },
  };
  return [
    post("webhook_endpoints", { org_id: org, ...fields, ...more }),
    post("webhook_endpoints", [{ org_id: org, url, secret: `whsec_${"A".repeat(40)}` }]),
    {
      method: "PATCH",
      target: `webhook_endpoints?id=eq.${endpoint}`,
      body: { ...fields, ...more },
    },
    { method: "PATCH", target: `webhook_endpoints?org_id=eq.${org}`, body: { active: false } },
    { method: "DELETE", target: `webhook_endpoints?id=eq.${endpoint}`, body: {} },
    post("webhook_orgs", { id: org, name: "n" }),
    { method: "PATCH", target: `webhook_orgs?id=eq.${org}`, body: { name: "n" } },
    post("webhook_event_types", { ...type, schema }),
    { method: "PATCH", target: "webhook_event_types?name=eq.fuzz.made", body: { schema } },
    { method: "DELETE", target: "webhook_event_types?name=eq.fuzz.made", body: {} },
    post("api_keys", { org_id: org, name: "n", role: "read", expires_at: "2027-01-01T00:00:00Z" }),
    { method: "DELETE", target: `api_keys?org_id=eq.${org}`, body: {} },
    call("retry_delivery", { delivery_id: deliveryId }),
    call("cancel_delivery", { delivery_id: deliveryId }),
    call("replay", {
      endpoint_id: endpoint,
      status: "failed",
      since,
      until: since,
      dry_run: false,
    }),
    call("replay", { endpoint_id: known.endpointId, event_type: "scan.completed", dry_run: true }),
    call("cancel_replay", { replay_id: eventId }),
    call("rotate_secret", { endpoint_id: endpoint, overlap_seconds: 60 }),
    call("send_test", { endpoint_id: endpoint, event_type: "scan.completed" }),
    call("explain", { event_id: eventId, endpoint_id: known.endpointId }),
    call("erase_org", { org_id: org }),
    call("portal_link", { org_id: org, read_only: true, expires_in_seconds: 60 }),
    call("portal_link", { org_id: org, session_seconds: 60, appearance: "dark" }),
    call("check_endpoint_url", { url }),
    call("sent_request", { attempt_id: deliveryId }),
    call("delivery_statistics", { org_id: org, since, until: since, resolution_seconds: 60 }),
    call("endpoint_health", { org_id: org, since }),
    call("overview", { org_id: org }),
  ];
}

const words = [
  ...wordsOf(
    "id org_id url secret headers events contract active role name schema $ref $id $schema",
  ),
  ...wordsOf("#/$defs/b # http://x/y type pattern format ^(a+)+$ manage publish missed delivered"),
  ...wordsOf(
    "http://127.0.0.1:1/ https://10.0.0.1/ http://[::1]/ http://0x7f.1/ https://u:p@1.1.1.1",
  ),
  ...wordsOf("http://127.0.0.1:99999/ ftp://127.0.0.1/ http://127.0.0.1/#a //127.0.0.1 Host TE"),
  ...wordsOf(
    "webhook-id X-CDA-Signature content-length a\tb a.b..c standard svix whsec_ 2026-13-01",
  ),
];

/** Reads everything of an org that a case could change. */
const snapshot = {
  name: "snapshot",
  text: `select array[
  (select count(*) from posthorn.orgs where id = $1),
  (select count(*) from posthorn.endpoints where org_id = $1),
  (select coalesce(sum(hashtext(e::text)), 0) from posthorn.endpoints e where org_id = $1),
  (select count(*) from posthorn.endpoint_secrets s join posthorn.endpoints e
   on e.id = s.endpoint_id where e.org_id = $1),
  (select count(*) from posthorn.events where org_id = $1),
  (select count(*) from posthorn.replays where org_id = $1),
  (select count(*) from posthorn.api_keys where org_id = $1),
  (select count(*) from posthorn.portal_links where org_id = $1),
  (select count(*) from posthorn.erasures where org_id = $1),
  (select count(*) from posthorn.audit_entries where org_id = $1),
  (select coalesce(sum(hashtext(t::text)), 0) from posthorn.event_types t)
]::text as state`,
};

async function open(served: Served): Promise<OpenTarget> {
  const { known, database } = served;
  const { keys } = known;
  const stateOf = async (orgId: string): Promise<string> =>
    (await database.query<{ state: string }>({ ...snapshot, values: [orgId] })).rows[0]?.state ??
    "";
  const headersOf = (given: Readonly<Record<string, string | undefined>>) =>
    Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
  const endpointIn = async (orgId: string): Promise<string> => {
    const fields = { org_id: orgId, url: known.receiverUrl };
    const { status, body } = await served.ask({
      method: "POST",
      target: "/rest/v1/webhook_endpoints",
      headers: headersOf({ apikey: keys.admin, "content-type": "application/json" }),
      body: Buffer.from(JSON.stringify(fields)),
    });
    assert.equal(status, 201, body);
    return (JSON.parse(body) as { id: string }).id;
  };
  const written = fc.constantFrom(...templates(known)).chain((template) =>
    fc.record({
      template: fc.constant(template),
      text: fc.oneof(
        { weight: 8, arbitrary: mutatedJson(JSON.stringify(template.body), words) },
        { weight: 1, arbitrary: anyJson },
      ),
    }),
  );
  const property = fc.asyncProperty(
    written,
    broken,
    contentType,
    preferHeader,
    fc.constantFrom(keys.admin, keys.admin, keys.admin, keys.manage, keys.read, keys.publish),
    async ({ template, text }, damage, type, prefer, apikey) => {
      // The org's id is new in each run. If it belonged to the case, shrinking would use the same
      // org again and find its rows.
      const orgId = randomUUID();
      const needsEndpoint = (template.target + text).includes(endpoint);
      const endpointId = needsEndpoint ? await endpointIn(orgId) : orgId;
      const named = (part: string): string =>
        part.replaceAll(endpoint, endpointId).replaceAll(org, orgId);
      const before = await stateOf(orgId);
      const answer = await served.ask({
        method: template.method,
        target: `/rest/v1/${named(template.target)}`,
        headers: headersOf({ apikey, prefer, "content-type": type }),
        body: damage(Buffer.from(named(text))),
      });
      if (answer.status >= 400) assert.equal(await stateOf(orgId), before, answer.body);
    },
  );
  return { property };
}

/** Changes with all kinds of filters, which are rolled back; and functions called by GET. */
async function openFilters(served: Served): Promise<OpenTarget> {
  const { keys } = served.known;
  const property = fc.asyncProperty(
    tableQuery,
    fc.constantFrom("PATCH", "DELETE", "POST", "PUT"),
    fc.constantFrom("{}", '{"description":"d"}', '{"name":"n"}', "[]", "[{}]", ""),
    preferHeader,
    async ([table, query], method, text, prefer) => {
      await served.ask({
        method,
        target: `/rest/v1/${table}?${query}`,
        headers: [
          // The change is limited to one org and rolled back, because the following cases need its
          // rows.
          ["apikey", keys.manage],
          ["content-type", "application/json"],
          ["prefer", `tx=rollback,${prefer ?? ""}`],
        ],
        body: Buffer.from(text),
      });
    },
  );
  return { property };
}

export const httpWriteTargets: readonly ServedTarget[] = [
  { name: "http-write", share: 4, shortCases: 100, open },
  { name: "http-filters", share: 2, shortCases: 100, open: openFilters },
];
