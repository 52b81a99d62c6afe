/**
 * JSON Schema for event types. Supports drafts 2020-12 and 07; the schema's `$schema` selects one.
 */
import { Script } from "node:vm";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { PosthornError } from "../errors/catalogue.ts";
import { errorCode } from "../errors/reasons.ts";
import { limits } from "../limits.ts";
import { canonicalNumber, isMultipleOf } from "./decimal.ts";
import { mayHoldLongNumbers, numberTexts, type NumberTexts } from "./number-text.ts";

const draft07 = /draft-07/;

export interface CompiledSchema {
  /** True if the check can be very slow for some data. `explain` then stops it after a timeout. */
  readonly canTakeLong: boolean;
  /**
   * @returns null if the JSON text matches the schema; otherwise a sentence about where it violates
   * the schema.
   * @throws CheckTooLongError if the check took longer than `limits.schemaCheckMs`.
   */
  explain(json: string): string | null;
}

export class CheckTooLongError extends Error {
  override readonly name = "CheckTooLongError";
}

/** The JSON text that is being validated. Validation passes this object to keywords. */
class Validated {
  readonly #json: string;
  readonly #parsed: unknown;
  #mayHoldLongNumbers: boolean | null = null;
  #texts: NumberTexts | null = null;

  constructor(json: string, parsed: unknown) {
    this.#json = json;
    this.#parsed = parsed;
  }

  /**
   * Returns a number as it was written. For up to 15 digits, that is the shortest text of the
   * double.
   */
  textOf(value: number, container: unknown, at: string | number | undefined): string {
    // The result is cached: computed for each of 12,000 numbers, it took 46 s.
    this.#mayHoldLongNumbers ??= mayHoldLongNumbers(this.#json);
    if (!this.#mayHoldLongNumbers) return String(value);
    if (value === this.#parsed) return this.#json.trim();
    this.#texts ??= numberTexts(this.#json, this.#parsed);
    return this.#texts.get(container)?.get(at ?? "") ?? String(value);
  }
}

const options = {
  strict: false,
  allErrors: false,
  validateFormats: true,
  // No logger, because ajv would log unknown formats to the console.
  logger: false,
  passContext: true,
} as const;

/**
 * Compilers that only check schemas. They are shared and made at first use, because compiling a
 * draft's own schema takes longer than compiling many event types' schemas.
 */
const checkers = new Map<typeof Ajv | typeof Ajv2020, Ajv | Ajv2020>();

function checkerOf(draft: typeof Ajv | typeof Ajv2020): Ajv | Ajv2020 {
  const checker = checkers.get(draft) ?? addFormats.default(new draft(options));
  checkers.set(draft, checker);
  return checker;
}

/**
 * Compiles a schema after checking it.
 * @throws PosthornError `PH_SCHEMA_INVALID` if it is not a valid schema, or if it refers to other
 * documents, which are never loaded.
 */
export function compileSchema(schema: unknown): CompiledSchema {
  return compile(schema, true);
}

/**
 * A schema that `compileSchema` accepted before it was stored. It is compiled at its first check,
 * because compiling takes milliseconds, and a catalogue may contain a thousand schemas.
 * @param text the schema's JSON.
 */
export function storedSchema(text: string): CompiledSchema {
  let compiled: CompiledSchema | null = null;
  const schema = (): CompiledSchema => (compiled ??= compile(JSON.parse(text), false));
  return {
    get canTakeLong() {
      return schema().canTakeLong;
    },
    explain: (json) => schema().explain(json),
  };
}

function compile(schema: unknown, isChecked: boolean): CompiledSchema {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null)) {
    throw new PosthornError("PH_SCHEMA_INVALID", { reason: "it must be an object" });
  }
  const declared = typeof schema === "object" && "$schema" in schema ? String(schema.$schema) : "";
  const draft = draft07.test(declared) ? Ajv : Ajv2020;
  // Each schema gets its own compiler, because its `$id` must not conflict with the schema's next
  // version.
  const compiler = new draft({ ...options, validateSchema: false });
  addFormats.default(compiler);
  compareExactly(compiler);
  compareItemsOnce(compiler);
  try {
    if (isChecked) void checkerOf(draft).validateSchema(schema, true);
    const validate = compiler.compile(schema);
    const explain = (json: string): string | null => {
      const parsed: unknown = JSON.parse(json);
      return validate.call(new Validated(json, parsed), parsed) ? null : reason(validate);
    };
    const canTakeLong = mayTakeLong(schema);
    return { canTakeLong, explain: canTakeLong ? (json) => inTime(() => explain(json)) : explain };
  } catch (cause) {
    const reasonOfCause = cause instanceof Error ? cause.message : String(cause);
    throw new PosthornError("PH_SCHEMA_INVALID", { reason: reasonOfCause }, { cause });
  }
}

/**
 * Keywords whose check can be extremely slow: regular expressions, which formats use as well, and
 * references, because a schema can branch at each level of nested data.
 */
const slowKeywords = new Set(["pattern", "patternProperties", "$ref", "$dynamicRef"]);
const quickFormats = new Set(["date", "date-time", "time", "uuid", "ipv4", "int32", "int64"]);

function mayTakeLong(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(
    ([keyword, value]: [string, unknown]) =>
      slowKeywords.has(keyword) ||
      (keyword === "format" && typeof value === "string" && !quickFormats.has(value)) ||
      mayTakeLong(value),
  );
}

let underWay: () => string | null = () => null;
const runUnderWay = new Script("globalThis[Symbol.for('posthorn.check')]()");
Object.defineProperty(globalThis, Symbol.for("posthorn.check"), {
  value: () => underWay(),
  configurable: true,
});

/**
 * Runs a check, and stops it after `limits.schemaCheckMs`. V8 watches it from another thread, which
 * costs 0.1 ms. On an event of 26 characters, `^(\w+\s?)*$` takes 0.6 s, and twice as long for each
 * further character, and nothing else runs meanwhile.
 */
function inTime(check: () => string | null): string | null {
  underWay = check;
  try {
    return runUnderWay.runInThisContext({ timeout: limits.schemaCheckMs }) as string | null;
  } catch (error) {
    if (errorCode(error) !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new CheckTooLongError(`The check took longer than ${limits.schemaCheckMs} ms.`);
  }
}

/**
 * Implements `uniqueItems` by comparing canonical texts. ajv compares each pair, which took 13 s
 * for 12,000 objects. It also treats 64-bit numbers as equal if they differ only in their last
 * digit.
 */
function compareItemsOnce(compiler: Ajv | Ajv2020): void {
  compiler.removeKeyword("uniqueItems");
  compiler.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must NOT have duplicate items" },
    validate(this: Validated, isWanted: boolean, items: readonly unknown[]) {
      if (!isWanted) return true;
      const seen = new Set<string>();
      return items.every((item, at) => {
        const size = seen.size;
        return seen.add(canonical(this, item, items, at)).size > size;
      });
    },
  });
}

/** Returns the same text for values that are equal in JSON Schema. */
function canonical(
  texts: Validated,
  value: unknown,
  container: unknown,
  at: string | number,
): string {
  if (typeof value === "number") return canonicalNumber(texts.textOf(value, container, at));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return `[${value.map((each, index) => canonical(texts, each, value, index)).join()}]`;
  }
  const members = Object.entries(value).map(
    ([name, each]) => `${JSON.stringify(name)}:${canonical(texts, each, value, name)}`,
  );
  return `{${members.toSorted().join()}}`;
}

/**
 * Implements `multipleOf` on decimal texts, because ajv divides doubles and rejects 19.99 as a
 * multiple of 0.01.
 */
function compareExactly(compiler: Ajv | Ajv2020): void {
  compiler.removeKeyword("multipleOf");
  compiler.addKeyword({
    keyword: "multipleOf",
    type: "number",
    schemaType: "number",
    error: { message: ({ schemaCode }) => `must be multiple of ${String(schemaCode)}` },
    validate(this: Validated, step: number, value: number, _schema, place) {
      const text = this.textOf(value, place?.parentData, place?.parentDataProperty);
      return isMultipleOf(text, String(step));
    },
  });
}

function reason(validate: ValidateFunction): string {
  const error = validate.errors?.[0];
  if (error === undefined) return "it does not match";
  const place = error.instancePath === "" ? "data" : `data${error.instancePath}`;
  // Replaces U+0000, which the name of a member may contain, because PostgreSQL cannot store it as
  // text.
  return `${place} ${error.message ?? error.keyword}`.replaceAll("\u0000", "\uFFFD");
}
