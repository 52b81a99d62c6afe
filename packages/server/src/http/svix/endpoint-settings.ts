/** The operations on an endpoint's secret, headers and statistics, and test messages. */
import { limits } from "../../limits.ts";
import { createdWith } from "../../model/audit.ts";
import { isCredentialHeader } from "../../model/credential-headers.ts";
import { pingEventDataJson, pingEventType } from "../../model/test-event.ts";
import { readStatistics } from "../../observe/statistics-table.ts";
import { recordAudit } from "../../postgres/audit.ts";
import type { Queryable } from "../../postgres/pool.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { changeEndpoint, endpointOf, secretText } from "./endpoints.ts";
import { invalidField, Refusal } from "./errors.ts";
import { Fields, namePattern } from "./fields.ts";
import { publish, shownMessage } from "./messages.ts";

/** Writes an audit entry, like everything else that returns a secret. */
async function getSecret(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  return call.write(app.id, async (transaction) => {
    const key = await call.dependencies.endpoints.currentSecret(transaction, endpoint.id);
    const record = { action: "secret.revealed", by: call.facts.actor, atMs: call.nowMs } as const;
    const changes = {};
    await recordAudit(transaction, record, [{ orgId: app.id, id: endpoint.id, changes }]);
    return { status: 200, body: { key } };
  });
}

const graceSecondsDefault = 86_400;
const graceSecondsMax = 604_800;

async function rotateSecret(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const body = Fields.parse(call.facts.bodyText);
  const secret = secretText(body, "key");
  if (typeof secret === "string" && !/^(svix|standard)/.test(endpoint.contract)) {
    body.refuse("key", `the contract ${endpoint.contract} has secrets of another form`);
  }
  const overlapSeconds =
    body.integer("gracePeriodSeconds", 0, graceSecondsMax) ?? graceSecondsDefault;
  body.check();
  const { endpoints, node } = call.dependencies;
  const { nowMs, by } = call.change;
  const answered = await call.write(app.id, async (transaction) => {
    const rotation = { secret, overlapSeconds };
    await endpoints.rotateSecret(transaction, endpoint.id, rotation, nowMs, by);
    return { status: 204 };
  });
  await node.endpointsChanged([endpoint.id]);
  return answered;
}

type Headers = Readonly<Record<string, string>>;

async function headersOf(database: Queryable, id: string): Promise<Headers> {
  const { rows } = await database.query<{ headers: Headers }>(
    "select headers from posthorn.webhook_endpoints where id = $1",
    [id],
  );
  return rows[0]?.headers ?? {};
}

async function getHeaders(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const entries = Object.entries(await call.read(app.id, (each) => headersOf(each, endpoint.id)));
  const isSensitive = ([name]: [string, string]): boolean => isCredentialHeader(name);
  const headers = Object.fromEntries(entries.filter((each) => !isSensitive(each)));
  const sensitive = entries.filter(isSensitive).map(([name]) => name);
  return { status: 200, body: { headers, sensitive } };
}

const noContent = async (): Promise<Answer> => ({ status: 204 });

async function setHeaders(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const body = Fields.parse(call.facts.bodyText);
  const headers = body.record("headers");
  if (headers === undefined || headers === null) {
    body.refuse("headers", "field required", "value_error.missing");
  }
  body.check();
  return changeEndpoint(call, app, endpoint.id, { headers: headers ?? {} }, noContent);
}

/** Changes some headers. Null deletes one, and so does `deleteHeaders`. */
async function patchHeaders(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const body = Fields.parse(call.facts.bodyText);
  const given = body.record("headers", true);
  const rule = { charsLeast: 1, charsMax: limits.customHeaderNameCharsMax };
  const deleted = body.texts("deleteHeaders", rule, limits.customHeadersMax, 0) ?? [];
  if (given === undefined && !body.has("deleteHeaders")) {
    body.refuse("headers", "field required", "value_error.missing");
  }
  body.check();
  const changes = Object.entries(given ?? {});
  const replaced = new Set(
    [...changes.map(([name]) => name), ...deleted].map((name) => name.toLowerCase()),
  );
  const { endpoints, node } = call.dependencies;
  const { nowMs, by } = call.change;
  const answered = await call.write(app.id, async (transaction) => {
    // Two changes of the same endpoint must not both start from the same headers.
    await transaction.query("select from posthorn.endpoints where id = $1 for update", [
      endpoint.id,
    ]);
    const kept = Object.entries(await headersOf(transaction, endpoint.id)).filter(
      ([name]) => !replaced.has(name.toLowerCase()),
    );
    const set = changes.filter((each): each is [string, string] => each[1] !== null);
    const headers = Object.fromEntries([...kept, ...set]);
    await endpoints.update(transaction, [endpoint.id], { headers }, nowMs, by);
    return { status: 204 };
  });
  await node.endpointsChanged([endpoint.id]);
  return answered;
}

const hourMs = 3_600_000;
const twoDaysMs = 48 * hourMs;

/**
 * How many messages succeeded or failed finally in a time, and how many wait now. Longer ranges are
 * counted in whole hours, others in minutes.
 */
async function getStats(call: Call): Promise<Answer> {
  const { query, nowMs } = call;
  const untilMs = query.time("until") ?? nowMs;
  const sinceMs = query.time("since") ?? untilMs - (limits.svixStatsRangeMsMax - 300_000);
  query.check();
  const rangeMs = untilMs - sinceMs;
  if (untilMs > nowMs + 60_000 || rangeMs < 0 || rangeMs > limits.svixStatsRangeMsMax) {
    throw new Refusal("invalid_range", "The range must end by now, and have at most 28 days");
  }
  const { app, endpoint } = await endpointOf(call);
  const isRecent = nowMs - sinceMs <= twoDaysMs && rangeMs <= 6 * hourMs;
  await call.dependencies.statistics.flushBeforeRead();
  const body = await call.read(app.id, async (database) => {
    const points = await readStatistics(database, {
      orgId: app.id,
      endpointId: endpoint.id,
      sinceMs,
      untilMs,
      resolutionSeconds: isRecent ? 60 : 3600,
    });
    const waiting = await waitingOf(database, endpoint.id);
    return {
      success: sum(points.map(({ delivered }) => delivered)),
      fail: sum(points.map(({ dead_letters: count }) => count)),
      ...waiting,
      canceled: 0,
    };
  });
  return { status: 200, body };
}

const sum = (counts: readonly number[]): number => counts.reduce((all, each) => all + each, 0);

/** Pending messages that wait for their first attempt, and those that wait for another. */
async function waitingOf(database: Queryable, endpointId: string) {
  const { rows } = await database.query<{ pending: number; sending: number }>(
    `select count(*) filter (where attempts = 0)::integer as pending,
            count(*) filter (where attempts > 0)::integer as sending
     from (select attempts from posthorn.deliveries
           where endpoint_id = $1 and due_at is not null and status = 'pending'
           limit $2) as waiting`,
    [endpointId, limits.svixPendingCountMax],
  );
  return rows[0];
}

interface Example {
  readonly type: string;
  readonly dataJson: string;
}

/** The n-th example of the type's first schema, or the example that Posthorn has. */
async function exampleOf(database: Queryable, type: string, index: number): Promise<Example> {
  if (type === pingEventType) return { type, dataJson: pingEventDataJson };
  const { rows } = await database.query<{ example: string | null }>(
    `select coalesce((schemas -> '1' -> 'examples' -> $2::integer)::text,
                     case when $2 = 0 then example::text end) as example
     from posthorn.webhook_event_types where name = $1`,
    [type, index],
  );
  const row = rows[0];
  if (row === undefined) throw new Refusal("not_found", "There is no such event type");
  if (row.example === null) {
    throw new Refusal("generic_error", "The event type has no such example in its first schema");
  }
  return { type, dataJson: row.example };
}

async function sendExample(call: Call): Promise<Answer> {
  const { app, endpoint } = await endpointOf(call);
  const body = Fields.parse(call.facts.bodyText);
  const rule = { charsLeast: 1, charsMax: limits.eventTypeNameCharsMax, pattern: namePattern };
  const wanted = body.required("eventType", rule);
  const index = body.integer("exampleIndex", 0, 1_000) ?? 0;
  body.check();
  if (!endpoint.is_active) {
    throw invalidField("body", "endpoint_id", "The endpoint is disabled, so nothing is sent to it");
  }
  const { type, dataJson } = await call.read(app.id, (each) => exampleOf(each, wanted, index));
  // Publishing uses its own transaction, so the audit entry is written first.
  await call.dependencies.tenants.change(app.id, (transaction) =>
    recordAudit(transaction, { action: "test.sent", by: call.facts.actor, atMs: call.nowMs }, [
      { orgId: app.id, id: endpoint.id, changes: createdWith({ event_type: type }) },
    ]),
  );
  const { eventId: id } = await publish(call, {
    orgId: app.id,
    orgExternalId: app.externalId,
    type,
    timestampMs: null,
    dataJson,
    idempotencyKey: call.facts.idempotencyKey,
    onlyEndpointId: endpoint.id,
  });
  const row = { id, external_id: null, event_type: type, channels: null, tags: null };
  return { status: 200, body: shownMessage({ ...row, data: dataJson }) };
}

const one = "/app/:app_id/endpoint/:endpoint_id";
const readers = ["manage", "read"] as const;
const writers = ["manage"] as const;

const operation = (
  id: string,
  method: Operation["method"],
  path: string,
  roles: Operation["roles"],
  handle: Operation["handle"],
): Operation => ({ id: `endpoint.${id}`, method, path: one + path, roles, handle });

export const endpointSettingOperations: readonly Operation[] = [
  operation("get-secret", "GET", "/secret", writers, getSecret),
  operation("rotate-secret", "POST", "/secret/rotate", writers, rotateSecret),
  operation("get-headers", "GET", "/headers", readers, getHeaders),
  operation("set-headers", "PUT", "/headers", writers, setHeaders),
  operation("patch-headers", "PATCH", "/headers", writers, patchHeaders),
  operation("get-stats", "GET", "/stats", readers, getStats),
  operation("send-example", "POST", "/send-example", [], sendExample),
];
