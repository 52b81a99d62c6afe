/**
 * Reads event types from a file: a list, the catalogue's own format, or the `webhooks` of an
 * OpenAPI 3.1 document; in JSON or YAML.
 */
import { parseDocument } from "yaml";
import { PosthornError } from "../../errors/catalogue.ts";
import { reasonOf } from "../../errors/reasons.ts";
import { inlineReferences } from "./openapi-references.ts";

/** An event type as a file describes it. A member that the file omits is not compared. */
export interface EventTypeDocument {
  readonly name: string;
  readonly description?: string;
  readonly schema?: unknown;
  readonly example?: unknown;
  readonly schema_check?: string;
  readonly group_name?: string;
  readonly is_deprecated?: boolean;
  readonly feature_flag?: string;
}

type Members = Readonly<Record<string, unknown>>;

const texts = ["description", "schema_check", "group_name", "feature_flag"];
const fields = new Set(["name", "schema", "example", "is_deprecated", ...texts]);
const methods = ["post", "put", "get", "patch", "delete", "head", "options", "trace"];

/**
 * Parses a file's text.
 * @throws PosthornError `PH_FILE_UNREADABLE`, which says what is wrong and where.
 */
export function parseEventTypes(file: string, text: string): readonly EventTypeDocument[] {
  const fail = (reason: string): never => {
    throw new PosthornError("PH_FILE_UNREADABLE", { file, reason });
  };
  const root = parseText(text, fail);
  const types =
    isMembers(root) && "openapi" in root ? fromOpenApi(root, fail) : fromList(root, fail);
  if (types.length === 0) fail("it contains no event type");
  const names = types.map(({ name }) => name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) fail(`event type ${repeated} is in it twice`);
  return types;
}

type Fail = (reason: string) => never;

/** Parses YAML, which includes JSON. The parser rejects aliases that grow without bound. */
function parseText(text: string, fail: Fail): unknown {
  const document = parseDocument(text, { version: "1.2", prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined)
    fail(reasonOf(error).split("\n")[0]?.replace(/:$/, "") ?? "it is broken");
  try {
    return document.toJS() as unknown;
  } catch (error_) {
    return fail(reasonOf(error_));
  }
}

function fromList(root: unknown, fail: Fail): readonly EventTypeDocument[] {
  const list = isMembers(root) ? (root["eventTypes"] ?? root["event_types"]) : root;
  if (!Array.isArray(list)) {
    return fail("it is neither a list of event types, nor has eventTypes, nor OpenAPI webhooks");
  }
  return list.map((each: unknown, at) => {
    if (!isMembers(each) || typeof each["name"] !== "string") {
      return fail(`item ${at + 1} has no name`);
    }
    const unknown = Object.keys(each).find((key) => !fields.has(key));
    if (unknown !== undefined) fail(`${each["name"]} has the unknown member ${unknown}`);
    for (const name of texts) {
      const value = each[name];
      if (value !== undefined && typeof value !== "string") {
        fail(`${name} of ${each["name"]} is not text`);
      }
    }
    if (!["undefined", "boolean"].includes(typeof each["is_deprecated"])) {
      fail(`is_deprecated of ${each["name"]} is neither true nor false`);
    }
    return each as Members & EventTypeDocument;
  });
}

/**
 * Reads the webhooks of an OpenAPI document. Their names are the names of event types. The schema
 * and the example are those of the request body, with all references replaced.
 */
function fromOpenApi(root: Members, fail: Fail): readonly EventTypeDocument[] {
  const version = root["openapi"];
  if (typeof version !== "string" || !version.startsWith("3.1")) {
    fail("its version of OpenAPI is not 3.1, which introduced webhooks");
  }
  const webhooks = root["webhooks"];
  if (!isMembers(webhooks)) return fail("the OpenAPI document has no webhooks");
  const resolve = (value: unknown): unknown => inlineReferences(root, value, fail);
  return Object.entries(webhooks).map(([name, item]) => {
    const path = resolve(item);
    const method = isMembers(path) ? methods.find((each) => each in path) : undefined;
    if (!isMembers(path) || method === undefined) return fail(`webhook ${name} has no operation`);
    const operation = path[method];
    if (!isMembers(operation)) return fail(`webhook ${name} has no operation`);
    const { schema, example } = contentOf(operation);
    const description = operation["description"] ?? operation["summary"] ?? path["description"];
    const type: { -readonly [Name in keyof EventTypeDocument]: EventTypeDocument[Name] } = { name };
    if (operation["deprecated"] === true) type.is_deprecated = true;
    if (typeof description === "string") type.description = description.trim();
    if (schema !== undefined) type.schema = schema;
    if (example !== undefined) type.example = example;
    return type;
  });
}

/** The schema and the first example of a request body in JSON. */
function contentOf(operation: Members): { schema?: unknown; example?: unknown } {
  const { content } = members(operation["requestBody"]);
  const type = Object.keys(members(content)).find((each) =>
    /^application\/(.*\+)?json\b/.test(each),
  );
  if (type === undefined) return {};
  const media = members(members(content)[type]);
  const schema = media["schema"];
  const [firstExample] = Object.values(members(media["examples"]));
  const ofSchema = members(schema);
  const [inSchema] = Array.isArray(ofSchema["examples"]) ? (ofSchema["examples"] as unknown[]) : [];
  const example =
    media["example"] ?? members(firstExample)["value"] ?? inSchema ?? ofSchema["example"];
  return { schema, example };
}

function members(value: unknown): Members {
  return isMembers(value) ? value : {};
}

export function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
