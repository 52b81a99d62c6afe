/** Compares the console's API calls with the API's OpenAPI document. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Page, Response } from "playwright-core";
import { expect } from "vitest";

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

interface Content {
  readonly content?: { readonly "application/json"?: { readonly schema: object } };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export interface ApiWatch {
  /** Waits for pending responses, then fails if any call was not documented. */
  expectDocumented(): Promise<void>;
}

/**
 * Query parameters that every table accepts in addition to its columns, e.g. logical conditions.
 */
const dialectParameters = new Set(["or", "and", "not.or", "not.and", "columns", "on_conflict"]);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

/**
 * Compiled validators by the schema's text. Compiling one takes longer than all the checks of a
 * page.
 */
const validators = new Map<string, ValidateFunction>();

function validatorOf(schema: object): ValidateFunction {
  const text = JSON.stringify(schema);
  const known = validators.get(text) ?? ajv.compile(schema);
  validators.set(text, known);
  return known;
}

/** The API's documents by the service's URL. */
const documents = new Map<string, Promise<Document>>();

async function fetchDocument(baseUrl: string): Promise<Document> {
  return (await (await fetch(`${baseUrl}/openapi.json`)).json()) as Document;
}

export async function watchApi(page: Page, baseUrl: string): Promise<ApiWatch> {
  const fetched = documents.get(baseUrl) ?? fetchDocument(baseUrl);
  documents.set(baseUrl, fetched);
  const document = await fetched;
  const problems: string[] = [];
  const pending = new Set<Promise<void>>();
  page.on("response", (response) => {
    const url = new URL(response.url());
    if (!url.pathname.startsWith("/rest/v1/")) return;
    const check = checkCall(document, response, url)
      .then((found) => void problems.push(...found))
      .catch(() => {
        // The page was closed, so its response cannot be read.
      })
      .finally(() => pending.delete(check));
    pending.add(check);
  });
  return {
    async expectDocumented() {
      await Promise.all(pending);
      expect(problems).toEqual([]);
    },
  };
}

async function checkCall(
  document: Document,
  response: Response,
  url: URL,
): Promise<readonly string[]> {
  const request = response.request();
  const method = request.method().toLowerCase();
  const told = `${request.method()} ${url.pathname}${url.search}`;
  const operation = document.paths[url.pathname]?.[method];
  if (operation === undefined) return [`${told}: not in the document`];
  const known = new Set((operation.parameters ?? []).map(({ name }) => name));
  const problems = [...url.searchParams.keys()]
    .filter((name) => !known.has(name) && !dialectParameters.has(name))
    .map((name) => `${told}: no parameter ${name}`);
  const validate = (what: string, schema: object | undefined, value: unknown): void => {
    if (schema === undefined) problems.push(`${told}: no schema of its ${what}`);
    else if (!validatorOf(schema)(value)) {
      problems.push(
        `${told}: its ${what}: ${ajv.errorsText(validatorOf(schema).errors)} in ${JSON.stringify(value)}`,
      );
    }
  };
  const body = request.postData();
  const isRefused = response.status() >= 400;
  if (body !== null && !isRefused) {
    validate("request", schemaOf(operation.requestBody), JSON.parse(body));
  }
  const type = response.headers()["content-type"] ?? "";
  if (!type.includes("application/json")) return problems;
  const answer: unknown = await response.json().catch(() => undefined);
  if (answer === undefined) return problems;
  const status = isRefused ? "4XX" : String(response.status());
  const schema = schemaOf(operation.responses[status]);
  const select = url.searchParams.get("select");
  const isPart = select !== null && select !== "*";
  // An insert returns an array with one row, but the document describes only the row.
  const values = Array.isArray(answer) && !isArraySchema(schema) ? answer : [answer];
  for (const value of values) {
    validate("answer", isPart ? withoutRequired(schema) : schema, value);
  }
  return problems;
}

function schemaOf(content: Content | undefined): object | undefined {
  return content?.content?.["application/json"]?.schema;
}

function isArraySchema(schema: object | undefined): boolean {
  return schema !== undefined && "type" in schema && schema.type === "array";
}

function withoutRequired(schema: object | undefined): object | undefined {
  if (schema === undefined) return undefined;
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => (key === "required" ? undefined : value)),
  ) as object;
}
