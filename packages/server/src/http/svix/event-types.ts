/** The operations on event types. */
import { limits } from "../../limits.ts";
import { runAskedRead } from "../../postgres/asked.ts";
import type { Queryable } from "../../postgres/pool.ts";
import {
  deleteEventTypes,
  saveEventType,
  updateEventTypes,
  type EventTypeFields,
} from "../../registry/event-type-changes.ts";
import type { Answer, Call, Operation } from "./call.ts";
import { Refusal } from "./errors.ts";
import { Fields, namePattern } from "./fields.ts";
import { listAnswer, pageOf, readingOf } from "./query.ts";

interface TypeRow {
  name: string;
  description: string;
  archived: boolean;
  is_deprecated: boolean;
  group_name: string | null;
  schemas: object | null;
  token_flags: string[] | null;
  created_at: Date;
  updated_at: Date;
}

/** A type that was not created by this API has at most one schema, which is its version 1. */
const columns = `name, description, archived, is_deprecated, group_name, token_flags, created_at,
  updated_at,
  coalesce(schemas, case when schema is not null then json_build_object('1', schema) end)
    as schemas`;

function shown(row: TypeRow): object {
  const { token_flags: flags, group_name: groupName, is_deprecated: deprecated } = row;
  const { name, description, archived, schemas, created_at: createdAt } = row;
  return {
    name,
    description,
    archived,
    deprecated,
    schemas,
    ...(groupName === null ? {} : { groupName }),
    ...(flags === null ? {} : { featureFlags: flags, featureFlag: flags[0] }),
    createdAt: createdAt.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

/**
 * Which types a caller sees: all; or those that its org sees, without a flag for tokens or with one
 * of the token's.
 *
 * @param org the parameter with the org.
 */
function isVisible(org: string): string {
  return `($1::text[] is null or token_flags is null or token_flags && $1::text[])
    and (${org}::uuid is null or posthorn.is_visible(${org}::uuid, name))`;
}

function flagsOf({ facts }: Call): readonly string[] | null {
  return facts.featureFlags;
}

async function find(call: Call, database: Queryable): Promise<TypeRow> {
  const { rows } = await database.query<TypeRow>(
    `select ${columns} from posthorn.webhook_event_types where name = $2 and ${isVisible("$3")}`,
    [flagsOf(call), call.param("event_type_name"), scopeOf(call)],
  );
  if (rows[0] === undefined) throw new Refusal("not_found");
  return rows[0];
}

const nameRule = { charsLeast: 1, charsMax: limits.eventTypeNameCharsMax, pattern: namePattern };

/** Reads a type's fields. Missing fields of a whole type get their defaults. */
function typeFields(body: Fields, isWhole: boolean): EventTypeFields {
  const rule = { charsMax: limits.descriptionCharsMax };
  const description = isWhole ? body.required("description", rule) : body.text("description", rule);
  const schemas = body.objectText("schemas");
  const groupRule = { charsLeast: 1, charsMax: limits.channelCharsMax, pattern: namePattern };
  const group = body.text("groupName", groupRule);
  const otherwise = isWhole ? null : undefined;
  const flag = body.text("featureFlag", nameRule);
  const flags = body.texts("featureFlags", nameRule, limits.svixFeatureFlagsMax, 0);
  const archived = body.boolean("archived");
  const deprecated = body.boolean("deprecated");
  return {
    description: description ?? undefined,
    archived: archived ?? (isWhole ? false : undefined),
    is_deprecated: deprecated ?? (isWhole ? false : undefined),
    group_name: group === undefined ? otherwise : group,
    token_flags: flagList(flag, flags) ?? (flag === null || flags === null ? null : otherwise),
    ...schemaFields(schemas === undefined ? otherwise : schemas),
  };
}

function flagList(
  flag: string | null | undefined,
  flags: readonly string[] | null | undefined,
): readonly string[] | undefined {
  if (Array.isArray(flags) && flags.length > 0) return flags as readonly string[];
  return typeof flag === "string" ? [flag] : undefined;
}

/**
 * Svix shows schemas and does not check payloads against them. So a mismatch is only a warning
 * here. The latest version is the type's schema in Posthorn, and its first example is the type's.
 */
function schemaFields(schemas: string | null | undefined): EventTypeFields {
  if (schemas === undefined) return {};
  const versions = schemas === null ? {} : (JSON.parse(schemas) as Record<string, unknown>);
  const names = Object.keys(versions).toSorted((a, b) => Number(a) - Number(b));
  const latest = versions[names.at(-1) ?? ""];
  const example = (versions["1"] as { examples?: unknown } | undefined)?.examples;
  const first: unknown = Array.isArray(example) ? example[0] : undefined;
  return {
    schemas,
    schema: latest === undefined ? null : JSON.stringify(latest),
    example: first === undefined ? null : JSON.stringify(first),
    schema_check: "warn",
  };
}

async function list(call: Call): Promise<Answer> {
  const { query } = call;
  const page = pageOf(query, "ascending");
  const withArchived = query.boolean("include_archived", false);
  const withContent = query.boolean("with_content", false);
  query.check();
  const { order, comparison, limit } = readingOf(page);
  const { rows } = await call.read(scopeOf(call), (database) =>
    runAskedRead(() =>
      database.query<TypeRow>(
        `select ${columns} from posthorn.webhook_event_types
         where ${isVisible("$5")} and ($2 or not archived)
           and ($3::text is null or name collate "C" ${comparison} $3 collate "C")
         order by name collate "C" ${order} limit $4`,
        [flagsOf(call), withArchived, page.after, limit, scopeOf(call)],
      ),
    ),
  );
  const show = (row: TypeRow): object => shown(withContent ? row : { ...row, schemas: null });
  return { status: 200, body: listAnswer(page, rows, ({ name }) => name, show) };
}

function scopeOf({ facts }: Call): string | null {
  return facts.principal.kind === "admin" ? null : facts.principal.orgId;
}

async function get(call: Call): Promise<Answer> {
  call.query.check();
  const row = await call.read(scopeOf(call), (database) => find(call, database));
  return { status: 200, body: shown(row) };
}

async function answerType(database: Queryable, name: string, status: number) {
  const { rows } = await database.query<TypeRow>(
    `select ${columns} from posthorn.webhook_event_types where name = $1`,
    [name],
  );
  return { status, body: rows[0] === undefined ? null : shown(rows[0]) };
}

async function isArchived(transaction: Queryable, name: string): Promise<boolean | null> {
  const { rows } = await transaction.query<{ archived: boolean }>(
    "select archived from posthorn.event_types where name = $1 for update",
    [name],
  );
  return rows[0]?.archived ?? null;
}

/** A type that is archived is created again. */
async function create(call: Call): Promise<Answer> {
  call.query.check();
  const body = Fields.parse(call.facts.bodyText);
  const name = body.required("name", nameRule);
  const fields = typeFields(body, true);
  body.check();
  return call.write(null, async (transaction) => {
    const isUpsert = (await isArchived(transaction, name)) === true;
    await saveEventType(transaction, name, fields, { isUpsert, ...call.change });
    return answerType(transaction, name, 201);
  });
}

async function upsert(call: Call): Promise<Answer> {
  call.query.check();
  const name = call.param("event_type_name");
  const body = Fields.parse(call.facts.bodyText);
  const fields = typeFields(body, true);
  body.check();
  return call.write(null, async (transaction) => {
    const isNew = (await isArchived(transaction, name)) === null;
    await saveEventType(transaction, name, fields, { isUpsert: true, ...call.change });
    return answerType(transaction, name, isNew ? 201 : 200);
  });
}

async function patch(call: Call): Promise<Answer> {
  call.query.check();
  const name = call.param("event_type_name");
  const body = Fields.parse(call.facts.bodyText);
  const fields = typeFields(body, false);
  body.check();
  return call.write(null, async (transaction) => {
    if ((await isArchived(transaction, name)) === null) throw new Refusal("not_found");
    await updateEventTypes(transaction, [name], fields, call.nowMs, call.facts.actor);
    return answerType(transaction, name, 200);
  });
}

/** Archives a type. With `expunge`, deletes it. */
async function remove(call: Call): Promise<Answer> {
  const isExpunged = call.query.boolean("expunge", false);
  call.query.check();
  const name = call.param("event_type_name");
  const { nowMs, by } = call.change;
  return call.write(null, async (transaction) => {
    if ((await isArchived(transaction, name)) === null) throw new Refusal("not_found");
    if (isExpunged) await deleteEventTypes(transaction, [name], nowMs, by);
    else await updateEventTypes(transaction, [name], { archived: true }, nowMs, by);
    return { status: 204 };
  });
}

const path = "/event-type/:event_type_name";
const readers = ["manage", "publish", "read"] as const;

export const eventTypeOperations: readonly Operation[] = [
  { id: "event-type.list", method: "GET", path: "/event-type", roles: readers, handle: list },
  { id: "event-type.create", method: "POST", path: "/event-type", roles: [], handle: create },
  { id: "event-type.get", method: "GET", path, roles: readers, handle: get },
  { id: "event-type.upsert", method: "PUT", path, roles: [], handle: upsert },
  { id: "event-type.patch", method: "PATCH", path, roles: [], handle: patch },
  { id: "event-type.delete", method: "DELETE", path, roles: [], handle: remove },
];
