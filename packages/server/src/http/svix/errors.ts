/** Errors in Svix's shapes: `{code, detail}`, and a list of fields for a body that is not valid. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { PosthornError, type ErrorCode } from "../../errors/catalogue.ts";
import { AskedError } from "../../postgres/asked.ts";
import { toCatalogueError } from "../../postgres/pool.ts";

/** A value of a request that is not valid. */
export interface FieldProblem {
  /** Where it is, e.g. `["body", "url"]`. */
  readonly loc: readonly string[];
  readonly msg: string;
  readonly type: string;
}

/** A request with values that are not valid: 422. */
export class InvalidFields extends Error {
  readonly problems: readonly FieldProblem[];

  constructor(problems: readonly FieldProblem[]) {
    super("A value of the request is not valid.");
    this.problems = problems;
  }
}

export function invalidField(place: "body" | "query", field: string, msg: string): InvalidFields {
  return new InvalidFields([{ loc: [place, field], msg, type: "value_error" }]);
}

/** The errors of Svix's API, with the texts that its clients know. */
const refusals = {
  authentication_failed: [401, "Invalid token"],
  "insufficient access": [403, "Insufficient access for the given operation."],
  not_found: [404, "Entity not found"],
  conflict: [409, "Entity already exists"],
  event_type_exists: [409, "An event_type with this name already exists"],
  invalid_range: [400, "The time range is not valid"],
  limit_reached: [400, "Limit reached"],
  missing_payload: [400, "The message no longer has a payload"],
  generic_error: [400, "The request is not valid"],
  payload_too_large: [413, "The request's body is too large"],
  not_implemented: [501, "Posthorn does not have this operation"],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof refusals;

/** An error of Svix's API. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly status: number;

  constructor(code: RefusalCode, detail?: string) {
    const [status, usual] = refusals[code];
    super(detail ?? usual);
    this.code = code;
    this.status = status;
  }
}

/** Errors of the catalogue that have a code of their own in Svix's API. */
const named: Readonly<Partial<Record<ErrorCode, RefusalCode>>> = {
  PH_EVENT_TYPE_EXISTS: "event_type_exists",
  PH_EXTERNAL_ID_REUSED: "conflict",
  PH_IDEMPOTENCY_KEY_REUSED: "conflict",
  PH_TOO_MANY_SECRETS: "limit_reached",
  PH_TOO_MANY_ENDPOINTS: "limit_reached",
  PH_PAYLOAD_EXPIRED: "missing_payload",
  PH_BODY_TOO_LARGE: "payload_too_large",
};

/** Errors about one value of the body, by the value's name in Svix's API. */
const fieldsByCode: Readonly<Partial<Record<ErrorCode, string>>> = {
  PH_EVENT_DATA_INVALID: "payload",
  PH_EVENT_TYPE_UNKNOWN: "eventTypes",
  PH_EXAMPLE_INVALID: "schemas",
  PH_HEADERS_INVALID: "headers",
  PH_SCHEMA_INVALID: "schemas",
  PH_SECRET_INVALID: "key",
};

interface Rendered {
  readonly status: number;
  readonly body: object;
  readonly retryAfterSeconds: number | null;
  readonly isFault: boolean;
}

function plain(status: number, code: string, detail: string): Rendered {
  return { status, body: { code, detail }, retryAfterSeconds: null, isFault: false };
}

function invalid(problems: readonly FieldProblem[]): Rendered {
  return { status: 422, body: { detail: problems }, retryAfterSeconds: null, isFault: false };
}

export function renderSvixError(thrown: unknown): Rendered {
  if (thrown instanceof InvalidFields) return invalid(thrown.problems);
  if (thrown instanceof Refusal) return plain(thrown.status, thrown.code, thrown.message);
  if (thrown instanceof AskedError) return plain(400, "generic_error", thrown.message);
  const known = toCatalogueError(thrown, true);
  const error = known instanceof PosthornError ? known : new PosthornError("PH_INTERNAL");
  const rendered = renderKnown(error);
  const isFault = error !== known || error.code === "PH_DATABASE_REFUSED";
  return { ...rendered, retryAfterSeconds: error.retryAfterSeconds, isFault };
}

function renderKnown(error: PosthornError): Rendered {
  const { code, status, message, hint } = error;
  const detail = hint === null ? message : `${message} ${hint}`;
  const refusal = named[code];
  if (refusal !== undefined) return plain(refusals[refusal][0], refusal, detail);
  if (status === 401) return plain(401, "authentication_failed", "Invalid token");
  if (status === 403) {
    return plain(403, "insufficient access", "Insufficient access for the given operation.");
  }
  if (code === "PH_NOT_FOUND") return plain(404, "not_found", "Entity not found");
  if (status === 409) return plain(409, "conflict", detail);
  const field = fieldOf(error);
  if (field !== null) return invalid([{ loc: ["body", field], msg: detail, type: "value_error" }]);
  return plain(status, status >= 500 ? "server_error" : code.toLowerCase(), detail);
}

function fieldOf({ code, message }: PosthornError): string | null {
  if (code.startsWith("PH_URL_")) return "url";
  if (code === "PH_FIELD_INVALID") return /^The value of (\S+) is/.exec(message)?.[1] ?? "body";
  return fieldsByCode[code] ?? null;
}

/** Returns an error handler that writes Svix's shapes, and reports faults inside Posthorn. */
export function answeringSvixErrors(onFault: (error: unknown) => void) {
  return (thrown: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const rendered = renderSvixError(fromFastify(thrown));
    if (rendered.isFault) onFault(thrown);
    if (rendered.retryAfterSeconds !== null) {
      reply.header("retry-after", String(rendered.retryAfterSeconds));
    }
    return reply.code(rendered.status).type("application/json").send(rendered.body);
  };
}

function fromFastify(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || thrown instanceof PosthornError) return thrown;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new Refusal("payload_too_large");
  const isOfClient = typeof statusCode === "number" && statusCode >= 400 && statusCode < 500;
  return isOfClient ? new Refusal("generic_error", "The request cannot be read") : thrown;
}
