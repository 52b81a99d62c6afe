/** Reads folders of JSON documents that have a JSON Schema next to them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import { nearestName } from "../model/similar-name.ts";

const schemaSuffix = ".schema.json";

/** The names of the JSON files in a folder, without the schemas, sorted. */
export function documentFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(schemaSuffix))
    .toSorted();
}

/**
 * Checks the document in a file, and returns it deeply frozen.
 * @param validate null for a packaged document, which a test checks: compiling the schema takes
 *   longer than reading all documents.
 * @param refuse turns a reason into the error to throw.
 */
export function readDocument<Document>(
  file: string,
  validate: ValidateFunction<Document> | null,
  refuse: (reason: string, cause?: unknown) => Error,
): Document {
  return parseDocument(readFileSync(file, "utf8"), validate, refuse);
}

/** Checks a document as `readDocument` does, and returns it deeply frozen. */
export function parseDocument<Document>(
  text: string,
  validate: ValidateFunction<Document> | null,
  refuse: (reason: string, cause?: unknown) => Error,
): Document {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw refuse("it is not JSON", cause);
  }
  if (validate !== null && !validate(document)) throw refuse(explain(validate));
  return deepFreeze(document as Document);
}

/**
 * The validator for a schema that is packaged with the program. A test checks the schema itself,
 * because that takes longer than all other checks at a start.
 */
export function schemaValidator<Document>(file: string): ValidateFunction<Document> {
  const schema = JSON.parse(readFileSync(file, "utf8")) as object;
  return new Ajv2020({ strict: true, validateSchema: false, verbose: true }).compile<Document>(
    schema,
  );
}

/** The path of a folder of the package. The folder is next to both `src/` and `dist/`. */
export function packageFolder(name: string): string {
  return fileURLToPath(new URL(`../../${name}/`, import.meta.url));
}

function explain({ errors, schema }: ValidateFunction): string {
  const error = deepest(errors ?? []);
  if (error === undefined) return "it does not match its schema";
  const place = error.instancePath === "" ? "it" : error.instancePath;
  const {
    additionalProperty: extra,
    allowedValues,
    pattern,
  } = error.params as {
    readonly additionalProperty?: string;
    readonly allowedValues?: readonly unknown[];
    readonly pattern?: string;
  };
  const { propertyName } = error;
  if (propertyName !== undefined) {
    const lower = propertyName.toLowerCase();
    const isNear = pattern !== undefined && new RegExp(pattern).test(lower);
    const hint = isNear ? `; the nearest is ${lower}` : "";
    return `${place}: the name ${propertyName} ${error.message ?? error.keyword}${hint}`;
  }
  if (extra !== undefined) {
    const known = membersNear(schema, error.schemaPath);
    const nearest = nearestName(known, extra);
    const hint = nearest === "" ? "" : `; the nearest is ${nearest}`;
    return `${place} ${error.message ?? error.keyword} (${extra}${hint})`;
  }
  if (allowedValues === undefined) return `${place} ${error.message ?? error.keyword}`;
  const allowed = allowedValues.map(String);
  const given = typeof error.data === "string" ? error.data : JSON.stringify(error.data);
  const nearest = nearestName(allowed, given);
  return `${place} must be ${allowed.join(" or ")}; the nearest is ${nearest}`;
}

/** The error that says most: where alternatives failed, the one that went furthest. */
function deepest(errors: readonly ErrorObject[]): ErrorObject | undefined {
  // An alternative of fixed words says nothing about an object.
  const telling = errors.filter(
    ({ keyword, data }) => keyword !== "enum" || typeof data === "string",
  );
  const depth = ({ instancePath }: ErrorObject): number => instancePath.split("/").length;
  const most = Math.max(...telling.map(depth));
  const candidates = telling.filter((error) => depth(error) === most);
  const isMember = ({ keyword }: ErrorObject): boolean =>
    keyword === "additionalProperties" || keyword === "enum";
  return candidates.find(isMember) ?? candidates[0] ?? errors[0];
}

/** The members that the schema allows in the object that has an unknown one. */
function membersNear(schema: unknown, schemaPath: string): readonly string[] {
  let found: unknown = schema;
  for (const step of schemaPath.replace(/^#\//, "").split("/").slice(0, -1)) {
    found = (found as Record<string, unknown> | undefined)?.[step];
  }
  const { properties = {} } = (found ?? {}) as { readonly properties?: object };
  return Object.keys(properties);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
