/** The REST API in PostgREST's dialect: a route for each table and function, under one prefix. */
import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { actorOf } from "../../model/audit.ts";
import type { ApiCaller } from "../../model/principal.ts";
import { similarName } from "../../model/similar-name.ts";
import type { Clock } from "../../pipeline/ports.ts";
import type { Tenants } from "../../postgres/tenants.ts";
import { unacceptableType } from "./errors.ts";
import { read } from "./read.ts";
import { checkAllowed, parseTableRequest } from "./request.ts";
import type { Operation, Resource } from "./resource.ts";
import { callFunction, type RestFunction } from "./rpc.ts";
import { functionSchema, operationSchema, type ApiReference } from "./schema.ts";
import { insert, remove, update } from "./write.ts";

export interface RestOptions {
  readonly prefix: string;
  readonly tenants: Tenants;
  readonly clock: Clock;
  readonly resources: readonly Resource[];
  readonly functions: readonly RestFunction[];
  readonly reference: ApiReference;
  apiCallerOf(request: FastifyRequest): ApiCaller;
}

const methods: Readonly<Record<Operation, "GET" | "POST" | "PATCH" | "DELETE">> = {
  read: "GET",
  insert: "POST",
  update: "PATCH",
  delete: "DELETE",
};

export async function registerRestDialect(
  app: FastifyInstance,
  options: RestOptions,
): Promise<void> {
  takeJsonAsText(app);
  answerProfiles(app);
  // The routes' schemas are only documentation. The code validates bodies and parameters itself, to
  // return PostgREST's errors, and sends JSON as text. Compiling serializers took a third of the
  // time of a start.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  for (const resource of options.resources) registerResource(app, options, resource);
  for (const each of options.functions) registerFunction(app, options, each);
  registerUnknown(app, options);
}

/**
 * Bodies stay text, because the stored text must equal the sent text and DELETE may have an empty
 * body.
 */
function takeJsonAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const json = /^application\/(?:vnd\.pgrst\.object\+)?json/i;
  app.addContentTypeParser("*", { parseAs: "buffer" }, (request, body, done) => {
    // Treats a body without a Content-Type as JSON.
    const type = request.headers["content-type"]?.trim() ?? "";
    const encoding = request.headers["content-encoding"]?.trim() ?? "identity";
    if (encoding.toLowerCase() !== "identity") {
      done(new PosthornError("PH_CONTENT_ENCODING", { encoding: JSON.stringify(encoding) }));
    } else if (type !== "" && !json.test(type)) {
      done(unacceptableType(type));
    } else if (!Buffer.isBuffer(body) || !isUtf8(body)) {
      // Rejects the body, because the default decoding would silently replace invalid bytes with
      // U+FFFD.
      done(new PosthornError("PGRST102", { reason: "The body is not UTF-8" }));
    } else done(null, body.toString("utf8"));
  });
}

/** Adds the header Vary and the name of the requested schema to each response. */
function answerProfiles(app: FastifyInstance): void {
  app.addHook("onSend", async (request, reply) => {
    const profile = request.headers["accept-profile"] ?? request.headers["content-profile"];
    // Returns only a valid schema name, so that the response echoes no other input.
    if (typeof profile === "string" && /^\w{1,63}$/.test(profile)) {
      reply.header("content-profile", profile);
    }
    const vary = reply.getHeader("vary");
    const others = typeof vary === "string" ? `${vary}, ` : "";
    reply.header("vary", `${others}Accept, Prefer, Range`);
  });
}

function registerResource(app: FastifyInstance, options: RestOptions, resource: Resource): void {
  const url = `${options.prefix}/${resource.name}`;
  for (const operation of ["read", "insert", "update", "delete"] as const) {
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const principal = options.apiCallerOf(request);
      checkAllowed(resource, operation, principal);
      const parsed = parseTableRequest(request, resource, principal);
      const actor = actorOf(principal, request.ip);
      const dependencies = { tenants: options.tenants, nowMs: options.clock.now(), actor };
      const body = typeof request.body === "string" ? request.body : "";
      switch (operation) {
        case "read":
          return read(options.tenants, parsed, reply);
        case "insert":
          return insert(dependencies, parsed, body, reply);
        case "update":
          return update(dependencies, parsed, body, reply);
        case "delete":
          return remove(dependencies, parsed, reply);
      }
    };
    const isOffered = resource.operations[operation] !== undefined;
    app.route({
      method: methods[operation],
      url,
      handler,
      schema: isOffered
        ? operationSchema(resource, operation, options.reference.tables[resource.name])
        : { hide: true },
    });
  }
  app.route({
    method: "PUT",
    url,
    schema: { hide: true },
    handler: () => {
      throw new PosthornError("PGRST117", { method: "PUT" });
    },
  });
}

function registerFunction(app: FastifyInstance, options: RestOptions, each: RestFunction): void {
  const url = `${options.prefix}/rpc/${each.name}`;
  const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    callFunction(
      {
        functions: options.functions,
        name: each.name,
        principal: options.apiCallerOf(request),
        nowMs: options.clock.now(),
      },
      request,
      reply,
    );
  const reference = options.reference.functions[each.name];
  app.route({ method: "POST", url, handler, schema: functionSchema(each, "POST", reference) });
  app.route({
    method: "GET",
    url,
    handler,
    schema: each.readOnly ? functionSchema(each, "GET", reference) : { hide: true },
  });
}

const everyMethod = ["GET", "POST", "PATCH", "DELETE", "PUT"] as const;

/** Uses PostgREST's messages if a table or function does not exist. */
function registerUnknown(app: FastifyInstance, options: RestOptions): void {
  const { prefix, resources, functions } = options;
  app.route({
    method: [...everyMethod],
    url: `${prefix}/rpc/:name`,
    schema: { hide: true },
    handler: (request, reply) => {
      const { name } = request.params as { name: string };
      const principal = options.apiCallerOf(request);
      return callFunction({ functions, name, principal, nowMs: 0 }, request, reply);
    },
  });
  app.route({
    method: [...everyMethod],
    url: `${prefix}/:table`,
    schema: { hide: true },
    handler: (request) => {
      const { table } = request.params as { table: string };
      throw new PosthornError("PGRST205", { table, similar: similarTable(resources, table) });
    },
  });
  app.route({
    method: [...everyMethod],
    url: `${prefix}/*`,
    schema: { hide: true },
    handler: () => {
      throw new PosthornError("PGRST125");
    },
  });
}

/** The table whose name is most similar to an unknown name; PostgREST suggests it in its error. */
function similarTable(resources: readonly Resource[], table: string): string {
  const names = resources.map(({ name }) => name);
  const similar = similarName(names, table);
  return similar === null
    ? "/docs/api lists all tables."
    : `Perhaps you meant the table 'public.${similar}'`;
}
