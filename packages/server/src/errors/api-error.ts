/** An error response of the API, as a command reports it. */

export interface ApiErrorFacts {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The response to a request that the API rejected or could not handle. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** The HTTP status of the response. */
  readonly status: number;
  /** A code of the catalogue, or `HTTP_<status>` for a response that Posthorn did not send. */
  readonly code: string;
  readonly hint: string | null;

  constructor({ status, code, message, hint }: ApiErrorFacts) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}
