/**
 * Distinguishes errors that a request causes from errors of the service. PostgreSQL reports both
 * with an SQLSTATE, but only the first kind may be returned as the client's mistake: a publisher
 * that gets a 400 because the database is read-only would drop the event.
 */
import pg from "pg";
import { PosthornError } from "../errors/catalogue.ts";
import { limits } from "../limits.ts";

/**
 * Errors of PostgreSQL about a filter, a cast, a limit or an offset. The API returns their own code
 * and message, as PostgREST does.
 */
export const codesPassedOn = {
  "22003": "A number is out of its type's range.",
  "22009": "A time zone is out of range.",
  "22025": "A `like` pattern ends in a backslash.",
  "22P05": "A JSON path reads a value that contains `\\u0000` or half a surrogate pair.",
  "2201B": "A `match` pattern is not a regular expression.",
  "42725": "The operator is ambiguous for the column's type.",
  "42804": "The operator's result is not true or false.",
  "42846": "The column's type cannot be cast to the requested type.",
  "42883": "The column's type does not support the operator.",
} as const satisfies Readonly<Record<string, string>>;

/** Further codes that a request can cause. The catalogue has its own entries for these. */
const alsoAskable: ReadonlySet<string> = new Set(["22007", "22008", "22021", "22P02"]);

/** PostgreSQL rejected something in the request. The client may see the message. */
export class AskedError extends Error {
  override readonly name = "AskedError";
  readonly code: string;
  /** True if the request compares or casts a text that is not a UUID. */
  readonly isAboutUuid: boolean;

  constructor(error: pg.DatabaseError) {
    super(error.message, { cause: error });
    this.code = error.code ?? "";
    // The function's name identifies the error, because the message may be in the server's
    // language.
    this.isAboutUuid = error.routine === "string_to_uuid";
  }
}

/**
 * Runs a statement that contains parts of the request: filters, casts, orders.
 *
 * @throws AskedError if these parts caused the error; otherwise the unchanged error.
 */
export async function runAsked<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw isAsked(error) ? new AskedError(error) : error;
  }
}

/**
 * Runs a statement that contains parts of the request and has a short lock timeout, so it can time
 * out only because of its filters.
 * @throws PosthornError also `57014`, which says how to narrow the filters.
 */
export async function runAskedRead<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await runAsked(work);
  } catch (error) {
    const isSlow = error instanceof pg.DatabaseError && error.code === "57014";
    if (!isSlow) throw error;
    const seconds = limits.queryStatementMs / 1000;
    throw new PosthornError("57014", { seconds }, { cause: error });
  }
}

/**
 * Returns true for an error that a value in a single row can cause. The other rows can still be
 * returned in that case.
 */
export function isAboutValue(error: unknown): boolean {
  if (!(error instanceof AskedError) && !(error instanceof pg.DatabaseError)) return false;
  return /^(22|54)/.test(error.code ?? "");
}

/** Returns true for an error that the request, or a value in its body, can cause. */
export function isAsked(error: unknown): error is pg.DatabaseError {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return false;
  if (!Object.hasOwn(codesPassedOn, error.code) && !alsoAskable.has(error.code)) return false;
  // The error occurred inside a function, or a function is missing. Requests cannot contain
  // functions, so this is an error of the service.
  if (error.where !== undefined && /\bfunction\b/.test(error.where)) return false;
  return !(error.code === "42883" && !error.message.startsWith("operator "));
}
