/**
 * Builds SQL over a resource's view from a parsed request. Every identifier is a column of the
 * resource, and every value is a parameter. PostgreSQL builds the JSON of the response, which Node
 * does not parse.
 */
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type RawBuilder,
} from "kysely";
import { PosthornError } from "../../errors/catalogue.ts";
import { limits } from "../../limits.ts";
import { apiTimestampFormat } from "../../postgres/timestamp.ts";
import type { Condition, Filter, LogicTree } from "./filter.ts";
import type { Field } from "./grammar.ts";
import type { Column, Resource } from "./resource.ts";
import type { OrderItem, SelectItem, Window } from "./select.ts";
import { arrayLiteral, internalOrgId } from "./values.ts";

/** Only compiles statements. The pool runs them. */
const compiler = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

function compile(query: RawBuilder<unknown>): Statement {
  const { sql: text, parameters } = query.compile(compiler);
  return { text, values: [...parameters] };
}

type Sql = RawBuilder<unknown>;

export interface Selection {
  readonly resource: Resource;
  /** The org whose rows are selected; null for the admin key, which selects rows of all orgs. */
  readonly orgId: string | null;
  /** True for callers with the role `read`. */
  readonly mayOnlyRead?: boolean;
  readonly select: readonly SelectItem[] | null;
  readonly filters: readonly (Filter | LogicTree)[];
  readonly order: readonly OrderItem[];
  readonly window: Window;
  /**
   * True if PostgreSQL failed to parse or cast a row's JSON in the first try. The statement then
   * returns null or a readable part for such values, so that the other rows are returned.
   */
  readonly isCareful: boolean;
}

const rowSeparator = ",\n ";

/**
 * Selects one row with the page as JSON text, its number of rows, and how many rows were found. The
 * page ends before the first row that exceeds `bytesMax`, and PostgreSQL converts no later row.
 */
export function pageStatement(
  selection: Selection,
  bytesMax: number = limits.answerBytesMax,
): Statement {
  const separatorBytes = rowSeparator.length;
  // Counts a separator for each row. The first has none, and there are two brackets.
  const countedMax = bytesMax + separatorBytes - 2;
  return compile(sql`
    select '[' || coalesce(string_agg(row, ${rowSeparator}), '') || ']' as body,
      count(row)::integer as rows, count(*)::integer as found
    from (
      select case when posthorn.page_has_room(${countedMax}::integer)
        then posthorn.page_row(
          row_to_json(page)::text, ${separatorBytes}::integer, ${countedMax}::integer)
        end as row
      from (${pageRows(selection)}) as page
    ) as texts`);
}

function pageRows(selection: Selection): Sql {
  const { resource, window } = selection;
  const limit = Math.min(window.limit ?? limits.pageRowsMax, limits.pageRowsMax);
  return sql`
    select ${selectList(selection)}
    from ${source(selection)} as ${sql.ref(resource.name)}
    where ${conditions(selection)}
    order by ${orderList(selection)}
    limit ${limit} offset ${window.offset}`;
}

/** @param most where to stop counting; null to count all. */
export function countStatement(selection: Selection, most: number | null = null): Statement {
  const { resource } = selection;
  const from = sql`
    from ${source(selection)} as ${sql.ref(resource.name)}
    where ${conditions(selection)}`;
  return compile(
    most === null
      ? sql`select count(*)::integer as count ${from}`
      : sql`select count(*)::integer as count from (select 1 ${from} limit ${most}) as counted`,
  );
}

/** Asks for the query planner's estimate, for `count=planned`. */
export function explainStatement(selection: Selection): Statement {
  const { resource } = selection;
  return compile(sql`
    explain (format json) select 1
    from ${source(selection)} as ${sql.ref(resource.name)}
    where ${conditions(selection)}`);
}

/** The view that this principal may read. */
function source({ resource, orgId, mayOnlyRead }: Selection): Sql {
  const { relation, relationForOrgs = relation, relationForReaders = relationForOrgs } = resource;
  if (mayOnlyRead === true) return sql.table(relationForReaders);
  return sql.table(orgId === null ? relation : relationForOrgs);
}

/** Selects and locks the keys of the filtered rows, in the order of a change's response. */
export function keysStatement(selection: Selection): Statement {
  const { resource } = selection;
  return compile(sql`
    select ${sql.ref(`${resource.name}.${resource.primaryKey}`)}::text as key
    from ${sql.table(resource.relation)} as ${sql.ref(resource.name)}
    where ${conditions(selection)}
    order by ${orderList(selection)}
    limit ${limits.mutationRowsMax + 1}
    for update`);
}

/** Selects which of these keys exist. */
export function existingStatement(resource: Resource, keys: readonly string[]): Statement {
  const key = sql.ref(`${resource.name}.${resource.primaryKey}`);
  return compile(sql`
    select ${key}::text as key
    from ${sql.table(resource.relation)} as ${sql.ref(resource.name)}
    where ${key} = any (${keys})`);
}

/**
 * Selects rows by their keys, each as JSON text, in the order of the keys. Selects nulls if they do
 * not fit in a response together.
 */
export function rowsStatement(
  resource: Resource,
  select: readonly SelectItem[] | null,
  keys: readonly string[],
  isCareful = false,
): Statement {
  const nothing = { orgId: null, filters: [], order: [], window: noWindow };
  const selection = { resource, select, isCareful, ...nothing };
  const key = sql.ref(`${resource.name}.${resource.primaryKey}`);
  return compile(sql`
    select case when sum(octet_length(row)) over () <= ${limits.answerBytesMax} then row end as row
    from (
      select wanted.position, (
        select row_to_json(shown) from (select ${selectList(selection)}) as shown
      )::text as row
      from unnest(${keys}::text[]) with ordinality as wanted (key, position)
      join ${sql.table(resource.relation)} as ${sql.ref(resource.name)} on ${key}::text = wanted.key
    ) as answer
    order by position`);
}

const noWindow: Window = { offset: 0, limit: null };

function columnOf(resource: Resource, name: string): Column {
  const column = resource.columns.find((each) => each.name === name && !each.isShownOnce);
  if (column === undefined) {
    throw new PosthornError("42703", { table: resource.name, column: name });
  }
  return column;
}

function selectList({ resource, select, isCareful }: Selection): Sql {
  const readable = resource.columns.filter((column) => !column.isShownOnce);
  const every = readable.map((column) => shown(resource, column, column.name));
  if (select === null) return sql.join(every);
  return sql.join(
    select.flatMap((item) =>
      item.field.column === "*" ? every : [selectedItem(resource, item, isCareful)],
    ),
  );
}

function selectedItem(resource: Resource, item: SelectItem, isCareful: boolean): Sql {
  const column = columnOf(resource, item.field.column);
  if (item.cast === null && item.field.path.length === 0) {
    return shown(resource, column, item.alias ?? column.name);
  }
  const value = valueOf(resource, item.field, "json", isCareful);
  const holdsJson = column.type === "json" || item.field.path.length > 0;
  const cast = item.cast === null ? value : castOf(value, item.cast, isCareful && holdsJson);
  return sql`${cast} as ${sql.id(item.alias ?? column.name)}`;
}

/** A whole column as responses show it, with times in the API's format. */
function shown(resource: Resource, column: Column, alias: string): Sql {
  const stored = reference(resource, column);
  if (column.type === "org") return sql`${orgText(resource, column)} as ${sql.id(alias)}`;
  return column.type === "timestamptz"
    ? sql`to_char(${stored} at time zone 'UTC', ${sql.lit(apiTimestampFormat)}) as ${sql.id(alias)}`
    : sql`${stored} as ${sql.id(alias)}`;
}

function reference(resource: Resource, column: Column): Sql {
  return sql.ref(`${resource.name}.${column.name}`);
}

/**
 * The platform's text of an org's id. The lookup is in the list of columns, so it runs only for the
 * rows of the page, and conditions and orders use the indexes on the UUID.
 */
function orgText(resource: Resource, column: Column): Sql {
  const id = reference(resource, column);
  const { textColumn } = column;
  const text =
    textColumn === undefined
      ? sql`(select org.external_id from posthorn.orgs as org where org.id = ${id})`
      : sql.ref(`${resource.name}.${textColumn}`);
  return sql`coalesce(${text}, ${id}::text)`;
}

/** Only these types are allowed in casts, because the name becomes part of the SQL text. */
const castTypes = new Set([
  "bigint",
  "bool",
  "boolean",
  "date",
  "float8",
  "int",
  "int2",
  "int4",
  "int8",
  "integer",
  "json",
  "jsonb",
  "numeric",
  "smallint",
  "text",
  "time",
  "timestamp",
  "timestamptz",
  "uuid",
  "varchar",
]);

function castOf(value: Sql, name: string, isCareful: boolean): Sql {
  const type = name.trim().toLowerCase();
  if (!castTypes.has(type)) throw new PosthornError("42704", { type: name });
  return isCareful
    ? sql`posthorn.cast_or_null(cast(${value} as text), ${type})`
    : sql`cast(${value} as ${sql.raw(type)})`;
}

/**
 * A column, or a value inside a JSON column. `select` uses `json`, which keeps the text unchanged.
 * Comparing and sorting need `jsonb`, because `json` has no equality.
 */
function valueOf(
  resource: Resource,
  { column: name, path }: Field,
  as: "json" | "jsonb",
  isCareful: boolean,
): Sql {
  const column = columnOf(resource, name);
  const isText = column.type === "org" && (as === "json" || path.length > 0);
  const stored = isText ? orgText(resource, column) : reference(resource, column);
  if (path.length === 0 && (as === "json" || column.type !== "json")) return stored;
  const mayFail = isCareful && column.type === "json";
  const base = mayFail ? sql`posthorn.readable_json(${stored}::json)` : stored;
  let value: Sql = as === "json" && column.type === "json" ? base : sql`to_jsonb(${base})`;
  for (const { arrow, key } of path) {
    const literal = typeof key === "number" ? sql`${key}::integer` : sql`${key}::text`;
    value = arrow === "->" ? sql`(${value} -> ${literal})` : sql`(${value} ->> ${literal})`;
  }
  return value;
}

function conditions({ resource, orgId, filters, isCareful }: Selection): Sql {
  const all: Sql[] = [];
  if (orgId !== null && resource.orgColumn !== null) {
    all.push(sql`${sql.ref(`${resource.name}.${resource.orgColumn}`)} = ${orgId}::uuid`);
  }
  for (const filter of filters) {
    all.push(filterCondition(resource, filter, isCareful));
    const implied = impliedCondition(resource, filter);
    if (implied !== null) all.push(implied);
  }
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `);
}

function filterCondition(resource: Resource, filter: Filter | LogicTree, isCareful: boolean): Sql {
  if (filter.kind !== "filter") {
    const parts = filter.members.map((each) => filterCondition(resource, each, isCareful));
    const tree = sql`(${sql.join(parts, filter.kind === "and" ? sql` and ` : sql` or `)})`;
    return filter.isNegated ? sql`not ${tree}` : tree;
  }
  const { field } = filter;
  const column = columnOf(resource, field.column);
  const condition =
    column.type === "org" && field.path.length === 0
      ? orgComparison(resource, column, filter.condition)
      : comparison(valueOf(resource, field, "jsonb", isCareful), filter.condition);
  return filter.isNegated ? sql`not (${condition})` : condition;
}

function comparison(value: Sql, condition: Condition): Sql {
  switch (condition.kind) {
    case "is":
      return sql`${value} is ${sql.raw(condition.value.replace("not_null", "not null"))}`;
    case "in":
      return sql`${value} = any (${condition.values})`;
    case "compare": {
      const operator = sql.raw(condition.operator);
      const isPattern = condition.operator === "like" || condition.operator === "ilike";
      const given = isPattern ? condition.value.replaceAll("*", "%") : condition.value;
      return condition.quantifier === null
        ? sql`${value} ${operator} ${given}`
        : sql`${value} ${operator} ${sql.raw(condition.quantifier)} (${given})`;
    }
  }
}

const patternOperators: ReadonlySet<string> = new Set(["like", "ilike", "~", "~*"]);
const arrayOperators: ReadonlySet<string> = new Set(["@>", "<@", "&&"]);

/**
 * Compares UUIDs, whose order is that of `order`, so pages can continue after an org's id. Patterns
 * match the platform's text.
 *
 * @throws PosthornError `PH_ID_INVALID`
 */
function orgComparison(resource: Resource, column: Column, condition: Condition): Sql {
  const stored = reference(resource, column);
  const idOf = (text: string): string => internalOrgId(column.name, text);
  if (condition.kind === "in") return sql`${stored} = any (${condition.values.map(idOf)}::uuid[])`;
  if (condition.kind === "is" || arrayOperators.has(condition.operator)) {
    return comparison(stored, condition);
  }
  if (patternOperators.has(condition.operator)) {
    return comparison(orgText(resource, column), condition);
  }
  const operator = sql.raw(condition.operator);
  const { quantifier, value } = condition;
  if (quantifier === null) return sql`${stored} ${operator} ${idOf(value)}::uuid`;
  const ids = arrayLiteral(value).map(idOf);
  return sql`${stored} ${operator} ${sql.raw(quantifier)} (${ids}::uuid[])`;
}

/**
 * A condition that follows from the filter and can use an index. Only valid for filters that all
 * rows must pass.
 */
function impliedCondition(resource: Resource, filter: Filter | LogicTree): Sql | null {
  if (filter.kind !== "filter" || filter.isNegated || filter.field.path.length > 0) return null;
  return columnOf(resource, filter.field.column).implies?.(filter.condition) ?? null;
}

function orderList({ resource, order, isCareful }: Selection): Sql {
  const key = columnOf(resource, resource.primaryKey);
  const last = orderOf(resource, key, sql.raw(resource.defaultOrder));
  return sql.join([...order.map((item) => orderTerm(resource, item, isCareful)), last]);
}

/** Sorts by other columns that give the same order and have an index, if there are any. */
function orderOf(resource: Resource, column: Column, direction: Sql): Sql {
  const columns = column.orderAs ?? [column.name];
  return sql.join(columns.map((name) => sql`${sql.ref(`${resource.name}.${name}`)} ${direction}`));
}

function orderTerm(
  resource: Resource,
  { field, isDescending, nulls }: OrderItem,
  isCareful: boolean,
): Sql {
  const column = columnOf(resource, field.column);
  const isWhole = field.path.length === 0;
  const direction = sql.raw(isDescending ? "desc" : "asc");
  const nullsAt = sql.raw(nulls === null ? "" : `nulls ${nulls}`);
  if (isWhole && column.orderAs !== undefined) {
    return orderOf(resource, column, sql`${direction} ${nullsAt}`);
  }
  return sql`${valueOf(resource, field, "jsonb", isCareful)} ${direction} ${nullsAt}`;
}
