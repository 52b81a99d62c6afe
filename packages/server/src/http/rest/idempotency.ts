/**
 * The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): a quoted string (RFC
 * 8941, 3.3.3) or, as most clients send it, the key without quotes. The key identifies one row, so
 * the header is allowed only with a single row.
 */
import { PosthornError } from "../../errors/catalogue.ts";
import type { Resource, RowValues } from "./resource.ts";
import { checkValue } from "./values.ts";

const header = "Idempotency-Key";

/** A quoted string, in which `\` escapes a quote or another `\`. Parameters may follow. */
const inQuotes = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"[ \t]*(?:;.*)?$/;
/** Visible ASCII, except characters that have another meaning in structured fields. */
const withoutQuotes = /^[!#-+\--:<-[\]-~]+$/;

/**
 * Adds the header's key to the rows, in the resource's column for it.
 *
 * @throws PosthornError `PH_IDEMPOTENCY_HEADER`, `PH_FIELD_INVALID` for a key that is too long.
 */
export function withHeaderKey(
  resource: Resource,
  given: string | string[] | undefined,
  rows: readonly RowValues[],
): readonly RowValues[] {
  const column = resource.columns.find(({ name }) => name === resource.idempotencyColumn);
  if (column === undefined || given === undefined) return rows;
  const key = keyOf(Array.isArray(given) ? given.join(", ") : given);
  if (key === null) {
    throw refused(`it is neither a key of visible ASCII nor one in quotes`);
  }
  const [row] = rows;
  if (row === undefined || rows.length > 1) {
    throw refused(`it identifies one row, and the body has ${rows.length}`);
  }
  const inBody = row[column.name] ?? null;
  if (inBody !== null && inBody !== key) {
    throw refused(`the body contains a different ${column.name}`);
  }
  return [{ ...row, [column.name]: checkValue(column, key) }];
}

function keyOf(text: string): string | null {
  const trimmed = text.trim();
  const quoted = inQuotes.exec(trimmed)?.[1];
  if (quoted !== undefined) return quoted === "" ? null : quoted.replaceAll(/\\(.)/g, "$1");
  return withoutQuotes.test(trimmed) ? trimmed : null;
}

function refused(reason: string): PosthornError {
  return new PosthornError("PH_IDEMPOTENCY_HEADER", { header, reason });
}
