/**
 * Converts the error that stopped a command to an error of the catalogue, which says what to do.
 * Unknown errors are returned unchanged.
 */
import pg from "pg";
import { PosthornError, type ErrorCode } from "../errors/catalogue.ts";
import { errorCode, reasonOf } from "../errors/reasons.ts";

/**
 * SQLSTATE classes 08, 53 and 57P, and network errors. The database may be available a moment
 * later.
 */
const passing = new RegExp(
  `^(${[
    "08...|53...|57P0[1-5]|25006",
    "ECONN\\w+|EPIPE|ETIMEDOUT|EHOST\\w+|ENET\\w+|ENOTFOUND|EAI_\\w+|ENOENT",
  ].join("|")})$`,
);

const passingWords =
  /^(Connection terminated|Query read timeout|timeout e|Client network socket disconnected)/;

const tlsCodes = /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|EPROTO)/;

const tlsWords = /SSL|TLS|channel binding|unencrypted|no encryption/;

const networkCalls: ReadonlySet<string> = new Set(["connect", "getaddrinfo", "read"]);

/** The catalogue's errors by the first characters of an SQLSTATE. */
const bySqlstate: readonly (readonly [prefix: string, ErrorCode])[] = [
  ["28", "PH_DATABASE_LOGIN"],
  ["3D000", "PH_DATABASE_MISSING"],
  ["42501", "PH_DATABASE_RIGHTS"],
  ["42P01", "PH_DATABASE_NOT_MIGRATED"],
  ["3F000", "PH_DATABASE_NOT_MIGRATED"],
];

/** Returns true if the database is down, starting, full or a standby, so that waiting can help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PosthornError) return error.code === "PH_DATABASE_UNAVAILABLE";
  const code = errorCode(error);
  if (code !== null) return passing.test(code) && !isOfTls(error);
  return error instanceof Error && passingWords.test(error.message);
}

/** The error after a command has waited `waitedMs` for the database. */
export function unreachable(error: unknown, waitedMs: number): PosthornError {
  const seconds = Math.round(waitedMs / 1000);
  const code = errorCode(error);
  const isReadOnly = code === "ECONNREADONLY" || code === "25006";
  const options = { cause: error };
  return isReadOnly
    ? new PosthornError("PH_DATABASE_READ_ONLY", { seconds }, options)
    : new PosthornError("PH_DATABASE_UNREACHABLE", { seconds, reason: oneLine(error) }, options);
}

/**
 * Returns the catalogue's error for the error that stopped a command. Any other error is returned
 * unchanged.
 */
export function startFailure(error: unknown): unknown {
  if (error instanceof PosthornError || !(error instanceof Error)) return error;
  const reason = oneLine(error);
  const options = { cause: error };
  if (isOfTls(error)) return new PosthornError("PH_DATABASE_TLS", { reason }, options);
  if (error instanceof pg.DatabaseError) {
    const sqlstate = error.code ?? "unknown";
    const known = bySqlstate.find(([prefix]) => sqlstate.startsWith(prefix));
    if (known !== undefined) return new PosthornError(known[1], { reason }, options);
    if (isPassing(error)) return unreachable(error, 0);
    return new PosthornError("PH_DATABASE_START", { reason, sqlstate }, options);
  }
  const syscall = "syscall" in error ? String(error.syscall) : null;
  // This happens if the database became unavailable after the command had waited for it.
  const isOfNetwork = syscall === null || networkCalls.has(syscall);
  if (isOfNetwork && isPassing(error)) return unreachable(error, 0);
  return syscall === null ? error : new PosthornError("PH_SYSTEM", { reason }, options);
}

function isOfTls(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) {
    return error.code === "28000" && tlsWords.test(error.message);
  }
  const code = errorCode(error);
  if (code !== null) return tlsCodes.test(code);
  return error instanceof Error && tlsWords.test(error.message);
}

/**
 * Writes an error as one line. If a host name has several addresses, the error contains one error
 * per address and has no message.
 */
export function oneLine(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return reasonOf(first).split("\n", 1)[0] ?? "";
}
