/** The command's exit codes, for the process manager. docs/operators/lifecycle.md lists them. */
import { PosthornError, type ErrorCode } from "./catalogue.ts";

export const exitCodes = {
  /** An error while running. */
  failed: 1,
  /** A start can only succeed after something is changed. */
  unusable: 2,
  /** The database is unavailable. The next start may succeed without a change. */
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
