/** How the command says what went wrong, and what it exits with. */
import { PosthornError } from "../errors/catalogue.ts";
import { exitCodeOf } from "../errors/exit-codes.ts";
import { printableError } from "../observe/describe-error.ts";
import { printable } from "../observe/printable.ts";

/**
 * Ends the process at once: without its database it can neither store nor give back anything, and
 * what was under way is sent again by the next start.
 */
export function onDatabaseLost(error: PosthornError): void {
  process.stderr.write(`posthorn: ${describeError(error)}\n`);
  process.exit(exitCodeOf(error));
}

/** In lines that a terminal can show: the message, what to do, and the code. */
export function describeError(error: unknown): string {
  if (error instanceof PosthornError) {
    const hint = error.hint === null ? "" : ` ${error.hint}`;
    return `${error.message}${hint} (${error.code})`.split("\n").map(printable).join("\n");
  }
  return printableError(error);
}
