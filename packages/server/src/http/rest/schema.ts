/** The routes' schemas in the OpenAPI document. They do not validate anything. */
import type { FastifySchema } from "fastify";
import type { Column, ColumnType, Operation, Resource } from "./resource.ts";
import type { RestFunction, ResultMember } from "./rpc.ts";

const types: Readonly<Record<ColumnType, object>> = {
  uuid: { type: "string", format: "uuid" },
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

const prefer = {
  type: "object",
  properties: {
    prefer: {
      type: "string",
      description:
        "return=representation returns the rows; count=exact returns their number in " +
        "Content-Range.",
    },
  },
};

/** The schema of one operation on a table. */
export function operationSchema(resource: Resource, operation: Operation): FastifySchema {
  const rows = {
    type: "array",
    items: rowSchema(resource.columns.filter((each) => !each.isShownOnce)),
  };
  const shared = {
    tags: [resource.name],
    operationId: `${operation}_${resource.name}`,
    description: `${sentences[operation]} ${resource.description}`,
    headers: prefer,
  };
  switch (operation) {
    case "read":
      return {
        ...shared,
        querystring: queryString(resource, true),
        response: { 200: { description: "The rows.", ...rows }, "4xx": errorBody },
      };
    case "insert":
      return {
        ...shared,
        querystring: { type: "object", properties: { select: shaping.select } },
        body: {
          oneOf: [
            bodySchema(resource, "insert"),
            { type: "array", items: bodySchema(resource, "insert") },
          ],
        },
        response: { 201: createdSchema(resource), "4xx": errorBody },
      };
    case "update":
      return {
        ...shared,
        querystring: queryString(resource, false),
        body: bodySchema(resource, "update"),
        response: { 200: { description: "The changed rows.", ...rows }, "4xx": errorBody },
      };
    case "delete":
      return {
        ...shared,
        querystring: queryString(resource, false),
        response: { 204: { description: "Deleted.", type: "null" }, "4xx": errorBody },
      };
  }
}

/** The rows, if the response contains them, and the headers that name the only row. */
function createdSchema(resource: Resource): object {
  const { insertHeaders = [], answersInserts = false } = resource;
  const isAlways = answersInserts ? "" : " The body is empty without return=representation.";
  const headers = {
    ...(insertHeaders.length === 0 ? {} : { location: { type: "string", description: where } }),
    ...Object.fromEntries(
      insertHeaders.map(({ name, description }) => [name, { type: "string", description }]),
    ),
  };
  return {
    description: `Created.${isAlways}`,
    ...rowSchema(resource.columns),
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
  const required = columns.filter((each) => operation === "insert" && each.isRequired === true);
  return {
    ...membersSchema(columns),
    ...(required.length === 0 ? {} : { required: required.map((column) => column.name) }),
  };
}

const shaping = {
  select: { type: "string", description: "Columns, separated by commas." },
  order: { type: "string", description: "e.g. created_at.desc" },
  limit: { type: "integer", description: "The maximum number of rows." },
  offset: { type: "integer", description: "The number of rows to skip." },
};

function queryString(resource: Resource, isRead: boolean): object {
  const filters = resource.columns
    .filter((column) => !column.isShownOnce)
    .map((column) => [
      column.name,
      { type: "string", description: `A filter, e.g. eq.value. ${column.description}` },
    ]);
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(filters),
      ...(isRead ? shaping : { select: shaping.select }),
    },
  };
}

/** The schema of a function's route. */
export function functionSchema(each: RestFunction, method: "GET" | "POST"): FastifySchema {
  const given = {
    type: "object",
    properties: Object.fromEntries(
      each.arguments.map(({ name, type, description }) => [name, { ...types[type], description }]),
    ),
    required: each.arguments.filter(({ required }) => required).map(({ name }) => name),
  };
  return {
    tags: ["rpc"],
    operationId: `${method.toLowerCase()}_${each.name}`,
    description: each.description,
    ...(method === "GET" ? { querystring: given } : { body: given }),
    response: {
      200:
        each.returns === "set"
          ? { type: "array", items: rowSchema(each.result) }
          : rowSchema(each.result),
      "4xx": errorBody,
    },
  };
}
