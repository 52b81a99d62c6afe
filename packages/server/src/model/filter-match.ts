/**
 * Evaluates a filter on the data of an event, and says why the data does not match. PostgreSQL
 * evaluates the same filter as a jsonpath (`filter-path.ts`); a test compares the two.
 *
 * A condition is true, false or unknown. It is unknown if the values cannot be compared, e.g. a
 * number with a text. Only true matches, and the opposite of unknown is unknown.
 */
import { compareNumbers } from "./decimal.ts";
import { type FieldPath, type FilterCondition, parseFilter, type Scalar } from "./filter.ts";
import { numberTexts, type NumberTexts } from "./number-text.ts";
import { unreadableReason } from "./readable-json.ts";

/** Null means unknown. */
type Truth = boolean | null;

/** A value in the data. `type` is unequal for values that cannot be compared. */
interface Item {
  readonly value: unknown;
  /** The text of a number. */
  readonly text: string | null;
}

/** The most characters that an evaluation may have to read. Both are valid JSON. */
export function filterWork(filterText: string, dataJson: string): number {
  return parseFilter(filterText).comparisons * dataJson.length;
}

/** Returns whether the data matches the filter. Both are valid JSON. */
export function matchesFilter(filterText: string, dataJson: string): boolean {
  return whyFiltered(filterText, dataJson) === null;
}

/** An evaluation would take more steps than it may. */
export class FilterStepsError extends Error {
  override readonly name = "FilterStepsError";
}

/**
 * How many values evaluations may still read and compare. Long texts and numbers count as several.
 * A tenant chooses the filters and the data, and no other request of this process proceeds while
 * they are evaluated.
 */
export class FilterSteps {
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** @throws FilterStepsError */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new FilterStepsError("The filter takes too many steps.");
  }
}

/**
 * Returns the first reason why the data does not match, as a sentence without its full stop; null
 * if it matches.
 *
 * @param steps what the evaluation may cost; by default, any number of steps.
 * @throws PosthornError `PH_FILTER_INVALID`; FilterStepsError
 */
export function whyFiltered(
  filterText: string,
  dataJson: string,
  steps: FilterSteps = new FilterSteps(Number.POSITIVE_INFINITY),
): string | null {
  const { condition } = parseFilter(filterText);
  const unreadable = unreadableReason(dataJson);
  if (unreadable !== null) return `the data ${unreadable}, so no filter can be evaluated on it`;
  const data: unknown = JSON.parse(dataJson);
  const reader = new Reader(data, numberTexts(dataJson, data), { dataJson, steps });
  return truthOf(condition, reader) === true ? null : reasonOf(condition, reader);
}

/** Reads values as a jsonpath does in its lax mode. */
class Reader {
  readonly #root: Item;
  readonly #numbers: NumberTexts;
  /** Reasons ask again what was decided before, at every level of nesting. */
  readonly truths = new Map<FilterCondition, Truth>();
  readonly steps: FilterSteps;

  constructor(
    data: unknown,
    numbers: NumberTexts,
    { dataJson, steps }: { readonly dataJson: string; readonly steps: FilterSteps },
  ) {
    this.#root = { value: data, text: typeof data === "number" ? dataJson.trim() : null };
    this.#numbers = numbers;
    this.steps = steps;
  }

  /** The values at a path. A list on the way stands for its elements, but not for theirs. */
  at(path: FieldPath): readonly Item[] {
    let items: readonly Item[] = [this.#root];
    for (const name of path) {
      items = items.flatMap((item) =>
        this.elements(item).flatMap(({ value }) => {
          const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
          return isObject && Object.hasOwn(value, name) ? [this.#member(value, name)] : [];
        }),
      );
    }
    return items;
  }

  /** The elements of a list; otherwise the value itself. */
  elements(item: Item): readonly Item[] {
    const { value } = item;
    this.steps.spend(Array.isArray(value) ? value.length : 1);
    return Array.isArray(value) ? value.map((_, index) => this.#member(value, index)) : [item];
  }

  #member(container: object, at: string | number): Item {
    const value = (container as Readonly<Record<string | number, unknown>>)[at];
    const text = this.#numbers.get(container)?.get(at) ?? String(value);
    return { value, text: typeof value === "number" ? text : null };
  }
}

function truthOf(condition: FilterCondition, reader: Reader): Truth {
  const known = reader.truths.get(condition);
  if (known !== undefined) return known;
  const truth = evaluate(condition, reader);
  reader.truths.set(condition, truth);
  return truth;
}

function evaluate(condition: FilterCondition, reader: Reader): Truth {
  switch (condition.kind) {
    case "all":
      return allOf(condition.of.map((each) => truthOf(each, reader)));
    case "any":
      return anyOf(condition.of.map((each) => truthOf(each, reader)));
    case "not":
      return opposite(truthOf(condition.of, reader));
    case "exists":
      return reader.at(condition.path).length > 0;
    default:
      return anyOf(
        valuesAt(condition.path, reader).map((item) => testItem(condition, item, reader)),
      );
  }
}

type ValueCondition = Extract<FilterCondition, { kind: "compare" | "in" | "text" }>;

function valuesAt(path: FieldPath, reader: Reader): readonly Item[] {
  return reader.at(path).flatMap((item) => reader.elements(item));
}

function testItem(condition: ValueCondition, { value, text }: Item, reader: Reader): Truth {
  const comparisons = condition.kind === "in" ? condition.values.length : 1;
  reader.steps.spend(comparisons * stepsOf(value, text));
  if (condition.kind === "in") {
    return anyOf(condition.values.map((each) => compareItem("==", value, text, each)));
  }
  if (condition.kind === "compare") {
    return compareItem(condition.operator, value, text, condition.value);
  }
  if (typeof value !== "string") return null;
  if (condition.test === "starts") return value.startsWith(condition.part);
  return condition.test === "ends"
    ? value.endsWith(condition.part)
    : value.includes(condition.part);
}

/** How many characters of a text or digits of a number are compared in the time of one step. */
const charsPerStep = 1_000;

function stepsOf(value: unknown, numberText: string | null): number {
  if (typeof value === "string") return 1 + value.length / charsPerStep;
  if (numberText === null) return 1;
  const [, exponent = "0"] = /[eE][+-]?(\d{1,9})/.exec(numberText) ?? [];
  return 1 + (numberText.length + Number(exponent)) / charsPerStep;
}

function compareItem(
  operator: "==" | ">" | ">=" | "<" | "<=",
  value: unknown,
  numberText: string | null,
  wanted: Scalar,
): Truth {
  if (value === null || wanted.type === "null") return value === null && wanted.type === "null";
  if (wanted.type === "boolean") return typeof value === "boolean" ? value === wanted.value : null;
  let order: number;
  if (wanted.type === "number") {
    if (numberText === null) return null;
    order = compareNumbers(numberText, wanted.text);
  } else {
    if (typeof value !== "string") return null;
    order = compareTexts(value, wanted.text);
  }
  switch (operator) {
    case "==":
      return order === 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
  }
}

/** Compares by code points, as PostgreSQL does. JavaScript compares UTF-16 units. */
function compareTexts(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function allOf(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(null) ? null : true;
}

function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(null) ? null : false;
}

function opposite(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

function reasonOf(condition: FilterCondition, reader: Reader): string {
  switch (condition.kind) {
    case "all": {
      const failed = condition.of.find((each) => truthOf(each, reader) !== true);
      return failed === undefined ? "" : reasonOf(failed, reader);
    }
    case "any": {
      const reasons = condition.of.map((each) => reasonOf(each, reader));
      const first = reasons.slice(0, reasonsMax).join("; ");
      const rest = reasons.length - reasonsMax;
      return `no alternative matches: ${first}${rest > 0 ? `; and ${rest} more` : ""}`;
    }
    case "not":
      return reasonOfNot(condition.of, reader);
    case "exists":
      return `${shownPath(condition.path)} is missing`;
    default:
      return mismatch(
        condition,
        valuesAt(condition.path, reader),
        `the filter wants ${wish(condition)}`,
        reader,
      );
  }
}

const reasonsMax = 3;

function mismatch(
  condition: ValueCondition,
  items: readonly Item[],
  wants: string,
  reader: Reader,
): string {
  const field = shownPath(condition.path);
  const [first] = items;
  if (first === undefined) return `${field} is missing, ${wants}`;
  const odd = items.find((item) => testItem(condition, item, reader) === null);
  if (odd !== undefined) {
    const other = condition.kind === "text" ? "is not text" : "cannot be compared with that";
    return `${field} is ${shown(odd)}, which ${other}; ${wants}`;
  }
  return items.length === 1
    ? `${field} is ${shown(first)}, ${wants}`
    : `none of the ${items.length} values of ${field} matches, ${wants}`;
}

function reasonOfNot(condition: FilterCondition, reader: Reader): string {
  if (condition.kind === "exists") {
    return `${shownPath(condition.path)} exists, the filter wants it to be missing`;
  }
  if (condition.kind === "all" || condition.kind === "any" || condition.kind === "not") {
    return "the data matches what the filter excludes, or cannot be compared with it";
  }
  const wants = `the filter does not want ${wish(condition)}`;
  const items = valuesAt(condition.path, reader);
  const hit = items.find((item) => testItem(condition, item, reader) === true);
  return hit === undefined
    ? mismatch(condition, items, wants, reader)
    : `${shownPath(condition.path)} is ${shown(hit)}, ${wants}`;
}

function wish(condition: ValueCondition): string {
  if (condition.kind === "in") return `one of ${condition.values.map(scalarText).join(", ")}`;
  if (condition.kind === "compare") {
    const sign = condition.operator === "==" ? "" : `${condition.operator} `;
    return `${sign}${scalarText(condition.value)}`;
  }
  const part = JSON.stringify(condition.part);
  if (condition.test === "starts") return `text that starts with ${part}`;
  return condition.test === "ends" ? `text that ends with ${part}` : `text that contains ${part}`;
}

function scalarText(value: Scalar): string {
  switch (value.type) {
    case "number":
      return value.text;
    case "text":
      return JSON.stringify(value.text);
    case "boolean":
      return String(value.value);
    case "null":
      return "null";
  }
}

const shownCharsMax = 100;

function shown({ value, text }: Item): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const whole = text ?? JSON.stringify(value);
  return whole.length > shownCharsMax ? `${whole.slice(0, shownCharsMax)}…` : whole;
}

function shownPath(path: FieldPath): string {
  return path.reduce(
    (before, name) =>
      /^\w+$/.test(name) ? `${before}.${name}` : `${before}[${JSON.stringify(name)}]`,
    "data",
  );
}
