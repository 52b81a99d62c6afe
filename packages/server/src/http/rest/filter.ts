/** Filters and logic trees: `status=eq.failed`, `or=(a.eq.1,not.and(b.gt.2,c.is.null))`. */
import { limits } from "../../limits.ts";
import { PosthornError } from "../../errors/catalogue.ts";
import { Cursor, field, quoted, type Field } from "./grammar.ts";

const simpleOperators = {
  eq: "=",
  neq: "<>",
  gte: ">=",
  gt: ">",
  lte: "<=",
  lt: "<",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
  cs: "@>",
  cd: "<@",
  ov: "&&",
  isdistinct: "is distinct from",
} as const;

export type SqlOperator = (typeof simpleOperators)[keyof typeof simpleOperators];

const [fullText, ranges] = ["full-text search", "range operators: no column is a range"];

/** Operators of PostgREST that are useless for the tables of this API. */
const missingFeatures: ReadonlyMap<string, string> = new Map([
  ...["fts", "plfts", "phfts", "wfts"].map((operator) => [operator, fullText] as const),
  ...["sl", "sr", "nxr", "nxl", "adj"].map((operator) => [operator, ranges] as const),
]);

const quantifiable = new Set(["eq", "gte", "gt", "lte", "lt", "like", "ilike", "match", "imatch"]);
const isValues = ["null", "not_null", "true", "false", "unknown"] as const;

export type Condition =
  | {
      readonly kind: "compare";
      readonly operator: SqlOperator;
      readonly quantifier: "any" | "all" | null;
      readonly value: string;
    }
  | { readonly kind: "is"; readonly value: (typeof isValues)[number] }
  | { readonly kind: "in"; readonly values: readonly string[] };

export interface Filter {
  readonly kind: "filter";
  readonly field: Field;
  readonly isNegated: boolean;
  readonly condition: Condition;
}

export interface LogicTree {
  readonly kind: "and" | "or";
  readonly isNegated: boolean;
  readonly members: readonly (Filter | LogicTree)[];
}

/** Parses a query parameter that is not a reserved word: `field=operation`. */
export function parseFilter(name: string, value: string): Filter {
  const names = new Cursor("tree path", name);
  const parsedField = field(names);
  if (!names.isAtEnd) throw names.error("end of input");
  const cursor = new Cursor("filter", value);
  return { kind: "filter", field: parsedField, ...operation(cursor, topLevelValue) };
}

/** Parses `and=(…)` or `not.or=(…)`. The kind comes from the parameter's name. */
export function parseLogicTree(kind: "and" | "or", isNegated: boolean, value: string): LogicTree {
  const cursor = new Cursor("logic tree", value);
  return { kind, isNegated, members: members(cursor, 1) };
}

function members(cursor: Cursor, depth: number): readonly (Filter | LogicTree)[] {
  if (depth > limits.filterDepthMax) {
    throw new PosthornError("PH_QUERY_TOO_COMPLEX", {
      what: "levels of nested filters",
      most: limits.filterDepthMax,
    });
  }
  cursor.skipSpaces();
  cursor.expect("(");
  const found: (Filter | LogicTree)[] = [];
  do {
    cursor.skipSpaces();
    found.push(member(cursor, depth));
    cursor.skipSpaces();
  } while (cursor.take(","));
  cursor.expect(")");
  return found;
}

function member(cursor: Cursor, depth: number): Filter | LogicTree {
  const logic = cursor.match(/(?:not\.)?(?:and|or)(?=[ \t]*\()/y);
  if (logic !== null) {
    const kind = logic.endsWith("and") ? "and" : "or";
    return { kind, isNegated: logic.startsWith("not."), members: members(cursor, depth + 1) };
  }
  const parsedField = field(cursor);
  cursor.expect(".");
  return { kind: "filter", field: parsedField, ...operation(cursor, valueInTree) };
}

type ReadValue = (cursor: Cursor) => string;

/** At the top level, the value is everything after the operator, including quotation marks. */
const topLevelValue: ReadValue = (cursor) => {
  const value = cursor.rest;
  cursor.at = cursor.text.length;
  return value;
};

/** In a logic tree, a value ends at a comma or parenthesis, unless it is quoted or an array. */
const valueInTree: ReadValue = (cursor) => {
  const start = cursor.at;
  const inQuotes = quoted(cursor);
  if (inQuotes !== null && /^[ \t]*[,)]|^$/.test(cursor.rest)) return inQuotes;
  cursor.at = start;
  const array = cursor.match(/\{[^}]*\}(?=[ \t]*[,)])/y);
  return array ?? cursor.match(/[^,)]*/y) ?? "";
};

function operation(
  cursor: Cursor,
  readValue: ReadValue,
): { readonly isNegated: boolean; readonly condition: Condition } {
  const isNegated = cursor.take("not.");
  return { isNegated, condition: condition(cursor, readValue) };
}

function condition(cursor: Cursor, readValue: ReadValue): Condition {
  const start = cursor.at;
  const operator = cursor.match(/[a-z]+(?=[.(])/y);
  const feature = operator === null ? undefined : missingFeatures.get(operator);
  if (feature !== undefined) throw new PosthornError("PGRST127", { feature });
  if (operator === "in" && cursor.take(".")) return { kind: "in", values: list(cursor) };
  if (operator === "is" && cursor.take(".")) {
    const word = cursor.match(/[a-z_]+/iy)?.toLowerCase();
    const value = isValues.find((each) => each === word);
    if (value === undefined) {
      throw cursor.error("null, not_null, true, false or unknown");
    }
    return { kind: "is", value };
  }
  if (operator !== null && Object.hasOwn(simpleOperators, operator)) {
    const quantifier = quantifiable.has(operator) ? cursor.match(/\((?:any|all)\)/y) : null;
    if (cursor.take(".")) {
      return {
        kind: "compare",
        operator: simpleOperators[operator as keyof typeof simpleOperators],
        quantifier: quantifier === null ? null : quantifier === "(any)" ? "any" : "all",
        value: readValue(cursor),
      };
    }
  }
  cursor.at = start;
  throw cursor.error('"not" or operator (eq, gt, ...)');
}

/**
 * Parses `(a,"b,c")`. An element counts as quoted only if its closing quote is followed by a comma
 * or the end.
 */
function list(cursor: Cursor): readonly string[] {
  cursor.expect("(");
  cursor.match(/ */y);
  const values: string[] = [];
  if (cursor.take(")")) return values;
  do {
    const start = cursor.at;
    const inQuotes = quoted(cursor);
    if (inQuotes !== null && /^[,)]/.test(cursor.rest)) {
      values.push(inQuotes);
      continue;
    }
    cursor.at = start;
    values.push(cursor.match(/[^,)]*/y) ?? "");
  } while (cursor.take(","));
  cursor.expect(")");
  return values;
}
