/** The exit codes of the command, for whatever starts it again. docs/operators.md lists them. */
import { PosthornError, type ErrorCode } from "./catalogue.ts";

export const exitCodes = {
  /** Something failed while running. */
  failed: 1,
  /** Something must be changed before a start can succeed. */
  unusable: 2,
  /** The database is not there: the next start may succeed without a change. */
  unavailable: 3,
} as const;

const passing: ReadonlySet<ErrorCode> = new Set([
  "PH_DATABASE_UNAVAILABLE",
  "PH_DATABASE_UNREACHABLE",
  "PH_DATABASE_READ_ONLY",
  "PH_EMBEDDED_LOST",
]);

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof PosthornError)) return exitCodes.failed;
  return passing.has(error.code) ? exitCodes.unavailable : exitCodes.unusable;
}
