/** Every error of the dialect has PostgREST's four members: code, details, hint, message. */
import pg from "pg";
import { PosthornError } from "../../errors.ts";
import { toCatalogueError } from "../../postgres/pool.ts";

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
