/** The routes' schemas for the OpenAPI document. They are not used for validation. */
import type { FastifySchema } from "fastify";
import type { Column, ColumnType, Operation, Resource } from "./resource.ts";
import type { RestFunction, ResultMember } from "./rpc.ts";

const types: Readonly<Record<ColumnType, object>> = {
  uuid: { type: "string", format: "uuid" },
  org: { type: "string" },
  text: { type: "string" },
  "text[]": { type: "array", items: { type: "string" } },
  timestamptz: { type: "string", format: "date-time" },
  integer: { type: "integer" },
  numeric: { type: "number" },
  boolean: { type: "boolean" },
  json: { description: "Any JSON." },
};

/** The schema of every error. */
export const errorBody = {
  type: "object",
  description: "An error; docs/reference/errors.md lists every code.",
  properties: {
    code: { type: "string" },
    message: { type: "string" },
    hint: { type: ["string", "null"] },
    details: { type: ["string", "null"] },
  },
};

/** The texts that the API reference adds to a table's columns. */
export interface TableReference {
  /** The heading under which its operations are listed. */
  readonly group: string;
  /** The heading of the insert, if it differs. */
  readonly groupOfInsert?: string;
  readonly summaries: Readonly<Partial<Record<Operation, string>>>;
  /** An example of a row, with the columns that are shown only once. */
  readonly row: Example;
  /** Examples of the bodies. */
  readonly insert?: Example;
  readonly update?: Example;
}

/** The texts that the API reference adds to a function's arguments and result. */
export interface FunctionReference {
  readonly group: string;
  readonly summary: string;
  readonly arguments: Example;
  /** An example of the result, or of each object in it. */
  readonly result: Example;
}

export interface ApiReference {
  readonly tables: Readonly<Record<string, TableReference>>;
  readonly functions: Readonly<Record<string, FunctionReference>>;
}

type Example = Readonly<Record<string, unknown>>;

/** Adds an example to a schema, where OpenAPI expects it. */
function withExample(schema: object, example: unknown): object {
  return example === undefined ? schema : { ...schema, examples: [example] };
}

/** The members of an example that a response contains. */
function shownIn(columns: readonly ResultMember[], row: Example | undefined): Example | undefined {
  if (row === undefined) return undefined;
  return Object.fromEntries(columns.map(({ name }) => [name, row[name]]));
}

const prefer = {
  type: "string",
  description:
    "return=representation returns the rows; count=exact returns their number in Content-Range.",
};

function requestHeaders({ idempotencyColumn }: Resource, operation: Operation): object {
  const key = {
    type: "string",
    description:
      `The ${idempotencyColumn} of the only row, with or without quotes. With several rows, set ` +
      "it in the body of each.",
  };
  const hasKey = operation === "insert" && idempotencyColumn !== undefined;
  return { type: "object", properties: { prefer, ...(hasKey && { "idempotency-key": key }) } };
}

/** The schema of one operation on a table. */
export function operationSchema(
  resource: Resource,
  operation: Operation,
  reference: TableReference | undefined,
): FastifySchema {
  const listed = resource.columns.filter((each) => !each.isShownOnce);
  const example = shownIn(listed, reference?.row);
  const rows = withExample({ type: "array", items: rowSchema(listed) }, example && [example]);
  const group = operation === "insert" ? reference?.groupOfInsert : undefined;
  const shared = {
    tags: [group ?? reference?.group ?? resource.name],
    operationId: `${operation}_${resource.name}`,
    summary: reference?.summaries[operation] ?? "",
    description: `${sentences[operation]} ${resource.description}`,
    headers: requestHeaders(resource, operation),
  };
  const chosen = { querystring: queryString(resource, false, reference?.row) };
  switch (operation) {
    case "read":
      return {
        ...shared,
        querystring: queryString(resource, true),
        response: { 200: { description: "The rows.", ...rows }, "4xx": errorBody },
      };
    case "insert": {
      const one = bodySchema(resource, "insert");
      const body = withExample({ oneOf: [one, { type: "array", items: one }] }, reference?.insert);
      return {
        ...shared,
        querystring: { type: "object", properties: { select: shaping.select } },
        body,
        response: { 201: createdSchema(resource, reference?.row), "4xx": errorBody },
      };
    }
    case "update":
      return {
        ...shared,
        ...chosen,
        body: withExample(bodySchema(resource, "update"), reference?.update),
        response: { 200: { description: "The changed rows.", ...rows }, "4xx": errorBody },
      };
    case "delete":
      return {
        ...shared,
        ...chosen,
        response: { 204: { description: "Deleted.", type: "null" }, "4xx": errorBody },
      };
  }
}

/** The rows of the response, if it contains any, and the headers that name the only row. */
function createdSchema(resource: Resource, row: Example | undefined): object {
  const { insertHeaders = [], answersInserts = false } = resource;
  const rows = rowSchema(resource.columns);
  const body = answersInserts
    ? withExample(rows, row)
    : withExample({ type: "array", items: rows }, row && [row]);
  const isAlways = answersInserts ? "" : " The body is empty without return=representation.";
  const headers = {
    ...(insertHeaders.length === 0 ? {} : { location: { type: "string", description: where } }),
    ...Object.fromEntries(
      insertHeaders.map(({ name, description }) => [name, { type: "string", description }]),
    ),
  };
  return {
    description: `Created.${isAlways}`,
    ...body,
    ...(insertHeaders.length === 0 ? {} : { headers }),
  };
}

const where = "The path of the created row. Only in responses to a request with one row.";

const sentences: Readonly<Record<Operation, string>> = {
  read: "Lists rows.",
  insert: "Creates rows.",
  update: "Changes the rows that match the filters.",
  delete: "Deletes the rows that the filters choose.",
};

function columnSchema(column: ResultMember): object {
  const schema = { ...types[column.type], description: column.description };
  return column.isNullable === true && "type" in schema
    ? { ...schema, type: [schema.type, "null"] }
    : schema;
}

/** The schema of a column in a body, which accepts more than a response contains. */
function givenSchema(column: Column, { orgColumn, primaryKey }: Resource): object {
  const description = (more: string): string => `${column.description} ${more}`;
  if (column.type === "timestamptz") {
    const type = ["string", "number", ...(column.isNullable === true ? ["null"] : [])];
    return { type, format: "date-time", description: description("ISO 8601 or Unix seconds.") };
  }
  const schema = columnSchema(column);
  if (column.name !== orgColumn || orgColumn === primaryKey) return schema;
  return { ...schema, description: description("With a key of the org it can be left out.") };
}

function rowSchema(columns: readonly (ResultMember & Pick<Column, "isShownOnRequest">)[]): object {
  return {
    ...membersSchema(columns),
    required: columns.filter((each) => !each.isShownOnRequest).map((column) => column.name),
  };
}

function membersSchema(columns: readonly ResultMember[]): object {
  return {
    type: "object",
    properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
  };
}

function bodySchema(resource: Resource, operation: "insert" | "update"): object {
  const columns = resource.columns.filter((column) =>
    operation === "insert"
      ? column.writable !== undefined
      : column.writable === "insert and update",
  );
  const required = columns.filter(
    ({ name, isRequired }) =>
      operation === "insert" &&
      isRequired === true &&
      (name !== resource.orgColumn || name === resource.primaryKey),
  );
  const given = columns.map((column) => [column.name, givenSchema(column, resource)]);
  return {
    type: "object",
    properties: Object.fromEntries(given) as object,
    ...(required.length === 0 ? {} : { required: required.map((column) => column.name) }),
  };
}

const shaping = {
  select: { type: "string", description: "Columns, separated by commas." },
  order: { type: "string", description: "e.g. created_at.desc" },
  limit: { type: "integer", description: "The maximum number of rows." },
  offset: { type: "integer", description: "The number of rows to skip." },
};

/**
 * If there is an example row, the filter on the primary key uses it, because writes need a filter.
 */
function queryString(resource: Resource, isRead: boolean, row?: Example): object {
  const filters = resource.columns
    .filter((column) => !column.isShownOnce)
    .map((column) => {
      const { name, description } = column;
      const filter = { type: "string", description: `A filter, e.g. eq.value. ${description}` };
      const isKey = name === resource.primaryKey && row !== undefined;
      return [name, withExample(filter, isKey ? `eq.${String(row[name])}` : undefined)];
    });
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(filters),
      ...(isRead ? shaping : { select: shaping.select }),
    },
  };
}

/** The schema of a function's route. */
export function functionSchema(
  each: RestFunction,
  method: "GET" | "POST",
  reference: FunctionReference | undefined,
): FastifySchema {
  const example = (name: string): unknown =>
    method === "GET" ? reference?.arguments[name] : undefined;
  const given = {
    type: "object",
    properties: Object.fromEntries(
      each.arguments.map(({ name, type, description }) => [
        name,
        withExample({ ...types[type], description }, example(name)),
      ]),
    ),
    required: each.arguments.filter(({ required }) => required).map(({ name }) => name),
  };
  const result = reference?.result;
  return {
    tags: [reference?.group ?? "rpc"],
    operationId: `${method.toLowerCase()}_${each.name}`,
    summary: reference?.summary ?? "",
    description: each.description,
    ...(method === "GET"
      ? { querystring: given }
      : { body: withExample(given, reference?.arguments) }),
    response: {
      200:
        each.returns === "set"
          ? withExample({ type: "array", items: rowSchema(each.result) }, result && [result])
          : withExample(rowSchema(each.result), result),
      "4xx": errorBody,
    },
  };
}
