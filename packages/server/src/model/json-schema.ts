/** JSON Schema for event types: drafts 2020-12 and 07, by the schema's own `$schema`. */
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { PosthornError } from "../errors/catalogue.ts";
import { isMultipleOf } from "./decimal.ts";
import { mayHoldLongNumbers, numberTexts, type NumberTexts } from "./number-text.ts";

const draft07 = /draft-07/;

export interface CompiledSchema {
  /** @returns null if the JSON text fits; else where it breaks the schema, in words. */
  explain(json: string): string | null;
}

/** What validation passes to keywords: the text of what is being validated. */
class Validated {
  readonly #json: string;
  readonly #parsed: unknown;
  #texts: NumberTexts | null = null;

  constructor(json: string, parsed: unknown) {
    this.#json = json;
    this.#parsed = parsed;
  }

  /** A number as it was written; of a double the shortest text is that, up to 15 digits. */
  textOf(value: number, container: unknown, at: string | number | undefined): string {
    if (!mayHoldLongNumbers(this.#json)) return String(value);
    if (value === this.#parsed) return this.#json.trim();
    this.#texts ??= numberTexts(this.#json, this.#parsed);
    return this.#texts.get(container)?.get(at ?? "") ?? String(value);
  }
}

/**
 * @throws PosthornError `PH_SCHEMA_INVALID` if it is not a schema, or refers to other documents:
 *   nothing is ever loaded from elsewhere.
 */
export function compileSchema(schema: unknown): CompiledSchema {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null)) {
    throw new PosthornError("PH_SCHEMA_INVALID", { reason: "it must be an object" });
  }
  const options = {
    strict: false,
    allErrors: false,
    validateFormats: true,
    // It would write to the console of formats that it does not know.
    logger: false,
    passContext: true,
  } as const;
  const declared = typeof schema === "object" && "$schema" in schema ? String(schema.$schema) : "";
  // A compiler of its own for each schema: one with `$id` must not clash with its next version.
  const compiler = draft07.test(declared) ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(compiler);
  compareExactly(compiler);
  try {
    const validate = compiler.compile(schema);
    return {
      explain(json) {
        const parsed: unknown = JSON.parse(json);
        return validate.call(new Validated(json, parsed), parsed) ? null : reason(validate);
      },
    };
  } catch (cause) {
    const reasonOfCause = cause instanceof Error ? cause.message : String(cause);
    throw new PosthornError("PH_SCHEMA_INVALID", { reason: reasonOfCause }, { cause });
  }
}

/** `multipleOf` on decimal texts: ajv's own divides doubles, and then 19.99 has no whole cents. */
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
  if (error === undefined) return "it does not fit";
  const place = error.instancePath === "" ? "data" : `data${error.instancePath}`;
  // A member's name may hold U+0000, which PostgreSQL cannot store in a text.
  return `${place} ${error.message ?? error.keyword}`.replaceAll("\u0000", "\uFFFD");
}
