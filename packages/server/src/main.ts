/** The command `posthorn`: runs a command line, and reports failures. */
import { CommanderError } from "commander";
import { processTerminal, type CommandContext } from "./client/terminal.ts";
import { describeError } from "./commands/failure.ts";
import { StoppedError, stopSignal } from "./commands/stopping.ts";
import { readClientEnvironment } from "./config/config.ts";
import { ApiError } from "./errors/api-error.ts";
import { exitCodeOf, exitCodes } from "./errors/exit-codes.ts";
import { startFailure } from "./postgres/start-failures.ts";
import { createProgram } from "./program.ts";

/** Runs the command line. Sets the process's exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  // Without this handler, Node would print every member of the error: rows, statements, URLs with
  // passwords.
  process.on("uncaughtException", (error) => {
    // The program that reads the output, e.g. head, has closed the pipe.
    if ("code" in error && error.code === "EPIPE") process.exit(0);
    process.stderr.write(`posthorn: crashed: ${describeError(error)}\n`);
    process.exit(exitCodes.failed);
  });
  const context: CommandContext = {
    terminal: processTerminal(stopSignal),
    environment: readClientEnvironment(),
    timeZone: undefined,
    now: Date.now,
    exitCode: 0,
  };
  await runCommandLine(argv, context);
  if (context.exitCode !== 0) process.exitCode = context.exitCode;
}

/** Runs the command line with the given streams, and sets `context.exitCode`; never throws. */
export async function runCommandLine(
  argv: readonly string[],
  context: CommandContext,
): Promise<void> {
  try {
    await createProgram(context).parseAsync(argv);
  } catch (thrown) {
    // A signal during the wait for the database is not a failure.
    if (thrown instanceof StoppedError) return;
    if (thrown instanceof CommanderError) {
      context.exitCode = thrown.exitCode === 0 ? 0 : exitCodes.unusable;
      return;
    }
    const error = thrown instanceof ApiError ? thrown : startFailure(thrown);
    context.exitCode = exitCodeOf(error);
    context.terminal.err(`posthorn: ${describeError(error)}\n`);
  }
}
