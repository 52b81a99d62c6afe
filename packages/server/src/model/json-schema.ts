/** JSON Schema for event types: drafts 2020-12 and 07, by the schema's own `$schema`. */
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { PosthornError } from "../errors.ts";

const draft07 = /draft-07/;

/**
 * @throws PosthornError `PH_SCHEMA_INVALID` if it is not a schema, or refers to other documents:
 *   nothing is ever loaded from elsewhere.
 */
export function compileSchema(schema: unknown): ValidateFunction {
  if (typeof schema !== "boolean" && (typeof schema !== "object" || schema === null)) {
    throw new PosthornError("PH_SCHEMA_INVALID", { reason: "it must be an object" });
  }
  const options = {
    strict: false,
    allErrors: false,
    validateFormats: true,
    // It would write to the console of formats that it does not know.
    logger: false,
  } as const;
  const declared = typeof schema === "object" && "$schema" in schema ? String(schema.$schema) : "";
  // A compiler of its own for each schema: one with `$id` must not clash with its next version.
  const compiler = draft07.test(declared) ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(compiler);
  try {
    return compiler.compile(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PosthornError("PH_SCHEMA_INVALID", { reason }, { cause });
  }
}

/** Where the last value given to `validate` breaks its schema, in words. */
export function explainInvalid(validate: ValidateFunction): string {
  const error = validate.errors?.[0];
  if (error === undefined) return "it does not fit";
  const place = error.instancePath === "" ? "data" : `data${error.instancePath}`;
  // A member's name may hold U+0000, which PostgreSQL cannot store in a text.
  return `${place} ${error.message ?? error.keyword}`.replaceAll("\u0000", "\uFFFD");
}
