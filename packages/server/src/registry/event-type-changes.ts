/** Changes to the catalogue of event types. */
import { PosthornError } from "../errors.ts";
import { limits } from "../limits.ts";
import { compileSchema, explainInvalid } from "../model/json-schema.ts";
import type { Queryable } from "../postgres/pool.ts";
import { checkText } from "./endpoint-fields.ts";
import { announceEventTypes } from "./notify.ts";

/** Fields as they came in; `schema` and `example` as JSON text, undefined where absent. */
export interface EventTypeFields {
  readonly description?: unknown;
  readonly schema?: string | null | undefined;
  readonly example?: string | null | undefined;
  readonly schema_check?: unknown;
}

/** Parts of letters, digits and _, separated by dots: Standard Webhooks 1.0.0, "Event types". */
const namePattern = /^[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*$/;

/**
 * Adds a type; with `isUpsert`, changes the one of this name.
 *
 * @throws PosthornError `PH_EVENT_TYPE_EXISTS`, `PH_FIELD_INVALID`, `PH_SCHEMA_INVALID`,
 *   `PH_EXAMPLE_INVALID`.
 */
export async function saveEventType(
  transaction: Queryable,
  name: unknown,
  fields: EventTypeFields,
  options: { readonly isUpsert: boolean; readonly nowMs: number },
): Promise<string> {
  if (
    typeof name !== "string" ||
    !namePattern.test(name) ||
    name.length > limits.eventTypeNameCharsMax
  ) {
    throw new PosthornError("PH_FIELD_INVALID", {
      field: "name",
      allowed: "letters, digits, _ and -, in parts separated by dots, at most 128 characters",
    });
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
  await updateEventTypes(transaction, [name], fields, options.nowMs);
  return name;
}

/** @throws PosthornError as `saveEventType`. */
export async function updateEventTypes(
  transaction: Queryable,
  names: readonly string[],
  fields: EventTypeFields,
  nowMs: number,
): Promise<void> {
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
  await transaction.query(
    `update posthorn.event_types
     set description = coalesce($2, description),
         schema = case when $3 then $4::json else schema end,
         example = case when $5 then $6::json else example end,
         schema_check = coalesce($7, schema_check),
         updated_at = $8
     where name = any ($1::text[])`,
    [
      names,
      fields.description ?? null,
      fields.schema !== undefined,
      fields.schema ?? null,
      fields.example !== undefined,
      fields.example ?? null,
      fields.schema_check ?? null,
      new Date(nowMs).toISOString(),
    ],
  );
  await checkExamples(transaction, names);
  await announceEventTypes(transaction);
}

/** Events and deliveries of the type stay; nothing of it can be published any more. */
export async function deleteEventTypes(
  transaction: Queryable,
  names: readonly string[],
): Promise<void> {
  await transaction.query("delete from posthorn.event_types where name = any ($1::text[])", [
    names,
  ]);
  await announceEventTypes(transaction);
}

/** The stored schemas compile, and the examples fit them; otherwise the change is undone. */
async function checkExamples(transaction: Queryable, names: readonly string[]): Promise<void> {
  const { rows } = await transaction.query<{
    name: string;
    schema: unknown;
    example: unknown;
    has_example: boolean;
  }>(
    `select name, schema, example, example is not null as has_example
     from posthorn.event_types where name = any ($1::text[]) and schema is not null`,
    [names],
  );
  for (const { name, schema, example, has_example: hasExample } of rows) {
    const validate = compileSchema(schema);
    if (!hasExample || validate(example)) continue;
    throw new PosthornError("PH_EXAMPLE_INVALID", {
      event_type: JSON.stringify(name),
      reason: explainInvalid(validate),
    });
  }
}
