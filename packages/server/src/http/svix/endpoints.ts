/**
 * The operations on endpoints. Those that this API creates have the contract of Svix, or the org's
 * default if the org may not use it.
 */
import { limits } from "../../limits.ts";
import { orgIdText, type OrgId } from "../../model/org-id.ts";
import { svixContract } from "../../model/preset.ts";
import { hasSvixPrefix, svixId, svixPrefixes, uuidOfSvixId } from "../../model/svix-id.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { EndpointFields } from "../../registry/endpoint-columns.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { Refusal } from "./errors.ts";
import { channelRule, Fields, namePattern } from "./fields.ts";
import { listAnswer, pageOf, readingOf } from "./query.ts";

export interface EndpointRow {
  id: string;
  external_id: string | null;
  url: string;
  description: string;
  contract: string;
  is_active: boolean;
  events: string[] | null;
  channels: string[] | null;
  rate_per_second: number | null;
  metadata: Readonly<Record<string, string>>;
  created_at: Date;
  updated_at: Date;
}

/** Terminals have no URL, so Svix's API does not show them. */
const selectSql = `
select id, external_id, url, description, contract, is_active, events, channels, rate_per_second,
       metadata, created_at, updated_at
from posthorn.webhook_endpoints as endpoint
where org_id = $1 and destination = 'http'`;

/** An endpoint as the API shows it. */
export function shownEndpoint(row: EndpointRow): object {
  return { ...shownWithoutMetadata(row), metadata: row.metadata };
}

/** `eventTypes` and `filterTypes` are two names of the same field, as are the two rates. */
export function shownWithoutMetadata(row: Omit<EndpointRow, "metadata">): object {
  return {
    id: svixId("endpoint", row.id),
    uid: row.external_id,
    url: row.url,
    version: 1,
    description: row.description,
    disabled: !row.is_active,
    eventTypes: row.events,
    filterTypes: row.events,
    channels: row.channels,
    throttleRate: row.rate_per_second,
    rateLimit: row.rate_per_second,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/** @throws Refusal `not_found` */
export async function findEndpoint(
  call: Call,
  orgId: string,
  database: Queryable,
  text = call.param("endpoint_id"),
): Promise<EndpointRow> {
  const id = await endpointIdOf(call, orgId, text);
  const { rows } = await database.query<EndpointRow>(
    `${selectSql} and ${id === null ? "external_id = $2" : "id = $2"}`,
    [orgId, id ?? text],
  );
  if (rows[0] === undefined) throw new Refusal("not_found");
  return rows[0];
}

/**
 * The endpoint that a Svix id names; null for a uid.
 * @throws Refusal `not_found`
 */
async function endpointIdOf(call: Call, orgId: string, text: string): Promise<string | null> {
  if (!hasSvixPrefix("endpoint", text)) return null;
  const computed = uuidOfSvixId("endpoint", text);
  if (computed !== null) return computed;
  const alias = await call.dependencies.svixAliases.find(text);
  if (alias === null || alias.endpointId === null || alias.orgId !== orgId) {
    throw new Refusal("not_found");
  }
  return alias.endpointId;
}

/** The endpoint of the path, with its application. */
export async function endpointOf(
  call: Call,
): Promise<{ readonly app: OrgId; readonly endpoint: EndpointRow }> {
  call.query.check();
  const app = await call.app();
  const endpoint = await call.read(app.id, (database) => findEndpoint(call, app.id, database));
  return { app, endpoint };
}

const typeRule = { charsLeast: 1, charsMax: limits.eventTypeNameCharsMax, pattern: namePattern };

/**
 * Reads an endpoint's fields. The missing ones of a whole endpoint get their defaults; those of a
 * patch stay undefined.
 */
function endpointFields(body: Fields, isPatch: boolean): EndpointFields {
  const urlRule = { charsLeast: 1, charsMax: 65_536 };
  const url = isPatch ? body.text("url", urlRule) : body.required("url", urlRule);
  if (isPatch && url === null) body.refuse("url", "it must be text");
  const channels = body.texts("channels", channelRule, limits.channelsMax);
  const version = body.integer("version", 1, 65_535);
  if (typeof version === "number" && version !== 1) body.refuse("version", "it can only be 1");
  const most = limits.eventTypesPerEndpointMax;
  const types = body.texts("eventTypes", typeRule, most) ?? undefined;
  const aliased = body.texts("filterTypes", typeRule, most) ?? undefined;
  const isCleared = body.has("eventTypes") || body.has("filterTypes");
  const events = types ?? aliased ?? (isPatch && !isCleared ? undefined : null);
  const rateMax = limits.endpointRatePerSecondMax;
  const rate = body.integer("throttleRate", 1, rateMax);
  const limit = body.integer("rateLimit", 1, rateMax);
  const hasRate = body.has("throttleRate") || body.has("rateLimit");
  const disabled = body.boolean("disabled");
  const uid = body.uid("uid", svixPrefixes.endpoint);
  const description = body.text("description", { charsMax: limits.descriptionCharsMax });
  const metadata = body.record("metadata");
  const otherwise = <Value>(value: Value): Value | undefined => (isPatch ? undefined : value);
  return {
    url: url ?? undefined,
    external_id: uid === undefined ? otherwise(null) : uid,
    description: description ?? (description === null ? "" : otherwise("")),
    is_active: disabled === undefined ? otherwise(true) : !disabled,
    events,
    channels: channels === undefined ? otherwise(null) : channels,
    rate_per_second: hasRate ? (rate ?? limit ?? null) : otherwise(null),
    metadata: metadata ?? (metadata === null ? {} : otherwise({})),
  };
}

/** Svix accepts a secret without its prefix. */
export function secretText(body: Fields, name: string): string | null | undefined {
  const secret = body.text(name, { charsLeast: 32, charsMax: 120 });
  if (secret?.startsWith("whsk_") === true) {
    body.refuse(name, "Posthorn signs with symmetric secrets, whsec_…, under this contract");
  }
  if (typeof secret !== "string") return secret;
  return secret.startsWith("whsec_") ? secret : `whsec_${secret}`;
}

async function list(call: Call): Promise<Answer> {
  const page = pageOf(call.query, "descending");
  const after = page.after === null ? null : uuidOfSvixId("endpoint", page.after);
  if (page.after !== null && after === null) call.query.refuse("iterator", "it is no iterator");
  call.query.check();
  const app = await call.app();
  const { order, comparison, limit } = readingOf(page);
  const { rows } = await call.read(app.id, (database) =>
    database.query<EndpointRow>(
      `${selectSql} and ($2::uuid is null or id ${comparison} $2)
       order by id ${order} limit $3`,
      [app.id, after, limit],
    ),
  );
  const placeOf = ({ id }: EndpointRow): string => svixId("endpoint", id);
  return { status: 200, body: listAnswer(page, rows, placeOf, shownEndpoint) };
}

interface Creation {
  readonly fields: EndpointFields;
  readonly secret?: string | null | undefined;
  readonly headers?: unknown;
}

async function insert(
  call: Call,
  app: OrgId,
  { fields, secret, headers }: Creation,
): Promise<Answer> {
  const { endpoints } = call.dependencies;
  await endpoints.lookUp(app.id, [fields]);
  const { nowMs, by } = call.change;
  return call.write(app.id, async (transaction) => {
    const given = {
      ...fields,
      org_id: orgIdText(app),
      preferredContract: svixContract,
      ...(secret === undefined ? {} : { secret }),
      ...(headers === undefined ? {} : { headers }),
    };
    const { id } = await endpoints.create(transaction, given, nowMs, by);
    return answerEndpoint(call, app, transaction, id, 201);
  });
}

async function answerEndpoint(
  call: Call,
  app: OrgId,
  database: Queryable,
  id: string,
  status: number,
): Promise<Answer> {
  const row = await findEndpoint(call, app.id, database, svixId("endpoint", id));
  return { status, body: shownEndpoint(row) };
}

async function create(call: Call): Promise<Answer> {
  call.query.check();
  const app = await call.app();
  const body = Fields.parse(call.facts.bodyText);
  const fields = endpointFields(body, false);
  const secret = secretText(body, "secret");
  const headers = body.record("headers") ?? undefined;
  body.check();
  return insert(call, app, { fields, secret, headers });
}

async function get(call: Call): Promise<Answer> {
  const { endpoint } = await endpointOf(call);
  return { status: 200, body: shownEndpoint(endpoint) };
}

/** Changes an endpoint, and tells the nodes after the commit. */
export async function changeEndpoint(
  call: Call,
  app: OrgId,
  id: string,
  fields: EndpointFields,
  answer: (transaction: Queryable) => Promise<Answer>,
): Promise<Answer> {
  const { endpoints, node } = call.dependencies;
  await endpoints.lookUp(app.id, [fields]);
  const { nowMs, by } = call.change;
  const answered = await call.write(app.id, async (transaction) => {
    await endpoints.update(transaction, [id], fields, nowMs, by);
    return answer(transaction);
  });
  await node.endpointsChanged([id]);
  return answered;
}

/** Replaces an endpoint, or creates one with the uid of the path. */
async function upsert(call: Call): Promise<Answer> {
  call.query.check();
  const app = await call.app();
  const text = call.param("endpoint_id");
  const body = Fields.parse(call.facts.bodyText);
  const hasUid = body.has("uid");
  const fields = endpointFields(body, false);
  body.check();
  const found = await call.read(app.id, (database) =>
    findEndpoint(call, app.id, database).catch((error: unknown) => {
      if (error instanceof Refusal) return null;
      throw error;
    }),
  );
  if (found === null) {
    if (hasSvixPrefix("endpoint", text)) throw new Refusal("not_found");
    return insert(call, app, { fields: hasUid ? fields : { ...fields, external_id: text } });
  }
  // Without a uid in the body, the endpoint keeps the one that the path names it by.
  const kept = hasUid ? fields : { ...fields, external_id: found.external_id };
  return changeEndpoint(call, app, found.id, kept, (transaction) =>
    answerEndpoint(call, app, transaction, found.id, 200),
  );
}

async function patch(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const body = Fields.parse(call.facts.bodyText);
  const fields = endpointFields(body, true);
  body.check();
  return changeEndpoint(call, app, endpoint.id, fields, (transaction) =>
    answerEndpoint(call, app, transaction, endpoint.id, 200),
  );
}

async function remove(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const { endpoints, node } = call.dependencies;
  const { nowMs, by } = call.change;
  const answered = await call.write(app.id, async (transaction) => {
    await endpoints.delete(transaction, [endpoint.id], nowMs, by);
    return { status: 204 };
  });
  await node.endpointsChanged([endpoint.id]);
  return answered;
}

const all = "/app/:app_id/endpoint";
const one = `${all}/:endpoint_id`;
const readers = ["manage", "read"] as const;
const writers = ["manage"] as const;

export const endpointOperations: readonly Operation[] = [
  { id: "endpoint.list", method: "GET", path: all, roles: readers, handle: list },
  { id: "endpoint.create", method: "POST", path: all, roles: writers, handle: create },
  { id: "endpoint.get", method: "GET", path: one, roles: readers, handle: get },
  { id: "endpoint.upsert", method: "PUT", path: one, roles: writers, handle: upsert },
  { id: "endpoint.patch", method: "PATCH", path: one, roles: writers, handle: patch },
  { id: "endpoint.delete", method: "DELETE", path: one, roles: writers, handle: remove },
];
