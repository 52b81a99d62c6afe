/** Reports the failure of a command, and sets its exit code. */
import { ApiError } from "../errors/api-error.ts";
import { PosthornError } from "../errors/catalogue.ts";
import { exitCodeOf } from "../errors/exit-codes.ts";
import { printableError } from "../observe/describe-error.ts";
import { printable } from "../observe/printable.ts";

/**
 * Ends the process immediately, because without its database it can neither store nor release
 * anything. The next start sends the interrupted deliveries again.
 */
export function onDatabaseLost(error: PosthornError): void {
  process.stderr.write(`posthorn: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}

/** The message, the remedy and the code of an error, as lines that a terminal can show. */
export function describeError(error: unknown): string {
  if (error instanceof PosthornError || error instanceof ApiError) {
    const hint = error.hint === null ? "" : ` ${error.hint}`;
    return `${error.message}${hint} (${error.code})`.split("\n").map(printable).join("\n");
  }
  return printableError(error);
}
