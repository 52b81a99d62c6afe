/** Reads the query parameters of a request, and pages through lists as Svix does. */
import { limits } from "../../limits.ts";
import { InvalidFields, type FieldProblem } from "./errors.ts";
import { parseTime } from "./time.ts";

export class Query {
  readonly #parameters: URLSearchParams;
  readonly #problems: FieldProblem[] = [];
  readonly #read = new Set<string>();

  constructor(text: string) {
    this.#parameters = new URLSearchParams(text);
  }

  text(name: string): string | null {
    this.#read.add(name);
    return this.#parameters.get(name);
  }

  /** A list: separated by commas, repeated, or with `[]` or an index after the name. */
  texts(name: string): readonly string[] | null {
    const values: string[] = [];
    for (const [key, value] of this.#parameters) {
      if (key.replace(/\[\d*\]$/, "") !== name) continue;
      this.#read.add(key);
      values.push(...value.split(",").filter((each) => each !== ""));
    }
    return values.length === 0 ? null : values;
  }

  boolean(name: string, otherwise: boolean): boolean {
    const value = this.text(name);
    if (value === null) return otherwise;
    if (value !== "true" && value !== "false") this.refuse(name, "it must be true or false");
    return value === "true";
  }

  integer(name: string, least: number, most: number): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    this.refuse(name, `it must be a whole number from ${least} to ${most}`);
    return null;
  }

  /** One of some numbers. */
  oneOf(name: string, allowed: readonly number[]): number | null {
    const value = this.integer(name, 0, 999);
    if (value === null || allowed.includes(value)) return value;
    this.refuse(name, `it must be one of ${allowed.join(", ")}`);
    return null;
  }

  time(name: string): number | null {
    const value = this.text(name);
    if (value === null) return null;
    const ms = parseTime(value);
    if (ms !== null) return ms;
    this.refuse(name, "it must be a time, e.g. 2026-01-31T12:00:00Z");
    return null;
  }

  /** Rejects a parameter that has no effect here. */
  unsupported(name: string, why: string): void {
    if (this.texts(name) !== null) this.refuse(name, why);
  }

  refuse(name: string, msg: string): void {
    this.#problems.push({ loc: ["query", name], msg, type: "value_error" });
  }

  /**
   * Must be called when everything is read.
   *
   * @throws InvalidFields with every problem; a parameter that nothing reads is one as well.
   */
  check(): void {
    for (const name of new Set(this.#parameters.keys())) {
      if (!this.#read.has(name)) this.refuse(name, "Posthorn does not know this parameter");
    }
    if (this.#problems.length > 0) throw new InvalidFields(this.#problems);
  }
}

export interface Page {
  readonly limit: number;
  /** The place after which, or before which, the page starts; null for the start of the list. */
  readonly after: string | null;
  /** True if the page is the one before `after`. */
  readonly isBackwards: boolean;
  readonly isAscending: boolean;
}

/** @param order the default order; or null if the list has one order, which is descending. */
export function pageOf(query: Query, order: "ascending" | "descending" | null): Page {
  const limit = query.integer("limit", 1, limits.svixPageMax) ?? limits.svixPageDefault;
  const iterator = query.text("iterator");
  const isBackwards = iterator?.startsWith("-") === true;
  const given = order === null ? null : query.text("order");
  if (given !== null && given !== "ascending" && given !== "descending") {
    query.refuse("order", "it must be ascending or descending");
  }
  return {
    limit,
    after: isBackwards ? iterator.slice(1) : iterator,
    isBackwards,
    isAscending: (given ?? order) === "ascending",
  };
}

/** How a statement reads a page: one more row than the page has, to know whether there are more. */
export interface Reading {
  readonly order: "asc" | "desc";
  readonly comparison: "<" | ">";
  readonly limit: number;
}

export function readingOf({ limit, isBackwards, isAscending }: Page): Reading {
  const isUp = isAscending !== isBackwards;
  return { order: isUp ? "asc" : "desc", comparison: isUp ? ">" : "<", limit: limit + 1 };
}

/** What a bounded page says about itself, in each of its rows. */
export interface BoundedRow {
  /** How many rows the page would have without its limit of bytes. */
  page_rows: number;
}

/**
 * Limits the size of a page: 250 messages with their payloads could have 64 MiB.
 *
 * @param sql selects the page's rows, with their largest column as `data`.
 * @param orderBy the page's order, by columns of its rows.
 */
export function boundedPage(sql: string, orderBy: string, bytesMax: number): string {
  return `
select * from (
  select page.*, (count(*) over ())::integer as page_rows,
         sum(octet_length(coalesce(page.data, '')))
           over (order by ${orderBy} rows unbounded preceding) as page_bytes,
         row_number() over (order by ${orderBy}) as page_row
  from (${sql}) as page
) as sized
where page_bytes <= ${bytesMax} or page_row = 1
order by ${orderBy}`;
}

export interface ListAnswer {
  readonly data: readonly object[];
  readonly iterator: string | null;
  readonly prevIterator?: string;
  readonly done: boolean;
}

/**
 * @param rows what the statement returned, in the order that it read.
 * @param placeOf the iterator that starts after a row.
 */
export function listAnswer<Row>(
  page: Page,
  rows: readonly Row[],
  placeOf: (row: Row) => string,
  show: (row: Row) => object,
): ListAnswer {
  const kept = rows.slice(0, page.limit);
  const inOrder = page.isBackwards ? kept.toReversed() : kept;
  const [first] = inOrder;
  const last = inOrder.at(-1);
  return {
    data: inOrder.map(show),
    iterator: last === undefined ? page.after : placeOf(last),
    ...(first === undefined ? {} : { prevIterator: `-${placeOf(first)}` }),
    done: rows.length <= page.limit && !isCut(rows),
  };
}

function isCut(rows: readonly unknown[]): boolean {
  const { page_rows: pageRows } = (rows[0] ?? {}) as Partial<BoundedRow>;
  return pageRows !== undefined && pageRows > rows.length;
}
