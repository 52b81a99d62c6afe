/** Errors of API calls, with the API's own texts. */

/**
 * An error of the API, all of which have these members. If a call reached no server, its code is
 * `offline`.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly hint: string | null;

  constructor(status: number, given: { code?: unknown; message?: unknown; hint?: unknown }) {
    super(textOr(given.message, "The server gave no reason."));
    this.status = status;
    this.code = textOr(given.code, String(status));
    this.hint = typeof given.hint === "string" && given.hint !== "" ? given.hint : null;
  }
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

export function offline(): ApiError {
  return new ApiError(0, {
    code: "offline",
    message: "The server cannot be reached.",
    hint: "Check the connection; what you typed is still here.",
  });
}

/** True if the API has no such row. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Converts an error of any kind to the API's form. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, {
    code: "console",
    message: error instanceof Error ? error.message : String(error),
  });
}

/** The field that caused an error, by the error's code or text. Null if no field did. */
export function fieldOf(error: ApiError): string | null {
  const { code } = error;
  if (code.startsWith("PH_URL_")) return "url";
  const byCode: Readonly<Record<string, string>> = {
    PH_EVENT_TYPE_UNKNOWN: "events",
    PH_EVENT_WILDCARD_INVALID: "events",
    PH_EVENT_WILDCARD_UNMATCHED: "events",
    PH_EVENT_GROUP_UNKNOWN: "events",
    PH_FILTER_INVALID: "filter",
    PH_TRANSFORMATION_INVALID: "transformation",
    PH_SCHEDULE_INVALID: "retry_schedule",
    PH_HEADERS_INVALID: "headers",
    PH_EVENT_TYPE_EXISTS: "name",
    PH_CONTRACT_UNKNOWN: "contract",
    PH_SECRET_INVALID: "secret",
    PH_SCHEMA_INVALID: "schema",
    PH_EXAMPLE_INVALID: "example",
  };
  const known = byCode[code];
  if (known !== undefined) return known;
  return code === "PH_FIELD_INVALID" ? (/value of (\w+)/.exec(error.message)?.[1] ?? null) : null;
}

/** The text to show next to a field: what is wrong, and what to do. */
export function sentence(error: ApiError): string {
  return error.hint === null ? error.message : `${error.message} ${error.hint}`;
}
