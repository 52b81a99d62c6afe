/**
 * The command's exit codes, for process managers and scripts. docs/operators/lifecycle.md
 * and docs/reference/command-line.md list them.
 */
import { ApiError } from "./api-error.ts";
import { PosthornError, type ErrorCode } from "./catalogue.ts";

export const exitCodes = {
  /** An error occurred while the command was running. */
  failed: 1,
  /** The start can only succeed after something has been changed. */
  unusable: 2,
  /**
   * The service, its database or its data folder is unavailable. The next try may succeed without
   * any change.
   */
  unavailable: 3,
  /** The API rejected the request. */
  rejected: 4,
  /** The command worked, and its result is negative, e.g. a signature does not match. */
  negative: 5,
} as const;

/** What each exit code means for a script. docs/reference/command-line.md contains this table. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: "The command did what it was told.",
  1: "An error inside the command.",
  2: "The arguments or the configuration must be changed.",
  3: "The service, its database or its data folder is unavailable. Try again later.",
  4: "The service rejected the request.",
  5: "The command worked, and its answer is no, e.g. a signature that does not match.",
};

export type ExitCode = 0 | (typeof exitCodes)[keyof typeof exitCodes];

const passing: ReadonlySet<ErrorCode> = new Set([
  "PH_DATABASE_UNAVAILABLE",
  "PH_DATABASE_UNREACHABLE",
  "PH_DATABASE_READ_ONLY",
  "PH_STOPPED_WITHOUT_DATABASE",
  "PH_EMBEDDED_LOST",
  // E.g. during a backup: a start that is never tried again would keep the service down.
  "PH_DATA_DIR_IN_USE",
  "PH_API_UNREACHABLE",
  "PH_IMPORT_UNREACHABLE",
]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ApiError) {
    return error.status >= 500 || error.status === 429 ? exitCodes.unavailable : exitCodes.rejected;
  }
  if (!(error instanceof PosthornError)) return exitCodes.failed;
  return passing.has(error.code) ? exitCodes.unavailable : exitCodes.unusable;
}
