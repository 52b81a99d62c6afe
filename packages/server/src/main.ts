/** The command `posthorn`: its arguments, and its failures. */
import { Command, InvalidArgumentError } from "commander";
import { dev } from "./commands/dev/dev.ts";
import { describeError } from "./commands/failure.ts";
import { migrateDatabase } from "./commands/migrate.ts";
import { rekey } from "./commands/rekey.ts";
import { serve } from "./commands/serve.ts";
import { StoppedError } from "./commands/stopping.ts";
import { exitCodeOf, exitCodes } from "./errors/exit-codes.ts";
import { limits } from "./limits.ts";
import { startFailure } from "./postgres/start-failures.ts";
import { version } from "./version.ts";

/** Runs the command line. Sets the process's exit code; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  // Node would print every member of the error: rows, statements, URLs with passwords.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`posthorn: crashed: ${describeError(error)}\n`);
    process.exit(exitCodes.failed);
  });
  const program = new Command("posthorn")
    .description("Sends a platform's webhooks, with signatures, retries, replays and explanations.")
    .version(version)
    .showHelpAfterError();
  // This comes before the commands, which copy it when they are created.
  program.exitOverride((error) => {
    process.exitCode = error.exitCode === 0 ? 0 : exitCodes.unusable;
    throw error;
  });

  program
    .command("serve")
    .description("Run the service.")
    .option("--processes <number>", "Node processes, for as many cores", processCount, 1)
    .action(({ processes }: { processes: number }) => guarded(() => serve(processes)));
  program
    .command("dev")
    .description("Run the service with a sample org, endpoint and inbox.")
    .action(() => guarded(dev));
  program
    .command("migrate")
    .description("Migrate the database at DATABASE_URL to this version, and exit.")
    .action(() => guarded(migrateDatabase));
  program
    .command("rekey")
    .description("Re-encrypt all stored secrets with POSTHORN_ENCRYPTION_KEY, and exit.")
    .action(() => guarded(rekey));
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof Error && "exitCode" in error)) throw error;
  }
}

async function guarded(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    // A stop during the wait for the database is not a failure.
    if (thrown instanceof StoppedError) return;
    const error = startFailure(thrown);
    process.exitCode = exitCodeOf(error);
    process.stderr.write(`posthorn: ${describeError(error)}\n`);
  }
}

function processCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > limits.processesMax) {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${limits.processesMax}.`);
  }
  return count;
}
