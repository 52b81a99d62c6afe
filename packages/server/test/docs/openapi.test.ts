/** The API's description is complete, and tools can read it. */
import addFormats from "ajv-formats";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { restFunctions, type FunctionDependencies } from "../../src/http/functions/index.ts";
import type { Resource } from "../../src/http/rest/resource.ts";
import { webhookAudit } from "../../src/http/tables/audit.ts";
import { apiKeys } from "../../src/http/tables/api-keys.ts";
import {
  webhookEndpoints,
  webhookEventTypes,
  webhookOrgs,
} from "../../src/http/tables/configured.ts";
import { webhookContracts, webhookContractVersions } from "../../src/http/tables/contracts.ts";
import {
  webhookAttempts,
  webhookDeliveries,
  webhookErasures,
  webhookEvents,
  webhookReplays,
} from "../../src/http/tables/deliveries.ts";
import { startTestService, type TestService } from "../support/service.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly required?: readonly string[];
}

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
}
type Content = Readonly<Record<string, Media>>;

interface Parameter extends Media {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
}

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const tables: readonly Resource[] = [
  webhookOrgs,
  webhookEventTypes,
  webhookContracts,
  webhookContractVersions,
  webhookEndpoints,
  webhookEvents,
  webhookDeliveries,
  webhookAttempts,
  webhookReplays,
  webhookErasures,
  webhookAudit,
  apiKeys,
];
const functions = restFunctions({} as FunctionDependencies);
const methods = { read: "get", insert: "post", update: "patch", delete: "delete" } as const;

let posthorn: TestService;
let document: Document;
beforeAll(async () => {
  posthorn = await startTestService();
  document = (await posthorn.api.get("/openapi.json")).json as Document;
});
afterAll(() => posthorn.close());

const operations = () =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
const json = (content: Content | undefined) => content?.["application/json"]?.schema;

test("it is OpenAPI 3.1, with a path for each table and function, and no others", () => {
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(document.info.title).toBe("Posthorn");
  expect(document.info.version).toMatch(/^\d+\.\d+\.\d+/);
  const expected = [
    ...tables.map(({ name }) => `/rest/v1/${name}`),
    ...functions.map(({ name }) => `/rest/v1/rpc/${name}`),
    "/rest/v1/stream",
    "/rest/v1/terminal",
  ];
  const listed = Object.keys(document.paths).filter((path) => path.startsWith("/rest/"));
  expect(listed.toSorted()).toEqual(expected.toSorted());
  expect(listed.every((path) => !path.includes("*") && !path.includes("{"))).toBe(true);
});

test("each operation has a unique id, a description and its responses", () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, method, operation } of operations()) {
    const at = `${method} ${path}`;
    expect([at, operation.operationId]).toEqual([at, expect.stringMatching(/^\w+$/)]);
    expect([at, operation.description.trim().length > 10]).toEqual([at, true]);
    expect([at, operation.tags.length]).toEqual([at, 1]);
    expect([at, Object.keys(operation.responses).length > 0]).toEqual([at, true]);
  }
});

test("each operation is in a group, and has a summary of its own", () => {
  const groups = document.tags.map(({ name }) => name);
  for (const { path, method, operation } of operations()) {
    const at = `${method} ${path}`;
    expect([at, groups.includes(operation.tags[0] ?? "")]).toEqual([at, true]);
    expect([at, operation.summary]).toEqual([at, expect.stringMatching(/^[A-Z].{7,60}[^.]$/)]);
  }
  const used = new Set(operations().map(({ operation }) => operation.tags[0]));
  expect(groups.filter((name) => !used.has(name))).toEqual([]);
});

describe("examples", () => {
  const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
  /** Every place in an operation that should have an example, with the schema of the example. */
  const placesOf = (operation: Operation): readonly (readonly [string, Media])[] => {
    const { parameters = [], requestBody, responses } = operation;
    const answers = Object.entries(responses).filter(([status]) => status.startsWith("2"));
    return [
      ...parameters
        .filter((each) => each.required === true || each.example !== undefined)
        .map((each) => [each.name, each] as const),
      ...Object.values(requestBody?.content ?? {}).map((each) => ["body", each] as const),
      ...answers.flatMap(([status, { content = {} }]) =>
        Object.values(content).map((each) => [status, each] as const),
      ),
    ];
  };

  test("every operation has them, for its body, its response and its required parameters", () => {
    for (const { path, method, operation } of operations()) {
      const missing = placesOf(operation).filter(([, { example }]) => example === undefined);
      expect([method, path, missing.map(([place]) => place)]).toEqual([method, path, []]);
      expect([method, path, placesOf(operation).length > 0]).toEqual([method, path, true]);
    }
  });

  test("all of them are valid, and name only members that exist", () => {
    for (const { path, method, operation } of operations()) {
      for (const [place, { schema, example }] of placesOf(operation)) {
        const check = ajv.compile(closed(schema));
        const problems = check(example) ? [] : check.errors;
        expect([method, path, place, problems]).toEqual([method, path, place, []]);
      }
    }
  });
});

/** A stricter schema for examples: an object may have only the members that are described. */
function closed(schema: Schema): Schema {
  const { properties, items, oneOf } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          additionalProperties: false,
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, each]) => [name, closed(each)]),
          ),
        }),
    ...(items === undefined ? {} : { items: closed(items) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((each) => closed(each)) }),
  };
}

test("nothing has an empty description", () => {
  const empty: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, each] of Object.entries(value)) {
      if (name === "description" && typeof each === "string" && each.trim() === "")
        empty.push(path);
      walk(each, `${path}/${name}`);
    }
  };
  walk(document, "");
  expect(empty).toEqual([]);
});

describe.each(tables.map((table) => [table.name, table] as const))("%s", (name, table) => {
  const at = () => document.paths[`/rest/v1/${name}`]!;
  const shown = table.columns.filter((column) => column.isShownOnce !== true);

  test("has the existing operations", () => {
    const offered = Object.keys(table.operations).map(
      (operation) => methods[operation as keyof typeof methods],
    );
    const listed = Object.keys(at()).filter((method) => method !== "head");
    expect(listed.toSorted()).toEqual(offered.toSorted());
  });

  test("reads every column, and filters by each", () => {
    const { responses, parameters } = at()["get"]!;
    const row = json(responses["200"]?.content)?.items;
    expect(Object.keys(row?.properties ?? {})).toEqual(shown.map((column) => column.name));
    const names = parameters?.filter((each) => each.in === "query").map((each) => each.name);
    for (const column of shown) expect(names).toContain(column.name);
    expect(names).toEqual(expect.arrayContaining(["select", "order", "limit", "offset"]));
  });

  test("takes the columns that can be written", () => {
    for (const [method, writable] of [
      ["post", ["insert", "insert and update"]],
      ["patch", ["insert and update"]],
    ] as const) {
      const operation = at()[method];
      if (operation === undefined) continue;
      const schema = json(operation.requestBody?.content);
      const row = schema?.oneOf?.[0] ?? schema;
      const expected = table.columns.filter((column) =>
        (writable as readonly unknown[]).includes(column.writable),
      );
      expect(Object.keys(row?.properties ?? {})).toEqual(expected.map((column) => column.name));
      // With a key of the org, its id can be left out.
      const implied = table.orgColumn === table.primaryKey ? null : table.orgColumn;
      const required = expected.filter(
        (column) => method === "post" && column.isRequired === true && column.name !== implied,
      );
      expect(row?.required ?? []).toEqual(required.map((column) => column.name));
    }
  });
});

test("publishing is described as it is: an array, a header, and times as numbers", () => {
  const { responses, parameters, requestBody } =
    document.paths["/rest/v1/webhook_events"]!["post"]!;
  expect(json(responses["201"]?.content)?.type).toBe("array");
  const headers = parameters?.filter((each) => each.in === "header").map(({ name }) => name);
  expect(headers).toEqual(["prefer", "idempotency-key"]);
  const timestamp = json(requestBody?.content)?.oneOf?.[0]?.properties?.["timestamp"];
  expect(timestamp?.type).toEqual(["string", "number"]);
});

test.each(functions.map((each) => [each.name, each] as const))(
  "rpc/%s takes its arguments",
  (name, each) => {
    const { post, get } = document.paths[`/rest/v1/rpc/${name}`]!;
    const schema = json(post?.requestBody?.content);
    expect(Object.keys(schema?.properties ?? {})).toEqual(each.arguments.map((one) => one.name));
    expect(schema?.required ?? []).toEqual(
      each.arguments.filter((one) => one.required).map((one) => one.name),
    );
    expect(get === undefined).toBe(!each.readOnly);
  },
);
