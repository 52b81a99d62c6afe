/** The operations on attempts, and on the deliveries that they belong to. */
import { attemptId, deliveryId } from "../../model/id.ts";
import { messageIdOf, svixId, uuidOfSvixId } from "../../model/svix-id.ts";
import { runAskedRead } from "../../postgres/asked.ts";
import { expungeAttempt } from "../../registry/expunge.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { findEndpoint, shownWithoutMetadata, type EndpointRow } from "./endpoints.ts";
import { Refusal } from "./errors.ts";
import {
  findMessage,
  floorOf,
  labelsSql,
  listFilters,
  payloadSql,
  shownMessage,
  textList,
  type ListFilters,
  type MessageRow,
} from "./messages.ts";
import { boundedPage, listAnswer, pageOf, readingOf, type Page, type Query } from "./query.ts";

const status = { success: 0, pending: 1, fail: 2, sending: 3, canceled: 4 } as const;
type StatusText = keyof typeof status;

const shownStatus = (text: StatusText): object => ({ status: status[text], statusText: text });

/** The contract's success rules decide. */
const isSuccess = "attempt.succeeded";

interface AttemptRow extends MessageRow {
  delivery_id: string;
  number: number;
  endpoint_id: string;
  event_id: string;
  url: string;
  response_status: number | null;
  response: string | null;
  is_success: boolean;
  trigger: string;
  attempted_at: Date;
  duration_ms: number;
}

/** `$1` says whether with the content, and `$2` whether with the message. */
const attemptsSql = `
select attempt.delivery_id, attempt.number, attempt.endpoint_id, attempt.event_id,
       endpoint.url, attempt.response_status,
       case when $1::boolean then coalesce(attempt.response_body, attempt.error_message, '') end
         as response,
       ${isSuccess} as is_success, attempt.trigger, attempt.attempted_at, attempt.duration_ms,
       event.id, event.external_id, event.event_type, event.channels, event.tags,
       case when $1::boolean and $2::boolean then ${payloadSql} end as data
from posthorn.webhook_attempts as attempt
join posthorn.endpoints as endpoint on endpoint.id = attempt.endpoint_id
left join posthorn.events as event on event.id = attempt.event_id
where endpoint.destination = 'http' and attempt.org_id = $3`;

function shownAttempt(row: AttemptRow, withMessage: boolean): string {
  const { event_id: id, external_id: externalId, response } = row;
  const facts = JSON.stringify({
    id: svixId("attempt", attemptId(row.delivery_id, row.number)),
    msgId: messageIdOf({ id, externalId }),
    endpointId: svixId("endpoint", row.endpoint_id),
    url: row.url,
    response: response ?? "{}",
    responseStatusCode: row.response_status ?? 0,
    responseDurationMs: row.duration_ms,
    ...shownStatus(row.is_success ? "success" : "fail"),
    triggerType: row.trigger === "manual" ? 1 : 0,
    timestamp: row.attempted_at.toISOString(),
  });
  if (!withMessage || row.event_type === null) return facts;
  return `${facts.slice(0, -1)},"msg":${shownMessage(row)}}`;
}

interface AttemptFilters extends ListFilters {
  readonly isSuccess: boolean | null;
  readonly isNone: boolean;
  readonly statusClass: number | null;
  readonly withContent: boolean;
  readonly withMessage: boolean;
}

/** An attempt is stored when it is over, so none is pending or being sent. */
function attemptFilters(query: Query): AttemptFilters {
  const wanted = query.oneOf("status", Object.values(status));
  query.boolean("expanded_statuses", true);
  return {
    ...listFilters(query),
    isSuccess: wanted === null ? null : wanted === status.success,
    isNone: wanted !== null && wanted !== status.success && wanted !== status.fail,
    statusClass: query.oneOf("status_code_class", [0, 100, 200, 300, 400, 500]),
    withContent: query.boolean("with_content", true),
    withMessage: query.boolean("with_msg", false),
  };
}

/** The conditions of the filters: `$4` to `$11`. */
const filtersSql = `
  and ($4::boolean is null or ${isSuccess} = $4)
  and ($5::integer is null or case $5 when 0 then attempt.response_status is null
         else attempt.response_status between $5 and $5 + 99 end)
  and ($6::text[] is null or event.event_type = any ($6))
  and ($7::timestamptz is null or attempt.attempted_at < $7)
  and ($8::timestamptz is null or attempt.attempted_at > $8)
  and not $9::boolean
  and ${labelsSql(10)}`;

function filterValues(filters: AttemptFilters): readonly unknown[] {
  const time = (ms: number | null): string | null => (ms === null ? null : isoOf(ms));
  return [
    filters.isSuccess,
    filters.statusClass,
    filters.types,
    time(filters.beforeMs),
    time(filters.afterMs),
    filters.isNone,
    filters.channel,
    filters.tag,
  ];
}

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** The delivery and the number of an attempt's id. */
function attemptOf(text: string): { readonly delivery: string; readonly number: number } | null {
  const id = uuidOfSvixId("attempt", text);
  if (id === null) return null;
  return { delivery: `${id.slice(0, 34)}00`, number: Number.parseInt(id.slice(34), 16) };
}

interface AttemptQuestion {
  readonly orgId: string;
  readonly page: Page;
  readonly filters: AttemptFilters;
  /** A condition, whose parameters start with `$12`, and their values. */
  readonly where: string;
  readonly values: readonly unknown[];
}

/**
 * A page of attempts. Attempts of one delivery are adjacent, because their ids are, and deliveries
 * are in the order of their messages.
 */
async function attemptPage(call: Call, question: AttemptQuestion): Promise<Answer> {
  const { orgId, page, filters, where, values } = question;
  const { order, comparison, limit } = readingOf(page);
  const after = page.after === null ? null : attemptOf(page.after);
  const at = 12 + values.length;
  const sql = boundedPage(
    `${attemptsSql} ${filtersSql} ${where}
    and ($${at}::uuid is null
      or (attempt.delivery_id, attempt.number) ${comparison} ($${at}, $${at + 1}::integer))
    order by attempt.delivery_id ${order}, attempt.number ${order} limit $${at + 2}`,
    `delivery_id ${order}, number ${order}`,
    call.dependencies.tenants.answerBytesMax,
  );
  const parameters = [
    filters.withContent,
    filters.withMessage,
    orgId,
    ...filterValues(filters),
    ...values,
    after?.delivery ?? null,
    after?.number ?? null,
    limit,
  ];
  const { rows } = await call.read(orgId, (database) =>
    runAskedRead(() => database.query<AttemptRow>(sql, parameters)),
  );
  const placeOf = (row: AttemptRow): string =>
    svixId("attempt", attemptId(row.delivery_id, row.number));
  const show = (row: AttemptRow): string => shownAttempt(row, filters.withMessage);
  return { status: 200, body: textList(page, rows, placeOf, show) };
}

function attemptsPageOf(query: Query): Page {
  const page = pageOf(query, null);
  if (page.after !== null && attemptOf(page.after) === null) {
    query.refuse("iterator", "it is no iterator");
  }
  return page;
}

async function listByEndpoint(call: Call): Promise<Answer> {
  const page = attemptsPageOf(call.query);
  const filters = attemptFilters(call.query);
  call.query.check();
  const app = await call.app();
  const endpoint = await call.read(app.id, (database) => findEndpoint(call, app.id, database));
  const where = "and attempt.endpoint_id = $12";
  return attemptPage(call, { orgId: app.id, page, filters, where, values: [endpoint.id] });
}

async function listByMessage(call: Call): Promise<Answer> {
  const page = attemptsPageOf(call.query);
  const filters = attemptFilters(call.query);
  const endpointText = call.query.text("endpoint_id");
  call.query.check();
  const app = await call.app();
  const { message, endpointId } = await call.read(app.id, async (database) => ({
    message: await findMessage(call, app.id, database, false),
    endpointId:
      endpointText === null ? null : (await findEndpoint(call, app.id, database, endpointText)).id,
  }));
  const where = `and attempt.delivery_id between posthorn.delivery_id_least($12::uuid)
      and posthorn.delivery_id_greatest($12::uuid)
    and attempt.event_id = $12 and ($13::uuid is null or attempt.endpoint_id = $13)`;
  const values = [message.id, endpointId];
  return attemptPage(call, { orgId: app.id, page, filters, where, values });
}

async function get(call: Call): Promise<Answer> {
  call.query.boolean("expanded_statuses", true);
  call.query.check();
  const app = await call.app();
  return { status: 200, body: shownAttempt(await find(call, app.id), false) };
}

/** @throws Refusal `not_found` */
async function find(call: Call, orgId: string): Promise<AttemptRow> {
  const attempt = attemptOf(call.param("attempt_id"));
  const row = await call.read(orgId, async (database) => {
    const message = await findMessage(call, orgId, database, false);
    const { rows } = await database.query<AttemptRow>(
      `${attemptsSql} and attempt.delivery_id = $4 and attempt.number = $5
         and attempt.event_id = $6`,
      [true, false, orgId, attempt?.delivery ?? null, attempt?.number ?? null, message.id],
    );
    return rows[0];
  });
  if (row === undefined) throw new Refusal("not_found");
  return row;
}

async function expungeContent(call: Call): Promise<Answer> {
  call.query.check();
  const { id: orgId } = await call.app();
  const { delivery_id: delivery, number } = await find(call, orgId);
  const attempt = { orgId, attemptId: attemptId(delivery, number), deliveryId: delivery, number };
  return call.write(orgId, async (transaction) => {
    await expungeAttempt(transaction, attempt, call.change);
    return { status: 204 };
  });
}

interface DeliveryFacts {
  delivery_status: "pending" | "delivered" | "failed" | "cancelled";
  due_at: Date | null;
}

/** A pending delivery was attempted, so it waits for its next attempt. */
function statusOf({ delivery_status: of }: DeliveryFacts, isExpanded: boolean): StatusText {
  switch (of) {
    case "delivered":
      return "success";
    case "failed":
      return "fail";
    case "pending":
      return isExpanded ? "sending" : "pending";
    case "cancelled":
      return isExpanded ? "canceled" : "fail";
  }
}

function nextAttempt({ delivery_status: of, due_at: dueAt }: DeliveryFacts): string | null {
  return of === "pending" && dueAt !== null ? dueAt.toISOString() : null;
}

const statusFilters: Readonly<Record<number, readonly string[]>> = {
  [status.success]: ["delivered"],
  [status.pending]: [],
  [status.fail]: ["failed"],
  [status.sending]: ["pending"],
  [status.canceled]: ["cancelled"],
};

/** The messages that were sent to an endpoint, newest first. */
async function listAttemptedMessages(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, null);
  const filters = listFilters(query);
  const wanted = query.oneOf("status", Object.values(status));
  const isExpanded = query.boolean("expanded_statuses", true);
  const withContent = query.boolean("with_content", true);
  const after = page.after === null ? null : uuidOfSvixId("message", page.after);
  if (page.after !== null && after === null) query.refuse("iterator", "it is no iterator");
  query.check();
  const app = await call.app();
  const { order, comparison, limit } = readingOf(page);
  const sql = boundedPage(
    `select event.id, event.external_id, event.event_type, event.channels, event.tags,
            delivery.id as delivery_id,
            case when $1::boolean then ${payloadSql} end as data,
            delivery.status as delivery_status, delivery.due_at
     from posthorn.deliveries as delivery
     join posthorn.events as event on event.id = delivery.event_id
     where delivery.endpoint_id = $2 and delivery.org_id = $3 and delivery.attempts > 0
       and ($4::uuid is null or delivery.id ${comparison} $4)
       and ($5::text[] is null or event.event_type = any ($5))
       and ($6::text[] is null or delivery.status = any ($6))
       and ($7::uuid is null or delivery.id < $7) and ($8::uuid is null or delivery.id >= $8)
       and ${labelsSql(10)}
     order by delivery.id ${order} limit $9`,
    `delivery_id ${order}`,
    call.dependencies.tenants.answerBytesMax,
  );
  const rows = await call.read(app.id, async (database) => {
    const { id } = await findEndpoint(call, app.id, database);
    const found = await runAskedRead(() =>
      database.query<MessageRow & DeliveryFacts>(sql, [
        withContent,
        id,
        app.id,
        after === null ? null : deliveryId(after, id),
        filters.types,
        wanted === null ? null : statusFilters[wanted],
        floorOf(filters.beforeMs),
        floorOf(filters.afterMs === null ? null : filters.afterMs + 1),
        limit,
        filters.channel,
        filters.tag,
      ]),
    );
    return found.rows;
  });
  const placeOf = ({ id }: MessageRow): string => svixId("message", id);
  const body = textList(page, rows, placeOf, (row) => {
    const next = nextAttempt(row);
    const more = next === null ? {} : { nextAttempt: next };
    return shownMessage(row, { ...shownStatus(statusOf(row, isExpanded)), ...more });
  });
  return { status: 200, body };
}

/** The endpoints that a message was sent to, including those that were deleted since. */
async function listAttemptedDestinations(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, "ascending");
  const after = page.after === null ? null : uuidOfSvixId("endpoint", page.after);
  if (page.after !== null && after === null) query.refuse("iterator", "it is no iterator");
  query.check();
  const app = await call.app();
  const { order, comparison, limit } = readingOf(page);
  const rows = await call.read(app.id, async (database) => {
    const message = await findMessage(call, app.id, database, false);
    const found = await database.query<EndpointRow & DeliveryFacts>(
      `select endpoint.id, endpoint.external_id, endpoint.url, endpoint.description,
              endpoint.is_active, endpoint.event_types as events, endpoint.channels,
              endpoint.rate_per_second, endpoint.created_at, endpoint.updated_at,
              delivery.status as delivery_status, delivery.due_at
       from posthorn.deliveries as delivery
       join posthorn.endpoints as endpoint on endpoint.id = delivery.endpoint_id
       where delivery.id between posthorn.delivery_id_least($1::uuid)
           and posthorn.delivery_id_greatest($1::uuid)
         and delivery.event_id = $1 and delivery.org_id = $2 and delivery.attempts > 0
         and endpoint.destination = 'http'
         and ($3::uuid is null or endpoint.id ${comparison} $3)
       order by endpoint.id ${order} limit $4`,
      [message.id, app.id, after, limit],
    );
    return found.rows;
  });
  const placeOf = ({ id }: EndpointRow): string => svixId("endpoint", id);
  const body = listAnswer(page, rows, placeOf, (row) => ({
    ...shownWithoutMetadata(row),
    ...shownStatus(statusOf(row, true)),
    nextAttempt: nextAttempt(row),
  }));
  return { status: 200, body };
}

const app = "/app/:app_id";
const one = `${app}/msg/:msg_id`;
const readers = ["manage", "read"] as const;

const operation = (id: string, path: string, handle: Operation["handle"]): Operation => ({
  id: `message-attempt.${id}`,
  method: "GET",
  path,
  roles: readers,
  handle,
});

export const attemptOperations: readonly Operation[] = [
  operation("list-by-endpoint", `${app}/attempt/endpoint/:endpoint_id`, listByEndpoint),
  operation("list-by-msg", `${app}/attempt/msg/:msg_id`, listByMessage),
  operation("list-attempted-messages", `${app}/endpoint/:endpoint_id/msg`, listAttemptedMessages),
  operation("list-attempted-destinations", `${one}/endpoint`, listAttemptedDestinations),
  operation("get", `${one}/attempt/:attempt_id`, get),
  {
    id: "message-attempt.expunge-content",
    method: "DELETE",
    path: `${one}/attempt/:attempt_id/content`,
    roles: [],
    handle: expungeContent,
  },
];
