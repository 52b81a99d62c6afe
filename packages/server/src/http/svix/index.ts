/** Svix's API under `/api/v1`: a route for each operation, with Svix's errors. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { actorOf } from "../../model/audit.ts";
import { refuseDeliveries } from "../plugins/loop.ts";
import type { RequestRates } from "../plugins/request-rates.ts";
import { allowedOf, type Allowed } from "./access.ts";
import { Call, checkIdempotencyKey, type Operation, type SvixDependencies } from "./call.ts";
import { answeringSvixErrors, Refusal } from "./errors.ts";
import { svixOperations } from "./operations.ts";
import { missingOperation } from "./missing.ts";

export interface SvixOptions extends SvixDependencies {
  readonly rates: RequestRates;
  onFault(error: unknown): void;
}

const prefix = "/api/v1";
const ingestPrefix = "/ingest/api/v1";

/** Needs a scope of its own, because it changes how bodies and errors are handled. */
export function registerSvixDialect(app: FastifyInstance, options: SvixOptions): void {
  app.setErrorHandler(answeringSvixErrors(options.onFault));
  takeBodiesAsText(app);
  app.addHook("onRequest", refuseDeliveries);
  registerHealth(app, options);
  void app.register(async (scope) => {
    // Before the body is read, which only a known caller may send.
    scope.addHook("onRequest", async (request) => {
      callers.set(request, await allowedOf(request, options));
    });
    for (const operation of svixOperations) registerOperation(scope, options, operation);
    registerMissing(scope);
  });
}

const callers = new WeakMap<FastifyRequest, Allowed>();

/**
 * Answers 501 to the operations that Posthorn does not have, and 404 to all other paths. A route
 * for each of them would take a tenth of the service's start.
 */
function registerMissing(app: FastifyInstance): void {
  for (const at of [prefix, ingestPrefix]) {
    app.all(`${at}/*`, (request) => {
      const path = request.url.slice(at.length).split("?", 1)[0] ?? "";
      const missing = missingOperation(at === ingestPrefix, request.method, path);
      throw missing === undefined
        ? new Refusal("not_found")
        : new Refusal("not_implemented", missing.reason);
    });
  }
}

/** Svix's server does not check the type of a body. The text is kept, because it is stored. */
function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => {
    const text = Buffer.isBuffer(body) ? body.toString("utf8") : body;
    // The decoding replaces invalid bytes. Such a body must not be stored.
    const isUtf8 = !Buffer.isBuffer(body) || Buffer.byteLength(text) === body.length;
    done(isUtf8 ? null : new Refusal("generic_error", "The body is not UTF-8"), text);
  });
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> | never;

/** Svix's server accepts a slash at the end of every path. */
function bothSpellings(
  app: FastifyInstance,
  method: Operation["method"],
  path: string,
  handler: Handler,
): void {
  for (const end of ["", "/"]) app.route({ method, url: path + end, handler });
}

function registerOperation(app: FastifyInstance, options: SvixOptions, operation: Operation): void {
  bothSpellings(app, operation.method, prefix + operation.path, async (request, reply) => {
    const allowed = callers.get(request);
    if (allowed === undefined) throw new Refusal("authentication_failed");
    const { principal, featureFlags, issuedAtMs } = allowed;
    const isAllowed = principal.kind === "admin" || operation.roles.includes(principal.role);
    if (!isAllowed) throw new Refusal("insufficient access");
    const facts = {
      principal,
      featureFlags,
      tokenIssuedAtMs: issuedAtMs,
      actor: actorOf(principal, request.ip),
      params: request.params as Readonly<Record<string, string>>,
      url: request.url,
      bodyText: typeof request.body === "string" ? request.body : "",
      idempotencyKey: operation.method === "POST" ? idempotencyKeyOf(request) : null,
    };
    const { status, body } = await operation.handle(new Call(facts, options));
    if (body === undefined || body === null) return reply.code(status).send();
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return reply.code(status).type("application/json").send(text);
  });
}

function idempotencyKeyOf({ headers }: FastifyRequest): string | null {
  const given = headers["idempotency-key"];
  return typeof given === "string" ? checkIdempotencyKey(given) : null;
}

/** Anyone may ask for the health, as for `/readyz`. */
function registerHealth(app: FastifyInstance, options: SvixOptions): void {
  bothSpellings(app, "GET", `${prefix}/health`, async (_request, reply) => {
    const isReady = await options.isReady();
    const part = { status: isReady ? "ok" : "error" };
    const body = { database: part, queue: part, cache: part };
    return reply
      .code(isReady ? 200 : 500)
      .type("application/json")
      .send(JSON.stringify(body));
  });
  bothSpellings(app, "GET", `${prefix}/health/ping`, async (_request, reply) =>
    reply.code(204).send(),
  );
}
