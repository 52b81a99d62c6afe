/** For filters that cannot use an index: conditions that follow from them and can use one. */
import { sql, type RawBuilder } from "kysely";
import type { Condition } from "../rest/filter.ts";

type Implied = RawBuilder<unknown> | null;

function valuesOf(condition: Condition): readonly string[] | null {
  if (condition.kind === "in") return condition.values;
  const isEqual =
    condition.kind === "compare" && condition.operator === "=" && condition.quantifier === null;
  return isEqual ? [condition.value] : null;
}

/**
 * `status` has no index, so that settlements are HOT updates. Dead letters are found by
 * `failed_at`. A pending delivery has a `due_at`, or its id is above the reaper's watermark.
 */
export function impliedByStatus(condition: Condition): Implied {
  const values = valuesOf(condition);
  if (values === null || values.length !== 1) return null;
  if (values[0] === "failed") return sql`webhook_deliveries.failed_at is not null`;
  if (values[0] === "pending") {
    return sql`(webhook_deliveries.due_at is not null
      or webhook_deliveries.id >= (select watermark from posthorn.reap_state))`;
  }
  return null;
}

/** An id contains the millisecond of `created_at`, so a time range is an id range. */
export function impliedByCreatedAt(table: string): (condition: Condition) => Implied {
  const id = sql.ref(`${table}.id`);
  return (condition) => {
    if (condition.kind !== "compare" || condition.quantifier !== null) return null;
    // Ids contain milliseconds since 1970, so earlier times have no id.
    const at = sql`least(greatest(${condition.value}::timestamptz, 'epoch'), '9999-12-31Z')`;
    const from = sql`${id} >= posthorn.uuid_floor(${at})`;
    const to = sql`${id} < posthorn.uuid_floor(${at} + interval '1 millisecond')`;
    switch (condition.operator) {
      case ">":
      case ">=":
        return from;
      case "<":
      case "<=":
        return to;
      case "=":
        return sql`${from} and ${to}`;
      default:
        return null;
    }
  };
}

/** The deliveries of an event are a range of ids. */
export function impliedByEventId(condition: Condition): Implied {
  const values = valuesOf(condition);
  const [id] = values ?? [];
  if (values?.length !== 1 || id === undefined) return null;
  return sql`webhook_deliveries.id >= posthorn.delivery_id_least(${id}::uuid)
    and webhook_deliveries.id <= posthorn.delivery_id_greatest(${id}::uuid)`;
}

/** An attempt's id is its delivery's id with the attempt's number in the last byte. */
export function impliedByAttemptId(condition: Condition): Implied {
  const delivery = (id: string) => sql`posthorn.attempt_id((${id}::uuid), 0::smallint)`;
  const values = valuesOf(condition);
  const [id] = values ?? [];
  if (values?.length === 1 && id !== undefined) {
    return sql`webhook_attempts.delivery_id = ${delivery(id)}`;
  }
  if (condition.kind !== "compare" || condition.quantifier !== null) return null;
  // `>` becomes `>=`, and `<` becomes `<=`, because the delivery of this attempt may have other
  // attempts with higher or lower ids.
  switch (condition.operator) {
    case ">":
    case ">=":
      return sql`webhook_attempts.delivery_id >= ${delivery(condition.value)}`;
    case "<":
    case "<=":
      return sql`webhook_attempts.delivery_id <= ${delivery(condition.value)}`;
    default:
      return null;
  }
}
