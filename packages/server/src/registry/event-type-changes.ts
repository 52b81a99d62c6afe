/** Changes the catalogue of event types. */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import type { Actor } from "../model/audit.ts";
import { CheckTooLongError, compileSchema, type CompiledSchema } from "../model/json-schema.ts";
import { probeType } from "../model/probe.ts";
import { recordAudit } from "../postgres/audit.ts";
import { announceEventTypes } from "../postgres/notify.ts";
import type { Queryable } from "../postgres/pool.ts";
import { eventTypeState, subjectsOf, type ChangedRow } from "./audit.ts";
import { checkLabel } from "./channels-and-tags.ts";
import { checkBoolean, checkText } from "./endpoint-fields.ts";

/** Fields of a request, not checked yet. `schema` and `example` are JSON text or undefined. */
export interface EventTypeFields {
  readonly description?: unknown;
  readonly schema?: string | null | undefined;
  readonly example?: string | null | undefined;
  readonly schema_check?: unknown;
  readonly group_name?: unknown;
  readonly is_deprecated?: unknown;
  readonly feature_flag?: unknown;
  /** Hidden from lists, and refused in new subscriptions. */
  readonly archived?: boolean | undefined;
  /** A JSON Schema for each version by its name, as JSON text. */
  readonly schemas?: string | null | undefined;
  /** Tokens of the Svix dialect for an application see the type only if they have one of these. */
  readonly token_flags?: readonly string[] | null | undefined;
}

/**
 * Parts of letters, digits, _ and -. Standard Webhooks 1.0.0 separates them by dots; platforms also
 * use names such as orders/create, repo:push and Push Hook. A separator is never first, last or
 * doubled, so that a name is not cut or changed where spaces are trimmed.
 */
const namePattern = /^[a-zA-Z0-9_-]+([./: ][a-zA-Z0-9_-]+)*$/;

/**
 * Adds an event type. With `isUpsert`, changes it if it exists.
 *
 * @throws PosthornError `PH_EVENT_TYPE_EXISTS`, `PH_FIELD_INVALID`, `PH_SCHEMA_INVALID`,
 * `PH_EXAMPLE_INVALID`.
 */
export async function saveEventType(
  transaction: Queryable,
  name: unknown,
  fields: EventTypeFields,
  options: { readonly isUpsert: boolean; readonly nowMs: number; readonly by: Actor },
): Promise<string> {
  if (
    typeof name !== "string" ||
    !namePattern.test(name) ||
    name.length > limits.eventTypeNameCharsMax
  ) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "name",
      allowed:
        "one or more parts of letters, digits, _ and -, separated by . / : or a space; at most " +
        `${limits.eventTypeNameCharsMax} characters`,
    });
  }
  if (name === probeType) {
    const allowed = `any other name; ${probeType} is the type of Posthorn's own test events`;
    throw new PosthornError("PH_FIELD_INVALID", { field: "name", allowed });
  }
  const { rowCount } = await transaction.query(
    `insert into posthorn.event_types
       (name, description, schema_check, created_at, updated_at)
     values ($1, '', 'refuse', $2, $2) on conflict do nothing`,
    [name, new Date(options.nowMs).toISOString()],
  );
  if (rowCount !== 1 && !options.isUpsert) {
    throw new PosthornError("PH_EVENT_TYPE_EXISTS", { event_type: JSON.stringify(name) });
  }
  await change(transaction, [name], fields, { ...options, isNew: rowCount === 1 });
  return name;
}

/** @throws the same errors as `saveEventType`. */
export async function updateEventTypes(
  transaction: Queryable,
  names: readonly string[],
  fields: EventTypeFields,
  nowMs: number,
  by: Actor,
): Promise<void> {
  await change(transaction, names, fields, { nowMs, by, isNew: false });
}

async function change(
  transaction: Queryable,
  names: readonly string[],
  fields: EventTypeFields,
  { nowMs, by, isNew }: { readonly nowMs: number; readonly by: Actor; readonly isNew: boolean },
): Promise<void> {
  checkFields(fields);
  const { rows } = await transaction.query<ChangedRow>(
    `with before as (
       select name, ${eventTypeState} as state from posthorn.event_types as type
       where name = any ($1::text[])
       for update
     )
     update posthorn.event_types as type
     set description = coalesce($2, type.description),
         schema = case when $3 then $4::json else type.schema end,
         example = case when $5 then $6::json else type.example end,
         schema_check = coalesce($7, type.schema_check),
         group_name = case when $10 then $11 else type.group_name end,
         is_deprecated = coalesce($12, type.is_deprecated),
         feature_flag = case when $13 then $14 else type.feature_flag end,
         archived = coalesce($15, type.archived),
         schemas = case when $16 then $17::json else type.schemas end,
         token_flags = case when $18 then $19::text[] else type.token_flags end,
         updated_at = $8
     from before
     where type.name = before.name
     returning type.name as id, null as org_id, posthorn.changes_between(
       case when $9 then '{}' else before.state end, ${eventTypeState}) as changes`,
    [
      names,
      fields.description ?? null,
      fields.schema !== undefined,
      fields.schema ?? null,
      fields.example !== undefined,
      fields.example ?? null,
      fields.schema_check ?? null,
      new Date(nowMs).toISOString(),
      isNew,
      fields.group_name !== undefined,
      fields.group_name ?? null,
      fields.is_deprecated ?? null,
      fields.feature_flag !== undefined,
      fields.feature_flag ?? null,
      fields.archived ?? null,
      fields.schemas !== undefined,
      fields.schemas ?? null,
      fields.token_flags !== undefined,
      fields.token_flags ?? null,
    ],
  );
  const action = isNew ? "event_type.created" : "event_type.updated";
  await recordAudit(transaction, { action, by, atMs: nowMs }, subjectsOf(rows));
  await checkExamples(transaction, names);
  await announceEventTypes(transaction);
}

function checkFields(fields: EventTypeFields): void {
  if (fields.description !== undefined) {
    checkText("description", fields.description, limits.descriptionCharsMax);
  }
  if (
    fields.schema_check !== undefined &&
    fields.schema_check !== "refuse" &&
    fields.schema_check !== "warn"
  ) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "schema_check",
      allowed: "refuse or warn",
    });
  }
  if (fields.is_deprecated !== undefined) checkBoolean("is_deprecated", fields.is_deprecated);
  checkLabel("group_name", fields.group_name);
  checkLabel("feature_flag", fields.feature_flag);
}

/**
 * Deletes event types. Their events and deliveries remain, but no more can be published.
 *
 * @throws PosthornError `PH_EVENT_TYPE_IN_USE` while endpoints subscribe to one of them by name.
 */
export async function deleteEventTypes(
  transaction: Queryable,
  names: readonly string[],
  nowMs: number,
  by: Actor,
): Promise<void> {
  const { rows } = await transaction.query<ChangedRow>(
    `delete from posthorn.event_types where name = any ($1::text[])
     returning name as id, null as org_id, posthorn.changes_between(
       jsonb_build_object('description', description), '{}') as changes`,
    [names],
  );
  // Checks after the deletion, because the deletion waits for transactions that save endpoints with
  // these types.
  await refuseWhileNamed(transaction, names);
  const record = { action: "event_type.deleted", by, atMs: nowMs } as const;
  await recordAudit(transaction, record, subjectsOf(rows));
  await announceEventTypes(transaction);
}

/** An endpoint that subscribes only to deleted types would get no events, without any error. */
async function refuseWhileNamed(transaction: Queryable, names: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{ name: string; ids: string[]; count: number }>(
    `select named.name, count(*)::integer as count,
            (array_agg(endpoint.id::text order by endpoint.id))[1:$2::integer] as ids
     from posthorn.endpoints as endpoint, unnest(endpoint.event_types) as named (name)
     where endpoint.deleted_at is null and endpoint.event_types && $1::text[]
       and named.name = any ($1::text[])
     group by named.name order by named.name limit 1`,
    [names, limits.endpointsNamedMax],
  );
  const named = rows[0];
  if (named === undefined) return;
  const rest = named.count - named.ids.length;
  const others = rest === 0 ? "" : ` and ${rest} more`;
  throw new PosthornError(
    "PH_EVENT_TYPE_IN_USE",
    { event_type: named.name, endpoints: named.count },
    { details: `Endpoints that name it: ${named.ids.join(", ")}${others}.` },
  );
}

/**
 * Checks that the stored schemas compile and that the examples match them. Otherwise the change is
 * rolled back.
 */
async function checkExamples(transaction: Queryable, names: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{
    name: string;
    schema: string;
    example: string | null;
  }>(
    `select name, schema::text as schema, example::text as example
     from posthorn.event_types where name = any ($1::text[]) and schema is not null`,
    [names],
  );
  for (const { name, schema, example } of rows) {
    const compiled = compileSchema(JSON.parse(schema));
    const reason = example === null ? null : reasonAgainst(compiled, example);
    if (reason === null) continue;
    throw new PosthornError("PH_EXAMPLE_INVALID", { event_type: JSON.stringify(name), reason });
  }
}

function reasonAgainst(schema: CompiledSchema, example: string): string | null {
  try {
    return schema.explain(example);
  } catch (error) {
    if (error instanceof CheckTooLongError) return error.message;
    throw error;
  }
}
