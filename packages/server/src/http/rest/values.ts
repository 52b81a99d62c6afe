/** Checks a request's body against the types of the columns. */
import { PosthornError } from "../../errors/catalogue.ts";
import { aboutElement, withPlace } from "../../errors/element.ts";
import { limits } from "../../limits.ts";
import { canonicalOrgId, externalIdProblem, parseOrgId } from "../../model/org-id.ts";
import { unstorableBytes } from "../../model/text.ts";
import { elementTexts, isDeeperThan, memberTexts, standingAlone } from "../../model/json-text.ts";
import type { Column, Resource, RowValues } from "./resource.ts";

export interface ParsedBody {
  readonly rows: readonly RowValues[];
  readonly isArray: boolean;
}

/**
 * Parses the rows of a POST.
 *
 * @param columns the members to use, if the request lists them. Others are ignored.
 * @throws PosthornError `PGRST102`, `PGRST204`, `PH_TOO_MANY_ROWS`, and those of `checkValue`.
 */
export function parseRows(
  resource: Resource,
  text: string,
  columns: readonly string[] | null,
): ParsedBody {
  const parsed = parseJson(text);
  if (!Array.isArray(parsed)) {
    // PostgREST would return 201 and store nothing. An event that was encoded twice would then be
    // lost.
    if (typeof parsed !== "object" || parsed === null) {
      const reason = "The body must be an object, or an array of objects";
      throw new PosthornError("PGRST102", { reason });
    }
    return { rows: [rowOf(resource, parsed, text, columns)], isArray: false };
  }
  if (parsed.length > limits.rowsPerInsertMax) {
    throw new PosthornError("PH_TOO_MANY_ROWS", {
      rows: parsed.length,
      most: limits.rowsPerInsertMax,
    });
  }
  const texts = elementTexts(text);
  const count = parsed.length;
  const objects = parsed.map((each: unknown, index) => {
    if (typeof each === "object" && each !== null && !Array.isArray(each)) return each;
    return aboutElement({ index, count }, () => {
      throw differentKeys();
    });
  });
  if (columns === null) requireSameKeys(objects);
  const rows = objects.map((each, index) =>
    aboutElement({ index, count }, () => rowOf(resource, each, texts[index] ?? "", columns)),
  );
  return { rows, isArray: true };
}

/** Parses the members of a PATCH, by column. An empty object changes nothing. */
export function parsePatch(resource: Resource, text: string): RowValues {
  const parsed = parseJson(text);
  const isArray = Array.isArray(parsed);
  const object: unknown = isArray ? (parsed[0] ?? {}) : parsed;
  if (typeof object !== "object" || object === null) {
    throw new PosthornError("PGRST102", { reason: "Empty or invalid json" });
  }
  const texts = memberTexts(isArray ? (elementTexts(text)[0] ?? "{}") : text);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const column = bodyColumn(resource, name, ["insert and update"]);
    if (column.writable !== "insert and update") throw readOnly(resource, column);
    values[name] = valueOf(column, value, texts);
  }
  return values;
}

/** @throws PosthornError `PGRST102` */
export function parseJson(text: string): unknown {
  // The events of many publishers share a statement, so JSON that PostgreSQL cannot parse would
  // fail all of them.
  if (isDeeperThan(text, limits.jsonDepthMax)) {
    const reason = `The JSON nests deeper than ${limits.jsonDepthMax} levels`;
    throw new PosthornError("PGRST102", { reason });
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new PosthornError("PGRST102", { reason: "Empty or invalid json" });
  }
}

function requireSameKeys(objects: readonly object[]): void {
  const keys = new Set(Object.keys(objects[0] ?? {}));
  const hasSame = (object: object): boolean => {
    const own = Object.keys(object);
    return own.length === keys.size && own.every((key) => keys.has(key));
  };
  for (const [index, object] of objects.entries()) {
    if (!hasSame(object)) throw withPlace(differentKeys(), { index, count: objects.length });
  }
}

function differentKeys(): PosthornError {
  const hint =
    "All elements of an array must be objects with the same members; use null for those that " +
    "one lacks. Or list the members in ?columns=.";
  return new PosthornError("PGRST102", { reason: "All object keys must match" }, { hint });
}

function rowOf(
  resource: Resource,
  object: object,
  text: string,
  columns: readonly string[] | null,
): RowValues {
  if (columns !== null) for (const name of columns) bodyColumn(resource, name);
  const values: Record<string, unknown> = {};
  const texts = memberTexts(text);
  for (const [name, value] of Object.entries(object)) {
    if (columns !== null && !columns.includes(name)) continue;
    const column = bodyColumn(resource, name);
    if (column.writable === undefined) throw readOnly(resource, column);
    values[name] = valueOf(column, value, texts);
  }
  return values;
}

function valueOf(column: Column, value: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (column.isKeptAsText !== true || value === null) return checkValue(column, value);
  const text = texts.get(column.name);
  return text === undefined ? undefined : standingAlone(text);
}

/**
 * Returns the values.
 *
 * @throws PosthornError `23502` if a row lacks a required value.
 */
export function requireColumns(resource: Resource, values: RowValues): RowValues {
  for (const column of resource.columns) {
    const isMissing = values[column.name] === undefined || values[column.name] === null;
    if (column.isRequired === true && isMissing) {
      throw new PosthornError("23502", { table: resource.name, column: column.name });
    }
  }
  return values;
}

function bodyColumn(
  resource: Resource,
  name: string,
  writable: readonly Column["writable"][] = ["insert", "insert and update"],
): Column {
  const column = resource.columns.find((each) => each.name === name);
  if (column !== undefined) return column;
  const columns = resource.columns
    .filter((each) => writable.includes(each.writable))
    .map((each) => each.name)
    .join(", ");
  throw new PosthornError("PGRST204", { table: resource.name, column: name, columns });
}

function readOnly(resource: Resource, column: Column): PosthornError {
  const what = `column ${column.name} of table ${resource.name}`;
  const hint = `Leave it out: this request cannot set ${column.name}.`;
  return new PosthornError("42501", { problem: `permission denied for ${what}` }, { hint });
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const isoTimestamp =
  /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}(:?\d{2})?))?)?$/i;

/**
 * Converts a JSON value to the column's type by PostgreSQL's rules, with its error messages.
 *
 * @throws PosthornError `PH_UUID_INVALID`, `PH_ID_INVALID`, `22P02`, `22007`, `22008`, `22021`,
 *   `PH_FIELD_INVALID`.
 */
export function checkValue(
  column: Pick<Column, "name" | "type" | "charsMin" | "charsMax" | "isExternalId" | "isInHeaders">,
  value: unknown,
): unknown {
  if (column.type === "json" || value === null || value === undefined) return value;
  switch (column.type) {
    case "text":
      if (column.isExternalId === true) return checkColumnId(column, value);
      return checkText(column, typeof value === "string" ? value : JSON.stringify(value));
    case "uuid":
      if (typeof value === "string" && uuid.test(value)) return canonicalUuid(value);
      throw new PosthornError("PH_UUID_INVALID", {
        field: column.name,
        value: JSON.stringify(shown(value)),
      });
    case "org":
      return canonicalOrgId(checkExternalId(column.name, value));
    case "timestamptz":
      return timestamp(value);
    case "integer":
      if (typeof value === "number" && Number.isSafeInteger(value)) return value;
      if (typeof value === "string" && /^[+-]?\d{1,15}$/.test(value.trim())) return Number(value);
      throw invalidText("integer", value);
    case "numeric":
      if (typeof value === "number") return value;
      if (typeof value === "string" && /^[+-]?\d+(\.\d+)?$/.test(value.trim()))
        return Number(value);
      throw invalidText("numeric", value);
    case "boolean":
      return boolean(value);
    case "text[]":
      return Array.isArray(value) ? value : arrayLiteral(value);
  }
}

/**
 * Returns the platform's own id as text. Numbers that JSON may have rounded are rejected, because
 * they could name something else.
 *
 * @throws PosthornError `PH_ID_INVALID`
 */
export function checkExternalId(field: string, value: unknown, hint?: string): string {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string") throw notAnId(field, "it is not text", hint);
  const problem = externalIdProblem(text);
  if (problem === "length") {
    throw notAnId(field, `it has 0 or more than ${limits.externalIdCharsMax} characters`, hint);
  }
  if (problem === "characters") {
    throw notAnId(field, "it contains a control character or half of a surrogate pair", hint);
  }
  return text;
}

const visibleAscii = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function checkColumnId(
  { name, isInHeaders = false }: Pick<Column, "name" | "isInHeaders">,
  value: unknown,
): string {
  if (!isInHeaders) return checkExternalId(name, value);
  const hint =
    `Use 1 to ${limits.externalIdCharsMax} visible ASCII characters, with spaces only inside, ` +
    "e.g. evt_123.";
  const text = checkExternalId(name, value, hint);
  if (visibleAscii.test(text)) return text;
  throw notAnId(name, "it contains something other than visible ASCII with spaces inside", hint);
}

function notAnId(field: string, reason: string, hint?: string): PosthornError {
  const options = hint === undefined ? {} : { hint };
  return new PosthornError("PH_ID_INVALID", { field, reason }, options);
}

/**
 * Returns the internal UUID of an org that a filter names.
 *
 * @throws PosthornError `PH_ID_INVALID`
 */
export function internalOrgId(field: string, value: string): string {
  return parseOrgId(checkExternalId(field, value)).id;
}

function checkText(
  { name, charsMin = 0, charsMax }: Pick<Column, "name" | "charsMin" | "charsMax">,
  text: string,
): string {
  const bytes = unstorableBytes(text);
  if (bytes !== null) throw new PosthornError("22021", { bytes });
  if (charsMax !== undefined && (text.length < charsMin || text.length > charsMax)) {
    const allowed = `text of ${charsMin} to ${charsMax} characters`;
    throw new PosthornError("PH_FIELD_INVALID", { field: name, allowed });
  }
  return text;
}

const canonical = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function canonicalUuid(text: string): string {
  if (canonical.test(text)) return text;
  const hex = text.replaceAll("-", "").toLowerCase();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join("-");
}

/**
 * The last second of the year 9999. A larger number is probably in milliseconds, and is rejected.
 */
const unixSecondsMax = 253_402_300_799;

/** Accepts every format that Posthorn itself writes: ISO 8601, and Unix seconds as a number. */
function timestamp(value: unknown): string {
  if (typeof value === "number") {
    if (!(value >= 0 && value <= unixSecondsMax)) {
      throw new PosthornError("22008", { value: shown(value) });
    }
    return new Date(Math.round(value * 1_000)).toISOString();
  }
  const timeMs =
    typeof value === "string" && isoTimestamp.test(value.trim())
      ? Date.parse(withZone(value.trim()))
      : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw new PosthornError("22007", { value: shown(value) });
  }
  // A time with an offset in the last hours of 9999 can be in the year 10000 in UTC, which is not
  // supported.
  const isInRange = timeMs >= timestampLeastMs && timeMs < timestampEndMs;
  if (!isInRange || !isDayOfCalendar(String(value).trim())) {
    throw new PosthornError("22008", { value: shown(value) });
  }
  return new Date(timeMs).toISOString();
}

const timestampLeastMs = Date.parse("0001-01-01T00:00:00Z");
const timestampEndMs = Date.parse("+010000-01-01T00:00:00Z");

/** JavaScript's Date turns February 30 into March 2, and accepts a year 0. */
function isDayOfCalendar(text: string): boolean {
  const date = text.slice(0, 10);
  if (date.startsWith("0000")) return false;
  const timeMs = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString().startsWith(date);
}

/**
 * PostgreSQL reads a time without a zone in the session's zone, which is UTC. JavaScript's Date
 * would use the local one.
 */
function withZone(text: string): string {
  const iso = text.replace(" ", "T").replace(/ /g, "");
  const full = /T/i.test(iso) ? iso : `${iso}T00:00`;
  return /(Z|[+-]\d{2}(:?\d{2})?)$/i.test(full.slice(11))
    ? full.replace(/([+-]\d{2})$/, "$1:00")
    : `${full}Z`;
}

const booleans = new Map([
  ["true", true],
  ["t", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["f", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

function boolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  const known = typeof value === "string" ? booleans.get(value.trim().toLowerCase()) : undefined;
  if (known === undefined) throw invalidText("boolean", value);
  return known;
}

/** Parses `{a,"b c"}`. PostgREST accepts an array as JSON or as PostgreSQL's own literal. */
export function arrayLiteral(value: unknown): string[] {
  const inner = typeof value === "string" ? /^\{(.*)\}$/s.exec(value)?.[1] : undefined;
  if (inner === undefined)
    throw new PosthornError("22P02", {
      problem: "malformed array literal",
      value: shown(value),
    });
  if (inner.trim() === "") return [];
  return [...inner.matchAll(/\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)/gs)]
    .slice(0, -1)
    .map((match) => match[1]?.replaceAll(/\\(.)/gs, "$1") ?? (match[2] ?? "").trim());
}

function invalidText(type: string, value: unknown): PosthornError {
  return new PosthornError("22P02", {
    problem: `invalid input syntax for type ${type}`,
    value: shown(value),
  });
}

function shown(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 100) : JSON.stringify(value).slice(0, 100);
}
