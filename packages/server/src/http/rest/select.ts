/** `select`, `order`, `columns`, `limit`, `offset`: the requested columns, rows and order. */
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { Cursor, field, fieldName, quoted, type Field } from "./grammar.ts";

export interface SelectItem {
  readonly field: Field;
  readonly alias: string | null;
  readonly cast: string | null;
}

/** @returns null for all columns. */
export function parseSelect(text: string): readonly SelectItem[] | null {
  const cursor = new Cursor("select parameter", text);
  cursor.skipSpaces();
  if (cursor.isAtEnd) return null;
  const items: SelectItem[] = [];
  let isEverything = false;
  do {
    cursor.skipSpaces();
    if (cursor.take("*")) isEverything = true;
    else items.push(selectItem(cursor));
    cursor.skipSpaces();
  } while (cursor.take(","));
  if (!cursor.isAtEnd) throw cursor.error('"," or end of input');
  checkLength("columns in select", items);
  return isEverything && items.length === 0 ? null : withEverything(items, isEverything);
}

function checkLength(what: string, { length }: readonly unknown[]): void {
  const most = limits.columnsPerListMax;
  if (length > most) throw new PosthornError("PH_QUERY_TOO_COMPLEX", { what, most });
}

/** `*,extra` means all columns and extra ones. */
function withEverything(items: SelectItem[], isEverything: boolean): readonly SelectItem[] {
  if (!isEverything) return items;
  return [{ field: { column: "*", path: [] }, alias: null, cast: null }, ...items];
}

function selectItem(cursor: Cursor): SelectItem {
  if (cursor.take("...")) throw embedding(fieldName(cursor));
  let alias: string | null = null;
  let parsed = field(cursor);
  if (parsed.path.length === 0 && cursor.match(/:(?!:)/y) !== null) {
    alias = parsed.column;
    parsed = field(cursor);
  }
  if (/^!|^\((?!\))/.test(cursor.rest)) throw embedding(parsed.column);
  if (cursor.rest.startsWith("()") || /^\.(?:sum|avg|min|max|count)\(\)/.test(cursor.rest)) {
    throw parsed.column === "count" || cursor.rest.startsWith(".")
      ? new PosthornError("PGRST123")
      : embedding(parsed.column);
  }
  return { field: parsed, alias: alias ?? pathAlias(parsed), cast: castOf(cursor) };
}

function castOf(cursor: Cursor): string | null {
  if (!cursor.take("::")) return null;
  const type = cursor.match(/[A-Za-z0-9_ $]+/y);
  if (type === null) throw cursor.error("cast type");
  return type;
}

function embedding(relation: string): PosthornError {
  return new PosthornError("PGRST200", { relation });
}

/** A path without an alias is named after its last key that is not an index. */
function pathAlias({ column, path }: Field): string | null {
  if (path.length === 0) return null;
  const last = path.findLast((step) => typeof step.key === "string");
  return last === undefined ? column : String(last.key);
}

export interface OrderItem {
  readonly field: Field;
  readonly isDescending: boolean;
  readonly nulls: "first" | "last" | null;
}

export function parseOrder(text: string): readonly OrderItem[] {
  const cursor = new Cursor("order", text);
  const items: OrderItem[] = [];
  do {
    const parsed = field(cursor);
    const direction = cursor.match(/\.(?:asc|desc)(?![a-z])/y);
    const nulls = cursor.match(/\.nulls(?:first|last)(?![a-z])/y);
    if (!/^,|^$/.test(cursor.rest)) {
      throw cursor.error('"asc", "desc", "nullsfirst", "nullslast", "," or end of input');
    }
    items.push({
      field: parsed,
      isDescending: direction === ".desc",
      nulls: nulls === null ? null : nulls === ".nullsfirst" ? "first" : "last",
    });
  } while (cursor.take(","));
  checkLength("columns in order", items);
  return items;
}

/** Parses `columns=a,"b"`, which says which members of the body to use. */
export function parseColumns(text: string): readonly string[] {
  const cursor = new Cursor("columns parameter", text);
  const names: string[] = [];
  do names.push(quoted(cursor) ?? fieldName(cursor));
  while (cursor.take(","));
  return names;
}

/** Which rows to return: `limit` and `offset`, combined with a `Range` header. */
export interface Window {
  readonly offset: number;
  readonly limit: number | null;
}

/** @throws PosthornError `PGRST103` */
export function parseWindow(
  limitText: string | undefined,
  offsetText: string | undefined,
  rangeHeader: string | undefined,
): Window {
  let limit = integer(limitText);
  let offset = Math.max(0, integer(offsetText) ?? 0);
  if (limit !== null && limit < 0) {
    throw new PosthornError(
      "PGRST103",
      {},
      {
        details: "Limit should be greater than or equal to zero.",
      },
    );
  }
  const range = /^(?:items=)?(\d+)-(\d*)$/.exec(rangeHeader ?? "");
  if (range !== null) {
    const first = Number(range[1]);
    const last = range[2] === "" ? null : Number(range[2]);
    if (last !== null && last < first) {
      throw new PosthornError(
        "PGRST103",
        {},
        {
          details:
            "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
        },
      );
    }
    const end = Math.min(
      last === null ? Number.POSITIVE_INFINITY : last + 1,
      limit === null ? Number.POSITIVE_INFINITY : offset + limit,
    );
    offset = Math.max(offset, first);
    limit = Number.isFinite(end) ? Math.max(0, end - offset) : null;
  }
  return { offset, limit };
}

function integer(text: string | undefined): number | null {
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;
}
