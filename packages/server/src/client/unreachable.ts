/** Why a service that a command calls did not respond. */
import { errorCode, reasonOf } from "../errors/reasons.ts";
import { limits } from "../limits.ts";

/** @param error what `fetch`, or reading its response, threw. */
export function unreachableReason(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") {
    return `there was no response within ${limits.commandRequestMs / 1000} s`;
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return errorCode(cause) ?? reasonOf(cause);
}
