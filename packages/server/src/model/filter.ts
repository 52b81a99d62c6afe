/**
 * Filters on the data of events, in the notation of `$` operators. This file parses a filter into
 * conditions. `filter-path.ts` compiles them for PostgreSQL, which decides who gets an event, and
 * `filter-match.ts` evaluates them here, to explain a decision.
 */
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";
import { numberTexts, type NumberTexts } from "./number-text.ts";
import { unstorableBytes } from "./text.ts";

/** A value in a filter. A number is its text in JSON, because a double may not be exact. */
export type Scalar =
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "null" };

/** The names from the data's root to a value. */
export type FieldPath = readonly string[];

export type Comparison = "==" | ">" | ">=" | "<" | "<=";
export type TextTest = "starts" | "ends" | "contains";

export type FilterCondition =
  | { readonly kind: "all"; readonly of: readonly FilterCondition[] }
  | { readonly kind: "any"; readonly of: readonly FilterCondition[] }
  | { readonly kind: "not"; readonly of: FilterCondition }
  | { readonly kind: "exists"; readonly path: FieldPath }
  | {
      readonly kind: "compare";
      readonly path: FieldPath;
      readonly operator: Comparison;
      readonly value: Scalar;
    }
  | { readonly kind: "in"; readonly path: FieldPath; readonly values: readonly Scalar[] }
  | {
      readonly kind: "text";
      readonly path: FieldPath;
      readonly test: TextTest;
      readonly part: string;
    };

export interface ParsedFilter {
  readonly condition: FilterCondition;
  /** The number of values that the filter compares with. */
  readonly comparisons: number;
}

/**
 * Parses a filter.
 * @param text valid JSON.
 * @throws PosthornError `PH_FILTER_INVALID`, which names the place.
 */
export function parseFilter(text: string): ParsedFilter {
  const root = "filter";
  if (Buffer.byteLength(text) > limits.filterBytesMax) {
    throw invalid(root, `it has more than ${limits.filterBytesMax} bytes`);
  }
  const parsed: unknown = JSON.parse(text);
  const parser = new Parser(numberTexts(text, parsed));
  const condition = parser.condition(parsed, [], root, { parsed: null, at: "" });
  return { condition, comparisons: parser.comparisons };
}

/** Where a value of the JSON is: its container, and its name or index in it. */
interface Place {
  readonly parsed: unknown;
  readonly at: string | number;
}

const exponentMax = 308;

const comparisonOf = { $eq: "==", $ne: "==", $gt: ">", $gte: ">=", $lt: "<", $lte: "<=" } as const;
const testOf = { $startsWith: "starts", $endsWith: "ends", $contains: "contains" } as const;
const operators = [
  ...Object.keys(comparisonOf),
  "$in",
  "$nin",
  "$exists",
  ...Object.keys(testOf),
  "$or",
  "$and",
  "$not",
];

class Parser {
  comparisons = 0;
  #depth = 0;
  readonly #numbers: NumberTexts;

  constructor(numbers: NumberTexts) {
    this.#numbers = numbers;
  }

  /**
   * Parses the condition on the value at `path`.
   * @param where the place in the filter that an error names.
   */
  condition(value: unknown, path: FieldPath, where: string, place: Place): FilterCondition {
    this.#depth += 1;
    if (this.#depth > limits.filterDepthMax) {
      throw invalid(where, `the filter nests deeper than ${limits.filterDepthMax} levels`);
    }
    const condition = this.#conditionAt(value, path, where, place);
    this.#depth -= 1;
    return condition;
  }

  #conditionAt(value: unknown, path: FieldPath, where: string, place: Place): FilterCondition {
    if (Array.isArray(value)) {
      throw invalid(where, "it is a list; use $in for one of several values");
    }
    if (typeof value !== "object" || value === null) {
      if (path.length === 0) throw invalid(where, "it must be an object");
      return this.#compare(path, "==", value, where, place);
    }
    const members = Object.entries(value);
    if (members.length === 0) throw invalid(where, "it is empty, and would match everything");
    const all = members.map(([name, member]) => {
      const inside = `${where}.${name}`;
      const at = { parsed: value, at: name };
      return name.startsWith("$")
        ? this.#operator(name, member, path, inside, at)
        : this.condition(member, [...path, ...namesOf(name, inside)], inside, at);
    });
    return all.length === 1 ? (all[0] as FilterCondition) : { kind: "all", of: all };
  }

  #operator(
    name: string,
    value: unknown,
    path: FieldPath,
    where: string,
    place: Place,
  ): FilterCondition {
    if (name === "$and" || name === "$or") {
      const of = listOf(value, where).map((each, index) =>
        this.condition(each, path, `${where}[${index}]`, { parsed: value, at: index }),
      );
      return { kind: name === "$and" ? "all" : "any", of };
    }
    if (name === "$not") return { kind: "not", of: this.condition(value, path, where, place) };
    if (name === "$exists") {
      if (typeof value !== "boolean") throw invalid(where, "it must be true or false");
      this.#count(where);
      const exists: FilterCondition = { kind: "exists", path };
      return value ? exists : { kind: "not", of: exists };
    }
    if (name === "$in" || name === "$nin") {
      const isIn: FilterCondition = { kind: "in", path, values: this.#values(value, where) };
      return name === "$in" ? isIn : { kind: "not", of: isIn };
    }
    if (name in testOf) return this.#textTest(name as keyof typeof testOf, value, path, where);
    if (!(name in comparisonOf)) {
      throw invalid(where, `there is no operator ${name}; use one of ${operators.join(", ")}`);
    }
    const operator = comparisonOf[name as keyof typeof comparisonOf];
    const compare = this.#compare(path, operator, value, where, place);
    return name === "$ne" ? { kind: "not", of: compare } : compare;
  }

  #compare(
    path: FieldPath,
    operator: Comparison,
    value: unknown,
    where: string,
    place: Place,
  ): FilterCondition {
    this.#count(where);
    const scalar = this.#scalar(value, where, place);
    const isOrdered = scalar.type === "number" || scalar.type === "text";
    if (operator !== "==" && !isOrdered) throw invalid(where, "it must be a number or text");
    return { kind: "compare", path, operator, value: scalar };
  }

  #values(value: unknown, where: string): readonly Scalar[] {
    const values = listOf(value, where).map((each, index) => {
      this.#count(where);
      return this.#scalar(each, `${where}[${index}]`, { parsed: value, at: index });
    });
    const types = new Set(values.map(({ type }) => type).filter((type) => type !== "null"));
    if (types.size > 1) throw invalid(where, "its values must have the same type");
    return values;
  }

  #textTest(
    name: keyof typeof testOf,
    value: unknown,
    path: FieldPath,
    where: string,
  ): FilterCondition {
    this.#count(where);
    if (typeof value !== "string" || value === "") {
      throw invalid(where, "it must be text; use $eq to look for an element of a list");
    }
    return { kind: "text", path, test: testOf[name], part: checkedText(value, where) };
  }

  #scalar(value: unknown, where: string, { parsed, at }: Place): Scalar {
    if (value === null) return { type: "null" };
    if (typeof value === "boolean") return { type: "boolean", value };
    if (typeof value === "string") return { type: "text", text: checkedText(value, where) };
    if (typeof value !== "number") {
      throw invalid(where, "it must be text, a number, true, false or null");
    }
    const text = this.#numbers.get(parsed)?.get(at) ?? String(value);
    const isFar = Number(/[eE][+-]?(\d+)$/.exec(text)?.[1] ?? 0) > exponentMax;
    if (text.length > limits.filterNumberCharsMax || isFar) {
      const most = limits.filterNumberCharsMax;
      throw invalid(where, `the number has more than ${most} characters, or is beyond 1e308`);
    }
    return { type: "number", text };
  }

  #count(where: string): void {
    this.comparisons += 1;
    if (this.comparisons > limits.filterComparisonsMax) {
      throw invalid(where, `the filter has more than ${limits.filterComparisonsMax} values`);
    }
  }
}

function listOf(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value as readonly unknown[];
  throw invalid(where, "it must be a list that is not empty");
}

function checkedText(text: string, where: string): string {
  if (text.length > limits.filterTextCharsMax) {
    throw invalid(where, `it has more than ${limits.filterTextCharsMax} characters`);
  }
  if (unstorableBytes(text) === null) return text;
  throw invalid(where, "it contains U+0000 or half of a surrogate pair, which no filter can match");
}

/**
 * The names in a member's name: a dot separates levels. A backslash takes the special meaning from
 * a dot, a `$` at the start, and a backslash.
 */
function namesOf(member: string, where: string): readonly string[] {
  checkedText(member, where);
  const names = [""];
  for (let index = 0; index < member.length; index += 1) {
    const character = member.charAt(index);
    if (character === ".") names.push("");
    else {
      if (character === "\\") index += 1;
      names[names.length - 1] += member.charAt(index);
    }
  }
  return names;
}

function invalid(where: string, reason: string): PosthornError {
  return new PosthornError("PH_FILTER_INVALID", { place: where.slice(0, 200), reason });
}
