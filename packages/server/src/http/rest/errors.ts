/** Every error of the dialect has PostgREST's four members: code, details, hint, message. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import pg from "pg";
import { PosthornError } from "../../errors.ts";
import { toCatalogueError } from "../../postgres/pool.ts";
import { jsonType } from "./read.ts";

export interface RenderedError {
  readonly status: number;
  readonly body: string;
  readonly retryAfterSeconds: number | null;
}

/** @returns null for an error that is nobody's fault but ours: its text stays inside. */
export function renderError(thrown: unknown): RenderedError | null {
  const error = toCatalogueError(thrown);
  if (error instanceof PosthornError) {
    const { code, details, hint, message } = error;
    return {
      status: error.status,
      body: JSON.stringify({ code, details, hint, message }),
      retryAfterSeconds: error.retryAfterSeconds,
    };
  }
  if (error instanceof pg.DatabaseError && error.code !== undefined) {
    const status = statusOfSqlState(error.code);
    if (status >= 500 && error.code !== "57014") return null;
    // `detail` of PostgreSQL prints whole rows and tells of other orgs' keys: it stays inside.
    const body = { code: error.code, details: null, hint: null, message: error.message };
    return { status, body: JSON.stringify(body), retryAfterSeconds: null };
  }
  return null;
}

/**
 * What PostgreSQL itself refuses in a filter, a cast or a window is answered with its own code and
 * words, as PostgREST does.
 */
export const codesPassedOn = {
  "22003": "A number is out of its type's range.",
  "22009": "A time zone is out of range.",
  "22025": "A `like` pattern ends in a backslash.",
  "22P05": "A path leads through JSON with `\\u0000` or half a surrogate pair in it.",
  "2201B": "A `match` pattern is not a regular expression.",
  "42725": "The operator fits the column's type in more ways than one.",
  "42804": "The operator's result is not true or false.",
  "42846": "The column's type cannot be cast to the other.",
  "42883": "The column's type does not know the operator.",
} as const satisfies Readonly<Record<string, string>>;

/** PostgREST's own table: its source, Error.hs; the reference documentation, "Errors". */
function statusOfSqlState(code: string): number {
  if (code === "23503" || code === "23505") return 409;
  if (code === "42501") return 403;
  if (code === "42883" || code === "42P01") return 404;
  if (code === "25006") return 405;
  if (/^(08|53|57P01)/.test(code)) return 503;
  if (/^(28|0L|0P)/.test(code)) return 403;
  if (code === "P0001") return 400;
  if (/^(21|25|2D|38|39|3B|40|54|55|57|58|F0|HV|XX|P0|42P17)/.test(code)) return 500;
  return 400;
}

/** Answers errors with PostgREST's four members; what is our own fault is told to `onFault`. */
export function answerErrors(app: FastifyInstance, onFault: (error: unknown) => void): void {
  app.setErrorHandler(answering(onFault));
}

/** The same, where there is no application yet. */
export function answering(onFault: (error: unknown) => void) {
  return (thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const rendered = renderError(fromFastify(thrown, request));
    if (rendered === null) {
      onFault(thrown);
      const fault = renderError(new PosthornError("PH_INTERNAL"));
      return reply.code(500).type(jsonType).send(fault?.body);
    }
    if (rendered.retryAfterSeconds !== null) {
      reply.header("retry-after", String(rendered.retryAfterSeconds));
    }
    return reply.code(rendered.status).type(jsonType).send(rendered.body);
  };
}

/** Fastify's own refusals of a request, in the catalogue's words. */
function fromFastify(thrown: unknown, request: FastifyRequest): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  switch (code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new PosthornError("PH_BODY_TOO_LARGE");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE": {
      const type = request.headers["content-type"] ?? "none";
      return new PosthornError("PGRST102", { reason: `Content-Type not acceptable: ${type}` });
    }
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new PosthornError("PGRST102", { reason: "Empty or invalid json" });
    default:
      // A body that is not JSON, on a route without a dialect, for instance. Fastify's own text
      // may show what it is about.
      return typeof statusCode === "number" && statusCode >= 400 && statusCode < 500
        ? new PosthornError("PH_REQUEST_MALFORMED", { reason: "it cannot be read" })
        : thrown;
  }
}
