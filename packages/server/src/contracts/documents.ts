/** Reads folders of JSON documents that have a JSON Schema next to them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const schemaSuffix = ".schema.json";

/** The names of the JSON files in a folder, without the schemas, sorted. */
export function documentFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(schemaSuffix))
    .toSorted();
}

/**
 * Checks one document, and returns it deeply frozen. @param refuse creates the error to throw from
 * a reason.
 */
export function readDocument<Document>(
  file: string,
  validate: ValidateFunction<Document>,
  refuse: (reason: string, cause?: unknown) => Error,
): Document {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw refuse("it is not JSON", cause);
  }
  if (!validate(document)) throw refuse(explain(validate));
  return deepFreeze(document);
}

/**
 * The validator for a schema that is packaged with the program. A test checks the schema itself,
 * because that takes longer than all other checks at a start.
 */
export function schemaValidator<Document>(file: string): ValidateFunction<Document> {
  const schema = JSON.parse(readFileSync(file, "utf8")) as object;
  return new Ajv2020({ strict: true, validateSchema: false }).compile<Document>(schema);
}

/** The path of a folder of the package. The folder is next to both `src/` and `dist/`. */
export function packageFolder(name: string): string {
  return fileURLToPath(new URL(`../../${name}/`, import.meta.url));
}

function explain({ errors }: ValidateFunction): string {
  const [error] = errors ?? [];
  if (error === undefined) return "it does not match its schema";
  const place = error.instancePath === "" ? "it" : error.instancePath;
  const extra: unknown = error.params["additionalProperty"];
  const name = typeof extra === "string" ? ` (${extra})` : "";
  return `${place} ${error.message ?? error.keyword}${name}`;
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
