/** The operations on messages, which are events. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { uuidFloor, uuidTimeMs } from "../../model/id.ts";
import { standingAlone } from "../../model/json-text.ts";
import type { OrgId } from "../../model/org-id.ts";
import { messageIdOf, svixPrefixes, uuidOfSvixId } from "../../model/svix-id.ts";
import { runAskedRead } from "../../postgres/asked.ts";
import type { EventToPublish } from "../../pipeline/publish/publish.ts";
import type { Queryable } from "../../postgres/pool.ts";
import { expungeEvent } from "../../registry/expunge.ts";
import { saveEventType } from "../../registry/event-type-changes.ts";
import { appFields, createApp, uidOf, type AppFields } from "./applications.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { invalidField, InvalidFields, Refusal } from "./errors.ts";
import { channelRule, Fields, namePattern, tagRule } from "./fields.ts";
import { boundedPage, listAnswer, pageOf, readingOf, type Query } from "./query.ts";

export interface MessageRow {
  id: string;
  external_id: string | null;
  event_type: string;
  channels: readonly string[] | null;
  tags: readonly string[] | null;
  /** The payload's text; null if it was not asked for. */
  data: string | null;
}

/** A message as JSON text, because the payload stays as it was published. */
export function shownMessage(row: MessageRow, more: object = {}): string {
  const { id, external_id: externalId, event_type: eventType, channels, tags, data } = row;
  const facts = JSON.stringify({
    id: messageIdOf({ id, externalId }),
    eventId: externalId,
    eventType,
    channels,
    tags,
    deliverAt: null,
    timestamp: new Date(uuidTimeMs(id)).toISOString(),
    ...more,
  });
  return `${facts.slice(0, -1)},"payload":${data ?? "{}"}}`;
}

/** Writes a list whose items are JSON texts. */
export function textList<Row>(
  page: Parameters<typeof listAnswer>[0],
  rows: readonly Row[],
  placeOf: (row: Row) => string,
  show: (row: Row) => string,
): string {
  const { data, ...rest } = listAnswer(page, rows, placeOf, (row) => ({ text: show(row) }));
  const items = data.map((each) => (each as { readonly text: string }).text).join(",");
  return `{"data":[${items}],${JSON.stringify(rest).slice(1)}`;
}

/** The SQL of a payload: a fixed object after the payload was deleted. */
export const payloadSql = `coalesce(event.data::text, '{"expired":true}')`;

/** The SQL of a message's columns; `$1` says whether with the payload. */
export const messageColumns = `event.id, event.external_id, event.event_type, event.channels,
  event.tags,
  case when $1::boolean then ${payloadSql} end as data`;

/** @throws Refusal `not_found` */
export async function findMessage(
  call: Call,
  orgId: string,
  database: Queryable,
  withContent: boolean,
): Promise<MessageRow> {
  const text = call.param("msg_id");
  const id = uuidOfSvixId("message", text);
  const { rows } = await database.query<MessageRow>(
    `select ${messageColumns} from posthorn.webhook_events as event
     where event.org_id = $2 and ${id === null ? "event.external_id = $3" : "event.id = $3"}`,
    [withContent, orgId, id ?? text],
  );
  if (rows[0] === undefined) throw new Refusal("not_found");
  return rows[0];
}

/** The filters that lists of messages and of attempts share. */
export interface ListFilters {
  readonly types: readonly string[] | null;
  readonly beforeMs: number | null;
  readonly afterMs: number | null;
  readonly channel: string | null;
  readonly tag: string | null;
}

export function listFilters(query: Query): ListFilters {
  return {
    channel: query.text("channel"),
    tag: query.text("tag"),
    types: query.texts("event_types"),
    beforeMs: query.time("before"),
    afterMs: query.time("after"),
  };
}

/**
 * The SQL of the filters by channel and tag.
 *
 * @param first the number of the channel's parameter; the tag's is the next one.
 */
export function labelsSql(first: number): string {
  const [channel, tag] = [`$${first}::text`, `$${first + 1}::text`];
  return `(${channel} is null or event.channels @> array[${channel}])
    and (${tag} is null or event.tags @> array[${tag}])`;
}

/** The lowest id of a time, for ranges of ids. Ids of events contain their time. */
export function floorOf(ms: number | null): string | null {
  return ms === null ? null : uuidFloor(Math.min(Math.max(Math.ceil(ms), 0), 2 ** 48 - 1));
}

async function list(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, null);
  const withContent = query.boolean("with_content", true);
  const filters = listFilters(query);
  const after = page.after === null ? null : uuidOfSvixId("message", page.after);
  if (page.after !== null && after === null) query.refuse("iterator", "it is no iterator");
  query.check();
  const app = await call.app();
  const { order, comparison, limit } = readingOf(page);
  const sql = boundedPage(
    `select ${messageColumns} from posthorn.webhook_events as event
     where event.org_id = $2 and ($3::uuid is null or event.id ${comparison} $3)
       and ($4::text[] is null or event.event_type = any ($4))
       and ($5::uuid is null or event.id < $5) and ($6::uuid is null or event.id >= $6)
       and ${labelsSql(8)}
     order by event.id ${order} limit $7`,
    `id ${order}`,
    call.dependencies.tenants.answerBytesMax,
  );
  const { rows } = await call.read(app.id, (database) =>
    runAskedRead(() =>
      database.query<MessageRow>(sql, [
        withContent,
        app.id,
        after,
        filters.types,
        floorOf(filters.beforeMs),
        floorOf(filters.afterMs === null ? null : filters.afterMs + 1),
        limit,
        filters.channel,
        filters.tag,
      ]),
    ),
  );
  // An iterator is the computed id, also of a message that has another one.
  const placeOf = ({ id }: MessageRow): string => messageIdOf({ id });
  return { status: 200, body: textList(page, rows, placeOf, (row) => shownMessage(row)) };
}

async function get(call: Call): Promise<Answer> {
  const withContent = call.query.boolean("with_content", true);
  call.query.check();
  const app = await call.app();
  const row = await call.read(app.id, (database) =>
    findMessage(call, app.id, database, withContent),
  );
  return { status: 200, body: shownMessage(row) };
}

async function expungeContent(call: Call): Promise<Answer> {
  call.query.check();
  const app = await call.app();
  const { id } = await call.read(app.id, (database) => findMessage(call, app.id, database, false));
  return call.write(app.id, async (transaction) => {
    await expungeEvent(transaction, { orgId: app.id, eventId: id }, call.change);
    return { status: 204 };
  });
}

interface MessageFields {
  readonly type: string;
  readonly eventId: string | null;
  readonly dataJson: string;
  readonly channels: readonly string[] | null;
  readonly tags: readonly string[] | null;
  readonly application: AppFields | null;
}

const typeRule = { charsLeast: 1, charsMax: limits.eventTypeNameCharsMax, pattern: namePattern };
const retention = "Posthorn keeps all payloads for the days of POSTHORN_PAYLOAD_DAYS";

function messageFields(text: string): MessageFields {
  const body = Fields.parse(text);
  const type = body.required("eventType", typeRule);
  const eventId = body.uid("eventId", svixPrefixes.message) ?? null;
  const payload = body.objectText("payload");
  if (payload === null || !body.has("payload")) {
    body.refuse("payload", "field required", "value_error.missing");
  }
  const channels = body.texts("channels", channelRule, limits.channelsMax) ?? null;
  const tags = body.texts("tags", tagRule, limits.tagsMax) ?? null;
  body.unsupported("deliverAt", "Posthorn sends every message at once");
  body.unsupported("payloadRetentionPeriod", retention);
  body.unsupported("payloadRetentionHours", retention);
  body.unsupported("transformationsParams", "Posthorn sends the payload as JSON");
  const inner = body.inner("application");
  const application = inner === undefined || inner === null ? null : appFields(inner);
  inner?.end();
  body.check();
  const dataJson = standingAlone(payload ?? "{}");
  return { type, eventId, dataJson, channels, tags, application };
}

/** Publishes a message; the event's idempotency key is the request's. */
async function create(call: Call): Promise<Answer> {
  const { query, dependencies, facts } = call;
  const withContent = query.boolean("with_content", true);
  query.check();
  const fields = messageFields(facts.bodyText);
  const named = await call.namedApp();
  const app = dependencies.knownOrgs.remembered(named.id) ?? (await appFor(call, named, fields));
  const event = {
    orgId: app.id,
    orgExternalId: app.externalId,
    type: fields.type,
    timestampMs: null,
    dataJson: fields.dataJson,
    idempotencyKey: facts.idempotencyKey,
    externalId: fields.eventId,
    onlyEndpointId: null,
    channels: fields.channels,
    tags: fields.tags,
  };
  const { eventId: id, duplicate } = await publish(call, event);
  if (duplicate) await refuseOtherRequest(call, app, id);
  const { channels, tags } = fields;
  const row = { id, external_id: fields.eventId, event_type: fields.type, channels, tags };
  const data = withContent ? fields.dataJson : null;
  return { status: 202, body: shownMessage({ ...row, data }) };
}

/** The application of a new message, which the body may create. */
async function appFor(call: Call, named: OrgId, { application }: MessageFields): Promise<OrgId> {
  const known = await call.dependencies.knownOrgs.find(named.id);
  if (known !== null) return known;
  return createForMessage(call, named, application);
}

/** Creates the application that a body contains, if the path names it by the same uid. */
export async function createForMessage(
  call: Call,
  named: OrgId,
  application: AppFields | null,
): Promise<OrgId> {
  if (application === null) throw new Refusal("not_found");
  const { uid } = application;
  const problem = (type: string, msg: string): InvalidFields =>
    new InvalidFields([{ loc: ["body", "application", "uid"], msg, type }]);
  if (uid === undefined || uid === null) {
    throw problem("application_uid_missing", "The application needs a uid");
  }
  if (uid !== uidOf(named)) {
    throw problem("application_uid_mismatch", "The uid must be the one of the path");
  }
  await call.dependencies.tenants.change(null, (transaction) =>
    createApp(call, transaction, application),
  );
  return named;
}

/**
 * Publishes one event. Svix accepts messages of types that it does not know, so an unknown type is
 * added to the catalogue first. An org's own key may not do that, because all orgs share it.
 */
export async function publish(
  call: Call,
  event: EventToPublish,
): Promise<{ readonly eventId: string; readonly duplicate: boolean }> {
  try {
    return await publishOne(call, event);
  } catch (error) {
    if (!isOf(error, "PH_EVENT_TYPE_UNKNOWN") || event.onlyEndpointId !== null) throw error;
    if (call.facts.principal.kind !== "admin") {
      throw invalidField("body", "eventType", "There is no such event type");
    }
    await call.dependencies.tenants.change(null, (transaction) =>
      saveEventType(transaction, event.type, {}, { isUpsert: true, ...call.change }),
    );
    return publishOne(call, event);
  }
}

async function publishOne(
  { dependencies: { node, metrics } }: Call,
  event: EventToPublish,
): Promise<{ readonly eventId: string; readonly duplicate: boolean }> {
  const startMs = performance.now();
  try {
    const [published] = await node.publish([event]);
    if (published === undefined) throw new Error("The node returned no result.");
    metrics.published(published.duplicate ? 0 : 1, performance.now() - startMs);
    return published;
  } catch (error) {
    if (isOf(error, "PH_OVERLOADED")) metrics.refused("overloaded");
    throw error;
  }
}

function isOf(error: unknown, code: PosthornError["code"]): boolean {
  return error instanceof PosthornError && error.code === code;
}

/**
 * Only a repetition with the same idempotency key gets the first message. Another request with the
 * same eventId is a conflict, even if its content is the same.
 */
async function refuseOtherRequest(call: Call, app: OrgId, id: string): Promise<void> {
  const { idempotencyKey } = call.facts;
  const { rowCount } = await call.read(app.id, (database) =>
    database.query(
      `select from posthorn.webhook_events
       where id = $1 and org_id = $2 and idempotency_key = $3`,
      [id, app.id, idempotencyKey],
    ),
  );
  if (rowCount === 0) throw new Refusal("conflict", "A message with this eventId already exists");
}

const all = "/app/:app_id/msg";
const one = `${all}/:msg_id`;
const readers = ["manage", "read"] as const;

export const messageOperations: readonly Operation[] = [
  { id: "message.list", method: "GET", path: all, roles: readers, handle: list },
  { id: "message.create", method: "POST", path: all, roles: ["publish"], handle: create },
  { id: "message.get", method: "GET", path: one, roles: readers, handle: get },
  {
    id: "message.expunge-content",
    method: "DELETE",
    path: `${one}/content`,
    roles: [],
    handle: expungeContent,
  },
];
