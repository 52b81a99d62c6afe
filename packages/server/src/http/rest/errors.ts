/** Error responses have PostgREST's four members: code, details, hint, message. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { PosthornError } from "../../errors/catalogue.ts";
import { AskedError } from "../../postgres/asked.ts";
import { toCatalogueError } from "../../postgres/pool.ts";
import { jsonType } from "./accept.ts";

export interface RenderedError {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds: number | null;
  /** True if the error should be logged for the operator. */
  readonly isFault: boolean;
}

/** Errors inside Posthorn are returned as `PH_INTERNAL`, without the original message. */
export function renderError(thrown: unknown): RenderedError {
  if (thrown instanceof AskedError && thrown.isAboutUuid) {
    const value = /"(.*)"$/s.exec(thrown.message)?.[1]?.slice(0, 100) ?? "";
    const facts = { field: "a filter or cast", value: JSON.stringify(value) };
    return renderError(new PosthornError("PH_UUID_INVALID", facts, { cause: thrown }));
  }
  if (thrown instanceof AskedError) {
    // The response omits PostgreSQL's `detail`, because it can contain whole rows and keys of other
    // orgs.
    const { code, message } = thrown;
    const body = JSON.stringify({ code, details: null, hint: null, message });
    return { status: statusOfAsked(code), body, retryAfterSeconds: null, isFault: false };
  }
  const known = toCatalogueError(thrown, true);
  const error = known instanceof PosthornError ? known : new PosthornError("PH_INTERNAL");
  const { code, details, hint, message, status, retryAfterSeconds } = error;
  return {
    status,
    body: JSON.stringify({ code, details, hint, message }),
    retryAfterSeconds,
    isFault: error !== known || code === "PH_DATABASE_REFUSED",
  };
}

/**
 * The statuses that PostgREST uses (in its source file Error.hs) for errors that a request can
 * cause.
 */
function statusOfAsked(code: string): number {
  return code === "42883" ? 404 : 400;
}

/** Returns errors in PostgREST's format, and reports errors inside Posthorn to `onFault`. */
export function answerErrors(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.setErrorHandler(answering(onFault));
}

/** Returns an error handler that does the same, for errors before the application exists. */
export function answering(onFault: (error: unknown) => void) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const rendered = renderError(fromFastify(thrown, request));
    if (rendered.isFault) onFault(thrown);
    if (rendered.retryAfterSeconds !== null) {
      reply.header("retry-after", String(rendered.retryAfterSeconds));
    }
    return reply.code(rendered.status).type(jsonType).send(rendered.body);
  };
}

/** The error for a body whose `Content-Type` is not JSON. */
export function unacceptableType(type: string): PosthornError {
  const reason = `Content-Type not acceptable: ${type}`;
  return new PosthornError("PGRST102", { reason }, { hint: "Send content-type: application/json" });
}

/** Converts Fastify's own errors to errors of the catalogue. */
function fromFastify(thrown: unknown, request: FastifyRequest): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new PosthornError("PH_BODY_TOO_LARGE");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE": {
      return unacceptableType(request.headers["content-type"] ?? "none");
    }
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new PosthornError("PGRST102", { reason: "Empty or invalid json" });
    default:
      // For example, the body is not JSON. The response omits Fastify's message, which may contain
      // parts of the body.
      return typeof statusCode === "number" && statusCode >= 400 && statusCode < 500
        ? new PosthornError("PH_REQUEST_MALFORMED", { reason: "it cannot be read" })
        : thrown;
  }
}
